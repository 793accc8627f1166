"""`Weights`: one weight a patient, keyed by patient id."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from survcomp.errors import IncompatibleError, InputError
from survcomp.values.basis import Basis
from survcomp.values.checks import FloatArray, check_text, read_only
from survcomp.values.patients.ipd import IPD
from survcomp.values.shown import in_a_line, in_a_table

WeightScale = Literal["raw", "n", "ess"]


def effective_sample_size(weights: ArrayLike) -> float:
    r"""Kish's effective sample size of a set of weights.

    Parameters
    ----------
    weights : array_like of shape (n,)
        Finite, not negative, not all zero. Their scale does not matter.

    Returns
    -------
    float
        Effective sample size in patients, between 1 and n.

    Raises
    ------
    InputError
        If the weights are negative or all zero.

    Notes
    -----
    .. math:: \mathrm{ESS} = (\sum_i w_i)^2 / \sum_i w_i^2

    References
    ----------
    Kish L (1965). Survey Sampling. Wiley. Phillippo DM et al. (2016), NICE DSU Technical
    Support Document 18.

    Examples
    --------
    >>> from survcomp import effective_sample_size
    >>> effective_sample_size([2, 1, 1, 0])
    2.6666666666666665
    """
    w = read_only(weights, name="weights")
    if np.any(w < 0) or not np.any(w > 0):
        raise InputError("`weights` must be at least 0 and not all 0.")
    return float(w.sum() ** 2 / (w**2).sum())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weights:
    """Weights that make one group of patients look like another on average.

    Attributes
    ----------
    id : tuple of str
        Patient ids.
    value : ndarray of shape (n,)
        Raw weights, in the order of `id`; what raw means is `method`'s to say.
    population : str
        Name of the target population.
    basis : Basis
        Who is counted in the target population.
    coefficients : tuple of (str, float)
        The fitted a, one for each matched column, on the column's own scale.
    largest_imbalance : float
        Largest absolute difference left between a weighted mean and its target, in
        standard deviations of the column.
    method : str
        How the weights were made, such as "entropy weights by the method of moments".
    excluded : tuple of str
        Ids of patients who were left out on request; their weight is 0.
    matched_by_exclusion : tuple of str
        Matched columns that have no coefficient, because patients who differ were left out.
    notes : tuple of str
        What a reader must know: who was left out and why, what was truncated.
    made_for : IPD or None
        The patients that were weighted, where known: row numbers as ids are the same in any
        data set, covariates are not.

    Examples
    --------
    >>> import survcomp as sc
    >>> weights = sc.Weights(id=("01", "02", "03"), value=[0.4, 1.9, 1.1], population="KarMMa")
    >>> print(round(weights.ess, 2), weights.scaled("n").round(2))
    2.32 [0.35 1.68 0.97]
    """

    id: tuple[str, ...]
    value: FloatArray
    population: str
    basis: Basis = field(default_factory=Basis)
    coefficients: tuple[tuple[str, float], ...] = ()
    largest_imbalance: float = 0.0
    method: str = "not stated"
    excluded: tuple[str, ...] = ()
    matched_by_exclusion: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    made_for: IPD | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        # a list, or a column of a frame, is as good as an array
        object.__setattr__(self, "value", read_only(self.value, name="Weights.value"))
        if len(self.id) != self.value.size or len(set(self.id)) != len(self.id):
            raise InputError("`Weights` needs one weight for each of its ids, and unique ids.")
        if not np.all(np.isfinite(self.value)):
            raise InputError("`Weights.value` must be finite.")
        if np.any(self.value < 0) or not np.any(self.value > 0):
            raise InputError("`Weights.value` must be at least 0 and not all 0.")
        check_text(self.method, name="Weights.method")
        if self.excluded:
            nil = {self.id[row] for row in np.flatnonzero(self.value == 0)}
            stray = next((i for i in self.excluded if i not in nil), None)
            if stray is not None:
                raise InputError(f"`Weights.excluded` names {stray!r}, who has no weight of 0.")

    @property
    def n(self) -> int:
        """Number of patients, also those left out."""
        return len(self.id)

    @property
    def n_weighted(self) -> int:
        """Number of patients without those left out."""
        return len(self.id) - len(self.excluded)

    @property
    def reduction(self) -> float:
        """Share of the `n` patients that leaving out and weighting cost, in [0, 1)."""
        return 1.0 - self.ess / self.n

    @property
    def matched(self) -> tuple[str, ...]:
        """Names of the matched columns, such as "age (mean)"."""
        return (*(name for name, _ in self.coefficients), *self.matched_by_exclusion)

    @property
    def ess(self) -> float:
        """Effective sample size, in patients."""
        return effective_sample_size(self.value)

    def scaled(self, scale: WeightScale) -> FloatArray:
        """Weights as fitted ("raw"), summing to `n_weighted` ("n") or to the ESS ("ess")."""
        totals = {"raw": float(self.value.sum()), "n": float(self.n_weighted), "ess": self.ess}
        if scale not in totals:
            raise InputError(f"`scale` must be one of 'raw', 'n', 'ess'; got {scale!r}.")
        return read_only(self.value * (totals[scale] / self.value.sum()), name="weights")

    def for_ids(self, ids: tuple[str, ...], *, scale: WeightScale = "raw") -> FloatArray:
        """Weights in the order of `ids`, joined by identifier.

        Raises
        ------
        IncompatibleError
            If `ids` are not exactly the patients that were weighted.
        """
        if set(ids) != set(self.id) or len(ids) != len(self.id):
            stray = sorted(set(ids) ^ set(self.id))[:3]
            raise IncompatibleError(
                f"these weights belong to other patients ({len(self.id)} weighted, {len(ids)} "
                f"asked for; for example {', '.join(map(repr, stray)) or 'duplicates'})."
            )
        position = {name: row for row, name in enumerate(self.id)}
        values = self.scaled(scale)
        return read_only(values[[position[name] for name in ids]], name="weights")

    def for_patients(self, ipd: IPD, *, scale: WeightScale = "raw") -> FloatArray:
        """Weights in the order of the patients, joined by identifier.

        Raises
        ------
        IncompatibleError
            If they are not exactly the patients that were weighted: by their ids, or, where both
            are known, by their covariates.
        """
        values = self.for_ids(ipd.id, scale=scale)
        stray = None if self.made_for is None else _first_other(self.made_for, ipd)
        if stray is not None:
            raise IncompatibleError(
                f"these weights belong to another data set: its patient {stray!r} has other "
                f"covariates ({', '.join(ipd.covariate_names)})."
            )
        return values

    def to_frame(self) -> pd.DataFrame:
        """Columns ``id`` and ``weight`` (raw)."""
        return pd.DataFrame({"id": self.id, "weight": np.asarray(self.value)})

    def _facts(self) -> dict[str, object]:
        return {
            "patients": self.n,
            "ESS": f"{self.ess:.1f}",
            "weighted to": self.population,
            "matched": ", ".join(self.matched),
            "left out": len(self.excluded) or None,
            "method": self.method,
        }

    __repr__ = in_a_line
    _repr_html_ = in_a_table


def _first_other(weighted: IPD, ipd: IPD) -> str | None:
    """Id of the first patient whose covariates differ, of those that both data sets have."""
    names = [name for name in weighted.covariate_names if name in ipd.covariate_names]
    if not names:
        return None
    position = {id: row for row, id in enumerate(weighted.id)}
    known = [row for row, id in enumerate(ipd.id) if id in position]
    before, now = (
        data.covariate_values[:, [data.covariate_names.index(name) for name in names]]
        for data in (weighted, ipd)
    )
    before, now = before[[position[ipd.id[row]] for row in known]], now[known]
    differs = ~((before == now) | (np.isnan(before) & np.isnan(now))).all(axis=1)
    return ipd.id[known[int(np.argmax(differs))]] if differs.any() else None


def check_weights(weights: object, *, optional: bool = False) -> None:
    """Raise unless these are `Weights`: an array does not say whose weights they are.

    Raises
    ------
    InputError
        Naming what came and how to make `Weights` of it.
    """
    if isinstance(weights, Weights) or (optional and weights is None):
        return
    raise InputError(
        f"`weights` must be Weights, as maic_weights gives them; got {type(weights).__name__}. "
        "An array becomes Weights(id=ipd.id, value=array, population='whose baseline it aims at')."
    )
