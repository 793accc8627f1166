"""Tables about response and about curves that are shown but not compared."""

from __future__ import annotations

from survcomp.report.cells import SIDES, cell, effect_cell
from survcomp.report.table import Cell, Table, make
from survcomp.report.text import shown
from survcomp.values.results import Results


def responses(results: Results) -> Table | None:
    """One row a response comparison."""
    rows: list[list[Cell | str]] = []
    for settings in results.settings["responses"]:
        path = f"response/{settings['id']}"
        cells: list[Cell | str] = [settings["label"]]
        for side in SIDES:
            here = f"{path}/{side}"
            words = (
                f"{results.value(f'{here}/study')}: {shown(results[f'{here}/events'])} of "
                f"{shown(results[f'{here}/n'])} {results.value(f'{here}/denominator')} "
                f"({shown(results[f'{here}/rate'])})"
            )
            cells.append(Cell(words, record=f"{here}/events"))
        for measure in ("log_rr", "log_or", "risk_difference"):
            cells.append(effect_cell(results, f"{path}/{measure}"))
        rows.append(cells)
    if not rows:
        return None
    return make(
        "Response, unadjusted (naive) comparison",
        ["Outcome", "Treatment", "Comparator", "Risk ratio", "Odds ratio", "Difference"],
        rows,
        notes=tuple(
            f"{s['label']}: {s['note']}" for s in results.settings["responses"] if s["note"]
        ),
    )


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
    if not rows:
        return None
    return make(
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
