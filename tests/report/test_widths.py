"""Columns: every one has room, none leaves the page, and short tables stay narrow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survcomp.report.characters import NO_BREAK, printable, typeset, unbroken
from survcomp.report.drawing import Drawing
from survcomp.report.table import make
from survcomp.report.widths import column_widths, is_numeric, is_wide, lines, text_width

texts = st.text(alphabet="ab 0.%/\n", max_size=80)
tables = st.integers(1, 9).flatmap(
    lambda n: st.builds(
        make,
        st.just("t"),
        st.lists(texts, min_size=n, max_size=n),
        st.lists(st.lists(texts, min_size=n, max_size=n), max_size=4),
    )
)


@given(tables, st.floats(20, 120))
def test_widths_are_positive_and_fit(table, available):
    widths = column_widths(table, available=available, padding=1.0)
    assert len(widths) == len(table.columns)
    assert all(width > 0 for width in widths)
    assert sum(widths) <= available * (1 + 1e-12)
    assert lines(table, widths, padding=1.0) >= len(table.rows)


def test_a_table_of_short_texts_stays_as_narrow_as_its_texts():
    table = make("t", ["a", "b"], [["long row name", "1.0"]])
    widths = column_widths(table, available=100.0, padding=1.0)
    assert widths == (text_width("long row name") + 1.0, text_width("1.0") + 1.0)


def test_a_long_text_gets_the_room_that_short_ones_leave():
    table = make("t", ["a", "b"], [["short", "many words " * 20]])
    short, long = column_widths(table, available=50.0, padding=1.0)
    assert short == pytest.approx(text_width("short") + 1.0)
    assert short + long <= 50.0
    assert long > 5 * short


def test_many_columns_of_text_are_wide_and_of_numbers_are_not():
    words = "some words in every cell of it"
    assert is_wide(make("t", ["a"] * 6, [[words] * 6]), available=56.0, padding=1.0)
    assert not is_wide(make("t", ["a"] * 8, [["0.42"] * 8]), available=56.0, padding=1.0)


def test_columns_of_numbers_are_told_from_those_of_words():
    rows = [["0.42", "n = 3", "-", "<0.001", ""], ["76.6 %", "3", "-", "not reached", "2"]]
    table = make("t", list("abcde"), rows)
    assert [is_numeric(table, i) for i in range(5)] == [True, False, False, True, True]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("HR 0.42 (95% CI 0.26 to 0.68)", ["HR_0.42", "(95%_CI_0.26_to_0.68)"]),
        ("76.6 % of 450 \u00d7 10 cells", ["76.6_%", "of", "450_\u00d7_10", "cells"]),
        ("n = 97, median 8.8", ["n_=_97,", "median_8.8"]),
        ("S(12) = 0.77", ["S(12)_=_0.77"]),
        ("an opinion (95 pages)", ["an", "opinion", "(95", "pages)"]),
    ],
)
def test_what_belongs_together_is_not_torn_apart(text, kept):
    assert unbroken(text).split(" ") == [part.replace("_", NO_BREAK) for part in kept]


@given(st.text())
def test_only_spaces_change_and_only_what_xml_forbids_is_replaced(text):
    assert unbroken(text).replace(NO_BREAK, " ") == text.replace(NO_BREAK, " ")
    assert len(printable(text)) == len(text)
    assert typeset(printable(text)) == unbroken(printable(text))
    printable(text).encode("utf-8")


def test_figures_show_a_sign_for_what_no_font_has():
    def draw():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(2, 1))
        figure.text(0.1, 0.5, "a\x01b\tc\ud800")
        return figure

    drawing = Drawing("t\x02", draw)
    assert "a\ufffdb c\ufffd" in drawing.svg()
    assert 'aria-label="t\ufffd"' in drawing.svg()
    assert drawing.png(dpi=40).startswith(b"\x89PNG")


def test_what_turns_the_direction_of_writing_is_not_shown():
    turned = "HR \u202e86.0\u202c \u2067x\u2069"
    assert printable(turned) == "HR \ufffd86.0\ufffd \ufffdx\ufffd"
    hebrew = "\u05d0\u05d1"  # which runs from right to left by itself
    assert printable(hebrew) == hebrew
