"""Reconstruction from printed numbers alone: medians, rates, intervals and counts.

Latent curves of event and censoring (`latent_curve`) are drawn from a wide prior and moved
as little as possible to meet every printed number within its tolerance
(`printed_constraints`): randomised maximum likelihood. For draw m, with theta_m from the
prior and e_m standard normal, minimise

    || theta - theta_m ||^2 + || r(theta) + e_m ||^2,

by Levenberg-Marquardt, all draws at once. Whole patients are then placed at quantiles of
the expected counts. Between printed numbers, and beyond the last, the draws differ: that
spread is the error of the reconstruction.

References
----------
Oliver DS, He N, Reynolds AC (1996), Conditioning permeability fields to pressure data.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from survcomp.errors import ContradictionError, InputError
from survcomp.reconstruction.fidelity import compare_with_published
from survcomp.reconstruction.printed.constraints import (
    Constraint,
    Share,
    guessed_shares,
    joined_constraints,
)
from survcomp.reconstruction.printed.earlier_cuts import joined_curves, make_gap
from survcomp.reconstruction.printed.horizon import (
    Candidate,
    Horizon,
    find_candidates,
    refuse_beyond,
)
from survcomp.reconstruction.printed.latent_curve import (
    Censored,
    Curves,
    Frame,
    ShapePrior,
    make_frame,
)
from survcomp.reconstruction.printed.shared_design import Joint, assign_draws, log_evidence
from survcomp.reconstruction.result import Fidelity, Reconstruction
from survcomp.reconstruction.streams import streams
from survcomp.values.basis import FollowUp
from survcomp.values.checks import FloatArray, time_words
from survcomp.values.curves.curve import SUPPORT_MEANING, Curve
from survcomp.values.ensemble import Ensemble
from survcomp.values.ipd import IPD, Censoring

DROPOUT = 0.08
"""Centre of the cumulative hazard of leaving before the cut; its log has SD 1."""

ITERATIONS = 25
NEGLIGIBLE = 6.0
"""A candidate of the follow-up whose log weight lies so far below the best one's is left out."""

ARRIVED = 1e-3
"""A step that lowers the cost, which is about chi-squared, by no more than this is the last."""

ROWS_AT_ONCE = 300
"""Draws times unknowns whose curves are worked out at once: enough to keep NumPy busy, few
enough for its caches."""

STARTS = 24
"""Places from which the best fit is searched for where one search misses a number."""

COMMON = 0.9999
"""Share of draws whose cost a chi-squared law leaves below the limit."""

ATTEMPTS = 20
"""Times that a draw which meets the printed numbers nowhere is drawn again."""

LARGEST_MISS = 4.0
"""A printed number further off than this many tolerances in the best fit is not met."""


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    curve: Curve
    frame: Frame
    constraints: tuple[Constraint, ...]

    @property
    def size(self) -> int:
        return self.frame.size

    @property
    def numbers(self) -> int:
        return len(self.constraints)

    @property
    def accrual(self) -> tuple[int, ...]:
        return self.frame.accrual

    def residuals(self, unknown: FloatArray, longest: FloatArray) -> FloatArray:
        return _residuals(self, joined_curves(unknown, longest, self.frame))

    def jacobian(self, unknown: FloatArray, longest: FloatArray, at: FloatArray) -> FloatArray:
        return _jacobian(self, unknown, longest, at)


@dataclass(frozen=True, slots=True, eq=False)
class _Arm:
    """What one arm brings to the fit of its trial: the curve, its prior and its follow-up."""

    curve: Curve
    follow: FollowUp | None
    prior: ShapePrior


@dataclass(frozen=True, slots=True, eq=False)
class _Weighed:
    """A candidate of the follow-up: its arms' problems, their joint best fit, and its weight."""

    candidate: Candidate
    joint: Joint
    best: FloatArray
    cost: float
    log_weight: float


@dataclass(frozen=True, slots=True, eq=False)
class _Fitted:
    """Unknowns of each draw (draws, unknowns), what they cost (draws,), and their curves."""

    unknown: FloatArray
    cost: FloatArray
    curves: Curves


