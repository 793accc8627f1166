"""The baseline of several arms is that of their patients together."""

from __future__ import annotations

import numpy as np
import pytest

from survcomp.errors import IncompatibleError, InputError
from survcomp.values import (
    SD,
    Basis,
    Mean,
    Median,
    Population,
    Proportion,
    pooled_population,
)


def described(x, male, *, ddof) -> Population:
    divisor = "n - 1" if ddof else "n"
    return Population.from_moments(
        [
            Mean(name="x", value=float(np.mean(x))),
            SD(name="x", value=float(np.std(x, ddof=ddof)), divisor=divisor),
            Proportion.from_count("male", int(np.sum(male)), len(male)),
        ],
        n=len(x),
        name=f"{len(x)} patients",
    )


@pytest.mark.parametrize("ddof", [0, 1])
def test_pooling_gives_what_the_patients_together_have(rng, ddof):
    arms = [
        (rng.normal(m, s, n), rng.integers(0, 2, n))
        for m, s, n in ((60, 8, 30), (70, 5, 50), (55, 9, 7))
    ]
    pooled = pooled_population([described(*arm, ddof=ddof) for arm in arms], name="all")
    x, male = (np.concatenate(part) for part in zip(*arms, strict=True))
    together = described(x, male, ddof=ddof)
    assert pooled.n == 87
    assert [m.value for m in pooled.moments] == pytest.approx([m.value for m in together.moments])
    assert pooled.named("male")[0].count == male.sum()


def test_denominators_of_a_covariate_are_its_own():
    arms = [
        Population.from_moments([Proportion(name="p", value=v, n=n)], n=100, name=str(n))
        for v, n in ((0.5, 80), (0.2, 40))
    ]
    (pooled,) = pooled_population(arms, name="both").moments
    assert (pooled.value, pooled.n, pooled.count) == (pytest.approx(0.4), 120, None)


def arm(*moments, **options) -> Population:
    return Population.from_moments(moments, n=50, name="arm", **options)


def test_what_cannot_be_pooled_is_left_out_by_name_only():
    x, median = Mean(name="x", value=1), Median(name="x", value=2)
    with pytest.raises(InputError, match=r"median of 'x' cannot be pooled.*\['x \(median\)'\]"):
        pooled_population([arm(x, median)] * 2, name="both")
    pooled = pooled_population([arm(x, median)] * 2, name="both", without=["x (median)"])
    assert pooled.moments == (Mean(name="x", value=1, n=100),)


@pytest.mark.parametrize(
    ("arms", "options", "error", "message"),
    [
        ([arm(Mean(name="x", value=1))], {}, InputError, "at least two; got 1"),
        ([arm(Mean(name="x", value=1)), arm(Mean(name="y", value=1))], {}, InputError,
         "does not state the mean of 'x'"),
        ([arm(Mean(name="x", value=1))] * 2, {"without": ["y (mean)"]}, InputError,
         r"names 'y \(mean\)', which no population states"),
        ([arm(SD(name="x", value=1))] * 2, {}, InputError, "does not state the mean of 'x'"),
        ([arm(Mean(name="x", value=1), SD(name="x", value=1, divisor=d)) for d in ("n", "n - 1")],
         {}, InputError, "different divisors"),
        ([arm(Mean(name="x", value=1, definition=d)) for d in "ab"], {}, IncompatibleError,
         "define 'x' differently"),
        ([arm(Mean(name="x", value=1), basis=Basis(analysis_set=s)) for s in
          ("infused", "enrolled")], {}, IncompatibleError, "count patients differently"),
    ],
)  # fmt: skip
def test_what_is_refused(arms, options, error, message):
    with pytest.raises(error, match=message):
        pooled_population(arms, name="both", **options)
