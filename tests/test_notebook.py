"""The notebook of first jobs runs, prints what it shows, and stays short."""

from __future__ import annotations

import contextlib
import io
import json

import matplotlib
import pytest

SHORT = 40
"""Lines of code that the first jobs of three users may take."""


@pytest.fixture(scope="module")
def cells(root) -> list[dict[str, object]]:
    notebook = json.loads((root / "docs" / "first_jobs.ipynb").read_text("utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def test_it_runs_and_prints_what_it_shows(cells, root, monkeypatch):
    matplotlib.use("agg")
    monkeypatch.chdir(root)
    names: dict[str, object] = {}
    for cell in cells:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile("".join(cell["source"]), "first_jobs.ipynb", "exec"), names)
        shown = "".join(
            "".join(each["text"])
            for each in cell["outputs"]
            if each["output_type"] == "stream" and each["name"] == "stdout"
        )
        assert printed.getvalue() == shown


def test_it_is_short_and_shows_no_error(cells):
    lines = [line for cell in cells for line in "".join(cell["source"]).splitlines()]
    assert len([line for line in lines if line.strip()]) <= SHORT
    outputs = [each for cell in cells for each in cell["outputs"]]
    assert not [each for each in outputs if each["output_type"] == "error"]
    assert not [each for each in outputs if each.get("name") == "stderr"]
    assert sum("image/png" in each.get("data", {}) for each in outputs) == 3
