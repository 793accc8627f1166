"""The workbook: real numbers, those of results.json, and no text that can become a formula."""

from __future__ import annotations

import io
import math
import re

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.reports import HOSTILE, real_results, with_text

from survcomp.report import render_xlsx
from survcomp.report.chapters.build import build_document
from survcomp.report.document.sections import Document, Section, walk
from survcomp.report.document.table import Table, make
from survcomp.report.document.text import number
from survcomp.report.document.words import words
from survcomp.report.forms.sheets import address, effects, number_format, sheet_name
from survcomp.report.forms.xlsx import LONGEST_TEXT, safe_text, xlsx_file
from survcomp.values.records.results import Results

ANALYSES = ("tutorial_own_trial", "cilta_vs_ide_late_line")
FIRST = 4
"""Row of the first entry: title, an empty row and the headings stand above."""


@pytest.fixture(scope="module", params=ANALYSES)
def case(request):
    results = real_results(request.param)
    book = openpyxl.load_workbook(io.BytesIO(render_xlsx(results)))
    return results, build_document(results), book


@pytest.fixture(scope="module")
def small():
    return real_results("tutorial_own_trial")


def below(page):
    """Rows below the headings, up to the first that is empty."""
    for row in page.iter_rows(min_row=FIRST):
        if all(cell.value is None for cell in row):
            return
        yield row


def same(shown, value) -> bool:
    """As the workbook must hold a value: to 15 digits, infinity and nothing in words."""
    if value is None or value == "":
        return shown is None
    if isinstance(value, (bool, str)):
        return shown == value and type(shown) is type(value)
    if isinstance(value, tuple):
        return shown == f"{len(value)} values, in the sheet Series"
    if math.isinf(value):
        return shown == "not reached"
    return shown == pytest.approx(value, rel=1e-15, abs=0)


def test_every_record_is_there_with_its_number(case):
    results, _, book = case
    rows = list(below(book["Records"]))
    assert len(rows) == len(results.records) > 500
    for row, record in zip(rows, results.records, strict=True):
        id, value, unit, kind, sources = (cell.value for cell in row)
        assert (id, unit or "", kind) == (record.id, record.unit, record.kind)
        assert same(value, record.value), id
        assert (sources or "") == "\n".join(record.sources)


def test_every_series_is_there_value_by_value(case):
    results, _, book = case
    listed: dict[str, list] = {}
    for id, position, value, _ in book["Series"].iter_rows(min_row=FIRST, values_only=True):
        listed.setdefault(id, []).append(value)
        assert position == len(listed[id])
    wanted = {r.id: r.value for r in results.records if isinstance(r.value, tuple)}
    assert listed.keys() == wanted.keys()
    for id, values in wanted.items():
        assert all(same(a, b) for a, b in zip(listed[id], values, strict=True)), id


def test_every_effect_is_there_in_numbers(case):
    results, _, book = case
    page = book["Effects"]
    names = [cell.value for cell in page[FIRST - 1]]
    rows = [dict(zip(names, (c.value for c in row), strict=True)) for row in below(page)]
    measures = ("log_hr", "log_or", "log_rr", "risk_difference", "rmst_difference")
    ids = [
        r.id for r in results.records if r.id.endswith(tuple(f"/{m}/estimate" for m in measures))
    ]
    assert [f"{row['id']}/estimate" for row in rows] == ids
    assert len(ids) > 15
    fields = [
        "estimate",
        "ci_low",
        "ci_high",
        "se",
        "se_sampling",
        "se_reconstruction",
        "df",
        "level",
        "population",
        "interval",
        "interval_method",
        "method",
    ]
    for row in rows:
        for field in fields:
            id = f"{row['id']}/{field}"
            assert same(row[field], results.value(id) if id in results else None), id
        if row["measure"].startswith("log_"):
            assert row["ratio"] == pytest.approx(math.exp(row["estimate"]), rel=1e-12)


def test_a_cell_of_one_number_is_a_number_that_looks_as_in_the_report(case):
    results, document, book = case
    tables = [block for block in walk(document.sections) if isinstance(block, Table)]
    pages = [page for page in book if re.match(r"T\d", page.title)]
    assert len(pages) == len(tables)
    numbers = 0
    for table, page in zip(tables, pages, strict=True):
        rows = list(page.iter_rows(min_row=FIRST, max_row=FIRST + len(table.rows) - 1))
        for cells, row in zip(table.rows, rows, strict=True):
            for cell, of_sheet in zip(cells, row, strict=False):
                if isinstance(of_sheet.value, (int, float)):
                    assert same(of_sheet.value, results.value(cell.record))
                    assert excel(of_sheet.value, of_sheet.number_format) == cell.text
                    numbers += 1
                else:
                    assert (of_sheet.value or "") == cell.text
    assert numbers > 40


def excel(value: float, format: str) -> str:
    """A number as Excel shows it, for the few formats that are used."""
    if format.startswith("["):
        return number(value, "p value")
    percent = format.endswith(" %")
    decimals = len(format.removesuffix(" %").removesuffix("E+00").partition(".")[2])
    if format.endswith("E+00"):
        return f"{value:.{decimals}e}"
    return f"{100 * value if percent else value:.{decimals}f}{' %' if percent else ''}"


@given(
    value=st.floats(-1e6, 1e6, allow_subnormal=False) | st.floats(1e-9, 1.0),
    unit=st.sampled_from(["months", "hazard ratio", "SD", "log hazard ratio", "patients", ""]),
)
def test_formats_show_what_the_report_shows(value, unit):
    text = number(value, unit)
    assert float(excel(value, number_format(text, unit))) == float(text)


