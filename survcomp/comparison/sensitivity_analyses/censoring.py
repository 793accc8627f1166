"""Informative censoring: how much worse the treatment's censored patients may do afterwards.

Delta adjustment by multiple imputation. The treatment arm's (weighted) hazard is taken as
constant within pieces. A patient censored before the end is given an event time from that
hazard times a multiplier, from the time of censoring on, or is followed to the end without
one. Hazards are drawn anew for each imputation (gamma, with the effective number of events),
and the completed data sets are pooled by Rubin's rules. The random numbers are the same for
every multiplier, so that the estimate moves with the multiplier alone. Over draws of an
ensemble, imputation j goes with draw j in turn.

A multiplier of 1 is censoring that says nothing; 0 is no event ever, infinity one at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from survcomp.comparison.sensitivity_analyses.arms import Effect, SensitivityArms
from survcomp.comparison.sensitivity_analyses.result import (
    SensitivityRow,
    SensitivityTable,
    attempt,
    effect_row,
    refused_row,
)
from survcomp.errors import InputError
from survcomp.values.checks import BoolArray, FloatArray, check_time, read_only
from survcomp.values.patients.ipd import IPD
from survcomp.values.shown import in_a_line, in_a_table

ANALYSIS = "informative censoring"
NO_CONCLUSION = "The interval holds 1 already: there is no conclusion to tip."
HALVINGS = 8
"""Bisections of the multiplier's logarithm."""

