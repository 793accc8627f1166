"""The Word report: its numbers are those of results.json, its structure is Word's own."""

from __future__ import annotations

import hashlib
import io
import itertools
import math
import re
import zipfile

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Emu
from PIL import Image
from support.reports import HOSTILE, digest_elsewhere, real_results, with_text

from survcomp.report import render_docx
from survcomp.report.chapters.build import build_document
from survcomp.report.document.sections import Document, Figure, Section, Terms, walk
from survcomp.report.document.table import Table, make
from survcomp.report.document.words import words
from survcomp.report.forms.docx import docx_file

ANALYSES = (
    "tutorial_own_trial",
    pytest.param("cilta_vs_ide_late_line", marks=pytest.mark.slow),
)
NO_BREAK = "\N{NO-BREAK SPACE}"


@pytest.fixture(scope="module", params=ANALYSES)
def case(request):
    """Results, the document of them, and the Word file read back."""
    results = real_results(request.param)
    file = docx.Document(io.BytesIO(render_docx(results)))
    return results, build_document(results), file


@pytest.fixture(scope="module")
def small():
    return real_results("tutorial_own_trial")


def blocks(document, kind):
    return [block for block in walk(document.sections) if isinstance(block, kind)]


def text_of(cell) -> str:
    return cell.text.replace(NO_BREAK, " ")


def test_every_table_is_a_word_table_with_the_same_cells(case):
    _, document, file = case
    tables = blocks(document, Table)
    assert len(file.tables) == len(tables) > 5
    for mine, theirs in zip(tables, file.tables, strict=True):
        rows = [[text_of(cell) for cell in row.cells] for row in theirs.rows]
        assert rows[0] == list(mine.columns)
        assert rows[1:] == [[cell.text for cell in row] for row in mine.rows]


def test_each_number_is_that_of_its_record(case):
    """Read from the file, to half a unit of its last digit; nothing of the report's code."""
    results, document, file = case
    checked = 0
    for mine, theirs in zip(blocks(document, Table), file.tables, strict=True):
        for cells, row in zip(mine.rows, list(theirs.rows)[1:], strict=True):
            for cell, shown in zip(cells, row.cells, strict=True):
                if cell.record and not cell.parts:
                    checked += agrees(text_of(shown), cell.record, results)
    assert checked > 90


def agrees(text: str, id: str, results) -> int:
    """Compare what is printed with the record, and an interval with its limits."""
    record = results[id]
    if not isinstance(record.value, (int, float)) or isinstance(record.value, bool):
        assert text == str(record.value)
        return 1
    if math.isinf(record.value):
        assert text in ("not reached", "none is strong enough", "none tips it")
        return 1
    if text == "<0.001":
        assert record.value < 0.001
        return 1
    printed = re.findall(r"-?\d+(?:\.\d+)?(?:e[+-]\d+)?", re.sub(r"\(to .*?\)|95% CI", "", text))
    values = [record.value]
    if id.endswith("/estimate") and "CI" in text:
        base = id.removesuffix("estimate")
        values += [results.value(f"{base}{field}") for field in ("ci_low", "ci_high")]
    if record.unit.startswith("log ") and text[:2] in ("HR", "OR", "RR"):
        values = [math.exp(value) for value in values]
    scale = 100 if record.unit == "probability" or text.startswith("RD") else 1
    if not re.match(r"HR|OR|RR|RD|RMST|<?-?[\d.]+(e[+-]\d+)?( %)?$", text):  # a sentence
        assert any(is_near(number, values[0], scale) for number in printed), (text, id)
        return 1
    assert len(printed) == len(values), text
    for number, value in zip(printed, values, strict=True):
        assert is_near(number, value, scale), (text, id)
    return 1


def is_near(number: str, value: float, scale: float) -> bool:
    """Whether a printed number is a value, to half a unit of its last digit."""
    mantissa, _, exponent = number.partition("e")
    unit = 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
    return abs(float(number) - scale * value) <= 0.5001 * unit


def test_headings_follow_the_sections_and_skip_no_level(case):
    _, document, file = case
    headings = [
        (int(p.style.name[-1]), p.text.replace(NO_BREAK, " "))
        for p in file.paragraphs
        if p.style.name.startswith("Heading")
    ]
    assert file.paragraphs[0].style.name == "Title"
    titles = [title for _, title in headings]
    sections = [block.title for block in blocks(document, Section)]
    assert [title for title in titles if title in sections] == sections
    levels = [level for level, _ in headings]
    assert levels[0] == 1
    assert all(b <= a + 1 for a, b in itertools.pairwise(levels))
    assert [t for level, t in headings if level == 1] == [s.title for s in document.sections]


@pytest.mark.parametrize("kind", [Table, Figure])
def test_captions_are_counted_by_fields(case, kind):
    _, document, file = case
    name = kind.__name__
    captions = [p for p in file.paragraphs if p.style.name == "Caption"]
    mine = [p for p in captions if p.text.startswith(f"{name} ")]
    assert len(mine) == len(blocks(document, kind)) > 0
    for number, (paragraph, block) in enumerate(zip(mine, blocks(document, kind), strict=True), 1):
        instructions = [i.text.strip() for i in paragraph._p.iter(qn("w:instrText"))]
        assert instructions == [f"SEQ {name} \\* ARABIC"]
        plain = paragraph.text.replace(NO_BREAK, " ")
        assert plain.startswith(f"{name} {number}. {block.caption}")
        marks = [b.get(qn("w:name")) for b in paragraph._p.iter(qn("w:bookmarkStart"))]
        assert marks == [f"{name.lower()}_{number}"]
    texts = [p.text for p in mine]
    assert len({text.split(". ", 1)[1] for text in texts}) == len(texts)


