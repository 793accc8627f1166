"""Columns: every one has room, none leaves the page, and short tables stay narrow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survcomp.report.document.characters import NO_BREAK, printable, typeset, unbroken
from survcomp.report.document.columns import (
    Extent,
    column_kinds,
    column_widths,
    comfortable_width,
    extents,
    lines,
    numeric_columns,
    share,
    text_width,
)
from survcomp.report.document.drawing import Drawing
from survcomp.report.document.table import make

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


@given(tables, st.floats(1, 200))
def test_no_column_is_narrower_than_its_longest_word_where_there_is_room(table, available):
    columns = extents(table)
    widths = column_widths(table, available=available, padding=1.0)
    if sum(column.word + 1.0 for column in columns) <= available:
        assert all(w >= c.word + 1.0 - 1e-9 for w, c in zip(widths, columns, strict=True))
    assert all(w <= c.full + 1.0 + 1e-9 for w, c in zip(widths, columns, strict=True))


def test_widths_take_the_fewest_lines():
    """Two long texts, by hand: widths as the roots of the lengths, 2 to 3 for lengths 4 to 9."""
    widths = share([Extent(1, 36), Extent(1, 81)], available=50, padding=0)
    assert widths == pytest.approx((20, 30))
    taken = sum(line / width for line, width in zip((36, 81), widths, strict=True))
    for other in range(5, 46):
        assert taken <= 36 / other + 81 / (50 - other) + 1e-9


def test_short_texts_keep_to_one_line_beside_long_ones():
    rows = [["A-01", "does not apply", "a long reason " * 6]]
    table = make("t", ["Item", "Status", "Why"], rows)
    widths = column_widths(table, available=40.0, padding=1.0)
    assert widths[1] == pytest.approx(text_width("does not apply") + 1.0)
    assert sum(widths) == pytest.approx(40.0)


def test_many_columns_of_text_need_a_wide_page_and_of_numbers_do_not():
    words = "some words in every cell of it"
    assert comfortable_width(make("t", ["a"] * 6, [[words] * 6]), padding=1.0) > 56.0
    assert comfortable_width(make("t", ["a"] * 8, [["0.42"] * 8]), padding=1.0) < 56.0


def test_columns_of_numbers_are_told_from_those_of_words():
    rows = [
        ["1", "-0.12", "76.6 %", "8.8", "yes", "-", "<0.001", "23 (24 %)"],
        ["2", "1e-05", "-", "not reached", "3", "", "0.42", "1"],
    ]
    table = make("t", list("abcdefgh"), rows)
    assert numeric_columns(table) == (False, True, True, True, False, False, True, False)
    assert column_kinds(make("t", ["a", "b", "c"], [["x", "1", "y" * 61]])) == (
        "short",
        "number",
        "long",
    )
    assert column_kinds(make("t", ["a"], [["y" * 21]])) == ("medium",)
    assert text_width("a\u200bb") == text_width("ab")


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
