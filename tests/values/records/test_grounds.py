"""What records rest on, by the prefix of their ids."""

from __future__ import annotations

import pytest

from survcomp.errors import InputError
from survcomp.values.records.grounds import Ground
from survcomp.values.records.lineage import anchors_of_all, lineage
from survcomp.values.records.results import Record, Results

GROUNDS = (
    Ground(prefix="a", anchors=("study:one",), settings=("x.a",), simulated=("x.seed",)),
    Ground(prefix="a/b", anchors=("file:two.csv",)),
    Ground(prefix="ab"),
)
RECORDS = (
    Record(id="a/n", value=1, kind="count"),
    Record(id="a/drawn", value=1.0, kind="simulated"),
    Record(id="a/b/n", value=1, kind="count", sources=("a/n",)),
    Record(id="a/bc", value=1, kind="count", sources=("a/b", "curve:t/a/PFS/c")),
    Record(id="ab", value=1, kind="count", sources=("citation:t/S1",)),
)


def results(**parts) -> Results:
    given = {
        "analysis": "x",
        "title": "X",
        "settings": {"x": {"a": 1, "seed": 2, "other": 3}},
        "defaults": (),
        "inputs": {},
        "citations": {},
        "records": RECORDS,
        "grounds": GROUNDS,
    }
    return Results(**{**given, **parts})


def paths(id: str) -> list[str]:
    return [leaf.path for leaf in lineage(results(), id).settings]


def test_the_longest_prefix_holds_and_it_ends_at_a_slash():
    assert lineage(results(), "a/n").anchors == ("study:one",)
    assert lineage(results(), "ab").anchors == ()
    assert lineage(results(), "a/bc").anchors == ("file:two.csv", "curve:t/a/PFS/c", "study:one")


def test_what_a_source_rests_on_is_rested_on_too():
    chain = lineage(results(), "a/b/n")
    assert [record.id for record in chain.through] == ["a/n"]
    assert chain.anchors == ("file:two.csv", "study:one")
    assert chain.files == ("two.csv",)


def test_simulated_numbers_alone_rest_on_their_seed():
    assert paths("a/n") == ["x.a"]
    assert paths("a/drawn") == ["x.a", "x.seed"]
    assert paths("ab") == []


def test_more_is_added_to_what_those_around_rest_on():
    more = GROUNDS[0].with_more("a/c", anchors=("study:one", "z"), settings=("x.b",), simulated=())
    assert more == Ground(
        prefix="a/c", anchors=("study:one", "z"), settings=("x.a", "x.b"), simulated=("x.seed",)
    )


def test_anchors_and_citations_of_all():
    assert anchors_of_all(results()) == (
        "study:one", "file:two.csv", "curve:t/a/PFS/c", "citation:t/S1",
    )  # fmt: skip


def test_a_record_below_no_prefix_is_refused_where_others_have_one():
    stray = Record(id="b/n", value=1, kind="count")
    with pytest.raises(InputError, match="'b/n' does not fit its analysis"):
        lineage(results(records=(stray,)), "b/n")
    assert lineage(results(records=(stray,), grounds=()), "b/n").anchors == ()


def test_grounds_survive_the_file_and_what_is_empty_is_left_out():
    whole = results().to_dict()
    assert whole["grounds"][1] == {"prefix": "a/b", "anchors": ["file:two.csv"]}
    assert Results.from_dict(whole).grounds == GROUNDS


@pytest.mark.parametrize(
    "entry",
    [{}, "a", {"prefix": 3}, {"prefix": "a", "anchors": "b"}, {"prefix": "a", "settings": [1]}],
)
def test_broken_grounds_are_refused(entry):
    with pytest.raises(InputError, match="not results of survcomp"):
        Results.from_dict({**results().to_dict(), "grounds": [entry]})
