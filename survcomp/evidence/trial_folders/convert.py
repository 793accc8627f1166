"""Tables of a trial.toml as values, one function a table, and as words."""

from __future__ import annotations

from typing import Any, TypedDict

from survcomp.evidence.trial_folders import schema
from survcomp.evidence.trial_folders.effect_tables import EffectTable, RateTable
from survcomp.evidence.trial_folders.fields import NOT_PRINTED, NOT_REACHED
from survcomp.values.basis import Cut, FollowUp
from survcomp.values.curves.printed import Landmark, MedianTime
from survcomp.values.populations.population import SD, Mean, Median, Moment, Proportion, Spread
from survcomp.values.prognostic.effects import PrognosticEffect, PrognosticFactor
from survcomp.values.prognostic.subgroup_rates import complement_landmark, effect_from_landmarks
from survcomp.values.trial import Arm, SetCount


class _MomentWords(TypedDict):
    name: str
    label: str
    definition: str
    source: str
    note: str


def cut_value(t: schema.CutTable) -> Cut:
    """A data cut with its follow-up."""
    if t.follow_up is None:
        return Cut(label=t.label, date=t.date)
    f = t.follow_up
    low, high = f.range or f.interquartile_range or (None, None)
    return Cut(
        label=t.label,
        date=t.date,
        follow_up=FollowUp(
            median=f.median,
            low=low,
            high=high,
            spread="range"
            if f.range
            else "interquartile range"
            if f.interquartile_range
            else "none",
            method=f.method,
            source=f.source,
        ),
    )


def arm_value(t: schema.ArmTable) -> Arm:
    """An arm with the sizes of its analysis sets."""
    sets = tuple(
        SetCount(analysis_set=s.analysis_set, n=s.n, source=s.source, note=s.note) for s in t.sets
    )
    return Arm(id=t.id, treatment=t.treatment, label=t.label, sets=sets)


def _known(limit: float | str) -> float | None:
    return None if isinstance(limit, str) else limit


def median_value(t: schema.MedianTable) -> MedianTime:
    """A published median."""
    low, high = t.ci or (NOT_PRINTED, NOT_PRINTED)
    return MedianTime(
        estimate=t.estimate,
        ci_low=_known(low),
        ci_high=_known(high),
        level=t.level,
        source=t.source,
        note=t.note,
    )


def landmark_value(t: schema.LandmarkTable) -> Landmark:
    """A published survival rate."""
    low, high = t.ci or (NOT_PRINTED, NOT_PRINTED)
    return Landmark(
        time=t.time,
        survival=t.survival,
        ci_low=_known(low),
        ci_high=_known(high),
        level=t.level,
        source=t.source,
        note=t.note,
    )


def moment_value(t: schema.MomentTable, *, n: int) -> Moment:
    """A baseline number; `n` is the denominator where the table gives none."""
    words: _MomentWords = {
        "name": t.name,
        "label": t.label,
        "definition": t.definition,
        "source": t.source,
        "note": t.note,
    }
    denominator = n if t.n is None else t.n
    if t.mean is not None:
        return Mean(value=t.mean, n=denominator, **words)
    if t.sd is not None:
        return SD(value=t.sd, n=denominator, **words)
    if t.median is not None:
        low, high = t.range or t.interquartile_range or (None, None)
        spread: Spread = (
            "range" if t.range else "interquartile range" if t.interquartile_range else "none"
        )
        return Median(value=t.median, n=denominator, low=low, high=high, spread=spread, **words)
    if t.count is not None:
        value = t.count / denominator if denominator else 0.0
        return Proportion(value=value, count=t.count, n=denominator, **words)
    assert t.percent is not None
    return Proportion(value=t.percent / 100, n=denominator, **words)


def with_ci(estimate: float, ci: tuple[Any, Any] | None) -> str:
    """An estimate and its interval as printed."""
    if ci is None:
        return _limit_words(estimate)
    return f"{_limit_words(estimate)} ({_limit_words(ci[0])} to {_limit_words(ci[1])})"


def _limit_words(value: float | str) -> str:
    if isinstance(value, str):
        return value
    return NOT_REACHED if value == float("inf") else f"{value:g}"


def response_words(t: schema.ResponseTable) -> str:
    """A response as printed."""
    count = "" if t.events is None else f"{t.events} of {t.n}"
    percent = "" if t.percent is None else f"{t.percent:g} %"
    return ", ".join(part for part in (count, percent) if part)


def moment_words(t: schema.MomentTable) -> str:
    """A baseline number as printed."""
    if t.count is not None:
        return f"{t.count}" + (f" of {t.n}" if t.n else "")
    values = ((t.percent, " %"), (t.mean, " (mean)"), (t.sd, " (SD)"), (t.median, " (median)"))
    return next(f"{value:g}{unit}" for value, unit in values if value is not None)


def effect_value(t: EffectTable, *, source: str) -> PrognosticEffect:
    """A prognostic effect from its printed hazard ratio, or from rates of a subgroup."""
    factor = PrognosticFactor(
        covariate=t.covariate,
        definition=t.definition,
        endpoint=t.endpoint,
        source=source,
        patients=t.patients,
    )
    if t.hazard_ratio is not None and t.ci is not None:
        return PrognosticEffect.from_interval(
            factor,
            hazard_ratio=t.hazard_ratio,
            ci_low=t.ci[0],
            ci_high=t.ci[1],
            level=t.level,
            model=t.model,
            note=t.note,
        )
    subgroup = _rate(t, t.subgroup)
    if t.everybody is None:
        others = _rate(t, t.others)
    else:
        others = complement_landmark(
            subgroup, _rate(t, t.everybody), n_subgroup=t.n_subgroup or 0, n=t.n or 0
        )
    return effect_from_landmarks(subgroup, others, factor, compared_with="complement")


def effect_words(t: EffectTable) -> str:
    """What an effect that is set aside prints."""
    if t.hazard_ratio is not None:
        return f"HR {with_ci(t.hazard_ratio, t.ci)}"
    assert t.subgroup is not None
    return f"S({t.time:g}) = {with_ci(t.subgroup.survival, t.subgroup.ci)} with it"


def _rate(t: EffectTable, rate: RateTable | None) -> Landmark:
    assert rate is not None
    assert t.time is not None
    return Landmark(
        time=t.time, survival=rate.survival, ci_low=rate.ci[0], ci_high=rate.ci[1], level=t.level
    )
