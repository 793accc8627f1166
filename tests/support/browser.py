"""A real browser without a window: what a page looks like once its script has run."""

from __future__ import annotations

import shutil
import subprocess
from importlib import metadata
from pathlib import Path

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def need_browser() -> str:
    """Path of a browser; the test is skipped where there is none."""
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    pytest.skip("no browser is installed here")


def need_axe() -> str:
    """Source of axe-core, which a package of the Python index ships; else the test is skipped."""
    try:
        files = metadata.files("axe-playwright-python") or []
    except metadata.PackageNotFoundError:
        pytest.skip("axe is not installed: pip install --no-deps axe-playwright-python")
    (found,) = [file for file in files if file.name == "axe.min.js"]
    return found.read_text("utf-8")


def dump_dom(page: Path, *, profile: Path, width: int = 1280) -> str:
    """The page as it stands after its scripts have run."""
    done = subprocess.run(
        [
            need_browser(),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--allow-file-access-from-files",
            f"--window-size={width},3000",
            f"--user-data-dir={profile}",
            "--virtual-time-budget=10000",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout
