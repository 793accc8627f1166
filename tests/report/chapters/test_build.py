"""Chapters attach by themselves: a module on the package's path is in every form of the report."""

from __future__ import annotations

import io
import pkgutil
import re
from importlib import import_module

import docx
import openpyxl
import pypdf
import pytest
from support.attaching import laid_beside
from support.reports import real_results

from survcomp.report import chapters
from survcomp.report.chapters.build import build_document
from survcomp.report.document.chapter import Appendix, Chapter
from survcomp.report.document.sections import Figure, Table, walk
from survcomp.report.forms.available import render

CHAPTER_OF_ONE_TABLE = """
from survcomp.report.document.chapter import Chapter
from survcomp.report.document.sections import Paragraph, present, section
from survcomp.report.document.table import make
from survcomp.report.document.words import words


def build(results):
    table = make("Zebras by year", ["Year", "Zebras"], [["2001", "seventeen okapis"]])
    said = Paragraph(words("Written by a module that nobody names."))
    return present(section("zebras", "A chapter of zebras", said, table))


CHAPTER = Chapter(place=25, build=build)
"""
NOTHING_TO_SAY = """
from survcomp.report.document.chapter import Chapter

CHAPTER = Chapter(place=25, build=lambda results: ())
"""
SAID = ("A chapter of zebras", "Written by a module that nobody names.", "seventeen okapis")


@pytest.fixture(scope="module")
def results():
    return real_results("tutorial_anchored")


@pytest.fixture
def with_zebras(tmp_path):
    with laid_beside(chapters, tmp_path, "zebras", CHAPTER_OF_ONE_TABLE):
        yield


def text_in(form: str, file: str | bytes) -> str:
    """What a form says, in one line."""
    match form, file:
        case "html", str():
            text = re.sub(r"<[^>]+>", " ", file)
        case "docx", bytes():
            word = docx.Document(io.BytesIO(file))
            cells = (c.text for t in word.tables for row in t.rows for c in row.cells)
            text = " ".join([*(p.text for p in word.paragraphs), *cells])
        case "pdf", bytes():
            text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(file)).pages)
        case "xlsx", bytes():
            book = openpyxl.load_workbook(io.BytesIO(file))
            text = " ".join(str(c.value) for page in book for row in page for c in row if c.value)
    return " ".join(text.replace("\u00a0", " ").split())


@pytest.mark.usefixtures("with_zebras")
@pytest.mark.parametrize("form", ["html", "docx", "pdf"])
def test_a_module_on_the_path_is_a_chapter_of_every_form(form, results):
    if form == "pdf":
        pytest.importorskip("typst")
    text = text_in(form, render(form, results))
    for words in (*SAID, "Zebras by year"):
        assert words in text


@pytest.mark.usefixtures("with_zebras")
def test_its_table_has_a_sheet_of_the_workbook(results):
    file = render("xlsx", results)
    assert isinstance(file, bytes)
    sheets = openpyxl.load_workbook(io.BytesIO(file)).sheetnames
    assert "T1 Zebras by year" in sheets
    assert "seventeen okapis" in text_in("xlsx", file)


def test_chapters_stand_in_the_order_of_their_places(results, tmp_path):
    before = [part.id for part in build_document(results).sections]
    with laid_beside(chapters, tmp_path, "zebras", CHAPTER_OF_ONE_TABLE):
        document = build_document(results)
    ids = [part.id for part in document.sections]
    assert ids == ["question", "zebras", *before[1:]]
    first = next(block for block in walk(document.sections) if isinstance(block, (Table, Figure)))
    assert first.caption == "Zebras by year"
    assert document.numbered()[id(first)] == 1
    assert [part.id for part in build_document(results).sections] == before


def test_a_chapter_with_nothing_to_say_leaves_no_trace(results, tmp_path):
    before = render("html", results)
    with laid_beside(chapters, tmp_path, "silent", NOTHING_TO_SAY):
        assert render("html", results) == before


def test_a_chapter_of_another_type_is_refused(results, tmp_path):
    with (
        laid_beside(chapters, tmp_path, "wrong", "CHAPTER = {'place': 25}\n"),
        pytest.raises(TypeError, match=r"chapters\.wrong\.CHAPTER: dict given; allowed: Chapter"),
    ):
        build_document(results)


def test_every_module_of_the_package_is_a_chapter_or_an_appendix():
    """But the one that collects them; what several share lies in a room of its own."""
    declared = {}
    for entry in pkgutil.iter_modules(chapters.__path__):
        module = import_module(f"{chapters.__name__}.{entry.name}")
        declared[entry.name] = getattr(module, "CHAPTER", getattr(module, "APPENDIX", None))
    undeclared = {name for name, value in declared.items() if value is None}
    assert undeclared == {"build", "parts"}
    for wanted in (Chapter, Appendix):
        places = [value.place for value in declared.values() if isinstance(value, wanted)]
        assert len(places) == len(set(places))
