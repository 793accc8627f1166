"""Bootstrap of a MAIC: patients of both arms resampled, the weights estimated every time.

Each replicate draws the patients of each arm with replacement (of an ensemble, first one
draw), estimates the weights again, and then the effect. The aggregate targets are held
fixed: their own sampling error is in no replicate, and the result says so. Replicates
without weights or without a finite effect are counted and named, never dropped quietly.

Every replicate has a seed of its own, spawned from the generator that is passed in, and
replicates are worked on in batches whose size depends on the data only: any number of
workers gives the same numbers. Workers are threads, because nearly all the time is spent in
array operations that let other threads run; starting processes would take longer than a
thousand replicates do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

import numpy as np

from survcomp.adjust.maic import maic_weights
from survcomp.compare.anchored_maic import EXPLORATORY, anchor_se, in_arm, other_arm
from survcomp.compare.batched_weights import standard_columns, start_from
from survcomp.compare.bootstrap_effects import Effect, HazardRatioEffect, ResponseEffect
from survcomp.compare.bootstrap_intervals import IntervalKind, acceleration
from survcomp.compare.bootstrap_result import Failures, MaicBootstrap, failure_notes
from survcomp.compare.cox import PROPORTIONAL, interval_label
from survcomp.compare.maic import unanchored_assumptions
from survcomp.compare.paired_draws import Side, check_units
from survcomp.compare.resampled import Picks, TwoArms, arm_draws
from survcomp.compare.weighted_response import response_assumptions
from survcomp.errors import IncompatibleError, InputError
from survcomp.values.checks import BoolArray, FloatArray, TimeUnit, check_option
from survcomp.values.contrast import TIME_FIELDS, Contrast, normal_quantile
from survcomp.values.ensemble import Ensemble
from survcomp.values.ipd import IPD
from survcomp.values.outcome import PatientOutcome
from survcomp.values.population import Population
from survcomp.values.response import Response
from survcomp.values.weights import WeightScale

Progress = Callable[[int, int], None]
"""Called with the replicates done and their total, after each batch."""

PATIENTS_AT_ONCE = 200_000
"""Counts held together by one worker: it bounds the memory and fits a processor's cache."""

UNREACHED = "the resampled patients cannot be weighted to the target"
IN_TIME = tuple(TIME_FIELDS)
"""Measures with the arms' time unit."""

T = TypeVar("T")

