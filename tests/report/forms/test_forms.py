"""What all forms of a report have in common: their bytes, numbers of sections, checklist marks."""

from __future__ import annotations

import hashlib
import io
import itertools
import re

import docx
import openpyxl
import pypdf
import pytest
from support.reports import digest_elsewhere, real_results

from survcomp.report.chapters.build import build_document
from survcomp.report.document.sections import (
    CLOSING,
    Document,
    Figure,
    Folded,
    Paragraph,
    Section,
    told_apart,
    walk,
)
from survcomp.report.document.table import Table, make
from survcomp.report.document.words import plain, words
from survcomp.report.forms.available import FORMS, render
from survcomp.report.forms.word.styles import DEEPEST_HEADING

SMALL = "tutorial_anchored"
FLAGSHIP = "cilta_vs_ide_late_line"
MARKED = (Section, Table, Figure, Paragraph)


@pytest.fixture(scope="module")
def results():
    return real_results(SMALL)


@pytest.fixture(scope="module")
def document(results):
    return build_document(results)


def made(form: str, results) -> bytes:
    file = render(form, results)
    return file.encode() if isinstance(file, str) else file


@pytest.mark.slow
@pytest.mark.parametrize("analysis", ["tutorial_own_trial", FLAGSHIP])
@pytest.mark.parametrize("form", FORMS)
def test_the_same_bytes_in_another_process(form, analysis):
    """Made here, made here again, and made where sets have another order."""
    results = real_results(analysis)
    mine = hashlib.sha256(made(form, results)).hexdigest()
    assert hashlib.sha256(made(form, results)).hexdigest() == mine
    assert digest_elsewhere(results, form) == mine


@pytest.fixture(scope="module")
def texts(results):
    """What stands in each form, in one line."""
    pdf = pypdf.PdfReader(io.BytesIO(made("pdf", results)))
    word = docx.Document(io.BytesIO(made("docx", results)))
    book = openpyxl.load_workbook(io.BytesIO(made("xlsx", results)))
    by_form = {
        "html": re.sub(r"<[^>]+>", " ", made("html", results).decode()),
        "pdf": " ".join(page.extract_text() for page in pdf.pages),
        "docx": " ".join(paragraph.text for paragraph in word.paragraphs),
        "xlsx": " ".join(str(c.value) for page in book for row in page for c in row if c.value),
    }
    return {form: " ".join(text.replace("\u00a0", " ").split()) for form, text in by_form.items()}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_ends_with_what_it_is(texts, form):
    assert CLOSING in texts[form]


def marked(document: Document) -> list:
    return [block for block in walk(document.sections) if isinstance(block, MARKED) and block.items]


@pytest.mark.parametrize(("form", "sign"), [("html", " "), ("pdf", " · "), ("docx", " · ")])
def test_marks_stand_after_what_reports_them(document, texts, form, sign):
    blocks = marked(document)
    assert len(blocks) > 8
    for block in blocks:
        if isinstance(block, Section):
            before = block.title
        else:
            before = plain(block.text) if isinstance(block, Paragraph) else block.caption
        at = f"{before} {sign.join(block.items)}"
        # a number has an element of its own in HTML, so that spaces are no guide
        assert "".join(at.split()) in "".join(texts[form].split()), at


def test_marks_of_tables_stand_in_their_sheets_and_in_the_contents(document, results):
    book = openpyxl.load_workbook(io.BytesIO(made("xlsx", results)))
    tables = [block for block in walk(document.sections) if isinstance(block, Table)]
    sheets = [page for page in book if re.match(r"T\d", page.title)]
    contents = {row[0].value: row[2].value for row in book["Read me"].iter_rows(min_row=12)}
    for table, page in zip(tables, sheets, strict=True):
        items = ", ".join(table.items)
        assert page["A2"].value == (f"Items of the checklist: {items}" if items else None)
        assert contents[page.title] == (items or None)


def test_marks_stay_out_of_the_contents_and_the_bookmarks(document, results):
    pdf = pypdf.PdfReader(io.BytesIO(made("pdf", results)))

    def titles(outline):
        for entry in outline:
            yield from titles(entry) if isinstance(entry, list) else [entry.title]

    sections = [block for block in walk(document.sections) if isinstance(block, Section)]
    bookmarks = [title.replace("\u00a0", " ") for title in titles(pdf.outline)]
    assert [re.sub(r"^[\d.]+ ", "", title) for title in bookmarks] == [s.title for s in sections]
    word = docx.Document(io.BytesIO(made("docx", results)))
    headings = [p.text for p in word.paragraphs if p.style.name.startswith("Heading")]
    assert [text.replace("\u00a0", " ") for text in headings] == [s.title for s in sections]


def test_sections_have_the_same_numbers_in_word(document, results):
    """Counted as Word counts: by the level of each heading that its style numbers."""
    word = docx.Document(io.BytesIO(made("docx", results)))
    counts = [0] * DEEPEST_HEADING
    counted = []
    for paragraph in word.paragraphs:
        if paragraph.style.name.startswith("Heading"):
            numbered = paragraph.style.element.pPr.numPr
            assert paragraph._p.pPr.numPr is None
            level = numbered.ilvl.val
            counts[level] += 1
            counts[level + 1 :] = [0] * (DEEPEST_HEADING - level - 1)
            counted.append(".".join(map(str, counts[: level + 1])))
    assert counted == list(document.section_numbers().values())
    entries = [p.text for p in word.paragraphs if p.style.name.startswith("toc ")]
    assert entries[0].split("\N{EN SPACE}")[0] == "1"


@pytest.mark.parametrize("analysis", [SMALL, "tutorial_own_trial", FLAGSHIP])
def test_nothing_follows_a_part_of_a_section_but_another_part(analysis):
    """What follows a heading of a lower level would seem to stand under it."""
    for block in walk(build_document(real_results(analysis)).sections):
        if isinstance(block, Section):
            parts = [isinstance(each, Section) for each in block.blocks]
            assert all(a <= b for a, b in itertools.pairwise(parts)), block.title


def test_captions_that_several_blocks_have_are_told_apart():
    def table(caption):
        return make(caption, ["A"], [["1"]])

    twice = table("Twice")
    document = Document(
        title="t",
        analysis="a",
        summary=words("s"),
        sections=(
            Section("a", "First", (twice, table("Once"), Paragraph(words("x")))),
            Section("b", "Second", (Folded("Twice", (table("Twice"),)), table("A: b"))),
            Section("c", "Third", (Section("d", "Inner", (table("A: b"),)),)),
        ),
    )
    apart = told_apart(document)
    captions = [block.caption for block in walk(apart.sections) if isinstance(block, Table)]
    assert captions == ["Twice: First", "Once", "Twice: Second", "A: b, Second", "A: b, Inner"]
    folded = next(block for block in walk(apart.sections) if isinstance(block, Folded))
    assert folded.table is not None
    assert told_apart(apart) == apart
