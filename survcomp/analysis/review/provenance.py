"""With which code and in which environment results were made."""

from __future__ import annotations

import hashlib
import platform
import sys
from importlib import resources
from importlib.metadata import PackageNotFoundError, version
from importlib.resources.abc import Traversable

from survcomp import __version__
from survcomp.analysis.write import PACKAGES
from survcomp.evidence.find import SHIPPED
from survcomp.report.forms.available import FORMS

SOURCE = (".py", ".pyi", ".toml", ".html", ".css", ".js", ".typ")


def code() -> dict[str, str]:
    """Version of survcomp, and one SHA-256 over its source files with their names."""
    digest = hashlib.sha256()
    for name, content in sorted(_sources(resources.files("survcomp"), "survcomp")):
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return {"version": __version__, "sha256": digest.hexdigest()}


def _sources(folder: Traversable, name: str) -> list[tuple[str, bytes]]:
    sources = []
    for entry in folder.iterdir():
        here = f"{name}/{entry.name}"
        if here == f"survcomp/{SHIPPED}":  # evidence, which the inputs name, and no code
            continue
        if entry.is_dir():
            sources += _sources(entry, here)
        elif entry.name.endswith(SOURCE):
            # line ends are those of the checkout, not of the code
            sources.append((here, entry.read_bytes().replace(b"\r\n", b"\n")))
    return sources


def environment() -> dict[str, str]:
    """Python, platform and the versions of the libraries that make numbers."""
    versions = {
        "python": sys.version.split()[0],
        "platform": f"{platform.system()} {platform.machine()}",
    }
    return versions | {name: _version(name) for name in PACKAGES if name != "survcomp"}


def layout() -> dict[str, str]:
    """Version of the library that lays out each form of the report, where it needs one."""
    needed = {name: form.distribution for name, form in FORMS.items() if form.distribution}
    return {name: _version(distribution) for name, distribution in needed.items()}


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "not installed"
