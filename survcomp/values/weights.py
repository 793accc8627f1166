"""`Weights`: one weight a patient, keyed by patient id."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from survcomp.errors import IncompatibleError, InputError
from survcomp.values.basis import Basis
from survcomp.values.checks import FloatArray, read_only

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
        Raw weights exp(a . (x - target)), in the order of `id`.
    population : str
        Name of the target population.
    basis : Basis
        Who is counted in the target population.
    coefficients : tuple of (str, float)
        The fitted a, one for each matched column, on the column's own scale.
    largest_imbalance : float
        Largest absolute difference left between a weighted mean and its target, in
        standard deviations of the column.
    """

    id: tuple[str, ...]
    value: FloatArray
    population: str
    basis: Basis = field(default_factory=Basis)
    coefficients: tuple[tuple[str, float], ...] = ()
    largest_imbalance: float = 0.0

    def __post_init__(self) -> None:
        if len(self.id) != self.value.size or len(set(self.id)) != len(self.id):
            raise InputError("`Weights` needs one weight for each of its ids, and unique ids.")
        if np.any(self.value < 0) or not np.any(self.value > 0):
            raise InputError("`Weights.value` must be at least 0 and not all 0.")

    @property
    def n(self) -> int:
        """Number of patients."""
        return len(self.id)

    @property
    def ess(self) -> float:
        """Effective sample size, in patients."""
        return effective_sample_size(self.value)

    def scaled(self, scale: WeightScale) -> FloatArray:
        """Weights as fitted ("raw"), summing to n ("n") or to the ESS ("ess")."""
        totals = {"raw": float(self.value.sum()), "n": float(self.n), "ess": self.ess}
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

    def to_frame(self) -> pd.DataFrame:
        """Columns ``id`` and ``weight`` (raw)."""
        return pd.DataFrame({"id": self.id, "weight": np.asarray(self.value)})
