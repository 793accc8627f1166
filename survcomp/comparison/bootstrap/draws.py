"""Replicates of a bootstrap: drawn, worked on in batches by threads, and gathered.

Every replicate has a seed of its own, spawned from the generator that is passed in, and
replicates are worked on in batches whose size depends on the data only: any number of
workers gives the same numbers. Workers are threads, because with entropy weights nearly all
the time is spent in array operations that let other threads run; starting processes would
take longer than a thousand replicates do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import numpy as np

from survcomp.comparison.bootstrap.effects import Effect
from survcomp.comparison.bootstrap.intervals import IntervalKind, acceleration
from survcomp.comparison.bootstrap.resampled import Picks, TwoArms
from survcomp.comparison.bootstrap.result import Failures, MaicBootstrap, failure_notes
from survcomp.comparison.reweighting.kinds import Reweighting
from survcomp.errors import InputError
from survcomp.values.checks import BoolArray, FloatArray, Rng, check_option, generator
from survcomp.values.contrasts.measure import MEASURES
from survcomp.values.contrasts.question import Question
from survcomp.values.quantiles import normal_quantile
from survcomp.values.weights import WeightScale

Progress = Callable[[int, int], None]
"""Called with the replicates done and their total, after each batch."""

PATIENTS_AT_ONCE = 200_000
"""Counts held together by one worker: it bounds the memory and fits a processor's cache."""

T = TypeVar("T")


def fixed_targets(kind: Reweighting) -> str:
    """What every replicate does anew and what it does not, in words."""
    return f"{kind.words} estimated every time; the aggregate targets are held fixed"


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
    progress : callable, optional
        Called with the replicates done and their total, after each batch of a MAIC's.

    Examples
    --------
    >>> from survcomp import Resampling
    >>> Resampling(replicates=2000, interval="BCa").level
    0.95
    """

    replicates: int = 1000
    interval: IntervalKind = "percentile"
    level: float = 0.95
    workers: int = 1
    progress: Progress | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        for name in ("replicates", "workers"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise InputError(f"`{name}` must be a whole number above 0; got {value!r}.")
        check_option(self.interval, IntervalKind, name="interval")
        normal_quantile(self.level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a bootstrap's intervals mean; the attributes are those of `MaicBootstrap`."""

    resampled: str
    interval_label: str
    assumptions: tuple[str, ...]
    assumes_censoring: bool = False


class Drawn(NamedTuple):
    """What was asked of the replicates, and what they gave."""

    effect: Effect
    settings: Resampling
    scale: WeightScale
    estimate: float
    replicates: FloatArray
    failures: tuple[Failures, ...]
    acceleration: float | None


class _Batch(NamedTuple):
    estimate: FloatArray
    reached: BoolArray


def draw_replicates(arms: TwoArms, effect: Effect, settings: Resampling, rng: Rng) -> Drawn:
    """Estimates of all patients and of every replicate.

    Raises
    ------
    InputError
        If all patients together have no finite effect, or BCa is asked for of an ensemble or
        where leaving one patient out leaves no effect.
    """
    numbers = generator(rng)
    _keep_freed_memory()
    everybody = _estimates(arms, effect, arms.everybody())
    if not np.isfinite(everybody.estimate).all():
        raise InputError(f"no estimate from all patients: {effect.none}.")
    seeds = numbers.bit_generator.seed_seq.spawn(settings.replicates)  # type: ignore[attr-defined]
    estimated = _in_threads(
        lambda batch: _estimates(arms, effect, arms.drawn(batch)),
        _batches(seeds, arms),
        settings.workers,
        settings.progress,
    )
    replicates = estimated.estimate
    lost = int(np.sum(~estimated.reached))
    without = int(np.sum(np.isnan(replicates))) - lost
    replicates.flags.writeable = False
    counts = ((arms.weighting.fails, lost), (effect.none, without))
    return Drawn(
        effect=effect,
        settings=settings,
        scale=arms.scale,
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
    total, done, gathered = sum(map(len, batches)), 0, []
    for batch in results:
        gathered.append(batch)
        done += batch.estimate.size
        if progress is not None:
            progress(done, total)
    return _Batch(*(np.concatenate(column) for column in zip(*gathered, strict=True)))


def _acceleration(arms: TwoArms, effect: Effect, settings: Resampling) -> float:
    """From the whole pipeline with each patient left out in turn."""
    if max(arms.first.draws, arms.second.draws) > 1:
        raise InputError(
            "`interval`: BCa leaves out one patient at a time, and patients of different draws of "
            "an ensemble are not the same; use 'percentile' or 'normal'."
        )
    everyone = range(arms.first.n + arms.second.n)
    without_each = _in_threads(
        lambda left_out: _estimates(arms, effect, arms.without(np.asarray(left_out))),
        _batches(everyone, arms),
        settings.workers,
        None,
    ).estimate
    missing = int(np.isnan(without_each).sum())
    if missing:
        raise InputError(
            f"`interval`: BCa needs an estimate without each patient in turn; {missing} of "
            f"{without_each.size} have none. Use 'percentile' or 'normal'."
        )
    return acceleration([without_each[: arms.first.n], without_each[arms.first.n :]])


def bootstrap_result(drawn: Drawn, question: Question, meaning: Meaning) -> MaicBootstrap:
    """The result, with its words."""
    effect, settings = drawn.effect, drawn.settings
    return MaicBootstrap(
        treatment=question.treatment,
        comparator=question.comparator,
        outcome=question.outcome,
        population=question.population,
        measure=question.measure,
        effect=effect,
        estimate=drawn.estimate,
        replicates=drawn.replicates,
        failures=drawn.failures,
        resampled=meaning.resampled,
        interval_label=meaning.interval_label,
        kind=settings.interval,
        level=settings.level,
        scale=drawn.scale,
        acceleration=drawn.acceleration,
        time_unit=question.time_unit if MEASURES[question.measure].time_fields else None,
        assumptions=meaning.assumptions,
        notes=failure_notes(drawn.failures, settings.replicates),
        assumes_censoring=meaning.assumes_censoring,
    )
