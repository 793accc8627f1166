"""No number that moved a rebuilt patient is ever called held out, whatever its type.

Every published number is changed a little, one at a time, and the curve is rebuilt. Where the
patients or the draws change, the number was used and its row must say so; where its row says
"held out", nothing but its own row may change.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import get_args

import numpy as np
import pytest
from support.effects import printed_effect
from support.published import patients, published, simulate

from survcomp.reconstruction import complement, join_cuts, reconstruct, reconstruct_pair
from survcomp.values import AtRisk, Basis, Count, Curve, Cut, FollowUp, Landmark, MedianTime
from survcomp.values.curves.printed import CountKind
from survcomp.values.reconstruction import Reconstruction

N = 100
DRAWS = 2


@dataclass(frozen=True)
class Number:
    """A published number: the name of its row, and the curve with it changed a little."""

    row: str
    changed: Callable[[Curve], Curve]


def _mark(**fields: float) -> Callable[[Curve], Curve]:
    return lambda c: replace(c, landmarks=(replace(c.landmarks[0], **fields), *c.landmarks[1:]))


def _median(**fields: float) -> Callable[[Curve], Curve]:
    return lambda c: replace(c, median=replace(c.median, **fields))


def _one_more(kind: str) -> Callable[[Curve], Curve]:
    def changed(curve: Curve) -> Curve:
        counts = (replace(c, count=c.count + (1 if c.kind == kind else 0)) for c in curve.counts)
        return replace(curve, counts=tuple(counts))

    return changed


def _one_more_at_risk(curve: Curve) -> Curve:
    count = curve.at_risk.count.copy()
    count[1] += 1
    return replace(curve, at_risk=AtRisk.from_rows(curve.at_risk.time, count))


LANDMARKS = (
    Landmark(time=6, survival=0.80, ci_low=0.72, ci_high=0.87),
    Landmark(time=12, survival=0.67),
)
MEDIAN = MedianTime(estimate=20.5, ci_low=15.5, ci_high=27.0)
AT_RISK = AtRisk.from_rows([0, 12], [N, 66])
TYPES: dict[str, tuple[dict[str, object], list[Number]]] = {
    "rates": (
        {"landmarks": LANDMARKS},
        [
            Number("S(6)", _mark(survival=0.81)),
            Number("S(6), lower limit", _mark(ci_low=0.70)),
            Number("S(6), upper limit", _mark(ci_high=0.88)),
        ],
    ),
    "median": (
        {"median": MEDIAN},
        [
            Number("median", _median(estimate=20.9)),
            Number("median, lower limit", _median(ci_low=15.0)),
            Number("median, upper limit", _median(ci_high=27.9)),
        ],
    ),
    "at risk": ({"at_risk": AT_RISK}, [Number("at risk at 12", _one_more_at_risk)]),
}
COUNTS: dict[str, tuple[str, Count]] = {
    "events": ("events", Count(count=44)),
    "events by time": ("events by 12", Count(count=33, kind="events by time", time=12)),
    # bounds that the other numbers alone would not hold to: what they bound is drawn to them
    "progressions by time": (
        "events by 12, at least",
        Count(count=37, kind="progressions by time", time=12),
    ),
    "event-free by time": (
        "event-free and followed at 12, at least",
        Count(count=70, kind="event-free by time", time=12),
    ),
    "event-free at cut": ("event-free at the cut", Count(count=56, kind="event-free at cut")),
    "event-free and followed at cut": (
        "event-free at the cut, at least",
        Count(count=60, kind="event-free and followed at cut"),
    ),
}
TYPES |= {
    kind: ({"counts": (count,)}, [Number(row, _one_more(kind))])
    for kind, (row, count) in COUNTS.items()
}
CASES = [
    pytest.param(name, number, id=f"{name}: {number.row}")
    for name, (_, numbers) in TYPES.items()
    for number in numbers
]


def _basis(label: str, date: str, follow_up: float | None) -> Basis:
    followed = None if follow_up is None else FollowUp(median=follow_up)
    return Basis(cut=Cut(label=label, date=date, follow_up=followed))


def _printed(type: str, *, follow_up: float | None = 22.0) -> Curve:
    """The numbers of one type, and a median, by which there is a curve."""
    fields = {"median": replace(MEDIAN, ci_low=None, ci_high=None)}
    return Curve(
        trial="T",
        arm="a",
        treatment="drug",
        endpoint="OS",
        n=N,
        basis=_basis("late", "2022-06-30", follow_up),
        **{**fields, **TYPES[type][0]},
    )


@cache
def _figure() -> Curve:
    ipd = patients(*simulate(N, np.random.default_rng(5)))
    basis = _basis("late", "2022-06-30", None)
    return published(ipd, table=True, events=True, basis=basis)


def _with_figure(type: str) -> Curve:
    """A figure with numbers at risk and a total of events, and the numbers of one type."""
    figure, given = _figure(), TYPES[type][0]
    if type in ("at risk", "events"):
        return figure
    return replace(figure, **{**given, "counts": (*figure.counts, *given.get("counts", ()))})


def _earlier(curve: Curve) -> Curve:
    cut = _basis("early", "2021-12-31", None)
    return replace(curve, basis=cut)


def same_patients(a: Reconstruction, b: Reconstruction) -> bool:
    pairs = zip((*a.draws, a.ipd), (*b.draws, b.ipd), strict=True)
    return all(
        np.array_equal(x.time, y.time) and np.array_equal(x.event, y.event) for x, y in pairs
    )


def role(reconstruction: Reconstruction, quantity: str) -> str:
    (row,) = [row for row in reconstruction.fidelity.rows if row.quantity == quantity]
    return row.role


def assert_said(before: Reconstruction, after: Reconstruction, quantity: str) -> str:
    """What moved the patients is used; what is held out moves its own row alone."""
    said = role(before, quantity)
    assert role(after, quantity) == said
    if not same_patients(before, after):
        assert said == "used"
    if said == "held out":
        assert same_patients(before, after)
        kept = [
            {row.quantity: row for row in one.fidelity.rows if row.quantity != quantity}
            for one in (before, after)
        ]
        assert repr(kept[0]) == repr(kept[1])
    return said


def test_every_kind_of_count_is_walked():
    assert set(COUNTS) == set(get_args(CountKind))


@pytest.mark.parametrize(("type", "number"), CASES)
def test_printed_numbers(type, number):
    curve = _printed(type)
    before, after = (
        reconstruct(c, method="summary", draws=DRAWS, rng=1) for c in (curve, number.changed(curve))
    )
    assert assert_said(before, after, number.row) == "used"
    assert not same_patients(before, after)  # the change is one that shows
    assert before.fidelity.grade != "A"


@pytest.mark.parametrize(("type", "number"), CASES)
def test_printed_numbers_of_an_earlier_cut(type, number):
    early, late = _earlier(_printed(type, follow_up=None)), _printed("rates")
    late = replace(late, landmarks=(Landmark(time=24, survival=0.45),))
    before, after = (
        reconstruct(join_cuts([one, late]), method="summary", draws=DRAWS, rng=1)
        for one in (early, number.changed(early))
    )
    assert assert_said(before, after, f"early: {number.row}") == "used"
    assert before.fidelity.grade != "A"


@pytest.mark.parametrize("follow_up", [None, 22.0], ids=["follow-up not printed", "printed"])
@pytest.mark.parametrize(("type", "number"), CASES)
def test_the_piecewise_exponential_reference(type, number, follow_up):
    curve = _printed(type, follow_up=follow_up)
    before, after = (
        reconstruct(c, method="piecewise exponential") for c in (curve, number.changed(curve))
    )
    assert_said(before, after, number.row)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["integer", "guyot"])
@pytest.mark.parametrize(("type", "number"), CASES)
def test_numbers_beside_a_figure(type, number, method):
    curve = _with_figure(type)
    row = "at risk at 6" if type == "at risk" else number.row
    draws = DRAWS if method == "integer" else None
    before, after = (
        reconstruct(c, method=method, draws=draws, rng=1) for c in (curve, number.changed(curve))
    )
    said = assert_said(before, after, row)
    assert said == ("used" if type in ("at risk", "events") else "held out")


@pytest.mark.slow
@pytest.mark.parametrize(("type", "number"), CASES)
def test_an_earlier_cut_beside_a_figure(type, number):
    early = _earlier(_printed(type, follow_up=None))
    before, after = (
        reconstruct(join_cuts([one, _figure()]), draws=DRAWS, rng=1)
        for one in (early, number.changed(early))
    )
    if number.row.endswith("limit"):  # not compared at all (`not_used_note`)
        assert same_patients(before, after)
        return
    assert assert_said(before, after, f"early: {number.row}") == "held out"


@pytest.mark.slow
@pytest.mark.parametrize("type", ["rates", "median", "events by time"])
def test_a_number_of_a_subgroup_that_is_held_out_does_not_choose_its_partners(type):
    """Pairs of draws of whole and part are kept or left out by what the part was made to fit."""
    number = TYPES[type][1][0]
    ours, rest = (simulate(n, np.random.default_rng(k)) for n, k in ((N, 5), (60, 6)))
    ipd = patients(*(np.concatenate(pair) for pair in zip(ours, rest, strict=True)))
    whole = published(ipd, events=True)
    part = replace(_with_figure(type), basis=whole.basis)
    before, after = (complement(whole, one, draws=2, rng=1) for one in (part, number.changed(part)))
    for a, b in zip((before.ipd, *before.ensemble), (after.ipd, *after.ensemble), strict=True):
        assert np.array_equal(a.time, b.time)
        assert np.array_equal(a.event, b.event)


def _pair(hr: float, *, impose: bool, draws: int = 40):
    other = patients(*simulate(N, np.random.default_rng(9), mean=20.0), arm="old")
    contrast = printed_effect(
        treatment="drug", comparator="old", outcome="OS", measure="log_hr", population="T",
        value=hr, ci_low=hr / 1.4, ci_high=hr * 1.4,
    )  # fmt: skip
    b = published(other, arm="b", events=True)
    return reconstruct_pair(
        _figure(), b, contrast=contrast, draws=draws, rng=1, impose_unadjusted=impose
    )


@pytest.mark.slow
def test_the_hazard_ratio_of_a_pair():
    one, two = (_pair(hr, impose=False, draws=5) for hr in (0.70, 0.71))
    assert {one.verdict, two.verdict} <= {"agrees", "differs"}
    for a, b in ((one.a, two.a), (one.b, two.b)):
        assert same_patients(a, b)
    near = np.exp(one.rebuilt)
    imposed = [_pair(hr, impose=True) for hr in (near, near + 0.001)]
    assert {pair.verdict for pair in imposed} == {"imposed"}
    assert not same_patients(imposed[0].a, imposed[1].a)


def test_the_points_and_the_number_of_patients_are_used():
    rebuilt = reconstruct(_figure(), draws=0)
    assert role(rebuilt, "largest distance of a traced point") == "used"
    assert role(rebuilt, "n") == "used"


def test_a_count_that_was_used_is_met_within_one_patient():
    curve = _printed("events by time")
    given = replace(curve, counts=(Count(count=33, kind="events by time", time=12),))
    (row,) = [
        row for row in reconstruct(given, draws=0).fidelity.rows if row.quantity == "events by 12"
    ]
    assert (row.role, row.verdict) == ("used", "met")
    assert abs(row.difference) <= 1
