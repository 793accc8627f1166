"""Patients whom no weights can serve: left out of the weighted comparison, not of the naive one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from survcomp.values.patients.ipd import IPD
from survcomp.values.weights import Weights


def without_left_out(ipd: IPD, weights: Weights) -> tuple[IPD, Weights]:
    """Patients who are not left out, and their weights."""
    if not weights.excluded:
        return ipd, weights
    keep = ~np.isin(ipd.id, weights.excluded)
    kept = ipd.only(keep)
    value = np.asarray(weights.value)[keep]
    return kept, replace(weights, id=kept.id, value=value, excluded=())


def weights_of_arm(ipd: IPD, weights: Weights, arm: str) -> tuple[IPD, Weights]:
    """One arm of a weighted trial, and its part of the weights."""
    patients = ipd.select_arm(arm)
    rows = np.isin(weights.id, patients.id)
    excluded = tuple(id for id in weights.excluded if id in set(patients.id))
    value = np.asarray(weights.value)[rows]
    return patients, replace(weights, id=patients.id, value=value, excluded=excluded)


def still_to_match(weights: Weights) -> tuple[str, ...]:
    """Moments to match among those who are not left out."""
    return tuple(name for name, _ in weights.coefficients)
