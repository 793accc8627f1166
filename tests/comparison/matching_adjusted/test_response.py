"""Binary and continuous outcomes after weighting: R's sandwich, zero cells, refusals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from support.maic import PUBLIC_MATCH, public_ipd, public_target, public_trial
from support.paths import GOLDEN

from survcomp.adjustment import maic_weights
from survcomp.comparison.matching_adjusted.response import (
    weighted_mean_difference,
    weighted_response,
)
from survcomp.errors import IncompatibleError, InputError
from survcomp.estimation import two_proportions
from survcomp.values import (
    Basis,
    Contrast,
    PatientOutcome,
    PublishedMean,
    Response,
    TrialArm,
    Weights,
)


def patients() -> tuple[pd.DataFrame, pd.DataFrame]:
    frame = pd.read_csv(GOLDEN / "weighted_maic_patients.csv")
    frame["id"] = [f"S{i}" for i in range(len(frame))]
    return frame[frame.treated == 1], frame[frame.treated == 0]


def weights_of(treated: pd.DataFrame) -> Weights:
    return Weights(id=tuple(treated.id), value=treated.weight.to_numpy(), population="B's trial")


def outcome(treated: pd.DataFrame, value="response", name="ORR") -> PatientOutcome:
    mixed = treated.sample(frac=1, random_state=2)  # joined by identifier, not by row
    return PatientOutcome.from_frame(mixed, id="id", value=value, name=name)


def published(events, n, **words) -> Response:
    return Response.from_published(
        TrialArm(trial="T", arm="b", treatment="B"), outcome="ORR", n=n, events=events, **words
    )


def responded(values, events=20, n=50, **options):
    ids = tuple(f"p{i}" for i in range(len(values)))
    w = Weights(id=ids, value=np.linspace(0.5, 2, len(values)), population="B's trial")
    y = PatientOutcome(id=ids, value=np.array(values, float), name="ORR")
    return weighted_response(y, published(events, n), w, treatment="A", **options)


@pytest.mark.parametrize("variance", ["HC0", "HC3"])
def test_against_r(golden, variance):
    """glm with logit, log and identity links, and sandwich; R's glm stops at 1e-14."""
    treated, other = patients()
    weighted = weighted_response(
        outcome(treated),
        published(int(other.response.sum()), len(other)),
        weights_of(treated),
        treatment="A",
        variance=variance,
    )
    r = golden("weighted_maic")
    for contrast in (weighted.odds_ratio, weighted.risk_ratio, weighted.risk_difference):
        expected = [r[f"response/{contrast.measure}/{k}"] for k in ("estimate", variance)]
        assert [contrast.link_value, contrast.se] == pytest.approx(expected, rel=1e-7)
    mean = weighted_mean_difference(
        outcome(treated, "score", "change"),
        PublishedMean(
            treatment="B",
            outcome="change",
            mean=float(other.score.mean()),
            sd=float(other.score.std(ddof=1)),
            n=len(other),
        ),
        weights_of(treated),
        treatment="A",
        variance=variance,
    )
    expected = [r[f"response/mean_difference/{k}"] for k in ("estimate", variance)]
    assert [mean.link_value, mean.se] == pytest.approx(expected, rel=1e-9)
    assert "mean difference 0.6" in str(mean)


def test_equal_weights_are_two_proportions():
    """HC0 of a binary outcome without weights is Wald's."""
    ids = tuple("abcdefgh")
    y = PatientOutcome(id=ids, value=np.array([1.0, 1, 1, 0, 0, 1, 0, 1]), name="ORR")
    w = Weights(id=ids, value=np.full(8, 3.0), population="B's trial")
    weighted = weighted_response(y, published(20, 50), w, treatment="A", variance="HC0")
    expected = two_proportions(5, 8, 20, 50)
    for contrast, effect in (
        (weighted.odds_ratio, expected.log_or),
        (weighted.risk_ratio, expected.log_rr),
        (weighted.risk_difference, expected.risk_difference),
    ):
        assert (contrast.link_value, contrast.se) == pytest.approx((effect.estimate, effect.se))
    assert weighted.to_frame().measure.tolist() == ["OR", "RR", "RD"]
    assert "RR" in weighted._repr_html_()


