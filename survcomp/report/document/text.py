"""Numbers and placeholders as words: the house style of every report."""

from __future__ import annotations

import math
import re

from survcomp.errors import InputError
from survcomp.report.document.words import Span, Words, words
from survcomp.values.contrasts.measure import MEASURES, measure_name
from survcomp.values.records.results import NOT_REACHED, Record, Results, Value

NOT_IN_THIS_RUN = "[not in this run, whose settings were changed]"
_PLACEHOLDER = re.compile(r"\{\{\s*([^{}\s]+)\s*\}\}")


def number(value: Value, unit: str) -> str:
    """One number in the style of its unit.

    Examples
    --------
    >>> number(0.7664, "probability"), number(8.8, "months"), number(128, "patients")
    ('76.6 %', '8.8', '128')
    >>> number(float("inf"), "months")
    'not reached'
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    if math.isinf(value):
        return NOT_REACHED
    if unit == "probability":
        return f"{100 * value:.1f} %"
    if unit == "patients":
        return f"{value:.0f}" if float(value).is_integer() else f"{value:.1f}"
    if unit == "p value":
        return "<0.001" if value < 0.001 else f"{value:.3f}" if value < 0.1 else f"{value:.2f}"
    if unit in ("days", "weeks", "months", "years"):
        return f"{value:.1f}"
    if unit in ("SD", "standard errors"):
        return _fixed(value, 2)
    if unit.startswith("log "):
        return _fixed(value, 3)
    if unit.endswith("ratio"):
        return ratio(value)
    return _three_digits(value)


def _fixed(value: float, decimals: int) -> str:
    """So many decimals, and no minus before a zero."""
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def _three_digits(value: float) -> str:
    """Three significant digits, or all of a whole number; no power of ten if it can be helped."""
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{value:.0f}"
    if 100 <= abs(value) < 1e15:
        return f"{value:.0f}"
    return f"{value:.2e}" if abs(value) < 1e-4 else f"{value:#.3g}"


def spaced_percent(text: str) -> str:
    """A text with shares as the report writes them; of a level of confidence the sign stays.

    Examples
    --------
    >>> spaced_percent("The 95% interval of 44.7% of the patients")
    'The 95% interval of 44.7 % of the patients'
    """
    return re.sub(r"(?<=\d)%(?! (?:CI|interval)\b)", " %", text)


def ratio(value: float) -> str:
    """A ratio: two decimals, one significant digit at least."""
    return f"{value:.2f}" if value >= 0.095 or value == 0 else f"{value:.2g}"


def shown(record: Record) -> str:
    """The value of a record in the style of its unit."""
    return number(record.value, record.unit)


def effect(results: Results, path: str) -> str:
    """An effect with its interval, from the path of its measure.

    `path` ends in the name of a measure, such as ``comparison/pfs/unadjusted/log_hr``. A
    difference in survival reads "S(24 months) difference 12.3 points (95% CI 1.2 to 23.4)".
    """
    above, _, key = path.rpartition("/")
    measure = MEASURES[key]
    base = f"{above}/{measure.natural_key}" if measure.is_ratio else path

    def part(field: str) -> str:
        value = results.value(f"{base}/{field}")
        if measure.is_ratio:
            return ratio(value)
        return f"{100 * value:.1f}" if measure.is_probability else f"{value:.{decimals}f}"

    limits = None
    if f"{base}/ci_low" in results and f"{base}/ci_high" in results:
        limits = (results.value(f"{base}/ci_low"), results.value(f"{base}/ci_high"))
    decimals = measure.decimals(results.value(f"{base}/estimate"), limits)
    unit = ""
    if measure.is_probability:
        unit = " points"
    elif measure.unit == "time":
        unit = f" {results[f'{base}/estimate'].unit}"
    text = f"{_name(results, path, key)} {part('estimate')}{unit}"
    if limits is None:
        return f"{text} (no interval published)"
    level = 100 * results.value(f"{path}/level")
    return f"{text} ({level:g}% CI {part('ci_low')} to {part('ci_high')})"


def _name(results: Results, path: str, measure: str) -> str:
    if f"{path}/horizon" not in results:
        return measure_name(measure)
    horizon = results[f"{path}/horizon"]
    return measure_name(
        measure, horizon=results.value(f"{path}/horizon"), time_unit=horizon.unit or None
    )


def fill(text: str, results: Results, *, where: str) -> Words:
    """Put the numbers of records in place of ``{{record id}}``.

    The id of a record gives its number; the path of an effect (ending in ``log_hr`` and so
    on) gives the effect with its interval.

    Raises
    ------
    InputError
        If there is no such record, or it is a series; `where` names the field. In a run with
        changed settings the text says instead that there is none.
    """
    parts = _PLACEHOLDER.split(text)  # text, id, text, id, ..., text
    return words(
        *(_shown_in_text(part, results, where) if i % 2 else part for i, part in enumerate(parts))
    )


def _shown_in_text(id: str, results: Results, where: str) -> Span:
    if id in results and results[id].kind == "series":
        raise InputError(f"{where}: {{{{{id}}}}} is a series, not a number.")
    if id in results:
        return Span(shown(results[id]), record=id)
    if id.rsplit("/", 1)[-1] in MEASURES and f"{id}/estimate" in results:
        return Span(effect(results, id), record=f"{id}/estimate")
    if results.changes:  # the words of the analysis do not follow a change for one run
        return Span(NOT_IN_THIS_RUN)
    raise InputError(f"{where}: {{{{{id}}}}} is not a record of this analysis.")