FARTHEST = 100.0
"""Multipliers beyond this, or below its inverse, are not told apart from the extreme."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CensoringSettings:
    """How censored patients of the treatment arm are followed on.

    Attributes
    ----------
    multipliers : tuple of float
        Of the hazard after censoring, at least 0; ``math.inf`` is an event at once.
    imputations : int
        At least 2; as many as there are draws, if that is more.
    pieces : int
        Pieces of constant hazard, at least 1, with about equally many events each; 1 is the
        exponential. Fewer where there are not as many distinct event times.
    end : float or None
        Patients are followed on to this time, in the arms' unit; the treatment arm's longest
        time when None. Those censored there or later are left as they are.
    ids : tuple of str or None
        Patients whose censoring may be informative; everybody censored before the end when
        None.
    seed : int
        Of the imputations.

    Examples
    --------
    >>> import survcomp as sc
    >>> a = sc.IPD.from_times(range(2, 42), [10] * 10, arm="A", time_unit="months")
    >>> b = sc.IPD.from_times(range(1, 30), [8] * 10, arm="B", time_unit="months")
    >>> arms = sc.comparison.unmatched_arms(a, b, outcome="PFS")
    >>> settings = sc.CensoringSettings(multipliers=(2.0, 5.0), imputations=5, pieces=1)
    >>> table = sc.censoring_tipping_point(arms, settings=settings)
    >>> print(table.to_frame()[["changed", "estimate"]].round(2))
                              changed  estimate
    0                   tipping point     25.03
    1  hazard times 2 after censoring     -0.70
    2  hazard times 5 after censoring     -0.59
    """

    multipliers: tuple[float, ...] = (1.0, 1.5, 2.0, 3.0, 5.0, math.inf)
    imputations: int = 20
    pieces: int = 4
    end: float | None = None
    ids: tuple[str, ...] | None = None
    seed: int = 1

    def __post_init__(self) -> None:
        for name, least in (("imputations", 2), ("pieces", 1)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise InputError(
                    f"`{name}` must be a whole number, at least {least}; got {value!r}."
                )
        wrong = [m for m in self.multipliers if not m >= 0]
        if wrong:
            raise InputError(f"`multipliers` must be at least 0; got {wrong[0]!r}.")
        if self.end is not None:
            check_time(self.end, name="end")

    __repr__ = in_a_line
    _repr_html_ = in_a_table


def censoring_tipping_point(
    arms: SensitivityArms, *, settings: CensoringSettings | None = None
) -> SensitivityTable:
    """The effect when the treatment's censored patients have a multiplied hazard afterwards.

    Parameters
    ----------
    arms : SensitivityArms
        From `matched_arms` or `unmatched_arms`.
    settings : CensoringSettings, optional
        20 imputations and 4 pieces when left out.

    Returns
    -------
    SensitivityTable
        The multiplier at which the interval reaches 1, found to about 2 %, or that none
        does; then the effect at each of the settings' multipliers.

    Raises
    ------
    InputError
        If `settings.ids` names somebody who is not among the treatment's patients.

    References
    ----------
    Jackson D et al. (2014), Statistics in Medicine 33:4681. Lipkovich I, Ratitch B, O'Kelly M
    (2016), Pharmaceutical Statistics 15:216.

    Examples
    --------
    >>> import survcomp as sc
    >>> a = sc.IPD.from_times(range(2, 42), [10] * 10, arm="A", time_unit="months")
    >>> b = sc.IPD.from_times(range(1, 30), [8] * 10, arm="B", time_unit="months")
    >>> arms = sc.comparison.unmatched_arms(a, b, outcome="PFS")
    >>> table = sc.censoring_tipping_point(arms, settings=sc.CensoringSettings(imputations=5))
    >>> print(table.rows[0].changed, table.rows[0].note)
    tipping point The interval holds 1 from this multiplier of the hazard on. 10 censored patients
    followed on, 5 imputations.
    """
    chosen = settings or CensoringSettings()
    _check_ids(arms.treatment[0], chosen.ids)
    total = max(chosen.imputations, len(arms.treatment))
    rng = np.random.default_rng(chosen.seed)
    weight = None
    if arms.matching is not None:
        weight = arms.matching.weights.for_ids(arms.treatment[0].id, scale=arms.scale)
    followed = [
        _follow_on(arms.treatment[j % len(arms.treatment)], weight, chosen, rng)
        for j in range(total)
    ]
    affected = [int(f.who.sum()) for f in followed]
    if not max(affected):
        why = "Nobody in the treatment arm is censored before the end."
        return SensitivityTable(rows=(refused_row(ANALYSIS, "tipping point", why),))

    def effect(multiplier: float) -> Effect:
        pairs = [
            (_completed(f, multiplier), arms.comparator[j % len(arms.comparator)])
            for j, f in enumerate(followed)
        ]
        return arms.effect_of(pairs, weight)

    words = f"{{followed_on:.0f}} censored patients followed on, {total} imputations."
    tip = attempt(ANALYSIS, "tipping point", lambda: _tipping_row(arms, effect, words, affected[0]))
    rows = [_multiplied_row(m, effect, words, affected[0]) for m in chosen.multipliers]
    return SensitivityTable(rows=(tip, *rows))


def _multiplied_row(
    multiplier: float, effect: Callable[[float], Effect], words: str, affected: int
) -> SensitivityRow:
    changed = _changed(multiplier)
    return attempt(
        ANALYSIS,
        changed,
        lambda: effect_row(
            ANALYSIS, changed, effect(multiplier), note=words, followed_on=float(affected)
        ),
    )


def _changed(multiplier: float) -> str:
    if math.isinf(multiplier):
        return "event at once after censoring"
    if multiplier == 0:
        return "no event after censoring"
    return f"hazard times {multiplier:g} after censoring"


def _tipping_row(
    arms: SensitivityArms, effect: Callable[[float], Effect], words: str, affected: int
) -> SensitivityRow:
    near = arms.main().near
    if near == 0:
        return refused_row(ANALYSIS, "tipping point", NO_CONCLUSION)
    up = near < 0

    def holds(multiplier: float) -> bool:
        return effect(multiplier).near * near > 0

    def row(multiplier: float, note: str) -> SensitivityRow:
        return SensitivityRow(
            analysis=ANALYSIS,
            changed="tipping point",
            measure="hazard_multiplier",
            estimate=multiplier,
            template=f"{note} {words}",
            figures=(("followed_on", float(affected)),),
        )

    if not holds(1.0):
        return row(1.0, "The interval holds 1 as soon as they are followed on at the same hazard.")
    extreme, far = (math.inf, FARTHEST) if up else (0.0, 1 / FARTHEST)
    if holds(extreme):
        return row(
            extreme, f"No multiplier tips the conclusion: it stands with {_changed(extreme)}."
        )
    if holds(far):
        return row(far, f"The conclusion tips beyond a multiplier of {far:g}.")
    near_log, far_log = 0.0, math.log(far)
    for _ in range(HALVINGS):
        middle = (near_log + far_log) / 2
        near_log, far_log = (middle, far_log) if holds(math.exp(middle)) else (near_log, middle)
    return row(math.exp(far_log), "The interval holds 1 from this multiplier of the hazard on.")


def _check_ids(treatment: IPD, ids: tuple[str, ...] | None) -> None:
    stray = sorted(set(ids or ()) - set(treatment.id))
    if stray:
        raise InputError(f"`ids`: {stray[0]!r} is no patient of arm {treatment.arms[0]!r}.")


class PiecewiseHazard(NamedTuple):
    """A hazard that is constant within pieces.

    Attributes
    ----------
    edges : ndarray of shape (k + 1,)
        0, the cut points and the end.
    rate : ndarray of shape (k,)
        Events a unit of time.
    events : ndarray of shape (k,)
        Effective number of events that each rate rests on.
    """

    edges: FloatArray
    rate: FloatArray
    events: FloatArray


def piecewise_hazard(
    ipd: IPD, weight: FloatArray | None, *, pieces: int, end: float
) -> PiecewiseHazard:
    """Weighted hazard of one arm in pieces with about equally many events.

    Parameters
    ----------
    ipd : IPD
        One arm.
    weight : ndarray of shape (n,) or None
        Weights; 1 each when None.
    pieces : int
        How many; fewer where there are not as many distinct event times.
    end : float
        Where the last piece ends, in the arm's unit.

    Returns
    -------
    PiecewiseHazard
        Each rate is the weight of the events over the weighted time at risk.

    Raises
    ------
    InputError
        If nobody with weight has an event before the end.

    Examples
    --------
    >>> ipd = IPD.from_times([2, 6], [4], arm="A", time_unit="months")
    >>> piecewise_hazard(ipd, None, pieces=1, end=6).rate.round(4).tolist()  # 2 / (2 + 4 + 6)
    [0.1667]
    """
    w = np.ones(ipd.n) if weight is None else weight
    dies = ipd.event & (ipd.time <= end) & (w > 0)
    if not dies.any():
        raise InputError(f"nobody of arm {ipd.arms[0]!r} has an event by {end:g}: no hazard.")
    inner = np.quantile(ipd.time[dies], np.arange(1, pieces) / pieces)
    inner = inner[(inner > 0) & (inner < ipd.time[dies].max())]
    edges = np.unique(np.concatenate([[0.0], inner, [end]]))
    piece = np.clip(np.searchsorted(edges, ipd.time, side="left") - 1, 0, edges.size - 2)
    at_risk = np.clip(ipd.time[:, None] - edges[:-1], 0.0, np.diff(edges))
    total = np.bincount(piece[dies], weights=w[dies], minlength=edges.size - 1)
    squares = np.bincount(piece[dies], weights=w[dies] ** 2, minlength=edges.size - 1)
    return PiecewiseHazard(edges=edges, rate=total / (w @ at_risk), events=total**2 / squares)


class _Followed(NamedTuple):
    """One data set of the treatment, with what its censored patients are followed on by."""

    ipd: IPD
    who: BoolArray
    edges: FloatArray
    cumulative: FloatArray
    """Cumulative hazard at the edges, of shape (k + 1,)."""
    at_censoring: FloatArray
    """The same when each of those followed on was censored."""
    unit_time: FloatArray
    """A standard exponential time for each."""


def _follow_on(
    ipd: IPD, weight: FloatArray | None, settings: CensoringSettings, rng: np.random.Generator
) -> _Followed:
    end = float(ipd.time.max()) if settings.end is None else settings.end
    hazard = piecewise_hazard(ipd, weight, pieces=settings.pieces, end=end)
    rate = hazard.rate * rng.gamma(hazard.events) / hazard.events
    cumulative = np.concatenate([[0.0], np.cumsum(rate * np.diff(hazard.edges))])
    who = ~ipd.event & (ipd.time < end)
    if settings.ids is not None:
        chosen = set(settings.ids)
        who &= np.array([name in chosen for name in ipd.id])
    return _Followed(
        ipd=ipd,
        who=who,
        edges=hazard.edges,
        cumulative=cumulative,
        at_censoring=np.interp(ipd.time[who], hazard.edges, cumulative),
        unit_time=rng.exponential(size=int(who.sum())),
    )


def _completed(followed: _Followed, multiplier: float) -> IPD:
    """The data set with those censored before the end followed on under the multiplier."""
    ipd, edges, cumulative = followed.ipd, followed.edges, followed.cumulative
    time, event = ipd.time.copy(), ipd.event.copy()
    if multiplier == 0:
        time[followed.who] = edges[-1]
    else:
        # the hazard used up when the event comes; past the end's it has not come
        used = followed.at_censoring + followed.unit_time / multiplier
        happens = used < cumulative[-1]
        reached = np.where(happens, np.interp(used, cumulative, edges), edges[-1])
        if math.isinf(multiplier):
            reached, happens = ipd.time[followed.who], np.ones_like(happens)
        time[followed.who], event[followed.who] = reached, happens
    event.flags.writeable = False
    return replace(ipd, time=read_only(time, name="time"), event=event)
