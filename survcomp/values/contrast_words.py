"""An effect in words: on one line, with all that belongs to it, and in a notebook."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING

from survcomp.values.measure import MEASURES, measure_name

if TYPE_CHECKING:
    from survcomp.values.contrast import Contrast


def one_line(effect: Contrast) -> str:
    """Measure, value and limits: "HR 1.45 (95% CI 1.15 to 1.82)"."""
    measure = MEASURES[effect.measure]
    name = measure_name(effect.measure, horizon=effect.horizon, time_unit=effect.time_unit)
    in_time = effect.time_unit is not None and measure.unit == "time"
    unit = f" {effect.time_unit}" if in_time else ""
    digits = measure.decimals(effect.value, effect.ci)
    text = f"{name} {measure.shown(effect.value, digits)}{unit}"
    if effect.ci is None:
        return f"{text} (no interval)"
    low, high = (measure.shown(limit, digits) for limit in effect.ci)
    return f"{text} ({100 * effect.level:g}% CI {low} to {high})"


def summary(effect: Contrast) -> str:
    """Everything that a reader of the number must know, a line each."""
    return "\n".join([one_line(effect), *(f"  {head}: {text}" for head, text in _facts(effect))])


def as_html(effect: Contrast) -> str:
    """The same for a notebook."""
    rows = "".join(
        f"<tr><th style='text-align:left'>{html.escape(head)}</th>"
        f"<td style='text-align:left'>{html.escape(text)}</td></tr>"
        for head, text in _facts(effect)
    )
    return f"<p><b>{html.escape(one_line(effect))}</b></p><table>{rows}</table>"


def _facts(effect: Contrast) -> Iterator[tuple[str, str]]:
    measure = MEASURES[effect.measure]
    yield "Compared", f"{effect.treatment} against {effect.comparator}, {effect.outcome}"
    yield "Population", effect.population
    estimand = "" if effect.estimand == "not stated" else f"{effect.estimand} "
    yield "Measure", f"{estimand}{measure.label}; adjustment: {effect.adjustment}"
    if effect.ci is not None:
        yield "Interval", f"{effect.interval} ({effect.interval_method})"
    if effect.se is not None:
        yield "Standard error", _errors(effect, measure.link_label)
    if effect.p is not None:
        yield "p", "<0.001" if effect.p < 0.001 else f"{effect.p:.3f}"
    if effect.method:
        yield "Method", effect.method
    yield from (("Assumes", text) for text in effect.assumptions)
    yield from (("Note", text) for text in effect.remarks)


def _errors(effect: Contrast, scale: str) -> str:
    parts = [
        f"{name} {value:.3g}"
        for name, value in (
            ("sampling", effect.se_sampling),
            ("reconstruction", effect.se_reconstruction),
        )
        if value is not None
    ]
    told_apart = f" ({', '.join(parts)})" if effect.se_reconstruction is not None else ""
    return f"{effect.se:.3g} of the {scale}{told_apart}"
