"""The pages in a real browser: accessible, light, and laid out for the screen that shows them."""

from __future__ import annotations

import html
import json
import re

import pytest
from support.browser import dump_dom, need_axe, need_browser
from support.paths import ROOT

pytestmark = pytest.mark.external

PAGES = sorted(ROOT.glob("reports/*/report.html")) + sorted(ROOT.glob("reports/index.html"))
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')


@pytest.fixture
def dump(tmp_path):
    """Run a script in a copy of a page, with every part unfolded, and read what it reports."""

    def run(page, script: str, *, width: int = 1280):
        text = POLICY.sub("", page.read_text("utf-8"))  # which allows the page's own script only
        text = text.replace("<details", "<details open")
        report = "(found) => { const p = document.createElement('pre'); p.id = 'found'; \
            p.textContent = JSON.stringify(found); document.body.append(p); }"
        text = text.replace(
            "</body>", f"<script>{script.replace('REPORT', report)}</script></body>"
        )
        copy = tmp_path / "page.html"
        copy.write_text(text, "utf-8")
        dom = dump_dom(copy, profile=tmp_path / "profile", width=width)
        dumped = re.search(r'<pre id="found">(.*?)</pre>', dom, flags=re.DOTALL)
        assert dumped, dom[-2000:]
        return json.loads(html.unescape(dumped.group(1)))

    need_browser()
    return run


@pytest.mark.parametrize("width", [1280, 500])
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_axe_finds_nothing(dump, page, width):
    """No violation of axe's rules (WCAG A and AA, good practice), folded parts included."""
    script = (
        f"{need_axe()};axe.run(document, {{resultTypes: ['violations']}}).then((all) => "
        "(REPORT)([all.passes.length, all.violations.map((v) => "
        "[v.id, v.help, v.nodes.length, v.nodes[0].html.slice(0, 200)])]))"
    )
    passed, violations = dump(page, script, width=width)
    assert violations == []
    assert passed > 20  # rules that found something to look at


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_it_is_light_and_opens_quickly(dump, page):
    assert page.stat().st_size < 5_000_000
    script = (
        "addEventListener('load', () => setTimeout(() => { "
        "const t = performance.getEntriesByType('navigation')[0]; "
        "(REPORT)({ready: t.domComplete, asked: performance.getEntriesByType('resource').length}) "
        "}, 0))"
    )
    measured = dump(page, script)
    assert measured["ready"] < 1000  # milliseconds
    assert measured["asked"] == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_every_table_and_figure_fits_a_desktop_window(dump, page):
    script = (
        "(REPORT)([...document.querySelectorAll('.scroll')]"
        ".filter((box) => box.scrollWidth > box.clientWidth)"
        ".map((box) => box.textContent.trim().slice(0, 60)))"
    )
    assert dump(page, script) == []


def test_the_contents_stand_beside_the_text_on_a_wide_screen(dump):
    script = (
        "scrollTo(0, 4000); const n = document.querySelector('nav').getBoundingClientRect(); "
        "const m = document.querySelector('main').getBoundingClientRect(); "
        "(REPORT)({right: n.right, top: n.top, left: m.left})"
    )
    measured = dump(PAGES[0], script)
    assert measured["right"] <= measured["left"]
    assert measured["top"] == 0  # it stays in sight


def test_columns_of_a_phone_become_cards(dump):
    script = "(REPORT)(getComputedStyle(document.querySelector('.texts td')).display)"
    assert dump(PAGES[0], script, width=500) == "block"
    assert dump(PAGES[0], script, width=1280) == "table-cell"
