"""A study in plain text, for the terminal."""

from __future__ import annotations

import math

from survcomp.values.curves.curve import Curve
from survcomp.values.curves.printed import Count
from survcomp.values.response import Response
from survcomp.values.trial import Origin, Trial

ORIGIN: dict[Origin, str] = {
    "project": "From data/digitized of the project.",
    "shipped": "From the evidence that is shipped with survcomp.",
}


def describe(trial: Trial) -> str:
    """Everything published about a study, one line a number, with its source."""
    lines = [f"{trial.name} ({trial.registry})", f"{trial.design}. {trial.population}."]
    lines.append(ORIGIN[trial.origin])
    for arm in trial.arms:
        sizes = ", ".join(f"{s.n} {s.analysis_set} [{s.source}]" for s in arm.sets)
        lines.append(f"Arm {arm.id}: {arm.label}" + (f" ({sizes})" if sizes else ""))
    for curve in trial.curves:
        lines += _curve(curve)
    if trial.responses:
        lines.append("Responses")
        lines += [f"  {_response(response)}" for response in trial.responses]
    for name, population in trial.populations:
        lines.append(f"Baseline of {name}: {len(population.moments)} characteristics")
    if trial.contrasts:
        lines.append("Contrasts")
    for item in trial.contrasts:
        c = item.contrast
        source = ", ".join(s.rsplit("/", 1)[-1] for s in c.sources)
        lines.append(f"  {item.id}: {c.outcome}, {c.treatment} v {c.comparator}: {c} [{source}]")
    if trial.set_aside:
        lines.append("Set aside")
    for entry in trial.set_aside:
        lines.append(f"  {entry.about}: {entry.value} [{entry.source}] because {entry.reason}")
    lines += [f"Note: {note}" for note in trial.notes]
    return "\n".join(lines)


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
    return lines


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
