"""Two arms, one or both of them ensembles, as pairs of data sets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survcomp.errors import IncompatibleError, InputError
from survcomp.values.checks import check_generator
from survcomp.values.patients.ensemble import Ensemble
from survcomp.values.patients.ipd import IPD

Side = Ensemble | IPD
"""An arm: draws of a reconstruction, or observed patients."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedDraws:
    """M pairs of data sets.

    Attributes
    ----------
    treatment, comparator : tuple of IPD
        M data sets each.
    words : str
        Where they come from, for the method of a result.
    """

    treatment: tuple[IPD, ...]
    comparator: tuple[IPD, ...]
    words: str

    def __len__(self) -> int:
        return len(self.treatment)


def data_sets(side: Side, *, name: str) -> tuple[IPD, ...]:
    """Draws of an ensemble, or observed patients as the only data set.

    Raises
    ------
    InputError
        If it is something else, holds more than one arm, or is one reconstruction: its
        error would be missing from the result without a word.
    """
    if not isinstance(side, Ensemble | IPD):
        raise InputError(
            f"`{name}` must be one Ensemble, drawn by one method, or observed IPD; got "
            f"{type(side).__name__}. Draws of different methods are never pooled."
        )
    patients = side.draws if isinstance(side, Ensemble) else (side,)
    if len(patients[0].arms) != 1:
        raise InputError(f"`{name}` must hold one arm; got {', '.join(patients[0].arms)}.")
    if isinstance(side, IPD) and side.origin != "observed":
        raise InputError(
            f"`{name}` is one {side.origin} data set of arm {side.arms[0]!r}, whose error is "
            "not known: give an Ensemble of it, or use naive_hazard_ratio or "
            "naive_rmst_difference, which say that their interval holds sampling error only."
        )
    return patients


def check_units(treatment: IPD, comparator: IPD) -> None:
    """Raise unless both arms are in one time unit."""
    if treatment.time_unit != comparator.time_unit:
        raise IncompatibleError(
            f"`treatment` is in {treatment.time_unit} and `comparator` in {comparator.time_unit}; "
            "convert one with in_unit."
        )


def paired_draws(
    treatment: Side, comparator: Side, *, rng: np.random.Generator | None = None
) -> PairedDraws:
    """Draw m of one arm with draw m of the other; observed patients go with every draw.

    Parameters
    ----------
    treatment, comparator : Ensemble or IPD
        One arm each, at least one of them an ensemble.
    rng : Generator, optional
        Puts the comparator's draws in random order first, for ensembles whose order may
        mean something; left out, draws are paired as they stand.

    Raises
    ------
    InputError
        If neither is an ensemble, the two have different numbers of draws, or a side is not
        allowed; see `data_sets`.
    IncompatibleError
        If the time units differ.
    """
    left = data_sets(treatment, name="treatment")
    right = data_sets(comparator, name="comparator")
    check_units(left[0], right[0])
    if len(left) == len(right) == 1:
        raise InputError(
            "neither `treatment` nor `comparator` is an Ensemble, so there is no error of a "
            "reconstruction to pool: use naive_hazard_ratio or naive_rmst_difference."
        )
    if 1 not in (len(left), len(right)) and len(left) != len(right):
        raise InputError(
            f"`treatment` has {len(left)} draws and `comparator` {len(right)}; draw equally many "
            "of each, so that draw m goes with draw m."
        )
    if rng is not None:
        check_generator(rng)
        right = tuple(right[i] for i in rng.permutation(len(right)))
    m = max(len(left), len(right))
    return PairedDraws(
        treatment=left if len(left) == m else left * m,
        comparator=right if len(right) == m else right * m,
        words=f"{m} draws ({_source(treatment, left)}; {_source(comparator, right)})",
    )


def _source(side: Side, patients: tuple[IPD, ...]) -> str:
    origin = f"drawn by {side.method}" if isinstance(side, Ensemble) else "observed patients"
    return f"{patients[0].arms[0]}: {origin}"
