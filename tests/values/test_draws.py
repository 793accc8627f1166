"""One or many data sets behind one door, and what an interval from them may be called."""

from __future__ import annotations

import numpy as np
import pytest

from survcomp.errors import InputError
from survcomp.reconstruction import reconstruct
from survcomp.values import IPD, Curve, Ensemble, Landmark, Weights, as_draws
from survcomp.values.checks import generator

CURVE = Curve(
    trial="T",
    arm="a",
    treatment="drug",
    endpoint="OS",
    n=40,
    landmarks=(Landmark(time=12, survival=0.75),),
)


def ipd(*times: float, arm="A", **fields) -> IPD:
    return IPD.from_times(times, [20.0], arm=arm, time_unit="months", **fields)


def test_patients_are_one_data_set():
    patients = ipd(1, 2, origin="observed", censoring="observed")
    assert patients.draws == (patients,)
    draws = as_draws(patients)
    assert (len(draws), draws.several, draws.rebuilt) == (1, False, False)
    assert (draws.arm, draws.time_unit) == ("A", "months")
    assert draws.interval_words == "sampling error"
    assert draws.origin_words == "A: observed patients"


def test_a_reconstruction_is_its_draws_or_its_one_data_set():
    with_draws, without = reconstruct(CURVE, draws=5), reconstruct(CURVE, draws=0)
    assert with_draws.draws == with_draws.ensemble.draws
    assert without.draws == (without.ipd,)
    assert (with_draws.arm, with_draws.time_unit) == ("drug", "months")
    many, one = as_draws(with_draws), as_draws(without)
    assert (len(many), many.rebuilt, len(one), one.rebuilt) == (5, True, 1, True)
    assert many.origin_words == "drug: drawn by summary"
    assert many.interval_words.startswith("sampling and reconstruction error")
    assert one.interval_words.startswith("sampling error only")
    assert as_draws(with_draws.ensemble).data == many.data


def test_weights_go_with_one_data_set():
    patients = ipd(1, 2)
    weights = Weights(id=patients.id, value=np.ones(3), population="P")
    assert as_draws(patients, weights).interval_words.endswith("; weights taken as known")
    many = Ensemble(draws=(patients, ipd(1, 3)), method="summary", curve_id="T/A/OS")
    with pytest.raises(InputError, match="`weights` are given for 'A', of which there are 2"):
        as_draws(many, weights)


@pytest.mark.parametrize("wrong", [[ipd(1), ipd(2)], None, "karmma", np.ones(3)])
def test_other_types_are_refused_by_name(wrong):
    with pytest.raises(InputError, match="`treatment` takes the patients of one arm"):
        as_draws(wrong, name="treatment")


def test_weights_that_are_bare_numbers_are_refused():
    with pytest.raises(InputError, match="got ndarray") as refused:
        as_draws(ipd(1, 2), np.ones(3))
    assert "maic_weights" in str(refused.value)


def test_a_seed_is_a_generator():
    assert generator(3).integers(1000) == np.random.default_rng(3).integers(1000)
    rng = np.random.default_rng(1)
    assert generator(rng) is rng
    assert isinstance(generator(None), np.random.Generator)
    for wrong in (-1, 1.5, True, "1"):
        with pytest.raises(InputError, match="`rng` must be a whole number"):
            generator(wrong)