def summary(
    curve: Curve,
    *,
    draws: int = 0,
    rng: np.random.Generator | int | None = None,
    prior: ShapePrior | None = None,
    follow_up: FollowUp | None = None,
) -> Reconstruction:
    """Rebuild patients from everything printed about a curve, without a figure.

    Parameters
    ----------
    curve : Curve
        With at least one survival rate or a median, at its own data cut or at an earlier
        one that is joined to it (`join_cuts`). Traced points are not used.
    draws : int
        Data sets to draw; 0 for none, else at least 2.
    rng : Generator or int, optional
        Source of the draws, or its seed. The same seed gives the same draws of one curve;
        with the curve's `id` it gives every curve random numbers of its own (`summaries`).
    prior : ShapePrior, optional
        Prior of the shape of the hazard: another one is another scenario.
    follow_up : FollowUp, optional
        Follow-up to assume, in place of the published one.

    Returns
    -------
    Reconstruction
        With exactly `curve.n` patients, and exactly the printed number of events if there
        is one. Its `ipd` does not depend on `draws` or `rng`.

    Raises
    ------
    ContradictionError
        If nothing fixes the curve, or the printed numbers cannot hold together; the
        message names the fewest of them that cannot.

    Examples
    --------
    >>> from survcomp.values import Curve, MedianTime
    >>> curve = Curve(trial="T", arm="a", treatment="drug", endpoint="PFS", n=128,
    ...               median=MedianTime(estimate=8.8, ci_low=5.6, ci_high=11.6))
    >>> rebuilt = summary(curve, draws=10, rng=1)
    >>> rebuilt.ipd.n, len(rebuilt.ensemble), rebuilt.fidelity.missed
    (128, 10, ())
    """
    return summaries([curve], draws=draws, rng=rng, prior=prior, follow_up=follow_up)[0]


def summaries(
    curves: Sequence[Curve],
    *,
    draws: int = 0,
    rng: np.random.Generator | int | None = None,
    prior: ShapePrior | None = None,
    follow_up: FollowUp | None = None,
) -> tuple[Reconstruction, ...]:
    """Rebuild the arms of one trial together, from everything printed about them.

    They share their calendar: one accrual and, where the longest follow-up is not printed,
    one for all of them. Draw m of one arm goes with draw m of the other: the follow-up and
    the accrual are the same in both, all else is independent.

    Parameters
    ----------
    curves : sequence of Curve
        Arms of one randomised trial, of one endpoint and in one time unit; or a single one.
    draws, rng, prior, follow_up
        As in `summary`. Each arm's random numbers are derived from the seed and its `id`:
        the same seed gives two arms independent ones, in one call or in two.

    Returns
    -------
    tuple of Reconstruction
        One for each curve.

    Raises
    ------
    ContradictionError
        As `summary`.
    """
    if draws < 0 or draws == 1:
        raise InputError(f"`draws` must be 0 or at least 2; got {draws}.")
    arms = [_arm(curve, follow_up, prior or ShapePrior()) for curve in curves]
    candidates = _plausible(
        arms, find_candidates([arm.curve for arm in arms], assumed=follow_up is not None)
    )
    horizons = candidates[0].arms
    for arm, horizon in zip(arms, horizons, strict=True):
        refuse_beyond(arm.curve, horizon)
    fits = [_centre(arm, horizon) for arm, horizon in zip(arms, horizons, strict=True)]
    for (problem, centre, _), horizon in zip(fits, horizons, strict=True):
        _refuse_contradiction(problem, centre.curves, horizon.longest)
    ensembles: Sequence[Ensemble | None] = [None] * len(arms)
    if draws:
        ensembles = _ensembles(arms, [problem for problem, _, _ in fits], candidates, draws, rng)
    found = []
    for (problem, centre, aside), horizon, ensemble in zip(fits, horizons, ensembles, strict=True):
        curve = problem.curve
        ipd = _patients(curve, centre.curves, 0, None)
        notes = _notes(curve, horizon.longest, horizon.words)
        found.append(
            Reconstruction(
                curve=curve,
                ipd=ipd,
                method="summary",
                fidelity=_fidelity(curve, ipd, centre.curves, ensemble),
                published_to=curve.last_published_time,
                censoring=horizon.words,
                notes=(*notes, *_joined(curve, centre.curves), *aside),
                ensemble=ensemble,
            )
        )
    return tuple(found)


