"""Known truth: R's colon trial, against the MAIC with the patients' real covariates."""

from __future__ import annotations

import numpy as np
import pytest
from support import colon

from survcomp.adjustment import maic_weights
from survcomp.comparison import (
    Standardisation,
    StandardisationSettings,
    standardised_hazard_ratio,
)
from survcomp.estimation.cox.weighted import weighted_log_hr

pytestmark = pytest.mark.external


@pytest.fixture(scope="module")
def trial():
    try:
        return colon.read_colon()
    except colon.ColonAbsentError as error:
        pytest.skip(str(error))


def real_maic(study, comparator) -> float:
    ipd = colon.patients(study, "treated", colon.COVARIATES)
    target = colon.population(comparator, "comparator")
    weights = maic_weights(ipd, target, match=colon.COVARIATES)
    return weighted_log_hr(
        np.r_[study["time"], comparator["time"]],
        np.r_[study["event"], comparator["event"]].astype(bool),
        np.arange(len(study) + len(comparator)) < len(study),
        np.r_[weights.value, np.ones(len(comparator))],
    )


@pytest.mark.parametrize("model", ["multivariable", "univariable"])
def test_the_real_maic_is_recovered(trial, model):
    """30 biased subsamples: mean difference at most 0.03, of about 0.26 without adjustment."""
    rng = np.random.default_rng(1)
    treated = trial[trial["treated"]].reset_index(drop=True)
    comparator = trial[~trial["treated"]]
    chance = colon.good_prognosis(treated)
    gaps, naive = [], []
    for seed in range(30):
        study = treated[rng.random(len(treated)) < chance]
        result = standardised_hazard_ratio(
            colon.patients(study, "treated"),
            colon.patients(comparator, "observed"),
            Standardisation(
                effects=colon.published_effects(study, model),
                baseline=colon.population(study, "study"),
                target=colon.population(comparator, "comparator"),
                correlation=colon.correlation(study),
            ),
            outcome="OS",
            settings=StandardisationSettings(factors=(), imputations=40, replicates=20),
            rng=np.random.default_rng(seed),
        )
        real = real_maic(study, comparator)
        gaps.append(result.adjusted.link_value - real)
        naive.append(result.naive.link_value - real)
    assert abs(np.mean(gaps)) <= 0.03
    assert np.mean(naive) < -0.2
