"""`PrognosticEffect`: a published effect of a baseline covariate on an endpoint.

It is what links imputed covariates to the outcome, so it says what the covariate means, in
which model and for which endpoint it was estimated, and how uncertain it is. `Correlation`
says how covariates go together, in whatever patients that was published of.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from survcomp.errors import IncompatibleError, InputError
from survcomp.values.checks import (
    FloatArray,
    check_count,
    check_interval,
    check_option,
    check_text,
    read_only_matrix,
)
from survcomp.values.contrast import normal_quantile
from survcomp.values.curves.printed import Landmark

EffectModel = Literal["multivariable", "univariable"]
ComparedWith = Literal["complement", "everybody"]
CorrelationScale = Literal["covariates", "normal scores"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrognosticEffect:
    """Published log hazard ratio of one baseline covariate.

    Attributes
    ----------
    covariate : str
        Name, as in the populations it is used with.
    definition : str
        How the publication defines it, word for word as the populations do; an effect
        without definition cannot be used.
    log_hr : float
        Log hazard ratio: with against without, or for one unit more of a continuous one.
    se : float
        Its standard error, above 0.
    model : {"multivariable", "univariable"}
        Whether it is adjusted for the other effects that it is used with.
    endpoint : str
        Endpoint of the model, such as "PFS".
    source : str
        Id of the citation. Univariable effects of one source are taken to be of the same
        patients, so that their errors are correlated as the covariates are.
    patients : str
        In whom it was estimated, in words.
    note : str
        Remark.

    Examples
    --------
    >>> effect = PrognosticEffect.from_interval(
    ...     covariate="high_risk", definition="del(17p), t(4;14) or t(14;16)",
    ...     hazard_ratio=1.6, ci_low=1.1, ci_high=2.33, model="multivariable",
    ...     endpoint="PFS", source="P1")
    >>> print(effect)
    high_risk: HR 1.60 (log HR 0.470, SE 0.191), multivariable, PFS [P1]
    """

    covariate: str
    definition: str
    log_hr: float
    se: float
    model: EffectModel
    endpoint: str
    source: str
    patients: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        for name in ("covariate", "endpoint", "source"):
            check_text(getattr(self, name), name=f"effect.{name}")
        check_option(self.model, EffectModel, name="effect.model")
        if not math.isfinite(self.log_hr):
            raise InputError(f"`effect.log_hr` must be finite; got {self.log_hr!r}.")
        if not (math.isfinite(self.se) and self.se > 0):
            raise InputError(
                f"`effect.se` of {self.covariate!r} must be above 0; got {self.se!r}. An effect "
                "of unknown uncertainty cannot be used."
            )

    @classmethod
    def from_interval(
        cls,
        *,
        covariate: str,
        definition: str,
        hazard_ratio: float,
        ci_low: float,
        ci_high: float,
        model: EffectModel,
        endpoint: str,
        source: str,
        level: float = 0.95,
        patients: str = "",
        note: str = "",
    ) -> PrognosticEffect:
        """Make an effect from a hazard ratio and its interval, as publications print them.

        The standard error is the width of the interval on the log scale over twice the
        normal quantile, which takes the interval to be a Wald interval.

        Raises
        ------
        InputError
            If a ratio is not above 0, or the interval does not hold the estimate.
        """
        for name, value in (("hazard_ratio", hazard_ratio), ("ci_low", ci_low)):
            if not value > 0:
                raise InputError(f"`effect.{name}` must be above 0; got {value!r}.")
        check_interval(hazard_ratio, ci_low, ci_high, name="effect")
        return cls(
            covariate=covariate,
            definition=definition,
            log_hr=math.log(hazard_ratio),
            se=math.log(ci_high / ci_low) / (2 * normal_quantile(level)),
            model=model,
            endpoint=endpoint,
            source=source,
            patients=patients,
            note=note,
        )

    @property
    def hazard_ratio(self) -> float:
        """The hazard ratio itself."""
        return math.exp(self.log_hr)

    def __str__(self) -> str:
        return (
            f"{self.covariate}: HR {self.hazard_ratio:.2f} (log HR {self.log_hr:.3f}, SE "
            f"{self.se:.3f}), {self.model}, {self.endpoint} [{self.source}]"
        )

    def to_frame(self) -> pd.DataFrame:
        """One row: ``covariate definition estimate se model endpoint source patients``."""
        return pd.DataFrame(
            [
                {
                    "covariate": self.covariate,
                    "definition": self.definition,
                    "estimate": self.log_hr,
                    "se": self.se,
                    "model": self.model,
                    "endpoint": self.endpoint,
                    "source": self.source,
                    "patients": self.patients,
                }
            ]
        )


def complement_landmark(
    subgroup: Landmark, everybody: Landmark, *, n_subgroup: int, n: int
) -> Landmark:
    r"""Survival rate of the patients who are not in a subgroup.

    Parameters
    ----------
    subgroup, everybody : Landmark
        Rates at one time, with intervals that are symmetric on the complementary log-log
        scale, of the subgroup and of all n patients, the subgroup among them.
    n_subgroup, n : int
        Patients in the subgroup and in all.

    Returns
    -------
    Landmark
        With a log-log interval.

    Raises
    ------
    InputError
        If an interval is missing, the times differ, the counts do not fit, or no rate or
        no variance is left for the complement.

    Notes
    -----
    With w the subgroup's share, the rate of all is a mixture of two independent ones:

    .. math:: S = w S_1 + (1 - w) S_0, \qquad V = w^2 V_1 + (1 - w)^2 V_0,

    which holds where censoring is alike in both. Patients whose membership is unknown are in
    the complement, and make it more like the subgroup than it is.

    Examples
    --------
    >>> part = Landmark(time=24, survival=0.484, ci_low=0.251, ci_high=0.684)
    >>> whole = Landmark(time=24, survival=0.605, ci_low=0.485, ci_high=0.704)
    >>> rest = complement_landmark(part, whole, n_subgroup=23, n=97)
    >>> round(rest.survival, 3), round(rest.ci_low, 2), round(rest.ci_high, 2)
    (0.643, 0.5, 0.75)
    """
    check_count(n_subgroup, name="n_subgroup", at_least=1)
    check_count(n, name="n", at_least=n_subgroup + 1)
    _check_same_time(subgroup, everybody)
    w = n_subgroup / n
    variances = [(_slope(mark) * _log_log_se(mark)) ** 2 for mark in (subgroup, everybody)]
    survival = (everybody.survival - w * subgroup.survival) / (1 - w)
    variance = (variances[1] - w**2 * variances[0]) / (1 - w) ** 2
    if not 0 < survival < 1:
        raise InputError(
            f"the {n - n_subgroup} patients who are not in the subgroup would have a survival of "
            f"{survival:.3g} at {everybody.time:g}: the two rates contradict each other."
        )
    if not variance > 0:
        raise InputError(
            "the interval of `everybody` is too narrow for the subgroup's: no variance is left "
            f"for the other {n - n_subgroup} patients."
        )
    z = normal_quantile(everybody.level)
    g = math.log(-math.log(survival))
    half = z * math.sqrt(variance) / (survival * -math.log(survival))
    return Landmark(
        time=everybody.time,
        survival=survival,
        ci_low=math.exp(-math.exp(g + half)),
        ci_high=math.exp(-math.exp(g - half)),
        level=everybody.level,
        source=everybody.source,
        note=f"complement of {n_subgroup} of {n} patients",
    )


def effect_from_landmarks(
    subgroup: Landmark,
    others: Landmark,
    *,
    compared_with: ComparedWith,
    covariate: str,
    definition: str,
    endpoint: str,
    source: str,
    patients: str = "",
) -> PrognosticEffect:
    r"""Log hazard ratio of a subgroup against its complement, from one survival rate of each.

    Parameters
    ----------
    subgroup, others : Landmark
        Rates of the patients with and without the characteristic, at one time, with
        intervals that are symmetric on the complementary log-log scale.
    compared_with : {"complement", "everybody"}
        Whose rate `others` is. Only the complement is allowed: everybody holds the
        subgroup, which would be compared with itself in part. See `complement_landmark`.
    covariate, definition, endpoint, source, patients : str
        As in `PrognosticEffect`.

    Returns
    -------
    PrognosticEffect
        Univariable.

    Raises
    ------
    IncompatibleError
        If the subgroup is compared with everybody.
    InputError
        If a rate is 0 or 1, an interval is missing, or the times differ.

    Notes
    -----
    Under proportional hazards log(-log S) of the two differ by the log hazard ratio at
    every time:

    .. math::
        \beta = \log\{-\log S_1\} - \log\{-\log S_0\}, \qquad
        \mathrm{se}^2 = \mathrm{se}_1^2 + \mathrm{se}_0^2,

    with each standard error the width of the interval on that scale over 2 z, which is the
    delta method's Var(S) / (S log S)^2 for a log-log interval.

    Examples
    --------
    >>> found = effect_from_landmarks(
    ...     Landmark(time=24, survival=0.484, ci_low=0.251, ci_high=0.684),
    ...     Landmark(time=24, survival=0.643, ci_low=0.504, ci_high=0.752),
    ...     compared_with="complement", covariate="high_risk", definition="high-risk cytogenetics",
    ...     endpoint="PFS", source="P1")
    >>> round(found.log_hr, 2), round(found.se, 2)
    (0.5, 0.4)
    """
    check_option(compared_with, ComparedWith, name="compared_with")
    if compared_with == "everybody":
        raise IncompatibleError(
            f"the effect of {covariate!r} needs the rate of the patients without it: everybody "
            "holds the subgroup, so the difference would be too small. Give the complement's "
            "rate, or work it out with complement_landmark."
        )
    _check_same_time(subgroup, others)
    levels = [math.log(-math.log(mark.survival)) for mark in (subgroup, others)]
    return PrognosticEffect(
        covariate=covariate,
        definition=definition,
        log_hr=levels[0] - levels[1],
        se=math.hypot(_log_log_se(subgroup), _log_log_se(others)),
        model="univariable",
        endpoint=endpoint,
        source=source,
        patients=patients,
        note=f"from survival at {subgroup.time:g} with and without, hazards proportional",
    )


def _check_same_time(left: Landmark, right: Landmark) -> None:
    if left.time != right.time:
        raise InputError(f"two rates must be at one time; got {left.time:g} and {right.time:g}.")
    for mark in (left, right):
        _log_log_se(mark)


def _slope(mark: Landmark) -> float:
    """Change of S for a change of log(-log S), without its sign."""
    return mark.survival * -math.log(mark.survival)


def _log_log_se(mark: Landmark) -> float:
    """Standard error of log(-log S), from the interval."""
    low, high = mark.ci_low, mark.ci_high
    if low is None or high is None:
        raise InputError(
            f"the rate {mark.survival:g} at {mark.time:g} has no interval, so its uncertainty is "
            "not known and it cannot carry an effect."
        )
    if not 0 < low < mark.survival < high < 1:
        raise InputError(
            f"the rate {mark.survival:g} ({low:g} to {high:g}) at {mark.time:g} must lie inside "
            "its interval, and both limits strictly between 0 and 1."
        )
    width = math.log(-math.log(low)) - math.log(-math.log(high))
    return width / (2 * normal_quantile(mark.level))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Correlation:
    """How baseline covariates go together, and where that comes from.

    Attributes
    ----------
    covariates : tuple of str
        Names of the p covariates, each once.
    matrix : ndarray of shape (p, p)
        Symmetric, with ones on the diagonal, in the order of `covariates`.
    source : str
        Id of the citation, or the cohort it was worked out from.
    scale : {"covariates", "normal scores"}
        Pearson correlations of the covariates themselves (phi for two yes-or-no ones), or
        of the normal variables behind them (tetrachoric, polyserial).

    Examples
    --------
    >>> found = Correlation.from_rows(
    ...     ["bulky", "stage_3"], [[1.0, 0.3], [0.3, 1.0]], source="registry of 2019")
    >>> float(found.between("bulky", "stage_3"))
    0.3
    """

    covariates: tuple[str, ...]
    matrix: FloatArray
    source: str
    scale: CorrelationScale = "covariates"

    def __post_init__(self) -> None:
        check_text(self.source, name="correlation.source")
        check_option(self.scale, CorrelationScale, name="correlation.scale")
        p = len(self.covariates)
        if len(set(self.covariates)) != p or p < 2:
            raise InputError(
                "`correlation.covariates` must be at least two different names; got "
                f"{', '.join(self.covariates) or 'none'}."
            )
        r = self.matrix
        if r.shape != (p, p) or not np.all(np.isfinite(r)):
            raise InputError(
                f"`correlation.matrix` must be {p} by {p} finite numbers; got shape {r.shape}."
            )
        if not (np.allclose(r, r.T, atol=1e-9) and np.allclose(np.diag(r), 1.0, atol=1e-9)):
            raise InputError("`correlation.matrix` must be symmetric with ones on the diagonal.")
        if np.any(np.abs(r) > 1 + 1e-9):
            raise InputError(
                f"a correlation must lie in [-1, 1]; got {r.flat[np.abs(r).argmax()]:g}."
            )

    @classmethod
    def from_rows(
        cls,
        covariates: Sequence[str],
        rows: Sequence[Sequence[float]] | FloatArray,
        *,
        source: str,
        scale: CorrelationScale = "covariates",
    ) -> Correlation:
        """Make a correlation from the rows of its matrix."""
        columns = [list(column) for column in zip(*rows, strict=True)]
        return cls(
            covariates=tuple(covariates),
            matrix=read_only_matrix(columns, columns=len(columns)),
            source=source,
            scale=scale,
        )

    def between(self, left: str, right: str) -> float:
        """Correlation of two covariates.

        Raises
        ------
        InputError
            If one of them is not among the covariates.
        """
        for name in (left, right):
            if name not in self.covariates:
                raise InputError(
                    f"the correlation of {self.source!r} does not have {name!r}; it has "
                    f"{', '.join(self.covariates)}."
                )
        return float(self.matrix[self.covariates.index(left), self.covariates.index(right)])

    def to_frame(self) -> pd.DataFrame:
        """The matrix, with the names on both sides."""
        return pd.DataFrame(
            np.array(self.matrix), index=list(self.covariates), columns=list(self.covariates)
        )
