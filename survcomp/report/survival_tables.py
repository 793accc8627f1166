"""Tables about the survival comparisons, from results alone: nothing is computed here."""

from __future__ import annotations

from survcomp.report.cells import (
    SIDES,
    cell,
    comparison_settings,
    comparisons,
    effect_cell,
    texts,
)
from survcomp.report.table import Cell, Table, make
from survcomp.report.text import shown
from survcomp.values.results import Results


def survival_results(results: Results, *roles: str) -> Table | None:
    """One row a survival comparison: both arms and the effect."""
    paths = comparisons(results, *roles)
    with_p = any(f"{path}/unadjusted/log_hr/p" in results for path in paths)
    rows: list[list[Cell | str]] = []
    for path in paths:
        row: list[Cell | str] = [
            str(comparison_settings(results, path)["label"]),
            effect_cell(results, f"{path}/unadjusted/log_hr"),
            str(results.value(f"{path}/unadjusted/log_hr/interval")),
        ]
        if with_p:
            row.append(cell(results, f"{path}/unadjusted/log_hr/p"))
        rows.append([*row, *(_arm(results, f"{path}/{side}") for side in SIDES)])
    if not rows:
        return None
    columns = ["Comparison", "Effect", "The interval holds", *(["p"] if with_p else [])]
    return make(
        "Survival, unadjusted (naive) comparison",
        [*columns, "Treatment", "Comparator"],
        rows,
        notes=("No p value is given where censoring had to be assumed.",),
    )


def _arm(results: Results, path: str) -> str:
    study, label = results.value(f"{path}/study"), results.value(f"{path}/label")
    n, events = shown(results[f"{path}/n"]), shown(results[f"{path}/events"])
    median = shown(results[f"{path}/km/median/estimate"])
    origin = "" if results.value(f"{path}/origin") == "observed" else "rebuilt: "
    return f"{study}, {label}: n = {n}; {origin}{events} events, median {median}"


def variants(results: Results, path: str) -> Table | None:
    """The same comparison with one assumption changed, and the enrolled bound."""
    rows: list[list[Cell | str]] = [
        ["As compared above", effect_cell(results, f"{path}/unadjusted/log_hr"), ""]
    ]
    rmst = f"{path}/unadjusted/rmst_difference"
    if f"{rmst}/estimate" in results:
        method = str(results.value(f"{rmst}/method"))
        rows.append(["Restricted mean survival time", effect_cell(results, rmst), method])
    if f"{path}/maic/log_hr/estimate" in results:
        method = str(results.value(f"{path}/maic/log_hr/method"))
        rows.append(["Weighted (MAIC)", effect_cell(results, f"{path}/maic/log_hr"), method])
    bound = f"{path}/enrolled_bound"
    if results.under(bound):
        for name, label in (
            ("both", "Enrolled bound: those not infused fail early, both sides"),
            ("treatment_only", "Enrolled bound, extreme: treatment side only"),
            ("comparator_only", "Enrolled bound, extreme: comparator side only"),
        ):
            note = next(iter(texts(results, f"{bound}/{name}/log_hr/notes")), "")
            rows.append([label, effect_cell(results, f"{bound}/{name}/log_hr"), note])
    for id in results.children(f"{path}/scenario"):
        here = f"{path}/scenario/{id}"
        parts = [
            f"{words} {shown(results[f'{here}/{field}'])} {results[f'{here}/{field}'].unit}"
            for field, words in (("starts_at", "from"), ("truncated_at", "to"))
            if f"{here}/{field}" in results
        ]
        note = " ".join(parts)
        label = str(results.value(f"{here}/label"))
        rows.append([label, effect_cell(results, f"{here}/log_hr"), note])
    if len(rows) == 1:
        return None
    return make(
        "The same comparison under other assumptions",
        ["What is changed", "Effect", "Remark"],
        rows,
        notes=("Scenarios are shown side by side and never averaged.",),
    )


def fidelity(results: Results, path: str) -> Table | None:
    """Published numbers beside those of the rebuilt patients, both arms."""
    rows: list[list[Cell | str]] = []
    for side in SIDES:
        for index in results.children(f"{path}/{side}/fidelity"):
            here = f"{path}/{side}/fidelity/{index}"
            verdict = str(results.value(f"{here}/verdict"))
            tone = "bad" if verdict in ("missed", "differs") else "good"
            rows.append(
                [
                    str(results.value(f"{path}/{side}/label")),
                    str(results.value(f"{here}/quantity")),
                    cell(results, f"{here}/published"),
                    cell(results, f"{here}/rebuilt"),
                    str(results.value(f"{here}/role")),
                    Cell(verdict, tone=tone),
                ]
            )
    if not rows:
        return None
    return make(
        "Published numbers and the same numbers of the rebuilt patients",
        ["Arm", "Quantity", "Published", "Rebuilt", "Role", "Verdict"],
        rows,
        notes=(
            "A number that was used is met or missed (up to rounding and one patient). A number "
            "that was held out is predicted (agrees) or not (differs): a limit of a rate within "
            "2 points, a limit of a median within 10 %.",
        ),
    )


def balance(results: Results, path: str) -> Table | None:
    """Baseline before and after weighting, with its cost."""
    here = f"{path}/balance"
    if f"{here}/ess" not in results:
        return None
    rows: list[list[Cell | str]] = []
    notes: list[str] = []
    for index in results.children(f"{here}/row"):
        row = f"{here}/row/{index}"
        covariate, kind = results.value(f"{row}/covariate"), results.value(f"{row}/kind")
        fields = ("before", "after", "target", "difference_before", "difference_after")
        cells = [cell(results, f"{row}/{field}") for field in fields]
        matched = "yes" if results.value(f"{row}/matched") else "no"
        rows.append([f"{covariate}, {kind}", *cells, matched])
        if f"{row}/note" in results:
            notes.append(str(results.value(f"{row}/note")))
    return make(
        f"Balance before and after weighting to {results.value(f'{here}/population')}",
        ["Moment", "Before", "After", "Target", "SMD before", "SMD after", "Matched"],
        rows,
        notes=(
            f"Effective sample size {shown(results[f'{here}/ess'])} of "
            f"{shown(results[f'{here}/n'])} patients "
            f"(a reduction of {shown(results[f'{here}/reduction'])}); the heaviest patient carries "
            f"{shown(results[f'{here}/largest_share'])} of the weight.",
            *notes,
        ),
    )


def checks(results: Results) -> Table | None:
    """A trial's published effect beside the one from its rebuilt arms."""
    rows: list[list[Cell | str]] = []
    for path in comparisons(results, "check"):
        rows.append(
            [
                str(comparison_settings(results, path)["label"]),
                effect_cell(results, f"{path}/check/published/log_hr"),
                effect_cell(results, f"{path}/unadjusted/log_hr"),
                cell(results, f"{path}/check/difference"),
                cell(results, f"{path}/check/difference_in_se"),
                str(results.value(f"{path}/unadjusted/log_hr/interval")),
            ]
        )
    if not rows:
        return None
    return make(
        "Check on the method: the trials' own hazard ratios and those of their rebuilt arms",
        [
            "Comparison",
            "Published",
            "From rebuilt arms",
            "Difference of logs",
            "In published SE",
            "The rebuilt interval holds",
        ],
        rows,
    )
