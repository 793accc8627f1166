"""The report: escaped, self-contained, and showing the numbers of results.json."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from support.data_root import ANALYSIS
from support.effects import printed_effect

from survcomp.analysis import load, run
from survcomp.analysis.steps.parts.recorder import Recorder
from survcomp.errors import InputError
from survcomp.report import effect, fill, render_html
from survcomp.report.document.table import make
from survcomp.report.document.text import number
from survcomp.report.document.words import Span, plain
from survcomp.report.figures.forest import forest_figure, rows
from survcomp.report.figures.kaplan_meier import km_figure


@pytest.fixture
def results(data_root):
    return run(load(data_root / "analyses" / "a_vs_b"))


def test_a_grade_that_does_not_test_the_draws_says_so(data_root):
    """The draws use every number of the arm without a figure, also those it holds out here."""
    folder = data_root / "analyses" / "a_vs_b"
    says = "nothing is held out of the effect over draws, and the grade does not test it"

    def of_sides():
        results = run(load(folder))
        page = render_html(results)
        sides = ("treatment", "comparator")
        methods = [results.value(f"comparison/pfs/{s}/reconstruction/method") for s in sides]
        return page.count(says), methods.count("piecewise exponential")

    said, simpler = of_sides()
    assert said == simpler >= 1
    settings = folder / "analysis.toml"
    settings.write_text(settings.read_text().replace("draws = 10", "draws = 0"))
    assert of_sides() == (0, simpler)


class Tags(HTMLParser):
    """Tags that are opened and attributes that load something."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.links: list[str] = []
        self.records: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "xlink:href") and value and not value.startswith("#"):
                (self.links if tag == "a" else self.loads).append(value)
            if name == "data-record":
                self.records.append(value)


def parse(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    return tags


def test_the_page_needs_no_network_and_runs_its_own_script_only(results):
    html = render_html(results)
    tags = parse(html)
    assert tags.loads == []
    assert tags.open.count("script") == 2  # one that runs, and one that holds data
    assert html.count("<script>") == html.count('<script type="application/json"') == 1
    start = html.index("<script>") + 8
    script = html[start : html.index("</script>", start)]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in html.replace("&#39;", "'")
    assert "default-src 'none'" in html.replace("&#39;", "'")
    assert "@import" not in html
    assert "url(http" not in html


def test_dollar_signs_in_labels_are_drawn_as_they_are(data_root, edit):
    label = "Cost $x^{2 and $y_ {"
    edit("a_vs_b/analysis.toml", "Progression-free survival", label)
    edit("a_vs_b/analysis.toml", 'comparator = "drug B"', 'comparator = "drug $B$"')
    edit("a_vs_b/analysis.toml", 'treatment = "drug A"', 'treatment = "drug $\\\\frac$"')
    edit("a_vs_b/analysis.toml", "Published range only", "From $1 to $\\\\nope")
    edit("other_trial/trial.toml", 'label = "Drug A"', 'label = "Drug $A_{"')
    edit("other_trial/trial.toml", 'name = "OTHER"', 'name = "OTHER $\\\\bad$"')
    html = render_html(run(load(data_root / "analyses" / "a_vs_b")))
    svg = "".join(re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL))
    for text in (label, "drug $\\frac$", "From $1 to $\\nope", "Drug $A_{", "OTHER $\\bad$"):
        assert text in svg, text


def test_addresses_of_sources_are_links_and_nothing_else_is(data_root, edit):
    edit("other_trial/trial.toml", 'title = "Another paper"', 'title = "javascript:alert(1)"')
    links = parse(render_html(run(load(data_root / "analyses" / "a_vs_b")))).links
    assert links
    assert all(link.startswith("https://") for link in links)


def test_every_entry_of_the_contents_leads_to_a_numbered_heading(results):
    html = render_html(results)
    contents = html[html.index("<nav") : html.index("</nav>")]
    targets = re.findall(r'href="#([^"]+)"', contents)
    assert len(targets) > 5
    for target in targets:
        assert re.search(rf'<section id="{target}"><h\d>[\d.]+&ensp;', html), target


def test_numbers_stand_to_the_right_and_texts_know_their_column(results):
    html = render_html(results)
    assert '<th scope="col" class="number">' in html
    assert re.search(r'<td class="number[ a-z]*" data-column="[^"]+"', html)


def test_a_part_that_is_one_table_says_its_name_once(results):
    html = render_html(results)
    assert re.search(r'<details class="table"><summary>Table \d+\. Published numbers', html)


def test_a_series_is_not_a_number(results):
    with pytest.raises(
        InputError, match=r"x: \{\{comparison/pfs/treatment/km/time\}\} is a series"
    ):
        fill("{{comparison/pfs/treatment/km/time}}", results, where="x")


def test_text_is_escaped_everywhere(data_root, edit):
    evil = "<script>alert('x')</script>"
    edit("a_vs_b/analysis.toml", 'label = "Progression-free survival"', f'label = "{evil}"')
    edit("other_trial/trial.toml", 'label = "Drug A"', f'label = "{evil}"')
    edit("other_trial/trial.toml", 'title = "Another paper"', f'title = "{evil}"')
    html = render_html(run(load(data_root / "analyses" / "a_vs_b")))
    assert parse(html).open.count("script") == 2
    assert "<script>alert" not in html
    assert "<title>Drug A versus &lt;drug B&gt; &amp; others</title>" in html


