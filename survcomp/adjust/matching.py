"""Which columns of the IPD must have which weighted mean, for a population's moments.

A proportion or a mean asks for the column itself. An SD asks for the column squared to have
the mean m^2 + s^2, as all published implementations do (the weighted variance has divisor
sum(w)). A median asks for one half of the weight above it: patients at the median itself
count as not above (the rule of maicplus).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from survcomp.errors import InfeasibleTargetError, InputError
from survcomp.values.checks import FloatArray
from survcomp.values.ipd import IPD
from survcomp.values.population import Moment, Population


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Column:
    """One column to balance.

    Attributes
    ----------
    name : str
        Covariate and kind of moment, such as "age (mean)".
    covariate, kind : str
        The two apart.
    values : ndarray of shape (n,)
        The column, one value a patient.
    target : float
        Mean that it must have after weighting.
    """

    name: str
    covariate: str
    kind: str
    values: FloatArray
    target: float


def columns_for(ipd: IPD, population: Population, match: Sequence[str]) -> tuple[Column, ...]:
    """Columns for every moment that `population` has of the covariates in `match`.

    Raises
    ------
    InputError
        If `match` is empty or names a covariate twice, the IPD lacks one, a proportion's
        column is not 0/1, or an SD comes without its mean.
    NotFoundError
        If the population says nothing about a covariate.
    InfeasibleTargetError
        If a proportion of 0 or 1 is asked for: no weights of patients who differ reach it.
    """
    if not match:
        raise InputError("`match` is empty; name at least one covariate to match on.")
    if len(set(match)) != len(match):
        raise InputError(f"`match` names a covariate twice: {', '.join(match)}.")
    frame = ipd.covariates
    columns: list[Column] = []
    for name in match:
        moments = population.named(name)
        if name not in frame.columns:
            known = ", ".join(frame.columns) or "none"
            raise InputError(f"`match`: the IPD has no covariate {name!r}; it has {known}.")
        values = frame[name].to_numpy(dtype=float)
        columns += [_column(moment, values, moments) for moment in moments]
    return tuple(columns)


def _column(moment: Moment, values: FloatArray, moments: tuple[Moment, ...]) -> Column:
    target = moment.value
    column = values
    if moment.kind == "proportion":
        if not np.all((values == 0) | (values == 1)):
            raise InputError(
                f"covariate {moment.name!r} must be 0 or 1 to match a proportion; it holds "
                f"{float(values[(values != 0) & (values != 1)][0])!r}."
            )
        if target in (0.0, 1.0) and not np.all(values == target):
            keep = int(target)
            raise InfeasibleTargetError(
                f"everybody in the target has {moment.name} = {keep}; keep only such patients in "
                f"the IPD ({int(np.sum(values == target))} of {values.size}), not matching on it."
            )
    elif moment.kind == "SD":
        means = [other.value for other in moments if other.kind == "mean"]
        if not means:
            raise InputError(f"the SD of {moment.name!r} can only be matched with its mean.")
        column, target = values**2, means[0] ** 2 + moment.value**2
    elif moment.kind == "median":
        column, target = (values > moment.value).astype(float), 0.5
    return Column(
        name=f"{moment.name} ({moment.kind})",
        covariate=moment.name,
        kind=moment.kind,
        values=column,
        target=target,
    )