@given(st.floats(0, 1))
def test_formats_of_shares_and_p_values(value):
    for unit in ("probability", "p value"):
        text = number(value, unit)
        assert excel(value, number_format(text, unit)) == text


def test_each_place_where_a_number_is_shown_is_named(case):
    results, _, book = case
    rows = [[cell.value for cell in row] for row in below(book["Where shown"])]
    assert len(rows) > 90
    for where, at, shown, id, value, _ in rows:
        assert same(value, results.value(id))
        if at:
            entry = book[where][at].value
            assert same(entry, results.value(id)) or shown in str(entry)


def test_sheets_can_be_read_and_printed(case):
    _, _, book = case
    assert book.sheetnames[0] == "Read me"
    assert book.sheetnames[-4:] == ["Effects", "Where shown", "Records", "Series"]
    for page in book.worksheets[1:]:
        last = openpyxl.utils.get_column_letter(page.max_column)
        assert page.freeze_panes == "B4"
        assert page.auto_filter.ref.startswith("A3:")
        assert page.print_title_rows == "$3:$3"
        assert page.page_setup.orientation == "landscape"
        assert page.sheet_properties.pageSetUpPr.fitToPage
        assert page.page_setup.fitToHeight == 0
        assert page["A3"].font.bold
        assert page["A3"].alignment.wrap_text
        assert page.column_dimensions["A"].width >= 8
        assert page.column_dimensions[last].width <= 72


def test_the_first_sheet_says_what_the_others_hold(case):
    results, _, book = case
    page = book["Read me"]
    text = "\n".join(str(cell.value) for row in page for cell in row if cell.value)
    assert page["A1"].value == results.title
    assert f"survcomp check analyses/{results.analysis}" in text
    links = [cell for row in page for cell in row if cell.hyperlink]
    assert [cell.value for cell in links] == book.sheetnames[1:]
    assert all(cell.hyperlink.location == f"'{cell.value}'!A1" for cell in links)


def hostile_document(text: str) -> Document:
    table = make(text, [text, "b"], [[text, "1"]], notes=[text])
    section = Section("a", text, (table, make("Other", ["x"], [["-"], ["-0.5"]])))
    return Document(title=text, analysis=text, summary=words(text), sections=(section,))


def as_results(text: str) -> Results:
    return Results(
        analysis=text, title=text, settings={}, defaults=(), inputs={}, citations={}, records=()
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_a_formula(text):
    book = openpyxl.load_workbook(io.BytesIO(xlsx_file(hostile_document(text), as_results(text))))
    cells = [cell for page in book for row in page for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    for cell in cells:  # as saved to CSV and opened again, where a type is guessed from the text
        assert not re.match(r"\s*[=+@\t\r-](?!$)(?![\d.]+$)", cell.value), cell.value
        assert len(cell.value) <= LONGEST_TEXT
    external = [cell for cell in cells if cell.hyperlink and cell.hyperlink.target]
    assert external == []
    for name in book.sheetnames:
        assert 0 < len(name) <= 31
        assert not set(name) & set("[]:*?/\\'")


@pytest.mark.parametrize("text", ["=1+1", "a\x00b\x1f", "\ud800"])
def test_results_with_hostile_texts_are_laid_out(small, text):
    book = openpyxl.load_workbook(io.BytesIO(render_xlsx(with_text(small, text))))
    assert book["Read me"]["A1"].value == safe_text(text)
    assert all(cell.data_type != "f" for page in book for row in page for cell in row)


def test_a_text_too_long_for_a_cell_says_that_it_is_cut():
    assert safe_text("x" * LONGEST_TEXT) == "x" * LONGEST_TEXT
    for letter in ("x", "\U0001f600"):
        cut = safe_text(letter * 40_000)
        assert len(cut.encode("utf-16-le")) <= 2 * LONGEST_TEXT
        assert cut.startswith(letter * 100)
        assert cut.endswith(" [cut here: 40,000 characters in results.json]")


@given(st.text(max_size=40))
def test_a_safe_text_is_the_text_or_says_so(text):
    safe = safe_text(text)
    assert safe in (text, f"'{text}") or "\ufffd" in safe
    assert not safe.lstrip().startswith(("=", "@"))


@given(st.integers(1, 99), st.text(max_size=60))
def test_sheet_names_are_legal(number, caption):
    name = sheet_name(number, caption)
    assert 0 < len(name) <= 31
    assert name.startswith(f"T{number}")
    assert not set(name) & set("[]:*?/\\'\x00\n")
    assert name == name.strip()


@given(st.integers(0, 1_000_000), st.integers(0, 16_383))
def test_addresses_are_those_of_excel(row, column):
    assert address(row, column) == f"{openpyxl.utils.get_column_letter(column + 1)}{row + 1}"


def test_table_sheets_have_names_of_their_own(case):
    _, document, book = case
    assert len({name.casefold() for name in book.sheetnames}) == len(book.sheetnames)
    captions = {id(b): b.caption for b in walk(document.sections) if isinstance(b, Table)}
    titles = [page["A1"].value for page in book if re.match(r"T\d", page.title)]
    tables = [block for block in walk(document.sections) if isinstance(block, Table)]
    assert titles == [f"Table {i}. {captions[id(t)]}" for i, t in enumerate(tables, 1)]


def test_an_effect_through_an_anchor_says_what_it_is_of():
    results = real_results("tutorial_anchored")
    [asked] = results.settings["anchored"]
    sheet = effects(results)
    what = {str(row[0]): row[1] for row in sheet.rows}
    assert what["anchored/rfs/maic/log_hr"] == asked["label"]