def test_contents_are_filled_and_every_link_has_its_bookmark(case):
    _, document, file = case
    body = file.element.body
    names = [b.get(qn("w:name")) for b in body.iter(qn("w:bookmarkStart"))]
    numbers = [b.get(qn("w:id")) for b in body.iter(qn("w:bookmarkStart"))]
    assert len(set(names)) == len(names)
    assert sorted(numbers) == sorted(b.get(qn("w:id")) for b in body.iter(qn("w:bookmarkEnd")))
    anchors = [link.get(qn("w:anchor")) for link in body.iter(qn("w:hyperlink"))]
    assert set(anchors) <= set(names)
    assert len(anchors) >= len(document.sections) + len(blocks(document, (Table, Figure)))
    fields = [i.text.split()[0] for i in body.iter(qn("w:instrText"))]
    assert fields.count("TOC") == 3
    marks = [m.get(qn("w:fldCharType")) for m in body.iter(qn("w:fldChar"))]
    assert marks.count("begin") == marks.count("separate") == marks.count("end") == len(fields)


def test_every_picture_has_a_text_and_200_dots_an_inch(case):
    _, document, file = case
    shapes = list(file.inline_shapes)
    figures = blocks(document, Figure)
    assert len(shapes) == len(figures) > 0
    for shape, figure in zip(shapes, figures, strict=True):
        assert shape._inline.docPr.get("descr") == figure.drawing.title != ""
        blip = next(shape._inline.iter(qn("a:blip"))).get(qn("r:embed"))
        picture = Image.open(io.BytesIO(file.part.related_parts[blip].blob))
        assert picture.width / Emu(shape.width).inches >= 200


def test_tables_fit_the_page_and_repeat_their_heading(case):
    _, _, file = case
    widths = []
    for element in file.element.body:
        if element.tag == qn("w:tbl"):
            grid = [int(c.get(qn("w:w"))) for c in element.iter(qn("w:gridCol"))]
            rows = list(element.iter(qn("w:tr")))
            assert rows[0].find(qn("w:trPr")).find(qn("w:tblHeader")) is not None
            assert all(r.find(qn("w:trPr")).find(qn("w:cantSplit")) is not None for r in rows)
            assert element.tblPr.find(qn("w:tblLayout")).get(qn("w:type")) == "fixed"
            assert min(grid) > 300
            widths.append(sum(grid))
        for section in element.iter(qn("w:sectPr")):
            size, margin = section.find(qn("w:pgSz")), section.find(qn("w:pgMar"))
            sides = int(margin.get(qn("w:left"))) + int(margin.get(qn("w:right")))
            assert all(width <= int(size.get(qn("w:w"))) - sides for width in widths)
            widths = []
    orientations = [section.orientation for section in file.sections]
    assert len(set(orientations)) == 2


def test_captions_stay_with_what_they_name(case):
    _, _, file = case
    for table in file.tables:
        caption = docx.text.paragraph.Paragraph(table._tbl.getprevious(), file)
        assert caption.style.name == "Caption"
        assert caption.paragraph_format.keep_with_next
        assert table.rows[0].cells[0].paragraphs[0].paragraph_format.keep_with_next
    for shape in file.inline_shapes:
        paragraph = shape._inline.getparent().getparent().getparent()
        assert docx.text.paragraph.Paragraph(paragraph, file).style.name == "Picture"
    assert file.styles["Picture"].paragraph_format.keep_with_next


def test_no_empty_paragraph_holds_a_section_break(case):
    _, _, file = case
    breaks = [p for p in file.paragraphs if p._p.find(f".//{qn('w:sectPr')}") is not None]
    assert breaks
    assert all(p.text or p.style.name == "After Table" for p in breaks)


def test_properties_have_no_date_and_nothing_of_the_template():
    document = Document(title="T", analysis="a", summary=words("Short."), sections=())
    raw = zipfile.ZipFile(io.BytesIO(docx_file(document)))
    core = raw.read("docProps/core.xml").decode()
    assert "dcterms" not in re.sub(r'xmlns:\w+="[^"]*"', "", core)
    assert "python-docx" not in core
    assert "<dc:language>en-GB</dc:language>" in core
    assert 'w:val="en-GB"' in raw.read("word/styles.xml").decode()
    assert not any("thumbnail" in name for name in raw.namelist())
    assert {entry.date_time for entry in raw.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert raw.namelist()[0] == "[Content_Types].xml"


@pytest.mark.slow
def test_the_same_bytes_in_another_process(small):
    mine = hashlib.sha256(render_docx(small)).hexdigest()
    assert digest_elsewhere(small, "docx") == mine


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_breaks_the_file(text):
    table = make(text, [text, "b"], [[text, "1"]], notes=[text])
    section = Section("a", text, (Terms(((text, words(text)),)), table))
    document = Document(title=text, analysis=text, summary=words(text), sections=(section,))
    file = docx.Document(io.BytesIO(docx_file(document)))
    gone = "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff\u202a-\u202e\u2066-\u2069]"
    expected = re.sub(gone, "\ufffd", text)
    assert file.paragraphs[0].text == expected
    assert text_of(file.tables[0].rows[1].cells[0]) == expected


def test_results_with_hostile_texts_are_laid_out(small):
    text = "a\x00b\x1f <w:p> & =1+1 \ud800"
    file = docx.Document(io.BytesIO(render_docx(with_text(small, text))))
    assert "\ufffd" in file.paragraphs[0].text


def test_a_report_of_nothing_but_a_summary_can_be_opened():
    document = Document(title="T", analysis="a", summary=words("Short."), sections=())
    file = docx.Document(io.BytesIO(docx_file(document)))
    assert file.paragraphs[0].text == "T"
    assert file.sections[0].footer.paragraphs[0].text.startswith("a, survcomp ")
