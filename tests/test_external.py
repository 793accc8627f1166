"""What needs other programs: R for its golden numbers, a browser and an office suite for pages."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from support.browser import dump_dom
from support.paths import GOLDEN
from support.reports import real_results

from survcomp.report import render_docx, render_xlsx

pytestmark = pytest.mark.external


def need(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"{program} is not installed here")
    return path


@pytest.mark.parametrize(
    "name",
    ["estimate", "hazards", "maic_weights", "outcome_models", "two_arm_cox", "weighted_maic"],
)
def test_r_gives_the_golden_numbers_again(name, tmp_path, golden):
    """The stored numbers are those of the stored script; 1e-6 allows for another R version."""
    folder = tmp_path / "tests" / "golden"
    folder.mkdir(parents=True)
    shutil.copy(GOLDEN / f"{name}.R", folder)
    shutil.copy(GOLDEN / "estimate_patients.csv", folder)  # which another script may read
    script = f"tests/golden/{name}.R"
    subprocess.run([need("Rscript"), script], cwd=tmp_path, check=True, capture_output=True)
    rows = (folder / f"{name}.csv").read_text().splitlines()[1:]
    again = {row.split(",")[0]: float(row.split(",")[1]) for row in rows}
    assert again == pytest.approx(golden(name), rel=1e-6, nan_ok=True)  # a limit not reached


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


@pytest.mark.parametrize("form", ["docx", "xlsx"])
@pytest.mark.parametrize("analysis", ["tutorial_own_trial", "cilta_vs_ide_late_line"])
def test_an_office_suite_opens_and_prints_the_report(form, analysis, tmp_path):
    render = {"docx": render_docx, "xlsx": render_xlsx}[form]
    (tmp_path / f"report.{form}").write_bytes(render(real_results(analysis)))
    subprocess.run(
        [
            need("soffice"),
            "--headless",
            f"-env:UserInstallation=file://{tmp_path / 'profile'}",
            *("--convert-to", "pdf", "--outdir", str(tmp_path), str(tmp_path / f"report.{form}")),
        ],
        check=True,
        capture_output=True,
        timeout=300,
    )
    pages = re.findall(rb"/Type\s*/Page\b", (tmp_path / "report.pdf").read_bytes())
    assert len(pages) >= (5 if form == "docx" else 15)


def test_a_click_on_a_number_shows_where_it_comes_from(root, tmp_path):
    """The page's one script runs under its policy; the panel opens, closes, gives focus back."""
    page = root / "reports" / "cilta_vs_ide_late_line" / "report.html"
    (tmp_path / "report.html").write_text(page.read_text("utf-8"), "utf-8")
    script = """
      f.onload = () => {
        const page = f.contentDocument, panel = page.getElementById("trace");
        const number = page.querySelector("#results td .number-shown");
        number.focus();
        number.click();
        const text = panel.querySelector("dl").textContent;
        const open = panel.open;
        panel.querySelector("button").click();
        setTimeout(() => {
          const back = page.activeElement === number;
          document.title = `${open} ${panel.open} ${back} ${text}`;
        }, 100);
      };
    """
    frame = f'<iframe id="f" src="report.html" width="900" height="900"></iframe><script>{script}'
    (tmp_path / "frame.html").write_text(f"{frame}</script>")
    found = re.search(
        r"<title>(.*?)</title>",
        dump_dom(tmp_path / "frame.html", profile=tmp_path / "profile"),
        re.DOTALL,
    )
    assert found
    assert found.group(1).startswith("true false true Shown in")
    for part in ("Settings", "Draws", "curve cartitude_1/cilta_cel/PFS", "lines", "SHA-256"):
        assert part in found.group(1)
