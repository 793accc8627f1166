"""An effect in words: on one line, with all that belongs to it, and in a notebook."""

from __future__ import annotations

import html
from collections.abc import Iterable

from survcomp.values.contrasts.derivation import Derivation
from survcomp.values.contrasts.link_estimate import LinkEstimate
from survcomp.values.contrasts.measure import MEASURES, measure_name
from survcomp.values.contrasts.question import Question

Fact = tuple[str, str]
"""What a line is about, and the line."""


def one_line(question: Question, numbers: LinkEstimate) -> str:
    """Measure, value and limits: "HR 1.45 (95% CI 1.15 to 1.82)"."""
    measure = MEASURES[question.measure]
    name = measure_name(question.measure, horizon=question.horizon, time_unit=question.time_unit)
    in_time = question.time_unit is not None and measure.unit == "time"
    unit = f" {question.time_unit}" if in_time else ""
    value, limits = measure.to_natural(numbers.estimate), None
    if numbers.ci_low is not None and numbers.ci_high is not None:
        limits = (measure.to_natural(numbers.ci_low), measure.to_natural(numbers.ci_high))
    digits = measure.decimals(value, limits)
    text = f"{name} {measure.shown(value, digits)}{unit}"
    if limits is None:
        return f"{text} (no interval)"
    low, high = (measure.shown(limit, digits) for limit in limits)
    return f"{text} ({100 * numbers.level:g}% CI {low} to {high})"


def facts(
    question: Question, numbers: LinkEstimate, *, interval: str, p: float | None, made: Derivation
) -> list[Fact]:
    """All that a reader of the number must know; `interval` says what the limits hold."""
    measure = MEASURES[question.measure]
    estimand = "" if question.estimand == "not stated" else f"{question.estimand} "
    lines = [
        ("Compared", f"{question.treatment} against {question.comparator}, {question.outcome}"),
        ("Population", question.population),
        ("Measure", f"{estimand}{measure.label}; adjustment: {made.adjustment}"),
    ]
    if numbers.ci_low is not None:
        lines.append(("Interval", f"{interval} ({numbers.interval_method})"))
    if numbers.se is not None:
        lines.append(("Standard error", _errors(numbers, measure.link_label)))
    if p is not None:
        lines.append(("p", "<0.001" if p < 0.001 else f"{p:.3f}"))
    if made.method:
        lines.append(("Method", made.method))
    lines += [("Assumes", text) for text in made.assumptions]
    return lines + [("Note", text) for text in made.notes]


def _errors(numbers: LinkEstimate, scale: str) -> str:
    text = f"{numbers.se:.3g} of the {scale}"
    if numbers.se_sampling is None or numbers.se_reconstruction is None:
        return text
    return (
        f"{text} (sampling {numbers.se_sampling:.3g}, reconstruction "
        f"{numbers.se_reconstruction:.3g})"
    )


def as_html(line: str, facts: Iterable[Fact]) -> str:
    """The line and the facts for a notebook."""
    rows = "".join(
        f"<tr><th style='text-align:left'>{html.escape(head)}</th>"
        f"<td style='text-align:left'>{html.escape(text)}</td></tr>"
        for head, text in facts
    )
    return f"<p><b>{html.escape(line)}</b></p><table>{rows}</table>"