def _arm(curve: Curve, follow_up: FollowUp | None, prior: ShapePrior) -> _Arm:
    _refuse_unfixed(curve)
    if follow_up is not None:
        curve.check_within(follow_up)
        curve = replace(curve, basis=curve.basis.with_follow_up(follow_up))
    return _Arm(curve, curve.basis.cut.follow_up if curve.basis.cut else None, prior)


def _plausible(arms: Sequence[_Arm], candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates that the printed numbers allow; first the likeliest, for the one data set."""
    if len(candidates) == 1:
        return list(candidates)
    middle = max(candidates, key=lambda candidate: candidate.log_prior)
    problems = [
        _problem(arm, horizon, bent=_shows_at_risk(arm.curve))
        for arm, horizon in zip(arms, middle.arms, strict=True)
    ]
    weighed = _weigh(arms, problems, candidates)
    weighed.sort(key=lambda one: -one.log_weight)
    least = weighed[0].log_weight - NEGLIGIBLE
    return [one.candidate for one in weighed if one.log_weight > least]


def _weigh(
    arms: Sequence[_Arm], problems: Sequence[_Problem], candidates: Sequence[Candidate]
) -> list[_Weighed]:
    """Each candidate by its prior and by how well the arms together fit what is printed.

    The tolerances of `problems` are kept, so that the candidates are measured by one scale.
    """
    found = []
    for candidate in candidates:
        joint = Joint(
            tuple(
                _Problem(
                    problem.curve,
                    _frame(arm, horizon, bent=problem.frame.bent),
                    problem.constraints,
                )
                for arm, problem, horizon in zip(arms, problems, candidate.arms, strict=True)
            )
        )
        longest = np.array([[horizon.longest for horizon in candidate.arms]])
        start = np.zeros((1, joint.size))
        best, cost = _solve(joint, start, 0.0, longest)
        log_weight = candidate.log_prior + log_evidence(joint, best, longest)
        found.append(_Weighed(candidate, joint, best, float(cost[0]), log_weight))
    return found


def _refuse_unfixed(curve: Curve) -> None:
    """Refuse a curve of which no cut has a survival rate, or a median that says enough."""
    for cut in curve.cuts:
        median = cut.median
        if cut.landmarks or (median is not None and (median.is_reached or cut.events is not None)):
            return
    raise ContradictionError(
        f"{curve.id}: rests on {SUPPORT_MEANING['counts']}; give a survival rate, a median "
        "that was reached, or one that was not with the number of events."
    )


def _fidelity(curve: Curve, ipd: IPD, centre: Curves, ensemble: Ensemble | None) -> Fidelity:
    """The latest cut beside the patients; an earlier one beside the fit of that cut."""
    rows = compare_with_published(curve, ipd, used=_used(curve), ensemble=ensemble).rows
    for cut, found in zip(reversed(curve.earlier), centre.earlier, strict=True):
        then = compare_with_published(
            cut.curve, _patients(cut.curve, found, 0, None), used=_used(cut.curve)
        )
        rows += tuple(
            replace(row, quantity=f"{cut.label}: {row.quantity}") for row in then.rows[1:]
        )  # the first row is n, which is the same
    return Fidelity(rows=rows)


def _joined(curve: Curve, centre: Curves) -> list[str]:
    """What was joined, how long apart, and with what the earlier numbers are compared."""
    notes = []
    for cut, found in zip(reversed(curve.earlier), centre.earlier, strict=True):
        fitted = float(centre.censoring.longest[0, 0] - found.censoring.longest[0, 0])
        notes.append(
            f"Joined with the cut {cut.label!r}, {time_words(cut.time_before)} {curve.time_unit} "
            f"earlier by the {cut.origin} (SE {cut.se:.2g}; {fitted:.3g} in the fit), through one "
            "cohort with the censoring of each cut."
        )
    if notes:
        notes.append(
            "Numbers of earlier cuts are compared with the fit of their cut: the rebuilt patients "
            "have no dates of entry and cannot be censored earlier one by one."
        )
    return notes


def _shows_at_risk(curve: Curve) -> bool:
    return any(cut.at_risk is not None for cut in curve.cuts)


def _centre(arm: _Arm, horizon: Horizon) -> tuple[_Problem, _Fitted, list[str]]:
    """The best fit; intervals that no curve through the other numbers has are set aside.

    Censoring keeps its three-parameter form where that meets every number.
    """
    longest = horizon.longest
    shown = _shows_at_risk(arm.curve)
    problem = _problem(arm, horizon, bent=shown)
    centre = _best_fit(problem, longest)
    if not shown and _missed(problem, centre.curves):
        problem = _problem(arm, horizon, bent=True)
        centre = _best_fit(problem, longest)
    missed = {c.name for c in problem.constraints if c.interval}
    missed &= set(_missed(problem, centre.curves))
    if not missed:
        return problem, centre, []
    kept = tuple(c for c in problem.constraints if c.name not in missed)
    problem = _Problem(problem.curve, problem.frame, kept)
    note = (
        "Set aside, as no curve through the other printed numbers has it: "
        f"{'; '.join(sorted(missed))} (how the interval was computed is not known)."
    )
    return problem, _best_fit(problem, longest), [note]


def _best_fit(problem: _Problem, longest: float) -> _Fitted:
    """The likeliest curves; from several places where a number is missed from the first."""
    target = np.zeros((1, problem.frame.size))
    first = _fit(problem, target, 0.0, np.array([longest]))
    if not _missed(problem, first.curves):
        return first
    starts = np.random.default_rng(STARTS).normal(size=(STARTS, problem.frame.size))
    ends = np.full(STARTS, longest)
    others = _fit(problem, np.zeros_like(starts), 0.0, ends, start=starts)
    if others.cost.min() >= first.cost[0]:
        return first
    best = others.unknown[[np.argmin(others.cost)]]
    return _fit(problem, target, 0.0, ends[:1], start=best)


def _problem(arm: _Arm, horizon: Horizon, *, bent: bool) -> _Problem:
    """The printed numbers as constraints, whose tolerances follow a first fit's numbers at risk."""
    curve, follow, longest = arm.curve, arm.follow, horizon.longest
    frame = _frame(arm, horizon, bent=bent)
    guesses = guessed_shares(curve, follow, longest)
    first = _Problem(curve, frame, tuple(joined_constraints(curve, follow, longest, guesses)))
    crude = _fit(first, np.zeros((1, frame.size)), 0.0, np.array([longest])).curves
    fitted = [_share(found.censoring) for found in (crude, *crude.earlier)]
    return _Problem(curve, frame, tuple(joined_constraints(curve, follow, longest, fitted)))


def _frame(arm: _Arm, horizon: Horizon, *, bent: bool) -> Frame:
    curve, longest = arm.curve, horizon.longest
    time, survival = _one_point(curve, longest)
    return make_frame(
        n=curve.n,
        longest=horizon.end,
        events=float(curve.events or curve.n * (1 - survival)),
        rate=-math.log(survival) / time,
        prior=arm.prior,
        tail_from=curve.last_published_time,
        dropout=DROPOUT,
        share_followed=guessed_shares(curve, arm.follow, longest)[0],
        bent=bent,
        gaps=tuple(
            make_gap(
                before=cut.time_before,
                se=cut.se,
                last=cut.curve.last_published_time,
                longest=longest,
            )
            for cut in reversed(curve.earlier)
        ),
    )


def _share(censoring: Censored) -> Share:
    return lambda time: float(censoring.at(np.array([time]))[0, 0])


def _one_point(curve: Curve, longest: float) -> tuple[float, float]:
    """A printed point of the curve, for the crude scale of the hazard."""
    for cut in curve.cuts:
        inside = [m for m in cut.landmarks if 0 < m.survival < 1 and m.time > 0]
        if cut.median is not None and cut.median.is_reached and cut.median.estimate > 0:
            return cut.median.estimate, 0.5
        if inside:
            mark = min(inside, key=lambda m: abs(m.survival - 0.5))
            return mark.time, mark.survival
    # nothing is printed inside the curve: three quarters event-free at the longest known time
    return longest, 0.75


def _residuals(problem: _Problem, found: Curves) -> FloatArray:
    rows = []
    for constraint in problem.constraints:
        value = constraint.residual(found)
        rows.append(np.minimum(value, 0.0) if constraint.one_sided else value)
    if not rows:
        return np.zeros((found.hazard.shape[0], 0))
    return np.asarray(np.clip(np.stack(rows, axis=1), -1e3, 1e3))


def _fit(
    problem: _Problem,
    target: FloatArray,
    noise: FloatArray | float,
    longest: FloatArray,
    start: FloatArray | None = None,
) -> _Fitted:
    """`_solve` for one arm, with its curves."""
    unknown, cost = _solve(problem, target, noise, longest, start)
    return _Fitted(unknown, cost, joined_curves(unknown, longest, problem.frame))


def _solve(
    problem: _Problem | Joint,
    target: FloatArray,
    noise: FloatArray | float,
    longest: FloatArray,
    start: FloatArray | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Move every draw as little as possible from its target until it meets the printed numbers.

    The search begins at `start`, or at the target itself. Gives the unknowns of each draw and
    their cost.
    """
    theta = (target if start is None else np.broadcast_to(start, target.shape)).copy()
    noise = np.broadcast_to(noise, problem.residuals(theta, longest).shape)
    error = problem.residuals(theta, longest) + noise
    cost = np.sum((theta - target) ** 2, axis=1) + np.sum(error**2, axis=1)
    damping = np.full(theta.shape[0], 1.0)
    identity = np.eye(problem.size)
    going = np.arange(theta.shape[0])  # a draw that has arrived is left alone
    for _ in range(ITERATIONS):
        here, to, off = theta[going], longest[going], noise[going]
        jacobian = problem.jacobian(here, to, error[going] - off)
        transposed = np.swapaxes(jacobian, 1, 2)
        normal = transposed @ jacobian + (1.0 + damping[going, None, None]) * identity
        gradient = (transposed @ error[going, :, None])[:, :, 0] + here - target[going]
        step = np.linalg.solve(normal, gradient[:, :, None])[:, :, 0]
        promised = np.sum(step * gradient, axis=1)
        trial = here - np.clip(step, -2.0, 2.0)
        fresh = problem.residuals(trial, to) + off
        price = np.sum((trial - target[going]) ** 2, axis=1) + np.sum(fresh**2, axis=1)
        better = price < cost[going]
        gain = cost[going] - price
        moved = going[better]
        theta[moved], error[moved], cost[moved] = trial[better], fresh[better], price[better]
        damping[going] = np.where(
            better, damping[going] * 0.2, np.minimum(damping[going] * 8.0, 1e8)
        )
        going = going[np.where(better, gain > ARRIVED, promised > ARRIVED)]
        if going.size == 0:
            break
    return theta, cost


def _jacobian(
    problem: _Problem, theta: FloatArray, longest: FloatArray, at: FloatArray
) -> FloatArray:
    """Forward differences of the residuals, shape (draws, residuals, unknowns)."""
    step = 1e-4
    draws, size = theta.shape
    # several unknowns are moved at once, each in a copy of all draws
    together = max(1, ROWS_AT_ONCE // draws)
    found = []
    for first in range(0, size, together):
        which = np.arange(first, min(first + together, size))
        moved = np.tile(theta, (which.size, 1, 1))
        moved[np.arange(which.size), :, which] += step
        rows = joined_curves(moved.reshape(-1, size), np.tile(longest, which.size), problem.frame)
        residuals = _residuals(problem, rows).reshape(which.size, draws, -1)
        found.append((residuals - at) / step)
    return np.asarray(np.moveaxis(np.concatenate(found), 0, 2))


def _refuse_contradiction(problem: _Problem, centre: Curves, longest: float) -> None:
    """Refuse printed numbers that the best fit misses, naming the fewest that conflict."""
    missed = _missed(problem, centre)
    if not missed:
        return
    names = [c.name for c in problem.constraints]
    culprits = []
    for left_out in range(len(names)):
        rest = tuple(c for i, c in enumerate(problem.constraints) if i != left_out)
        smaller = _Problem(problem.curve, problem.frame, rest)
        if not _missed(smaller, _best_fit(smaller, longest).curves):
            culprits.append(names[left_out])
    what = "; ".join(missed)
    if culprits:
        raise ContradictionError(
            f"{problem.curve.id}: the printed numbers cannot all hold ({what} is missed); they can "
            f"without any one of: {'; '.join(culprits)}."
        )
    raise ContradictionError(
        f"{problem.curve.id}: the printed numbers cannot all hold together: {'; '.join(names)}; "
        f"missed are {what}."
    )


def _missed(problem: _Problem, found: Curves) -> list[str]:
    error = _residuals(problem, found)[0]
    return [
        constraint.name
        for constraint, value in zip(problem.constraints, error, strict=True)
        if abs(value) > LARGEST_MISS
    ]


def _ensembles(
    arms: Sequence[_Arm],
    problems: Sequence[_Problem],
    candidates: Sequence[Candidate],
    draws: int,
    rng: np.random.Generator | int | None,
) -> list[Ensemble]:
    # every arm, every draw, and every attempt at one, has random numbers of its own: what
    # happens to one draw moves no other, and two arms of one seed are independent
    of_trial, *of_arms = streams([arm.curve.id for arm in arms], rng)
    for_shapes, for_patients = zip(*(stream.spawn(2) for stream in of_arms), strict=True)
    weighed = _weigh(arms, problems, candidates)
    placed = _draws(weighed, draws, of_trial, for_shapes)
    return [
        Ensemble(
            draws=tuple(
                _patients(problem.curve, *placed[m][i], source)
                for m, source in enumerate(for_patients[i].spawn(draws))
            ),
            method="summary",
            curve_id=problem.curve.id,
        )
        for i, problem in enumerate(problems)
    ]


def _draws(
    weighed: Sequence[_Weighed],
    draws: int,
    of_trial: np.random.Generator,
    of_arms: Sequence[np.random.Generator],
) -> list[list[tuple[Curves, int]]]:
    """Draws that meet the printed numbers; one that no search brings there is drawn again.

    Gives for each draw, by arm, the curves that hold it and its place among them. The search
    begins at the best fit: from where the prior put them, a quarter of the draws end in a
    hollow that misses some printed number by several tolerances. At the least point the cost
    is about chi-squared, with one degree of freedom a number.
    """
    log_weight = np.array([one.log_weight for one in weighed])
    arms = weighed[0].joint.arms
    placed: list[list[tuple[Curves, int]]] = [[] for _ in range(draws)]
    left = np.arange(draws)
    attempts = zip(of_trial.spawn(ATTEMPTS), *(arm.spawn(ATTEMPTS) for arm in of_arms), strict=True)
    for shared, *sources in attempts:
        which = assign_draws(log_weight, draws, shared)
        moved = shared.normal(size=draws)
        accrual = shared.normal(size=(draws, len(arms[0].accrual)))
        normals = [
            (source.normal(size=(draws, arm.size)), source.normal(size=(draws, arm.numbers)))
            for source, arm in zip(sources, arms, strict=True)
        ]
        target = weighed[0].joint.joined([own for own, _ in normals])
        target[:, list(arms[0].accrual)] = accrual
        noise = np.concatenate([errors for _, errors in normals], axis=1)
        for number in np.unique(which[left]):
            one, rows = weighed[number], left[which[left] == number]
            longest = np.stack([horizon.at(moved[rows]) for horizon in one.candidate.arms], axis=1)
            unknown, cost = _solve(one.joint, target[rows], noise[rows], longest, start=one.best)
            met = np.flatnonzero(_meets(one, unknown, cost, longest))
            found = [
                joined_curves(unknown[met][:, at], longest[met, i], arm.frame)
                for i, (arm, at) in enumerate(zip(one.joint.arms, one.joint.columns, strict=True))
            ]
            for place, row in enumerate(met):
                placed[rows[row]] = [(curves, place) for curves in found]
        left = np.array([m for m in left if not placed[m]], dtype=np.intp)
        if left.size == 0:
            return placed
    raise ContradictionError(
        f"{' and '.join(arm.curve.id for arm in arms)}: {left.size} of {draws} draws meet the "
        "printed numbers under no shape and follow-up tried; give the range of the follow-up, or "
        "fewer numbers."
    )


def _meets(
    one: _Weighed, unknown: FloatArray, cost: FloatArray, longest: FloatArray
) -> NDArray[np.bool_]:
    """Which draws meet the printed numbers about as well as the best fit does."""
    best = np.array([[horizon.longest for horizon in one.candidate.arms]])
    at_best = np.abs(one.joint.residuals(one.best, best)[0])
    limit = one.cost + float(chi2.ppf(COMMON, max(at_best.size, 1)))
    missed = np.abs(one.joint.residuals(unknown, longest)) > at_best + LARGEST_MISS
    return np.asarray(~missed.any(axis=1) & (cost <= limit))


def _patients(curve: Curve, found: Curves, draw: int, rng: np.random.Generator | None) -> IPD:
    """Whole patients at the quantiles of the expected counts of one draw."""
    longest = float(found.censoring.longest[draw, 0])
    expected = found.leaving[draw]
    total = float(expected.sum())
    if curve.events is not None:
        events = curve.events
    else:
        events = min(int(total + (0.5 if rng is None else rng.random())), curve.n)
    edges = np.concatenate(([0.0], np.cumsum(found.width)))
    event_times = _quantiles(edges, expected, events, rng)
    event_times = np.minimum(_with_median(curve, event_times), longest)
    censor = _censorings(found, draw, edges)
    censor_times = np.minimum(_quantiles(edges, censor, curve.n - events, rng), longest)
    known: Censoring = "from published counts" if curve.events is not None else "assumed"
    return IPD.from_times(
        event_times,
        censor_times,
        arm=curve.treatment,
        time_unit=curve.time_unit,
        origin="reconstructed",
        censoring=known,
        basis=curve.basis,
    )


def _censorings(found: Curves, draw: int, edges: FloatArray) -> FloatArray:
    """Expected censorings in each piece, n S (G(start) - G(end))."""
    followed = found.followed(edges)[draw]
    still = np.exp(found.log_survival(edges)[draw])
    middle = 0.5 * (still[1:] + still[:-1])
    return np.asarray(found.frame.n * middle * np.maximum(-np.diff(followed), 0.0) + 1e-12)


def _quantiles(
    edges: FloatArray, expected: FloatArray, count: int, rng: np.random.Generator | None
) -> FloatArray:
    """`count` times, one in each equal share of the expected number."""
    if count == 0:
        return np.empty(0)
    within = 0.5 if rng is None else rng.random(count)
    running = np.concatenate(([0.0], np.cumsum(expected)))
    share = (np.arange(count) + within) / count
    return np.asarray(np.interp(share * running[-1], running, edges))


def _with_median(curve: Curve, event_times: FloatArray) -> FloatArray:
    """The published median is an event's time: the nearest one takes it."""
    if curve.median is None or not curve.median.is_reached or not event_times.size:
        return event_times
    moved = event_times.copy()
    nearest = int(np.argmin(np.abs(moved - curve.median.estimate)))
    moved[nearest] = curve.median.estimate
    return np.sort(moved)


def _used(curve: Curve) -> frozenset[str]:
    parts = {
        "landmarks": bool(curve.landmarks),
        "median": curve.median is not None,
        "events": curve.events is not None,
        "at_risk": curve.at_risk is not None,
        "intervals": True,
    }
    return frozenset(name for name, there in parts.items() if there)


def _notes(curve: Curve, longest: float, words: str) -> tuple[str, ...]:
    unit = curve.time_unit
    notes = [
        f"Rests on {SUPPORT_MEANING[curve.support]}: the shape of the curve between printed "
        "numbers is drawn from a wide prior, whose spread is the error of the reconstruction.",
    ]
    if longest > curve.last_published_time:
        notes.append(
            f"Beyond {curve.last_published_time:g} {unit} nothing published fixes the curve; it is "
            f"continued to {time_words(longest)} {unit}, with a spread that grows."
        )
    if curve.events is None:
        notes.append("The number of events is not published; it follows from the assumptions.")
    return tuple(notes)
