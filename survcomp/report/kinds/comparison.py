"""Survival comparisons of two arms, without an anchor."""

from __future__ import annotations

from survcomp.plotting.effects import Style
from survcomp.report.document.cells import SIDES, is_weighted, naive_effect, weighted_effect
from survcomp.report.document.text import shown
from survcomp.report.kinds.forest_row import Row, forest_row, model_rows
from survcomp.report.kinds.registry import (
    BesideModels,
    HeadlineColumns,
    Kind,
    Survival,
    label_of,
)
from survcomp.values.records.results import Results

ONE_DATA_SET = "one data set: sampling error only"
ONE_ALONE = "One data set: sampling error only"


def comparisons(results: Results, *roles: str) -> tuple[str, ...]:
    """Paths of the comparisons: all, or those with one of the roles."""
    return KIND.paths(results, *roles)


def is_rebuilt(results: Results) -> bool:
    """Whether any of the compared curves is rebuilt."""
    sides = (f"{path}/{side}" for path in comparisons(results) for side in SIDES)
    return any(f"{side}/reconstruction/curve" in results for side in sides)


def _sides(results: Results, path: str) -> tuple[str, str]:
    return _arm(results, f"{path}/treatment"), _arm(results, f"{path}/comparator")


def _arm(results: Results, path: str) -> str:
    study, label = results.value(f"{path}/study"), results.value(f"{path}/label")
    n, events = shown(results[f"{path}/n"]), shown(results[f"{path}/events"])
    median = shown(results[f"{path}/km/median/estimate"])
    origin = "" if results.value(f"{path}/origin") == "observed" else "rebuilt: "
    return f"{study}, {label}: n = {n}; {origin}{events} events, median {median}"


def _notes(results: Results, columns: HeadlineColumns) -> tuple[str, ...]:
    notes = ["No p value is given where censoring had to be assumed."]
    if columns.weighted:
        notes.append(
            "Of a weighted comparison the first effect is the weighted one, with the standard "
            "error named beside it; the naive one is shown for context and is no evidence of its "
            "own. The arms' numbers are before weighting."
        )
    if columns.with_draws:
        notes.append(
            "An effect over draws is pooled over data sets that are all consistent with what was "
            "published; their spread is the error of rebuilding. The arms' events and medians are "
            "of the one data set that is drawn in the figures."
        )
    return tuple(notes)


def _rows(results: Results, path: str) -> tuple[Row, ...]:
    """Weighted, by models, naive, scenarios, and those never infused."""
    weighted = is_weighted(results, path)
    return (
        Row(label_of(results, path)),
        *(_weighted(results, path) if weighted else ()),
        *model_rows(results, path),
        *_unadjusted(results, path),
        *_scenarios(results, path, "Naive: " if weighted else ""),
        *_enrolled_scenario(results, path),
    )


def _weighted(results: Results, path: str) -> list[Row]:
    """The weighted effect over draws, and that of one data set."""
    best, alone = weighted_effect(results, path), f"{path}/maic/log_hr"
    rows = [forest_row(results, best, "Weighted (MAIC)", "main")]
    if best != alone:
        rows.append(forest_row(results, alone, f"Weighted, {ONE_DATA_SET}", "other"))
    return rows


def _unadjusted(results: Results, path: str) -> list[Row]:
    """The unadjusted effect over draws, and that of one data set."""
    best, alone = naive_effect(results, path), f"{path}/unadjusted/log_hr"
    weighted = is_weighted(results, path)
    style: Style = "other" if weighted else "main"
    alone_label = f"Naive, {ONE_DATA_SET}" if weighted else ONE_ALONE
    rows = [forest_row(results, best, "Naive (unadjusted)", style)]
    if best != alone:
        rows.append(forest_row(results, alone, alone_label, "other"))
    return rows


def _scenarios(results: Results, path: str, naive: str) -> list[Row]:
    scenarios = [f"{path}/scenario/{id}" for id in results.children(f"{path}/scenario")]
    return [
        forest_row(results, f"{here}/log_hr", f"{naive}{results.value(f'{here}/label')}", "other")
        for here in scenarios
    ]


def _enrolled_scenario(results: Results, path: str) -> list[Row]:
    bounds = (
        ("both", "Never infused as early failures, both sides"),
        ("treatment_only", "Never infused as early failures, treatment side"),
        ("comparator_only", "Never infused as early failures, comparator side"),
    )
    return [
        forest_row(results, f"{path}/enrolled_scenario/{name}/log_hr", label, "bound")
        for name, label in bounds
        if f"{path}/enrolled_scenario/{name}/log_hr/estimate" in results
    ]


KIND = Kind(
    place=10,
    name="comparison",
    table="comparisons",
    main=("main", "check"),
    survival=Survival(sides=_sides, rows=_rows, notes=_notes),
    models=BesideModels(),
)
