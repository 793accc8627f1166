"""The PDF: the same numbers, as text that cannot be markup, the same bytes on every run."""

from __future__ import annotations

import io
import re
import sys

import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.data_root import write_data_root

from survcomp.analysis import load, run
from survcomp.errors import InputError
from survcomp.report.chapters.build import build_document
from survcomp.report.document.sections import (
    Bullets,
    Document,
    Folded,
    Paragraph,
    Section,
    Terms,
    walk,
)
from survcomp.report.document.table import joined, make
from survcomp.report.document.words import Span, words
from survcomp.report.forms.pdf import pdf_file, render_pdf
from survcomp.report.forms.typeset.blocks import typst_input


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    root = write_data_root(tmp_path_factory.mktemp("root"))
    return run(load(root / "analyses" / "a_vs_b"))


@pytest.fixture(scope="module")
def file(results) -> bytes:
    return render_pdf(results)


def read(file: bytes):
    return pypdf.PdfReader(io.BytesIO(file))


def text_of(file: bytes) -> str:
    """All text, without spaces and the characters that only steer line breaks."""
    text = "".join(page.extract_text() for page in read(file).pages)
    return squeezed(text)


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u200b\u00a0\u00ad]+", "", text)


def document(*blocks, title="Title", summary="Summary.") -> Document:
    part = Section("part", "Part", blocks)
    return Document(title=title, analysis="x", summary=words(summary), sections=(part,))


def wide(columns: int):
    heads = [f"Column{i}" for i in range(columns)]
    return make("Wide", heads, [["Unbreakable" + str(i) for i in range(columns)]])


def test_every_cell_caption_note_and_sentence_is_in_it(results, file):
    text = text_of(file)
    laid_out = build_document(results)
    assert squeezed(laid_out.title) in text
    for table in (b for b in walk(laid_out.sections) if isinstance(b, type(wide(1)))):
        number = laid_out.numbered()[id(table)]
        assert squeezed(f"Table {number}. {table.caption}") in text
        for row in table.rows:
            for cell in row:
                assert squeezed(cell.text) in text, cell.text
        for note in table.notes:
            assert squeezed(note) in text, note


def test_figures_are_numbered_as_in_the_other_forms(results, file):
    text = text_of(file)
    assert squeezed("Figure 1. PFS: our contrasts") in text
    assert squeezed("Figure 2. Kaplan-Meier curves") in text


def test_it_is_tagged_and_has_a_language_a_title_bookmarks_and_no_date(results, file):
    pdf = read(file)
    root = pdf.trailer["/Root"]
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert pdf.metadata.title == results.title
    assert pdf.metadata.creation_date is None
    names = [item["/Title"] for item in pdf.outline if not isinstance(item, list)]
    assert names[:2] == ["1 Question", "2 Results"]
    assert "a_vs_b" in pdf.pages[0].extract_text()
    assert f"Page 1 of {len(pdf.pages)}" in pdf.pages[0].extract_text()
    assert "/StructTreeRoot" in root
    assert "pdfuaid" in str(pdf.xmp_metadata.rdf_root.toxml())


def test_figures_are_vectors_with_a_text_for_those_who_cannot_see_them(file):
    pdf = read(file)
    assert not any(list(page.images) for page in pdf.pages)
    alts = {str(item["/Alt"]) for item in _structure(pdf) if "/Alt" in item}
    assert any(alt.startswith("Forest plot of hazard ratios") for alt in alts), alts


def _structure(pdf):
    waiting, elements = [pdf.trailer["/Root"]["/StructTreeRoot"]], []
    while waiting:
        item = waiting.pop().get_object()
        if isinstance(item, pypdf.generic.ArrayObject):
            waiting += list(item)
        elif isinstance(item, pypdf.generic.DictionaryObject):
            elements.append(item)
            waiting += [item["/K"]] if "/K" in item else []
    return elements


EVIL = '#read("/etc/passwd") #panic("x") $x^2 *b* _i_ `c` <l> @ref // no /* ] } \\ "; = h - l #{'