@pytest.mark.parametrize(("values", "events"), [([1] * 6, 20), ([0] * 6, 20), ([1, 0] * 3, 0)])
def test_a_zero_cell_is_refused_or_corrected(values, events):
    with pytest.raises(InputError, match=r"a cell is 0\. Choose zero_cells='add half'"):
        responded(values, events)
    outcome = responded(values, events, zero_cells="add half")
    assert outcome.corrected
    assert "0.5 was added to all four" in outcome.odds_ratio.notes[1]
    assert outcome.rate in (0.0, 1.0) or outcome.rate_comparator == 0.0
    assert all(
        np.isfinite(c.se) and c.se > 0
        for c in (outcome.odds_ratio, outcome.risk_ratio, outcome.risk_difference)
    )


def test_the_correction_of_equal_weights_is_that_of_haldane():
    """6 of 6 against 20 of 50: cells 6.5, 0.5, 20.5, 30.5."""
    ids = tuple("abcdef")
    y = PatientOutcome(id=ids, value=np.ones(6), name="ORR")
    w = Weights(id=ids, value=np.full(6, 0.1), population="B's trial")
    corrected = weighted_response(
        y, published(20, 50), w, treatment="A", zero_cells="add half"
    ).odds_ratio
    assert corrected.link_value == pytest.approx(np.log(6.5 / 0.5 / (20.5 / 30.5)))
    assert corrected.se == pytest.approx(np.sqrt(1 / 6.5 + 1 / 0.5 + 1 / 20.5 + 1 / 30.5))
    assert not responded([1, 0, 1, 1], zero_cells="add half").corrected  # nothing to correct


def test_what_is_refused():
    with pytest.raises(InputError, match=r"must be 0 or 1; got 2\.0"):
        responded([0, 1, 2])
    with pytest.raises(InputError, match="`variance` must be one of"):
        responded([0, 1], variance="HC1")
    with pytest.raises(InputError, match="`zero_cells` must be one of"):
        responded([0, 1], zero_cells="drop")
    ids = ("a", "b")
    y = PatientOutcome(id=ids, value=np.array([1.0, 0.0]), name="ORR")
    alone = Weights(id=ids, value=np.array([1.0, 0.0]), population="B's trial")
    with pytest.raises(InputError, match="HC3 needs weight on two patients"):
        weighted_response(y, published(20, 50), alone, treatment="A")
    others = Weights(id=("a", "c"), value=np.ones(2), population="B's trial")
    with pytest.raises(IncompatibleError, match="of other patients"):
        weighted_response(y, published(20, 50), others, treatment="A")
    treated = published(20, 50, basis=Basis(analysis_set="treated"))
    both = Weights(id=ids, value=np.ones(2), population="T", basis=Basis(analysis_set="evaluable"))
    with pytest.raises(IncompatibleError, match="target_population"):
        weighted_response(y, treated, both, treatment="A")
    mine = replace(y, name="CR")
    with pytest.raises(IncompatibleError, match=r"outcome .A CR: CR; T ORR: ORR"):
        weighted_response(mine, published(20, 50), replace(both, basis=Basis()), treatment="A")


def test_a_mean_difference_is_no_ratio():
    contrast = Contrast(
        treatment="A",
        comparator="B",
        outcome="change",
        measure="mean_difference",
        population="T",
        value=-2.0,
    )
    assert (contrast.value, contrast.link_value, contrast.log) == (-2.0, -2.0, None)
    assert str(contrast) == "mean difference -2.0 (no interval)"


@pytest.mark.external
def test_the_public_example():
    """OR, RR and RD with HC3, as its peer prints them from weights that stop at 7e-6 SD."""
    frame = public_trial("sat")
    ipd = public_ipd(frame)
    weights = maic_weights(ipd, public_target(), match=PUBLIC_MATCH)
    y = PatientOutcome.from_frame(frame, id="USUBJID", value="RESPONSE", name="ORR")
    weighted = weighted_response(y, published(280, 400), weights, treatment="A")
    for contrast, expected in (
        (weighted.odds_ratio, (1.222338, 0.776856, 1.923278)),
        (weighted.risk_ratio, (1.057718, 0.936236, 1.194964)),
        (weighted.risk_difference, (0.04040, -0.04859, 0.12939)),
    ):
        shown = (contrast.value, contrast.ci_low, contrast.ci_high)
        assert shown == pytest.approx(expected, abs=2e-5)
