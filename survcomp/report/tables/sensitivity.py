"""Tables of the sensitivity analyses of a comparison, from results alone."""

from __future__ import annotations

import math

from survcomp.comparison.sensitivity_analyses.result import with_figures
from survcomp.report.document.cells import below, effect_cell
from survcomp.report.document.table import Cell, Table, joined, make
from survcomp.report.document.text import ratio, shown, spaced_percent
from survcomp.report.document.words import Span
from survcomp.values.records.results import Results

LONG = 12
"""An analysis with more rows than this is folded away."""

ALWAYS_FOLDED = ("subsets_of_the_ranked_covariates", "leave_one_patient_out")
NEVER_FOLDED = "unmeasured_confounder"
FEW = 2
"""An analysis with no more rows than this is never folded away."""

FACTORS = {
    "bias_factor": "bias factor {}",
    "confounder_hr": "needs HR {}",
    "e_value": "E-value {}",
    "hazard_multiplier": "hazard times {}",
}
NONE_ENOUGH = {"confounder_hr": "none is strong enough", "hazard_multiplier": "none tips it"}


def is_folded(results: Results, here: str, family: str) -> bool:
    """Whether only the range of an analysis stands in the summary."""
    count = len(results.children(f"{here}/{family}"))
    if family == NEVER_FOLDED or count <= FEW:
        return False
    return family in ALWAYS_FOLDED or count > LONG


def note(results: Results, row: str) -> str:
    """What a reader must know about a row, with its figures in place."""
    if f"{row}/note" not in results:
        return ""
    figures = {
        name: float(results.value(f"{row}/figure/{name}"))
        for name in results.children(f"{row}/figure")
    }
    return spaced_percent(with_figures(str(results.value(f"{row}/note")), figures))


def summary(results: Results, here: str) -> Table:
    """Every analysis in the order in which a reader should see them."""
    sized = has_sizes(results, here)
    rows: list[list[Cell | str]] = []
    for family in results.children(f"{here}/family"):
        name = str(results.value(f"{here}/family/{family}"))
        if is_folded(results, here, family):
            rows.append(_range(results, here, family, sized=sized))
            continue
        rows += [
            [name if first else "", *cells]
            for first, cells in _rows(results, f"{here}/{family}", sized=sized)
        ]
    about = f"{here}/about"
    return make(
        "How far the effect moves when one thing is changed",
        ["Analysis", "What is changed", "Result", *["ESS"] * sized, "Remark"],
        rows,
        notes=(
            f"The main analysis here: {results.value(f'{about}/main')}. Its interval, and that of "
            f"every row that does not say otherwise, holds {results.value(f'{about}/interval')}.",
            *(["ESS: effective sample size of the weighted arm, in patients."] * sized),
            '"Not done" is followed by the reason.',
        ),
    )


def whole(results: Results, here: str, family: str) -> Table:
    """Every row of one analysis."""
    sized = has_sizes(results, here)
    return make(
        str(results.value(f"{here}/family/{family}")).capitalize(),
        ["What is changed", "Result", *["ESS"] * sized, "Remark"],
        [cells for _, cells in _rows(results, f"{here}/{family}", sized=sized)],
    )


def has_sizes(results: Results, here: str) -> bool:
    """Whether the arm is weighted, so that its effective sample size changes."""
    return f"{here}/naive/without_weights/ess" in results


def _rows(results: Results, family: str, *, sized: bool) -> list[tuple[bool, list[Cell | str]]]:
    """Cells of each row, and whether it is the first; a remark like the one above is left out."""
    rows: list[tuple[bool, list[Cell | str]]] = []
    before = ""
    for row in below(results, family):
        changed = spaced_percent(str(results.value(f"{row}/changed")))
        size = [shown(results[f"{row}/ess"]) if f"{row}/ess" in results else ""] * sized
        if f"{row}/refused" in results:
            cells: list[Cell | str] = [
                Cell("not done"),
                *size,
                str(results.value(f"{row}/refused")),
            ]
        else:
            words = note(results, row)
            cells = [result_cell(results, row), *size, "" if words == before else words]
            before = words
        rows.append((not rows, [changed, *cells]))
    return rows


def result_cell(results: Results, row: str) -> Cell:
    """What came of a row: an effect, or a factor."""
    if f"{row}/log_hr/estimate" in results:
        return effect_cell(results, f"{row}/log_hr")
    if f"{row}/log_hr_beyond_null/estimate" in results:
        ids = [f"{row}/hr_over_null/{field}" for field in ("estimate", "ci_low", "ci_high")]
        estimate, low, high = (Span(ratio(results.value(id)), record=id) for id in ids)
        return joined("HR / null ", estimate, " (", low, " to ", high, ")")
    measure = next(name for name in FACTORS if f"{row}/{name}" in results)
    value = results.value(f"{row}/{measure}")
    if math.isinf(value):
        return Cell(NONE_ENOUGH[measure], record=f"{row}/{measure}")
    return Cell(FACTORS[measure].format(ratio(value)), record=f"{row}/{measure}")


def _range(results: Results, here: str, family: str, *, sized: bool) -> list[Cell | str]:
    """One row for a long analysis: the smallest and the largest effect."""
    rows = below(results, f"{here}/{family}")
    done = [row for row in rows if f"{row}/hr/estimate" in results]
    name = str(results.value(f"{here}/family/{family}"))
    refused = len(rows) - len(done)
    changed = f"{len(rows)} rows" + (f", {refused} not done" if refused else "")
    last: list[Cell | str] = ["" for _ in range(sized)]
    if not done:
        return [name, changed, Cell("not done"), *last, "Each with its reason below."]
    ends = sorted(done, key=lambda row: float(results.value(f"{row}/hr/estimate")))
    ids = [f"{row}/hr/estimate" for row in (ends[0], ends[-1])]
    low, high = (Span(ratio(results.value(id)), record=id) for id in ids)
    where = [str(results.value(f"{row}/changed")) for row in (ends[0], ends[-1])]
    return [
        name,
        changed,
        joined("HR ", low, " to ", high),
        *last,
        f"Lowest: {where[0]}. Highest: {where[1]}. Every row is below.",
    ]