def test_text_is_never_markup():
    table = make(EVIL, ["A", EVIL], [["1", joined(EVIL, Span(EVIL, strong=True))]], notes=[EVIL])
    file = pdf_file(
        document(
            Paragraph(words(EVIL), "banner"),
            Bullets((words(EVIL),)),
            Terms(((EVIL, words(EVIL)),)),
            Folded(EVIL, (table,)),
            title=EVIL,
            summary=EVIL,
        )
    )
    assert read(file).metadata.title == EVIL
    plain = squeezed(EVIL)
    # title, summary, banner, bullet, term and its text, caption, heading, two in a cell, note
    assert text_of(file).count(plain) == 11


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40))
def test_any_text_can_be_laid_out(text):
    fields = typst_input(document(make(text, ["A", text], [["1", text]]), title=text))
    cell = fields["sections"][0]["blocks"][0]["rows"][0][1]["text"]
    assert squeezed("".join(span["text"] for span in cell)) == squeezed(text)


@pytest.mark.parametrize(
    "title", ["\u4e2d\u6587 \U0001f600", "a\u200eb \u05d0", "-" * 300, "W" * 300]
)
def test_odd_titles_break_nothing(title):
    assert pdf_file(document(Paragraph(words(title)), title=title)).startswith(b"%PDF")


def test_a_long_table_breaks_with_its_head_on_every_page():
    rows = [[f"row {i}", str(i)] for i in range(150)]
    pdf = read(pdf_file(document(make("Long", ["Heading A", "Heading B"], rows))))
    pages = [page.extract_text() for page in pdf.pages if "row " in page.extract_text()]
    assert len(pages) > 2
    assert all("Heading A" in page for page in pages)


def test_a_table_too_wide_for_an_upright_page_is_turned_and_then_made_smaller():
    upright, turned, small = (
        typst_input(document(wide(n)))["sections"][0]["blocks"][0] for n in (4, 10, 18)
    )
    assert (upright["landscape"], turned["landscape"], small["landscape"]) == (False, True, True)
    assert upright["size"] == turned["size"] > small["size"]
    pages = read(
        pdf_file(document(Paragraph(words("before")), wide(10), Paragraph(words("x"))))
    ).pages
    assert [page.mediabox.width > page.mediabox.height for page in pages] == [False, True, False]


def test_a_heading_turns_with_the_table_that_it_heads():
    pages = read(pdf_file(document(wide(10)))).pages
    assert "1 Part" in pages[1].extract_text().replace("\u00a0", " ")


def test_long_words_may_break_and_intervals_may_not():
    address = "https://example.org/a/very/long/address/with_many-parts?and=this&that=1"
    table = make("t", ["A", "B"], [["x", address], ["y", "HR 0.28 (95% CI 0.15 to 0.52)"]])
    rows = typst_input(document(table))["sections"][0]["blocks"][0]["rows"]
    (link,), (effect,) = rows[0][1]["text"], rows[1][1]["text"]
    assert link["link"] == address == link["text"].replace("\u200b", "")
    assert max(map(len, link["text"].split("\u200b"))) <= 16
    assert effect["text"] == "HR\u00a00.28 (95%\u00a0CI\u00a00.15\u00a0to\u00a00.52)"
    links = [a.get_object() for a in read(pdf_file(document(table))).pages[0]["/Annots"]]
    assert [a["/A"]["/URI"] for a in links if "/A" in a][:1] == [address]


def test_only_web_addresses_become_links():
    table = make("t", ["A", "B"], [["x", "javascript:alert(1)"], ["y", "file:///etc/passwd"]])
    rows = typst_input(document(table))["sections"][0]["blocks"][0]["rows"]
    assert [row[1]["text"][0]["link"] for row in rows] == ["", ""]


def test_without_typst_one_message_says_what_to_install(results, monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(InputError, match=r"pip install 'survcomp\[pdf\]'"):
        render_pdf(results)


def test_the_fonts_are_embedded(file):
    names = {
        font.get_object()["/BaseFont"].split("+")[-1]
        for page in read(file).pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert any("Libertinus" in name for name in names)
    assert any("DejaVu" in name for name in names)
