"""Reconstruction from printed numbers alone: medians, rates, intervals and counts.

Latent curves of event and censoring (`latent_curve`) are drawn from a wide prior (`frame`)
and moved as little as possible (`fit`) to meet every printed number within its tolerance
(`constraints`): randomised maximum likelihood. The likeliest of them (`centre`) is shown, and
the draws (`draws`) are searched from there. Whole patients are then placed at quantiles of
the expected counts (`whole_patients`). Between printed numbers, and beyond the last, the draws
differ: that spread is the error of the reconstruction.

References
----------
Oliver DS, He N, Reynolds AC (1996), Conditioning permeability fields to pressure data.
"""

from __future__ import annotations

from dataclasses import replace

from survcomp.errors import ContradictionError, InputError
from survcomp.reconstruction.fidelity import compare_with_published
from survcomp.reconstruction.printed.centre import find_centre
from survcomp.reconstruction.printed.draws import draw_ensemble
from survcomp.reconstruction.printed.frame import ShapePrior
from survcomp.reconstruction.printed.horizon import find_horizon, refuse_beyond
from survcomp.reconstruction.printed.latent_curve import Curves
from survcomp.reconstruction.printed.whole_patients import rebuilt_patients
from survcomp.values.basis import FollowUp
from survcomp.values.checks import Rng, time_words
from survcomp.values.curves.curve import SUPPORT_MEANING, Curve
from survcomp.values.ensemble import Ensemble
from survcomp.values.ipd import IPD
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
        Source of the draws, or its seed. The same seed gives the same draws.
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
    if draws < 0 or draws == 1:
        raise InputError(f"`draws` must be 0 or at least 2; got {draws}.")
    _refuse_unfixed(curve)
    if follow_up is not None:
        curve.check_within(follow_up)
        curve = replace(curve, basis=curve.basis.with_follow_up(follow_up))
    follow = curve.basis.cut.follow_up if curve.basis.cut else None
    horizon = find_horizon(curve, follow, assumed=follow_up is not None)
    refuse_beyond(curve, horizon)
    centre = find_centre(curve, follow, prior or ShapePrior(), horizon)
    latent = centre.fitted.curves
    ipd = rebuilt_patients(curve, latent, 0, None)
    ensemble = draw_ensemble(centre, horizon, draws, rng) if draws else None
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
