"""Tables of published effects and of exploratory figures made from them."""

from __future__ import annotations

from survcomp.report.document.cells import effect_cell
from survcomp.report.document.table import Cell, Table, make_if_any
from survcomp.values.records.results import Results


def published(results: Results) -> Table | None:
    """Published effects shown beside ours."""
    rows: list[list[Cell | str]] = []
    for index in results.children("published"):
        here = f"published/{index}"
        measure = _measure(results, here)
        details = [
            f"{label} {results.value(f'{here}/{field}')}"
            for field, label in (
                ("n_treatment", "n"),
                ("n_comparator", "against"),
                ("ess", "ESS"),
                ("cut", "cut"),
            )
            if f"{here}/{field}" in results
        ]
        rows.append(
            [
                str(results.value(f"{here}/study")),
                str(results.value(f"{here}/{measure}/outcome")),
                effect_cell(results, f"{here}/{measure}"),
                str(results.value(f"{here}/{measure}/population")),
                "; ".join(details),
                str(results.value(f"{here}/role")),
                str(results.value(f"{here}/why")),
            ]
        )
    return make_if_any(
        "Published comparisons",
        ["Source", "Outcome", "Effect", "Population", "Details", "Role here", "Why it is shown"],
        rows,
    )


def _measure(results: Results, path: str) -> str:
    return next(m for m in ("log_hr", "log_or", "log_rr") if f"{path}/{m}/estimate" in results)


def exploratory(results: Results) -> Table | None:
    """Bucher comparisons through controls."""
    rows: list[list[Cell | str]] = []
    for id in results.children("exploratory"):
        here = f"exploratory/{id}"
        legs = [
            f"{results.value(f'{here}/{leg}/shown')} v {results.value(f'{here}/{leg}/comparator')}"
            for leg in ("first", "second")
        ]
        rows.append(
            [
                str(results.value(f"{here}/label")),
                *legs,
                effect_cell(results, f"{here}/log_hr"),
                str(results.value(f"{here}/log_hr/method")),
            ]
        )
    return make_if_any(
        "Exploratory: through the two trials' control arms",
        [
            "Comparison",
            "Treatment against its control",
            "Comparator against its control",
            "Result",
            "What it is",
        ],
        rows,
    )