FIXED_TARGETS = "the weights estimated every time; the aggregate targets are held fixed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resampling:
    """How replicates are drawn, and which interval is shown.

    Attributes
    ----------
    replicates : int
        Number of replicates.
    interval : {"percentile", "normal", "BCa"}
        The interval in `ci_low` and `ci_high`. BCa takes one more fit for each patient.
    level : float
        Confidence level.
    workers : int
        Threads; the numbers do not depend on it.

    Examples
    --------
    >>> Resampling(replicates=2000, interval="BCa").level
    0.95
    """

    replicates: int = 1000
    interval: IntervalKind = "percentile"
    level: float = 0.95
    workers: int = 1

    def __post_init__(self) -> None:
        for name in ("replicates", "workers"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise InputError(f"`{name}` must be a whole number above 0; got {value!r}.")
        check_option(self.interval, IntervalKind, name="interval")
        normal_quantile(self.level)


def bootstrap_maic(
    treatment: Side,
    comparator: Side,
    population: Population,
    *,
    match: Sequence[str],
    outcome: str,
    rng: np.random.Generator,
    resampling: Resampling | None = None,
    effect: Effect | None = None,
    assumptions: Mapping[str, str] | None = None,
    scale: WeightScale = "raw",
    progress: Progress | None = None,
) -> MaicBootstrap:
    """Bootstrap an unanchored MAIC of two survival arms.

    Parameters
    ----------
    treatment : IPD or Ensemble
        The weighted arm, with the covariates in `match`.
    comparator : IPD or Ensemble
        The comparator's patients, usually rebuilt from its published curve. Of an ensemble
        each replicate takes one draw, so that the reconstruction's error is in the result.
    population : Population
        The target, held fixed.
    match : sequence of str
        As for `maic_weights`.
    outcome : str
        Endpoint, for the result.
    rng : Generator
        Source of one seed a replicate.
    resampling : Resampling, optional
        Replicates, interval, level and workers; 1,000 and percentile when left out.
    effect : Effect, optional
        What to estimate: `HazardRatioEffect` when left out, `RMSTDifferenceEffect`,
        `SurvivalDifferenceEffect` or `MedianDifferenceEffect`.
    assumptions : mapping of str to str, optional
        As for `unanchored_maic`.
    scale : {"raw", "n", "ess"}
        Scale of the weights; only a hazard ratio depends on it.
    progress : callable, optional
        Called with the replicates done and their total.

    Returns
    -------
    MaicBootstrap

    Raises
    ------
    InputError
        If an option is not allowed, a column cannot be matched, all patients together have
        no finite effect, or BCa is asked for of an ensemble or where leaving one patient
        out leaves no effect.
    InfeasibleTargetError
        If the patients cannot be weighted to the target.
    IncompatibleError
        If the two may not be compared, or not without naming an assumption.

    References
    ----------
    Efron B, Tibshirani RJ (1993). An Introduction to the Bootstrap. Davison AC, Hinkley DV
    (1997). Bootstrap Methods and their Application. Schomaker M, Heumann C (2018), Stat Med
    37:2252, on draws of an ensemble.

    Examples
    --------
    >>> import pandas as pd
    >>> from survcomp.values import Mean
    >>> frame = pd.DataFrame({"t": range(1, 41), "e": 1, "x": [0, 3, 1, 2] * 10})
    >>> a = IPD.from_frame(frame, time="t", event="e", time_unit="months", covariates=["x"])
    >>> b = IPD.from_times(range(1, 30), [], arm="B", time_unit="months")
    >>> target = Population.from_moments([Mean(name="x", value=2)], n=29, name="B's trial")
    >>> found = bootstrap_maic(a, b, target, match=["x"], outcome="OS",
    ...                        resampling=Resampling(replicates=200), rng=np.random.default_rng(1))
    >>> found.replicates.size, found.n_failed
    (200, 0)
    """
    settings, chosen = resampling or Resampling(), effect or HazardRatioEffect()
    if isinstance(chosen, ResponseEffect):
        raise InputError("`effect`: a response is bootstrapped by bootstrap_response_maic.")
    left, right = _data_sets(treatment, "treatment"), _data_sets(comparator, "comparator")
    check_units(left[0], right[0])
    weights = [maic_weights(ipd, population, match=match) for ipd in left]
    words = unanchored_assumptions(left[0], right[0], weights[0], assumptions)
    columns = [standard_columns(ipd, population, match) for ipd in left]
    arms = TwoArms(
        first=arm_draws([i.time for i in left], [i.event for i in left], columns),
        second=arm_draws([i.time for i in right], [i.event for i in right]),
        start=np.stack([start_from(z) for z in columns]),
        scale=_checked(scale),
    )
    drawn = _bootstrap(arms, chosen, settings, rng, progress)
    is_hr = isinstance(chosen, HazardRatioEffect)
    return _result(
        drawn,
        chosen,
        settings,
        treatment=left[0].arms[0],
        comparator=right[0].arms[0],
        outcome=outcome,
        population=population.name,
        resampled=f"patients of both arms{_of_draws(treatment, comparator)}; {FIXED_TARGETS}",
        interval_label=_label(treatment, comparator),
        scale=scale,
        time_unit=left[0].time_unit,
        assumptions=(*words, PROPORTIONAL) if is_hr else words,
    )


def bootstrap_response_maic(
    treatment: IPD,
    response: PatientOutcome,
    comparator: Response,
    population: Population,
    *,
    match: Sequence[str],
    rng: np.random.Generator,
    resampling: Resampling | None = None,
    effect: ResponseEffect | None = None,
    assumptions: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> MaicBootstrap:
    """Bootstrap an unanchored MAIC of a binary outcome.

    Parameters
    ----------
    treatment : IPD
        The weighted arm, with the covariates in `match`.
    response : PatientOutcome
        Who of them responded, joined by identifier.
    comparator : Response
        Published responders and their denominator.
    population, match, rng, resampling, assumptions, progress
        As for `bootstrap_maic`; an assumption "outcome" where the two define it differently.
    effect : ResponseEffect, optional
        Log odds ratio when left out.

    Returns
    -------
    MaicBootstrap

    Raises
    ------
    InputError
        If the outcome is not binary, or nobody or everybody responds and a ratio is asked
        for.
    IncompatibleError
        If the outcome is of other patients, or the two may not be compared.
    """
    settings, chosen = resampling or Resampling(), effect or ResponseEffect()
    weights = maic_weights(treatment, population, match=match)
    words = response_assumptions(treatment.arms[0], response, comparator, weights, assumptions)
    columns = standard_columns(treatment, population, match)
    responds = response.for_ids(treatment.id).astype(bool)
    others = np.arange(comparator.n) < comparator.events
    arms = TwoArms(
        first=arm_draws([np.zeros(treatment.n)], [responds], [columns]),
        second=arm_draws([np.zeros(comparator.n)], [others]),
        start=start_from(columns)[None],
        scale="raw",
    )
    return _result(
        _bootstrap(arms, chosen, settings, rng, progress),
        chosen,
        settings,
        treatment=treatment.arms[0],
        comparator=comparator.treatment,
        outcome=response.name,
        population=population.name,
        resampled=f"patients of both arms; {FIXED_TARGETS}",
        interval_label="sampling error",
        scale="raw",
        time_unit=None,
        assumptions=words,
    )


def bootstrap_weighted_trial(
    ipd: IPD,
    population: Population,
    *,
    treatment: str,
    match: Sequence[str],
    outcome: str,
    rng: np.random.Generator,
    resampling: Resampling | None = None,
    effect: Effect | None = None,
    progress: Progress | None = None,
) -> MaicBootstrap:
    """Bootstrap the weighted effect within one's own trial, stratified by arm.

    It is the first half of an anchored MAIC; `anchor` takes it to the other treatment.

    Parameters
    ----------
    ipd : IPD
        Patients of both arms, with the covariates in `match`.
    population : Population
        The target, held fixed.
    treatment : str
        Name of the arm of interest; the other is the common comparator.
    match, outcome, rng, resampling, effect, progress
        As for `bootstrap_maic`.

    Returns
    -------
    MaicBootstrap
        Treatment against the common comparator.

    Raises
    ------
    InputError
        If the IPD does not hold two arms, or as for `bootstrap_maic`.
    InfeasibleTargetError
        If the patients of both arms together cannot be weighted to the target.
    """
    settings, chosen = resampling or Resampling(), effect or HazardRatioEffect()
    maic_weights(ipd, population, match=match)  # refuses what cannot be matched, by name
    columns = standard_columns(ipd, population, match)
    treated = in_arm(ipd, treatment)
    first, second = (
        arm_draws([ipd.time[rows]], [ipd.event[rows]], [columns[rows]])
        for rows in (treated, ~treated)
    )
    arms = TwoArms(first=first, second=second, start=start_from(columns)[None], scale="raw")
    return _result(
        _bootstrap(arms, chosen, settings, rng, progress),
        chosen,
        settings,
        treatment=treatment,
        comparator=other_arm(ipd, treatment),
        outcome=outcome,
        population=population.name,
        resampled=f"patients of the trial within each arm; {FIXED_TARGETS}",
        interval_label=interval_label(ipd),
        scale="raw",
        time_unit=ipd.time_unit,
        assumptions=(PROPORTIONAL,) if isinstance(chosen, HazardRatioEffect) else (),
    )


def anchor(
    within: MaicBootstrap,
    published: Contrast,
    *,
    rng: np.random.Generator,
    different_comparators: str = "",
) -> MaicBootstrap:
    """Take a bootstrapped effect to another treatment, through the common comparator.

    Each replicate has its own draw of the published effect from a normal distribution with
    the published standard error (parametric), and is the difference of the two.

    Parameters
    ----------
    within : MaicBootstrap
        From `bootstrap_weighted_trial`.
    published : Contrast
        Effect of the other treatment against the same comparator, with a standard error.
    rng : Generator
        Source of the draws.
    different_comparators : str
        If the comparators differ: why the figure is still shown; it is then exploratory.

    Returns
    -------
    MaicBootstrap

    Raises
    ------
    IncompatibleError
        If measures, outcomes, horizons or time units differ, there is no standard error, or
        the comparators differ and that is not named.
    """
    if (within.measure, within.outcome) != (published.measure, published.outcome):
        raise IncompatibleError(
            f"the two effects differ: {within.measure} of {within.outcome} and "
            f"{published.measure} of {published.outcome}."
        )
    times = [(effect.horizon, effect.time_unit) for effect in (within, published)]
    if times[0] != times[1]:
        raise IncompatibleError(
            f"the two effects differ in horizon or time unit: {times[0]} and {times[1]}."
        )
    se = anchor_se(within.comparator, published, different_comparators)
    draws = published.estimate + se * rng.standard_normal(within.replicates.size)
    replicates = within.replicates - draws
    replicates.flags.writeable = False
    # the published effect is symmetric: it adds to the variance, not to the skewness
    a = within.acceleration
    if a is not None:
        a *= (within.se**2 / (within.se**2 + se**2)) ** 1.5
    exploratory = within.comparator != published.comparator
    return replace(
        within,
        comparator=published.treatment,
        estimate=within.estimate - published.estimate,
        replicates=replicates,
        acceleration=a,
        resampled=f"{within.resampled}; the published effect drawn from a normal distribution",
        interval_label=f"{within.interval_label}; of the published effect: {published.interval}",
        assumptions=(
            *([different_comparators] if exploratory else []),
            *within.assumptions,
            *published.assumptions,
        ),
        notes=(*([EXPLORATORY] if exploratory else []), *within.notes, *published.notes),
    )


class _Drawn(NamedTuple):
    """What the replicates gave."""

    estimate: float
    replicates: FloatArray
    failures: tuple[Failures, ...]
    acceleration: float | None


class _Batch(NamedTuple):
    estimate: FloatArray
    reached: BoolArray


def _bootstrap(
    arms: TwoArms,
    effect: Effect,
    settings: Resampling,
    rng: np.random.Generator,
    progress: Progress | None,
) -> _Drawn:
    _keep_freed_memory()
    everybody = _estimates(arms, effect, arms.everybody())
    if not np.isfinite(everybody.estimate).all():
        raise InputError(f"no estimate from all patients: {effect.none}.")
    seeds = rng.bit_generator.seed_seq.spawn(settings.replicates)  # type: ignore[attr-defined]
    found = _in_threads(
        lambda batch: _estimates(arms, effect, arms.drawn(batch)),
        _batches(seeds, arms),
        settings.workers,
        progress,
    )
    replicates = found.estimate
    lost = int(np.sum(~found.reached))
    without = int(np.sum(np.isnan(replicates))) - lost
    replicates.flags.writeable = False
    counts = ((UNREACHED, lost), (effect.none, without))
    return _Drawn(
        estimate=float(everybody.estimate.mean()),
        replicates=replicates,
        failures=tuple(Failures(reason=reason, count=n) for reason, n in counts if n),
        acceleration=_acceleration(arms, effect, settings) if settings.interval == "BCa" else None,
    )


def _keep_freed_memory() -> None:
    """Let the memory of freed arrays stay with the process, for the next batch.

    glibc hands it back to the system, to be asked for again page by page at a third of the
    whole time, until an array larger than the others has been freed once (the dynamic
    threshold of mallopt(3), 32 MB at most). No page of this one is ever touched.
    """
    np.empty(30 * 2**20, dtype=np.uint8)


def _estimates(arms: TwoArms, effect: Effect, picks: Picks) -> _Batch:
    first, second, reached = arms.sampled(picks)
    estimate = np.full(reached.size, np.nan)
    rows = np.flatnonzero(reached)
    if rows.size:
        estimate[rows] = effect.of(first.rows(rows), second.rows(rows))
    return _Batch(estimate, reached)


def _batches(items: Sequence[T], arms: TwoArms) -> list[Sequence[T]]:
    size = max(1, PATIENTS_AT_ONCE // (arms.first.n + arms.second.n))
    return [items[i : i + size] for i in range(0, len(items), size)]


def _in_threads(
    work: Callable[[Sequence[T]], _Batch],
    batches: Sequence[Sequence[T]],
    workers: int,
    progress: Progress | None,
) -> _Batch:
    """The batches' results in the order of the batches, whichever is done first."""
    if workers == 1:
        return _gather(map(work, batches), batches, progress)
    with ThreadPoolExecutor(max_workers=workers) as pool:
        try:
            return _gather(pool.map(work, batches), batches, progress)
        except BaseException:  # an interrupt too: what has not begun is not begun
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _gather(
    results: Iterable[_Batch], batches: Sequence[Sequence[T]], progress: Progress | None
) -> _Batch:
    total, done, found = sum(map(len, batches)), 0, []
    for batch in results:
        found.append(batch)
        done += batch.estimate.size
        if progress is not None:
            progress(done, total)
    return _Batch(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _acceleration(arms: TwoArms, effect: Effect, settings: Resampling) -> float:
    """From the whole pipeline with each patient left out in turn."""
    if max(arms.first.draws, arms.second.draws) > 1:
        raise InputError(
            "`interval`: BCa leaves out one patient at a time, and patients of different draws of "
            "an ensemble are not the same; use 'percentile' or 'normal'."
        )
    everyone = range(arms.first.n + arms.second.n)
    found = _in_threads(
        lambda left_out: _estimates(arms, effect, arms.without(np.asarray(left_out))),
        _batches(everyone, arms),
        settings.workers,
        None,
    ).estimate
    missing = int(np.isnan(found).sum())
    if missing:
        raise InputError(
            f"`interval`: BCa needs an estimate without each patient in turn; {missing} of "
            f"{found.size} have none. Use 'percentile' or 'normal'."
        )
    return acceleration([found[: arms.first.n], found[arms.first.n :]])


def _result(
    drawn: _Drawn,
    effect: Effect,
    settings: Resampling,
    *,
    treatment: str,
    comparator: str,
    outcome: str,
    population: str,
    resampled: str,
    interval_label: str,
    scale: WeightScale,
    time_unit: TimeUnit | None,
    assumptions: tuple[str, ...],
) -> MaicBootstrap:
    return MaicBootstrap(
        treatment=treatment,
        comparator=comparator,
        outcome=outcome,
        population=population,
        measure=effect.measure,
        effect=effect,
        estimate=drawn.estimate,
        replicates=drawn.replicates,
        failures=drawn.failures,
        resampled=resampled,
        interval_label=interval_label,
        kind=settings.interval,
        level=settings.level,
        scale=scale,
        acceleration=drawn.acceleration,
        time_unit=time_unit if effect.measure in IN_TIME else None,
        assumptions=assumptions,
        notes=failure_notes(drawn.failures, settings.replicates),
    )


def _data_sets(side: Side, name: str) -> tuple[IPD, ...]:
    """Draws of an ensemble, or the patients themselves; one arm."""
    found = side.draws if isinstance(side, Ensemble) else (side,)
    if len(found[0].arms) != 1:
        raise InputError(f"`{name}` must hold one arm; got {', '.join(found[0].arms)}.")
    return found


def _of_draws(*sides: Side) -> str:
    """Which arms take one draw of a reconstruction first."""
    drawn = [f"{s.arm} from one of {len(s)} draws" for s in sides if isinstance(s, Ensemble)]
    return f" ({', '.join(drawn)})" if drawn else ""


def _label(treatment: Side, comparator: Side) -> str:
    """What the intervals hold, in words."""
    sides = (treatment, comparator)
    patients = [_data_sets(side, "side")[0] for side in sides]
    fixed = [side for side in sides if isinstance(side, IPD)]
    if all(ipd.origin == "observed" for ipd in patients) or len(fixed) == 2:
        return interval_label(*patients)
    unknown = any(ipd.origin != "observed" for ipd in fixed)
    label = "sampling and reconstruction error" + (" of the arm with draws" if unknown else "")
    return label + ", under assumed censoring" * any(i.censoring == "assumed" for i in patients)


def _checked(scale: WeightScale) -> WeightScale:
    check_option(scale, WeightScale, name="scale")
    return scale
