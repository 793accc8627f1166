"""Tables about response and about curves that are shown but not compared."""

from __future__ import annotations

from survcomp.report.document.cells import cell, effect_cell, is_weighted
from survcomp.report.document.table import Cell, Table, make_if_any
from survcomp.report.document.text import shown
from survcomp.report.kinds.registry import label_of
from survcomp.report.kinds.response import responses
from survcomp.values.records.results import Results

EFFECTS = ("log_rr", "log_or", "risk_difference")
NAIVE = "Response, unadjusted (naive) comparison"
ADJUSTED = "Response: weighted (MAIC) where adjusted, naive beside"


def response_rates(results: Results) -> Table | None:
    """One row a response comparison; of a weighted one that effect first, the naive one below."""
    rows: list[list[Cell | str]] = []
    weighted = False
    for path in responses(results):
        label = label_of(results, path)
        if is_weighted(results, path):
            weighted = True
            arm = _weighted_arm(results, path)
            rows.append(_row(results, f"{path}/maic", f"{label}, weighted (MAIC)", arm, path))
            label = f"{label}, naive (unadjusted)"
        rows.append(_row(results, path, label, _arm(results, f"{path}/treatment"), path))
    return make_if_any(
        ADJUSTED if weighted else NAIVE,
        ["Outcome", "Treatment", "Comparator", "Risk ratio", "Odds ratio", "Difference"],
        rows,
        notes=tuple(
            f"{s['label']}: {s['note']}" for s in results.settings["responses"] if s["note"]
        ),
    )


def _row(
    results: Results, effects: str, label: str, treatment: Cell, path: str
) -> list[Cell | str]:
    cells = [effect_cell(results, f"{effects}/{measure}") for measure in EFFECTS]
    return [label, treatment, _arm(results, f"{path}/comparator"), *cells]


def _arm(results: Results, here: str) -> Cell:
    words = (
        f"{results.value(f'{here}/study')}: {shown(results[f'{here}/events'])} of "
        f"{shown(results[f'{here}/n'])} {results.value(f'{here}/denominator')} "
        f"({shown(results[f'{here}/rate'])})"
    )
    return Cell(words, record=f"{here}/events")


def _weighted_arm(results: Results, path: str) -> Cell:
    words = (
        f"{results.value(f'{path}/treatment/study')}: {shown(results[f'{path}/maic/rate'])} "
        f"weighted, effective sample size {shown(results[f'{path}/maic/weights/ess'])} of "
        f"{shown(results[f'{path}/maic/weights/n'])}"
    )
    return Cell(words, record=f"{path}/maic/rate")


def descriptive(results: Results) -> Table | None:
    """Curves that are shown and not compared."""
    rows: list[list[Cell | str]] = []
    for index in results.children("descriptive"):
        here = f"descriptive/{index}"
        rows.append(
            [
                f"{results.value(f'{here}/study')}, {results.value(f'{here}/label')}",
                str(results.value(f"{here}/endpoint")),
                str(results.value(f"{here}/cut")),
                cell(results, f"{here}/n"),
                _median(results, here),
                _responders(results, here),
                _still_in_response(results, here),
            ]
        )
    return make_if_any(
        "Shown, not compared: these curves count responders only",
        [
            "Arm",
            "Endpoint",
            "Data cut",
            "Responders",
            "Median, months",
            "Responders among all",
            "Still in response, of all",
        ],
        rows,
        notes=(
            "A duration of response conditions on response, which treatment changes: the arms' "
            "responders are different kinds of patients. The last column puts it on all patients: "
            "half of the responders are still in response at the median duration; where a number "
            "of patients still in response at the data cut is published, it is that number of all.",
        ),
    )


def _median(results: Results, here: str) -> Cell:
    if f"{here}/median/estimate" not in results:
        return Cell("not published")
    median = cell(results, f"{here}/median/estimate").text
    limits = [cell(results, f"{here}/median/{f}", missing="?").text for f in ("ci_low", "ci_high")]
    interval = "" if limits == ["?", "?"] else f" ({limits[0]} to {limits[1]})"
    return Cell(f"{median}{interval}", record=f"{here}/median/estimate")


def _responders(results: Results, here: str) -> Cell:
    """Share of all, with its count, and its data cut where that is another one."""
    if f"{here}/rate" not in results:
        return cell(results, f"{here}/rate")
    counts = [shown(results[f"{here}/{name}"]) for name in ("responders", "treated")]
    cut = f"{here}/responders_cut"
    words = f", cut {results.value(cut)}" if cut in results else ""
    text = f"{shown(results[f'{here}/rate'])} ({counts[0]} of {counts[1]}{words})"
    return Cell(text, record=f"{here}/rate")


def _still_in_response(results: Results, here: str) -> Cell:
    parts = [
        (f"{here}/in_response_at_{when}", f"at the {when}")
        for when in ("median", "cut")
        if f"{here}/in_response_at_{when}" in results
    ]
    if not parts:
        return cell(results, f"{here}/in_response_at_median")
    text = "; ".join(f"{shown(results[id])} {words}" for id, words in parts)
    return Cell(text, record=parts[0][0])
