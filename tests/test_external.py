"""What needs other programs: R recomputes its golden numbers, a browser lays out the report."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from support.browser import dump_dom
from support.paths import GOLDEN

pytestmark = pytest.mark.external


def need(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"{program} is not installed here")
    return path


@pytest.mark.parametrize(
    "name", ["estimate", "maic_weights", "outcome_models", "two_arm_cox", "weighted_maic"]
)
def test_r_gives_the_golden_numbers_again(name, tmp_path, golden):
    """The stored numbers are those of the stored script; 1e-6 allows for another R version."""
    folder = tmp_path / "tests" / "golden"
    folder.mkdir(parents=True)
    shutil.copy(GOLDEN / f"{name}.R", folder)
    script = f"tests/golden/{name}.R"
    subprocess.run([need("Rscript"), script], cwd=tmp_path, check=True, capture_output=True)
    rows = (folder / f"{name}.csv").read_text().splitlines()[1:]
    again = {row.split(",")[0]: float(row.split(",")[1]) for row in rows}
    assert again == pytest.approx(golden(name), rel=1e-6)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_report_fits_the_screen(root, tmp_path, width):
    """Nothing but tables and figures in their own frames is wider than the window."""
    page = root / "reports" / "cilta_vs_ide_late_line" / "report.html"
    (tmp_path / "report.html").write_text(page.read_text("utf-8"), "utf-8")
    frame = (
        f'<iframe id="f" src="report.html" style="width:{width}px;height:3000px;border:0"></iframe>'
        "<script>f.onload = () => document.title = 'width ' + "
        "f.contentDocument.documentElement.scrollWidth</script>"
    )
    (tmp_path / "frame.html").write_text(frame)
    dom = dump_dom(tmp_path / "frame.html", profile=tmp_path / "profile")
    found = re.search(r"<title>width (\d+)</title>", dom)
    assert found, dom[:500]
    assert int(found.group(1)) <= width
