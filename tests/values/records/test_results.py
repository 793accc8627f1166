"""Results: stable ids, exact round trips, tolerances by kind."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survcomp.errors import InputError, NotFoundError
from survcomp.values import Record, Results
from survcomp.values.records.results import same_value


def results(*records: Record) -> Results:
    return Results(
        analysis="a",
        title="A",
        settings={},
        defaults=(),
        inputs={"file": "hash"},
        citations={},
        records=records,
    )


NUMBERS = st.floats(allow_nan=False).filter(lambda x: x != -math.inf)


@given(NUMBERS, st.text())
def test_json_gives_back_the_same_records(number, text):
    made = results(
        Record(id="a/number", value=number, kind="closed form", unit="months"),
        Record(id="a/text", value=text, kind="text"),
        Record(id="a/series", value=(1.0, number), kind="series"),
        Record(id="a/yes", value=True, kind="count"),
        Record(id="a/none", value=None, kind="text"),
    )
    again = Results.from_dict(json.loads(json.dumps(made.to_dict(), allow_nan=False)))
    assert again.records == made.records


def test_a_time_that_was_not_reached_is_words_in_json():
    entry = results(Record(id="m", value=math.inf, kind="closed form")).to_dict()["records"][0]
    assert entry["value"] == "not reached"


@pytest.mark.parametrize(
    ("a", "b", "kind", "agree"),
    [
        (0.5, 0.5 * (1 + 5e-10), "closed form", True),
        (0.5, 0.5 * (1 + 5e-9), "closed form", False),
        (0.5, 0.5 * (1 + 5e-7), "optimised", True),
        (65, 66, "count", False),
        ("a", "b", "text", False),
        (0.766, 0.7660000001, "published", False),
        (math.inf, math.inf, "closed form", True),
        (math.inf, 12.0, "optimised", False),
        ((1.0, 2.0), (1.0, 2.0 + 1e-10), "series", True),
        ((1.0, 2.0), (1.0,), "series", False),
        (True, 1, "count", False),
        (0.0, 1e-12, "closed form", True),
    ],
)
def test_agreement_depends_on_the_kind(a, b, kind, agree):
    left, right = Record(id="x", value=a, kind=kind), Record(id="x", value=b, kind=kind)
    assert left.agrees_with(right) is agree


def test_another_unit_is_a_difference():
    a = Record(id="x", value=1.0, kind="closed form", unit="months")
    assert not a.agrees_with(Record(id="x", value=1.0, kind="closed form", unit="years"))


def test_ids_are_unique_and_plain():
    with pytest.raises(InputError, match="used twice"):
        results(Record(id="x", value=1, kind="count"), Record(id="x", value=1, kind="count"))
    with pytest.raises(InputError, match="path of plain names"):
        Record(id="../x y", value=1, kind="count")
    with pytest.raises(InputError, match="not a number"):
        Record(id="x", value=float("nan"), kind="count")


def test_children_and_missing_records():
    made = results(
        Record(id="a/b/c", value=1, kind="count"), Record(id="a/d", value=1, kind="count")
    )
    assert made.children("a") == ("b", "d")
    assert [r.id for r in made.under("a/b")] == ["a/b/c"]
    with pytest.raises(NotFoundError, match="no record 'a/x'"):
        made.value("a/x")


def test_numbers_and_text_never_agree():
    assert not same_value(1.0, "1.0", tolerance=1.0)


def test_degrees_of_freedom_of_draws_have_a_tolerance_of_their_own():
    def df(value, kind="simulated"):
        return Record(id="x/df", value=value, kind=kind, unit="degrees of freedom")

    assert df(1369.1).agrees_with(df(1342.9))
    assert not df(1369.1).agrees_with(df(1100.0))
    assert not df(1369.1, "closed form").agrees_with(df(1369.2, "closed form"))
