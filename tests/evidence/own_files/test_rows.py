"""Rows are picked and columns named as the user says, or refused by name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survcomp.errors import FileFaultError
from survcomp.evidence.own_files.rows import picked, renamed
from survcomp.evidence.own_files.sheet import Sheet

SHEET = Sheet(
    name="adtte.csv",
    rows=(2, 3, 4, 5),
    cells={
        "USUBJID": ("1", "1", "2", "2"),
        "WHO": ("IRC", "INV", "IRC", ""),
        "LINES": ("3", "3.0", "4", ""),
        "=SUM(A1)": ("a", "b", "ä", "a"),
    },
)


def test_a_new_name_beside_the_old_one():
    sheet = renamed(SHEET, {"prior_lines": "LINES"})
    assert sheet.column("prior_lines") == sheet.column("LINES") == SHEET.cells["LINES"]
    assert renamed(SHEET, {"LINES": "LINES"}) == SHEET
    assert renamed(SHEET, {}) == SHEET


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"x": "LINE"}, r"`columns` names a column that is not there; did you mean 'LINES'\?"),
        ({"x": "zzz"}, r"it has 'USUBJID', 'WHO', 'LINES', '=SUM\(A1\)'"),
        ({"WHO": "LINES"}, "gives 'LINES' a name that another column has"),
    ],
)
def test_names_that_cannot_be_given(columns, words):
    with pytest.raises(FileFaultError, match=words):
        renamed(SHEET, columns)


@pytest.mark.parametrize(
    ("where", "rows"),
    [
        ({"WHO": "IRC"}, (2, 4)),
        ({"WHO": ["IRC", "INV"]}, (2, 3, 4)),
        ({"LINES": 3}, (2, 3)),  # a number as a number
        ({"LINES": "3"}, (2,)),  # text as text
        ({"LINES": [3, 4.0]}, (2, 3, 4)),
        ({"WHO": "IRC", "LINES": 4}, (4,)),
        ({"USUBJID": "2"}, (4, 5)),
        ({"=SUM(A1)": "ä"}, (4,)),
        ({}, (2, 3, 4, 5)),
    ],
)
def test_rows_that_meet_every_condition(where, rows):
    sheet, notes = picked(SHEET, where)
    assert sheet.rows == rows
    assert bool(notes) == bool(where)


def test_how_many_rows_were_read_is_said():
    _, notes = picked(SHEET, {"WHO": ["IRC", "INV"], "LINES": 3})
    assert notes == ("adtte.csv: 2 of 4 rows with WHO = 'IRC' or 'INV' and LINES = 3.",)


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ({"who": "IRC"}, r"did you mean 'WHO'\?|`where` names a column that is not there"),
        ({"WHO": "irc"}, "leaves no row: 'irc' is not among 'IRC', 'INV', ''"),
        ({"WHO": "INV", "LINES": 4}, "leaves no row: 4 is not among '3.0'"),
    ],
)
def test_conditions_that_cannot_be_met(where, words):
    with pytest.raises(FileFaultError, match=words):
        picked(SHEET, where)


@given(st.lists(st.sampled_from(["a", "b", "c", ""]), min_size=1, max_size=30))
def test_each_row_is_read_for_exactly_one_of_its_cells(cells):
    sheet = Sheet(name="x.csv", rows=tuple(range(2, len(cells) + 2)), cells={"X": tuple(cells)})
    rows = [picked(sheet, {"X": cell})[0].rows for cell in {*cells} - {""}]
    together = sorted(row for part in rows for row in part)
    assert together == [row for row, cell in zip(sheet.rows, cells, strict=True) if cell]
