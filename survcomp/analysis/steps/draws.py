"""Draws of the rebuilt sides of a comparison, and the effect over them."""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np

from survcomp.analysis.plan.comparisons import ComparisonTable
from survcomp.analysis.plan.settings import SettingsTable
from survcomp.analysis.steps.recorder import Recorder
from survcomp.analysis.steps.sides import Side
from survcomp.comparison import naive_hazard_ratio, within_trial_hazard_ratio
from survcomp.errors import ContradictionError, InputError, SurvcompError
from survcomp.reconstruction import reconstruct
from survcomp.values.contrast import Contrast
from survcomp.values.ensemble import Ensemble
from survcomp.values.ipd import IPD
from survcomp.values.records.results import Kind
from survcomp.values.refused import Refused

SIMULATED: Kind = "simulated"

FAR_APART = 2.0
"""Standard errors of the reconstruction; in the pinned analyses it is at most 1.6."""
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
    sides: list[Side], table: ComparisonTable, settings: SettingsTable
) -> Contrast | Refused:
    """Hazard ratio over draws of the rebuilt sides, or why there is none."""
    if settings.draws == 0:
        return NO_DRAWS
    try:
        left, right = (drawn_side(side, settings) for side in sides)
        if table.role == "check":
            return within_trial_hazard_ratio(
                left,
                right,
                outcome=table.endpoint,
                trial=str(table.treatment.trial),
                level=settings.level,
            )
        return naive_hazard_ratio(
            left, right, outcome=table.endpoint, assumptions=table.named, level=settings.level
        )
    except (ContradictionError, InputError) as error:
        return could_not(error)


def could_not(error: SurvcompError) -> Refused:
    """Why draws could not be made of something."""
    return Refused(reason=f"Could not be worked out: {error}")


def drawn_side(side: Side, settings: SettingsTable) -> Ensemble | IPD:
    """Draws of a rebuilt side in the unit of its patients, or the observed patients.

    Raises
    ------
    InputError
        If the analysis assumes a tail of the side.
    ContradictionError
        If its published numbers allow no draws.
    """
    if side.rebuilt is None:
        return side.ipd
    curve = side.drawn_from or side.rebuilt.curve
    if side.tail != 1.0:
        raise InputError(f"a tail is assumed for {curve.id}, while draws vary the tail themselves.")
    # every curve has random numbers of its own, the same in whichever comparison it stands
    rng = np.random.default_rng([settings.seed, zlib.crc32(curve.id.encode())])
    ensemble = reconstruct(curve, draws=settings.draws, rng=rng, follow_up=side.follow_up).ensemble
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
    apart = drawn.estimate - one_data_set.estimate
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
    between = drawn.se_reconstruction**2
    share = between / (drawn.se**2 + between)
    recorder.add(f"{path}/share_reconstruction", share, SIMULATED, unit="probability")
