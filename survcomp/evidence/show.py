"""A study in plain text, for the terminal."""

from __future__ import annotations

import math

from survcomp.values.basis import Cut
from survcomp.values.curves.curve import Curve
from survcomp.values.curves.printed import Count
from survcomp.values.populations.population import Median, Moment, Proportion
from survcomp.values.response import Response
from survcomp.values.trial import Arm, Origin, PublishedContrast, Trial

ORIGIN: dict[Origin, str] = {
    "project": "From data/digitized of the project.",
    "shipped": "From the evidence that is shipped with survcomp.",
}


def describe(trial: Trial) -> str:
    """Everything published about a study, one line a number, with its source."""
    lines = [f"{trial.name} ({trial.registry})", f"{trial.design}. {trial.population}."]
    lines += [ORIGIN[trial.origin], *map(_arm, trial.arms), *map(_cut, trial.cuts)]
    for curve in trial.curves:
        lines += _curve(curve)
    lines += _under("Responses", [_response(response) for response in trial.responses])
    for name, population in trial.populations:
        heading = f"Baseline of {name}: {population.name}, n = {population.n}"
        lines += _under(heading, [_moment(moment) for moment in population.moments])
    lines += _under("Contrasts", [_contrast(item) for item in trial.contrasts])
    effects = [f"{id}: {effect}" for id, effect in trial.effects]
    lines += _under("Effects of baseline characteristics", effects)
    aside = [f"{s.about}: {s.value} [{s.source}] because {s.reason}" for s in trial.set_aside]
    lines += _under("Set aside", aside)
    lines += [f"Note: {note}" for note in trial.notes]
    sources = [f"[{c.id}] {c.title} ({c.kind}), {c.url}" for c in trial.citations]
    return "\n".join([*lines, *_under("Sources", sources)])


def _under(heading: str, items: list[str]) -> list[str]:
    """Items under a heading; nothing where there is none."""
    return [heading, *(f"  {item}" for item in items)] if items else []


def _arm(arm: Arm) -> str:
    sizes = ", ".join(f"{s.n} {s.analysis_set} [{s.source}]" for s in arm.sets)
    return f"Arm {arm.id}: {arm.label}" + (f" ({sizes})" if sizes else "")


def _contrast(item: PublishedContrast) -> str:
    c = item.contrast
    source = ", ".join(s.rsplit("/", 1)[-1] for s in c.sources)
    return f"{item.id}: {c.outcome}, {c.treatment} v {c.comparator}: {c} [{source}]"


def _cut(cut: Cut) -> str:
    words = f"Cut {cut.label}" + (f" of {cut.date}" if cut.date else "")
    follow_up = cut.follow_up
    if follow_up is None:
        return words
    words += f": followed for a median of {follow_up.median:g}"
    if follow_up.low is not None and follow_up.high is not None:
        words += f" ({follow_up.spread} {follow_up.low:g} to {follow_up.high:g})"
    return f"{words} [{follow_up.source}]"


def _curve(curve: Curve) -> list[str]:
    cut = curve.basis.cut.label if curve.basis.cut else "no cut"
    lines = [
        f"{curve.endpoint}, {curve.arm}, {cut}: n = {curve.n} {curve.basis.analysis_set}, from "
        f"{curve.basis.index_date}; {curve.support}"
    ]
    if curve.median is not None:
        m = curve.median
        interval = ""
        if m.ci_low is not None or m.ci_high is not None:
            interval = f" ({_time(m.ci_low)} to {_time(m.ci_high)})"
        lines.append(f"  median {_time(m.estimate)}{interval} [{m.source}]")
    for rate in curve.landmarks:
        interval = ""
        if rate.ci_low is not None and rate.ci_high is not None:
            interval = f" ({rate.ci_low:g} to {rate.ci_high:g})"
        lines.append(f"  S({rate.time:g}) = {rate.survival:g}{interval} [{rate.source}]")
    lines += [f"  {_count(count)} [{count.source}]" for count in curve.counts]
    table = curve.at_risk
    if table is not None:
        pairs = zip(table.count, table.time, strict=True)
        counts = ", ".join(f"{count:g} at {time:g}" for count, time in pairs)
        lines.append(f"  at risk: {counts} [{table.source}]")
    if curve.points is not None:
        points = curve.points
        traced = f"{points.time.size} traced points to {points.time[-1]:g}"
        lines.append(f"  {traced} {curve.time_unit} [{points.source}]")
    return lines


def _moment(moment: Moment) -> str:
    """One line of a baseline table, as printed: a share with its count, a median's spread."""
    if isinstance(moment, Proportion):
        of = "" if moment.n is None else f" of {moment.n}"
        count = "" if moment.count is None else f" ({moment.count}{of})"
        value = f"{100 * moment.value:.3g} %{count}"
    else:
        value = f"{moment.kind} {moment.value:g}"
        if isinstance(moment, Median) and moment.low is not None and moment.high is not None:
            value += f" ({moment.spread} {moment.low:g} to {moment.high:g})"
    meaning = f" ({moment.definition})" if moment.definition else ""
    return f"{moment.title}{meaning}: {value} [{moment.source}]"


def _time(value: float | None) -> str:
    if value is None:
        return "not printed"
    return "not reached" if math.isinf(value) else f"{value:g}"


def _count(count: Count) -> str:
    kind = count.kind if count.time is None else count.kind.replace("time", f"{count.time:g}")
    return f"{count.count} {kind}"


def _response(response: Response) -> str:
    cut = response.basis.cut.label if response.basis.cut else "no cut"
    between = "" if response.is_exact else f" ({response.events_low} to {response.events_high})"
    return (
        f"{response.outcome}, {response.arm}, {cut}: {response.events}{between} of {response.n} "
        f"{response.basis.analysis_set} [{response.source}]"
    )