def test_each_shown_number_names_a_record(results):
    records = parse(render_html(results)).records
    assert len(records) > 20
    assert all(id in results for id in records)


def test_the_effect_is_shown_as_the_field_writes_it(results):
    html = render_html(results)
    shown = effect(results, "comparison/pfs/unadjusted/log_hr")
    assert re.fullmatch(r"HR 0\.\d\d \(95% CI 0\.\d\d to 0\.\d\d\)", shown)
    assert shown in html
    assert "sampling error only, under assumed censoring" in html
    assert "No adjustment possible: no covariates." in html
    assert "MAIC" not in re.sub(r"<svg.*?</svg>", "", html, flags=re.DOTALL)


@pytest.mark.parametrize(
    ("measure", "fields", "text"),
    [
        (
            "survival_difference",
            {"horizon": 24, "time_unit": "months"},
            "S(24 months) difference 12.3 points (95% CI 1.2 to 23.4)",
        ),
        ("risk_difference", {}, "RD 12.3 points (95% CI 1.2 to 23.4)"),
        (
            "rmst_difference",
            {"horizon": 12, "time_unit": "weeks"},
            "RMST difference (to 12 weeks) 0.12 weeks (95% CI 0.01 to 0.23)",
        ),
        (
            "median_difference",
            {"time_unit": "months"},
            "median difference 0.12 months (95% CI 0.01 to 0.23)",
        ),
    ],
)
def test_differences_read_with_their_unit_and_time(results, measure, fields, text):
    contrast = printed_effect(
        treatment="A", comparator="B", outcome="OS", measure=measure, population="T",
        value=0.123, ci_low=0.012, ci_high=0.234, **fields,
    )  # fmt: skip
    recorder = Recorder()
    recorder.contrast("x", contrast, kind="closed form")
    with_it = replace(results, records=(*results.records, *recorder.records))
    assert effect(with_it, f"x/{measure}") == text
    assert plain(fill(f"{{{{x/{measure}}}}}", with_it, where="here")) == text


def test_sections_with_nothing_in_them_do_not_appear(results):
    html = render_html(results)
    assert 'id="baseline"' not in html
    assert 'id="points"' not in html
    assert 'id="response"' in html


def test_without_a_published_effect_the_report_says_so(data_root, edit):
    start = ANALYSIS.index("[[published]]")
    edit("a_vs_b/analysis.toml", ANALYSIS[start:], "")
    html = render_html(run(load(data_root / "analyses" / "a_vs_b")))
    assert "No published effect for this pair in this population is at hand" in html


def test_placeholders_are_filled_or_refused(results):
    text = fill("n = {{comparison/pfs/treatment/n}}", results, where="here")
    assert text == (Span("n = "), Span("97", record="comparison/pfs/treatment/n"))
    published = fill("{{published/0/log_hr}}", results, where="x")
    assert plain(published) == "HR 0.42 (95% CI 0.26 to 0.68)"
    with pytest.raises(InputError, match=r"points\[0\]: \{\{no/such\}\} is not a record"):
        fill("{{no/such}}", results, where="points[0]")


def test_figures_are_valid_svg_with_a_name(results):
    for drawing in (km_figure(results, "comparison/pfs"), forest_figure(results, "PFS")):
        svg = drawing.svg()
        assert drawing.svg() == svg
        assert drawing.png(dpi=50) == drawing.png(dpi=50)
        element = ElementTree.fromstring(svg)
        assert element.get("aria-label")
        assert element.get("width") is None
        assert element.get("viewBox")
        assert "<dc:date>" not in svg


def test_ours_and_published_are_drawn_in_different_styles(results):
    styles = {row.label: row.style for row in rows(results, "PFS")}
    assert styles["Naive (unadjusted)"] == "main"
    assert styles["Published range only"] == "other"
    assert styles["Never infused as early failures, both sides"] == "bound"
    assert styles["OTHER"] == "published"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.423, "hazard ratio", "0.42"),
        (0.0451, "hazard ratio", "0.045"),
        (0.7664, "probability", "76.6 %"),
        (39.04, "patients", "39.0"),
        (39, "patients", "39"),
        (0.0004, "p value", "<0.001"),
        (0.0452, "p value", "0.045"),
        (0.81, "p value", "0.81"),
        (float("inf"), "months", "not reached"),
        (0.2449, "log hazard ratio", "0.245"),
        (-0.000205, "log hazard ratio", "0.000"),
        (-0.0011, "standard errors", "0.00"),
        (-0.084, "SD", "-0.08"),
        (0.27, "", "0.270"),
        (56.0, "", "56"),
        (991.7, "", "992"),
        (1234.5, "", "1234"),
        (1.23e-05, "", "1.23e-05"),
    ],
)
def test_numbers_in_the_house_style(value, unit, text):
    assert number(value, unit) == text


def test_tables_must_be_rectangular():
    with pytest.raises(InputError, match="2 cells for 3 columns"):
        make("t", ["a", "b", "c"], [["1", "2"]])
