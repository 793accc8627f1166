"""Draws of the rebuilt sides of a comparison, and the effect over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from survcomp.analysis.plan.tables.comparisons import ComparisonTable
from survcomp.analysis.plan.tables.settings import SettingsTable
from survcomp.analysis.steps.parts.recorder import Recorder
from survcomp.analysis.steps.parts.sides import Side
from survcomp.comparison import naive_hazard_ratio, within_trial_hazard_ratio
from survcomp.errors import ContradictionError, InputError, SurvcompError
from survcomp.reconstruction import ShapePrior, reconstruct, summaries, summary
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.curves.curve import Curve
from survcomp.values.patients.ensemble import Ensemble
from survcomp.values.patients.ipd import IPD
from survcomp.values.records.results import Kind
from survcomp.values.refused import Refused

SIMULATED: Kind = "simulated"

FAR_APART = 2.0
"""Standard errors of the reconstruction; in the pinned analyses one effect is beyond it, at 2.1."""
ROUNDING = 0.02
"""Log hazard ratio that no reader would tell from 0, however small the error of rebuilding."""
DISAGREEMENT = (
    "The effect over the draws and that of the one data set in the figure lie more than two "
    "standard errors of the reconstruction apart: what was published, often without the "
    "follow-up, leaves open how the curve goes on. Neither should be relied on; state the "
    "follow-up (`follow_up`), or compare only as far as numbers were published (`truncate_at`)."
)
NO_DRAWS = Refused(reason="Not worked out: `settings.draws` is 0.")


def drawn_effect(
    sides: list[Side],
    table: ComparisonTable,
    settings: SettingsTable,
    *,
    prior: ShapePrior | None = None,
) -> Contrast | Refused:
    """Hazard ratio over draws of the rebuilt sides, or why there is none."""
    if settings.draws == 0:
        return NO_DRAWS
    try:
        if table.role == "check":
            left, right = drawn_trial(sides, settings, prior=prior)
            return within_trial_hazard_ratio(
                left,
                right,
                outcome=table.endpoint,
                trial=str(table.treatment.trial),
                level=settings.level,
            )
        left, right = (drawn_side(side, settings, prior=prior) for side in sides)
        return naive_hazard_ratio(
            left, right, outcome=table.endpoint, assumptions=table.named, level=settings.level
        )
    except (ContradictionError, InputError) as error:
        return could_not(error)


def could_not(error: SurvcompError) -> Refused:
    """Why draws could not be made of something."""
    return Refused(reason=f"Could not be worked out: {error}")


def drawn_side(
    side: Side, settings: SettingsTable, *, prior: ShapePrior | None = None
) -> Ensemble | IPD:
    """Draws of a rebuilt side in the unit of its patients, or the observed patients.

    A prior of the shape is for sides without a figure; it says nothing of the others.

    Raises
    ------
    InputError
        If the analysis assumes a tail of the side.
    ContradictionError
        If its published numbers allow no draws.
    """
    if side.rebuilt is None:
        return side.ipd
    curve = _drawn_curve(side)
    # the seed gives every curve random numbers of its own, the same in whichever comparison
    how: dict[str, Any] = {
        "draws": settings.draws,
        "rng": settings.seed,
        "follow_up": side.follow_up,
    }
    if prior is not None and curve.points is None:
        return _in_unit_of(side, summary(curve, prior=prior, **how).ensemble)
    return _in_unit_of(side, reconstruct(curve, **how).ensemble)


def drawn_trial(
    sides: Sequence[Side], settings: SettingsTable, *, prior: ShapePrior | None = None
) -> list[Ensemble | IPD]:
    """Draws of the arms of one randomised trial: together, by one calendar, where they can be.

    Arms at one data cut and without a figure share their accrual and the longest follow-up;
    draw m of one goes with draw m of the other. Others are drawn one by one (`drawn_side`),
    as each figure shows its own follow-up.

    Raises
    ------
    InputError, ContradictionError
        As `drawn_side`.
    """
    if not _one_calendar(sides):
        return [drawn_side(side, settings, prior=prior) for side in sides]
    rebuilt = summaries(
        [_drawn_curve(side) for side in sides],
        draws=settings.draws,
        rng=settings.seed,
        prior=prior,
        follow_up=sides[0].follow_up,
    )
    return [_in_unit_of(side, arm.ensemble) for side, arm in zip(sides, rebuilt, strict=True)]


def _one_calendar(sides: Sequence[Side]) -> bool:
    """Whether all are rebuilt from what one trial printed of one data cut, and assumed alike."""
    if any(side.rebuilt is None for side in sides):
        return False
    curves = [_drawn_curve(side) for side in sides]
    if any(curve.points is not None or curve.basis.cut is None for curve in curves):
        return False
    calendars = {
        (curve.trial, curve.time_unit, curve.basis.cut.label, curve.basis.cut.date)
        for curve in curves
        if curve.basis.cut is not None
    }
    # the reason for an assumption may be worded differently
    assumed = {side.follow_up and replace(side.follow_up, source="") for side in sides}
    return len(calendars) == 1 and len(assumed) == 1


def _drawn_curve(side: Side) -> Curve:
    """The curve that draws of a rebuilt side rest on."""
    assert side.rebuilt is not None
    curve = side.drawn_from or side.rebuilt.curve
    if side.tail != 1.0:
        raise InputError(f"a tail is assumed for {curve.id}, while draws vary the tail themselves.")
    return curve


def _in_unit_of(side: Side, ensemble: Ensemble | None) -> Ensemble:
    assert ensemble is not None
    unit = side.ipd.time_unit
    return replace(ensemble, draws=tuple(draw.in_unit(unit) for draw in ensemble))


def record_drawn_effect(
    path: str, drawn: Contrast | Refused, one_data_set: Contrast, recorder: Recorder
) -> None:
    """Record the effect over the draws, or why there is none, and whether both ways agree.

    The one data set continues a curve beyond its last published number by one assumption, the
    draws by all that go with what was published. Far apart, they show that what was published
    does not tell: then neither is to be relied on, and a record says so.
    """
    if isinstance(drawn, Refused):
        recorder.text(f"{path}/not_available", str(drawn))
        return
    assert drawn.se_reconstruction is not None
    apart = drawn.link_value - one_data_set.link_value
    recorder.add(f"{path}/log_hr/from_one_data_set", apart, SIMULATED, unit="log hazard ratio")
    if abs(apart) > max(FAR_APART * drawn.se_reconstruction, ROUNDING):
        recorder.text(f"{path}/disagreement", DISAGREEMENT)
    # the remark that puts the share in words is left out: rounded, it may differ between machines
    recorder.contrast(path, drawn, kind=SIMULATED)
    record_share_reconstruction(f"{path}/log_hr", drawn, recorder)


def record_share_reconstruction(path: str, drawn: Contrast, recorder: Recorder) -> None:
    """Which share of the variance of an effect over draws comes from rebuilding."""
    assert drawn.se is not None
    assert drawn.se_reconstruction is not None
    share = drawn.se_reconstruction**2 / drawn.se**2
    recorder.add(f"{path}/share_reconstruction", share, SIMULATED, unit="probability")
