"""Reconstruction from printed numbers alone: medians, rates, intervals and counts.

Latent curves of event and censoring (`latent_curve`) are drawn from a wide prior (`frame`)
and moved as little as possible (`fit`) to meet every printed number within its tolerance
(`constraints`): randomised maximum likelihood. Arms of one trial share their calendar
(`shared_design`); where no follow-up is printed, those that may be theirs (`candidates`) are
weighed (`weighing`). The likeliest curves (`centre`) are shown, and the draws (`draws`) are
searched from there. Whole patients are then placed at quantiles of the expected counts
(`whole_patients`). Between printed numbers, and beyond the last, the draws differ: that spread
is the error of the reconstruction.

References
----------
Oliver DS, He N, Reynolds AC (1996), Conditioning permeability fields to pressure data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from survcomp.errors import InputError
from survcomp.reconstruction.fidelity import compare_with_published
from survcomp.reconstruction.printed.arm import printed_arm
from survcomp.reconstruction.printed.candidates import find_candidates
from survcomp.reconstruction.printed.centre import Centre, find_centre
from survcomp.reconstruction.printed.draws import draw_ensembles
from survcomp.reconstruction.printed.frame import ShapePrior
from survcomp.reconstruction.printed.horizon import Horizon, refuse_beyond
from survcomp.reconstruction.printed.latent_curve import Curves
from survcomp.reconstruction.printed.weighing import plausible_candidates, weigh_candidates
from survcomp.reconstruction.printed.whole_patients import rebuilt_patients
from survcomp.values.basis import FollowUp
from survcomp.values.checks import Rng, check_type, time_words
from survcomp.values.curves.curve import SUPPORT_MEANING, Curve
from survcomp.values.patients.ensemble import Ensemble
from survcomp.values.patients.ipd import IPD
from survcomp.values.reconstruction import Fidelity, Kind, Reconstruction


def summary(
    curve: Curve,
    *,
    draws: int = 0,
    rng: Rng = None,
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
    >>> from survcomp import Curve, MedianTime
    >>> from survcomp.reconstruction import summary
    >>> curve = Curve(trial="T", arm="a", treatment="drug", endpoint="PFS", n=128,
    ...               median=MedianTime(estimate=8.8, ci_low=5.6, ci_high=11.6))
    >>> rebuilt = summary(curve, draws=10, rng=1)
    >>> rebuilt.ipd.n, len(rebuilt.ensemble), rebuilt.fidelity.missed
    (128, 10, ())
    """
    check_type(curve, Curve, name="curve", taken="a Curve, such as `Trial.curve` gives")
    return summaries([curve], draws=draws, rng=rng, prior=prior, follow_up=follow_up)[0]


def summaries(
    curves: Sequence[Curve],
    *,
    draws: int = 0,
    rng: Rng = None,
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

    Examples
    --------
    >>> import survcomp as sc
    >>> trial, cut = sc.read_trial("cartitude_4"), "33.6 months"
    >>> cilta = trial.curve(arm="cilta_cel", endpoint="OS", cut=cut)
    >>> standard = trial.curve(arm="standard_care", endpoint="OS", cut=cut)
    >>> arms = sc.reconstruction.summaries([cilta, standard], draws=20, rng=1)
    >>> print(sc.naive_hazard_ratio(*arms))
    HR 0.60 (95% CI 0.38 to 0.94)
    """
    if draws < 0 or draws == 1:
        raise InputError(f"`draws` must be 0 or at least 2; got {draws}.")
    arms = [
        printed_arm(curve, follow_up=follow_up, prior=prior or ShapePrior()) for curve in curves
    ]
    a_priori = find_candidates([arm.curve for arm in arms], assumed=follow_up is not None)
    candidates = plausible_candidates(arms, a_priori)
    horizons = candidates[0].arms
    for arm, horizon in zip(arms, horizons, strict=True):
        refuse_beyond(arm.curve, horizon)
    centres = [find_centre(arm, horizon) for arm, horizon in zip(arms, horizons, strict=True)]
    ensembles: Sequence[Ensemble | None] = [None] * len(arms)
    if draws:
        problems = [centre.problem for centre in centres]
        ensembles = draw_ensembles(weigh_candidates(arms, problems, candidates), draws, rng)
    return tuple(
        _reconstruction(centre, horizon, ensemble)
        for centre, horizon, ensemble in zip(centres, horizons, ensembles, strict=True)
    )


def _reconstruction(centre: Centre, horizon: Horizon, ensemble: Ensemble | None) -> Reconstruction:
    curve, latent = centre.problem.curve, centre.fitted.curves
    ipd = rebuilt_patients(curve, latent, 0, None)
    return Reconstruction(
        curve=curve,
        ipd=ipd,
        method="summary",
        fidelity=_fidelity(curve, ipd, latent, ensemble),
        published_to=curve.last_published_time,
        censoring=horizon.words,
        notes=(
            *_notes(curve, horizon.longest),
            *_joined_notes(curve, latent),
            *_set_aside_note(centre.set_aside),
        ),
        ensemble=ensemble,
    )


def _fidelity(curve: Curve, ipd: IPD, latent: Curves, ensemble: Ensemble | None) -> Fidelity:
    """The latest cut beside the patients; an earlier one beside the fit of that cut."""
    rows = compare_with_published(curve, ipd, used=_used(curve), ensemble=ensemble).rows
    for cut, then in zip(reversed(curve.earlier), latent.earlier, strict=True):
        patients = rebuilt_patients(cut.curve, then, 0, None)
        compared = compare_with_published(cut.curve, patients, used=_used(cut.curve))
        rows += tuple(
            replace(row, quantity=f"{cut.label}: {row.quantity}")
            for row in compared.rows
            if row.kind != "n"  # which is the same
        )
    return Fidelity(rows=rows)


def _joined_notes(curve: Curve, latent: Curves) -> list[str]:
    """What was joined, how long apart, and with what the earlier numbers are compared."""
    notes = []
    for cut, then in zip(reversed(curve.earlier), latent.earlier, strict=True):
        fitted = float(latent.censoring.longest[0, 0] - then.censoring.longest[0, 0])
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


def _used(curve: Curve) -> frozenset[Kind]:
    parts: dict[Kind, bool] = {
        "landmarks": bool(curve.landmarks),
        "median": curve.median is not None,
        "events": curve.events is not None,
        "counts": any(count.kind != "events" for count in curve.counts),
        "at_risk": curve.at_risk is not None,
        "intervals": True,
    }
    return frozenset(kind for kind, printed in parts.items() if printed)


def _notes(curve: Curve, longest: float) -> list[str]:
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
    return notes


def _set_aside_note(intervals: tuple[str, ...]) -> list[str]:
    if not intervals:
        return []
    return [
        "Set aside, as no curve through the other printed numbers has it: "
        f"{'; '.join(intervals)} (how the interval was computed is not known)."
    ]
