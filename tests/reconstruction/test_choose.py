"""One stable function: the method for what a curve rests on, and options that go with it."""

from __future__ import annotations

import pytest

from survcomp.errors import ContradictionError, InputError
from survcomp.reconstruction import reconstruct
from survcomp.values import Curve, CurvePoints, FollowUp, MedianTime

PRINTED = Curve(
    trial="T",
    arm="a",
    treatment="drug",
    endpoint="PFS",
    n=128,
    median=MedianTime(estimate=8.8, ci_low=5.6, ci_high=11.6),
)
FIGURE = Curve(
    trial="T",
    arm="a",
    treatment="drug",
    endpoint="PFS",
    n=20,
    points=CurvePoints.from_trace([0, 5, 10], [1, 0.8, 0.6]),
)


@pytest.mark.parametrize(("curve", "method"), [(PRINTED, "summary"), (FIGURE, "integer")])
def test_the_method_follows_the_support(curve, method):
    rebuilt = reconstruct(curve, draws=4, rng=1)
    assert rebuilt.method == method
    assert len(rebuilt.ensemble) == 4
    assert reconstruct(curve, draws=0).ensemble is None
    assert len(reconstruct(curve).draws) == 200


@pytest.mark.parametrize(
    ("curve", "options", "error", "message"),
    [
        (PRINTED, {"method": "guyot"}, ContradictionError, "needs a traced figure"),
        (PRINTED, {"method": "integer"}, ContradictionError, "needs a traced figure"),
        (PRINTED, {"method": "dp"}, InputError, "must be one of 'auto'"),
        (PRINTED, {"draws": 1}, InputError, "must be 0 or at least 2; got 1"),
        (FIGURE, {"method": "guyot", "draws": 5}, InputError, "`draws` go with integer"),
        (FIGURE, {"follow_up": FollowUp(median=9)}, InputError, "`follow_up` goes with"),
        (PRINTED, {"tail": 2.0}, InputError, "`tail` goes with"),
    ],
)
def test_options_that_do_not_go_together_are_refused(curve, options, error, message):
    with pytest.raises(error, match=message):
        reconstruct(curve, **options)


@pytest.mark.parametrize("other", ["karmma", None, CurvePoints.from_trace([0, 3], [1, 0.8])])
def test_what_is_no_curve_is_refused_by_name(other):
    with pytest.raises(InputError, match=r"`curve` must be a Curve, such as `Trial.curve` gives"):
        reconstruct(other)
