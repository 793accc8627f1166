"""Tables about the survival comparisons, from results alone: nothing is computed here."""

from __future__ import annotations

from survcomp.report.document.cells import SIDES, cell, effect_cell, is_weighted, texts
from survcomp.report.document.table import Cell, Table, make, make_if_any
from survcomp.report.document.text import shown
from survcomp.report.kinds.comparison import comparisons
from survcomp.report.kinds.registry import HeadlineColumns, kind_of, label_of, survival_paths
from survcomp.report.tables.weighting import weighted_rows
from survcomp.values.records.results import Results

OVER_DRAWS = "Over draws of the reconstruction"
STANDARDISED = "Model-based standardisation with published effects"
ONE_DATA_SET = "One data set, as in the figure"
SIMPLER = "piecewise exponential"
DRAWN = ("over_draws", "maic/over_draws")
NOT_OF_THE_DRAWS = (
    "the roles, verdicts and grade are of the one data set of the figure. The draws are fitted to "
    "all of its numbers, also to those held out here: nothing is held out of the effect over "
    "draws, and the grade does not test it."
)


def survival_results(results: Results) -> Table | None:
    """One row a survival comparison: what is compared, the effect, and if weighted the naive one.

    Of an anchored comparison the effect is the indirect one, and the naive one Bucher's.
    """
    shown_paths = survival_paths(results)
    paths = tuple(path for _, path in shown_paths)
    best = {path: kind_of(path).leads_with(results, path) for path in paths}
    weighted = any(is_weighted(results, path) for path in paths)
    with_p = any(f"{best[path]}/p" in results for path in paths)
    # beside weighted effects there is no room for it; each comparison's own table has it
    with_draws = not weighted and any(p.endswith("over_draws/log_hr") for p in best.values())
    rows: list[list[Cell | str]] = []
    for survival, path in shown_paths:
        row: list[Cell | str] = [
            label_of(results, path),
            effect_cell(results, best[path]),
            str(results.value(f"{best[path]}/interval")),
        ]
        if weighted:
            row.append(effect_cell(results, survival.naive(results, path)))
        if with_draws:
            row.append(cell(results, f"{path}/over_draws/log_hr/share_reconstruction"))
        if with_p:
            row.append(cell(results, f"{best[path]}/p"))
        rows.append([*row, *survival.sides(results, path)])
    columns = ["Comparison", "Effect", "The interval holds"]
    columns += ["Naive (unadjusted), beside"] * weighted
    columns += ["Share of the variance from rebuilding"] * with_draws + ["p"] * with_p
    added = HeadlineColumns(weighted=weighted, with_draws=with_draws)
    notes = (s.notes(results, added) for s in dict.fromkeys(s for s, _ in shown_paths))
    return make_if_any(
        "Survival: weighted (MAIC) where adjusted, naive beside"
        if weighted
        else "Survival, unadjusted (naive) comparison",
        [*columns, "Treatment", "Comparator"],
        rows,
        notes=(*(note for of_kind in notes for note in of_kind), *_unreliable(results, paths)),
    )


def _unreliable(results: Results, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Comparisons whose draws and one data set do not go together."""
    parts = ("over_draws/disagreement", "maic/over_draws/disagreement")
    return tuple(
        f"{label_of(results, path)}: {results.value(f'{path}/{part}')}"
        for path in paths
        for part in parts
        if f"{path}/{part}" in results
    )


def variants(results: Results, path: str) -> Table | None:
    """The same comparison with one assumption changed, and those never infused.

    Beside a weighted effect the others say that they are naive: scenarios are not weighted.
    """
    naive = "Naive: " if is_weighted(results, path) else ""
    rows = [[f"{naive}{label}", *rest] for label, *rest in _unadjusted(results, path)]
    rmst = f"{path}/unadjusted/rmst_difference"
    if f"{rmst}/estimate" in results:
        method = str(results.value(f"{rmst}/method"))
        rows.append([f"{naive}Restricted mean survival time", effect_cell(results, rmst), method])
    rows += weighted_rows(results, path)
    area = f"{path}/maic/rmst_difference"
    if f"{area}/estimate" in results:
        method = str(results.value(f"{area}/method"))
        label = "Weighted (MAIC), restricted mean survival time"
        rows.append([label, effect_cell(results, area), method])
    rows += _standardised(results, f"{path}/standardised")
    bound = f"{path}/enrolled_scenario"
    if results.under(bound):
        for name, label in (
            ("both", "Those never infused counted as early failures, both sides"),
            ("treatment_only", "The same, treatment side only"),
            ("comparator_only", "The same, comparator side only"),
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
        label = f"{naive}{results.value(f'{here}/label')}"
        rows.append([label, effect_cell(results, f"{here}/log_hr"), note])
    if len(rows) == 1 and rows[0][0] == ONE_DATA_SET:
        return None
    return make(
        "The same comparison under other assumptions",
        ["What is changed", "Effect", "Remark"],
        rows,
        notes=("Scenarios are shown side by side and never averaged.", *_what_scenarios_hold(rows)),
    )


def _what_scenarios_hold(rows: list[list[Cell | str]]) -> tuple[str, ...]:
    """Of a rebuilt comparison, that most rows leave the error of rebuilding out."""
    if rows[0][0] != OVER_DRAWS:
        return ()
    return (
        "Unless a row says otherwise, it rests on the one data set of the figure and its interval "
        "holds sampling error only: the error of rebuilding the curves is in the first row alone.",
    )


def _unadjusted(results: Results, path: str) -> list[list[Cell | str]]:
    """Over the draws, and from one data set: two methods, side by side."""
    rows: list[list[Cell | str]] = []
    drawn = f"{path}/over_draws"
    if f"{drawn}/log_hr/estimate" in results:
        note = f"The interval holds {results.value(f'{drawn}/log_hr/interval')}"
        share = shown(results[f"{drawn}/log_hr/share_reconstruction"])
        note += f"; {share} of the variance comes from rebuilding."
        rows.append([OVER_DRAWS, effect_cell(results, f"{drawn}/log_hr"), note])
    elif f"{drawn}/not_available" in results:
        rows.append([OVER_DRAWS, "-", str(results.value(f"{drawn}/not_available"))])
    alone = f"{path}/unadjusted/log_hr"
    note = f"The interval holds {results.value(f'{alone}/interval')}."
    rows.append([ONE_DATA_SET, effect_cell(results, alone), note])
    return rows


def _standardised(results: Results, here: str) -> list[list[Cell | str]]:
    """By published effects: the effect, or why there is none."""
    if not results.under(here):
        return []
    if f"{here}/missing" in results:
        note = f"{results.value(f'{here}/missing')}."
        return [[STANDARDISED, "no adjustment possible", note]]
    skipped = "".join(f" Not used: {words}." for words in texts(results, f"{here}/skipped"))
    note = (
        f"{results.value(f'{here}/adjusted/log_hr/method')}. Shift of the log hazard ratio by the "
        f"published effects {shown(results[f'{here}/shift'])} (SE "
        f"{shown(results[f'{here}/shift_se'])}).{skipped}"
    )
    rows: list[list[Cell | str]] = [
        [STANDARDISED, effect_cell(results, f"{here}/adjusted/log_hr"), note],
        ["The same, Rubin's rules", effect_cell(results, f"{here}/rubin/log_hr"), ""],
    ]
    for name in results.children(here):
        if name.startswith("effects_times_"):
            label = f"The same, effects times {name.removeprefix('effects_times_')}"
            rows.append([label, effect_cell(results, f"{here}/{name}/log_hr"), ""])
    return rows


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
    grades = [
        f"{results.value(f'{path}/{side}/label')}: grade "
        f"{results.value(f'{path}/{side}/reconstruction/grade')}."
        for side in SIDES
        if f"{path}/{side}/reconstruction/grade" in results
    ]
    return make_if_any(
        "Published numbers and the same numbers of the rebuilt patients",
        ["Arm", "Quantity", "Published", "Rebuilt", "Role", "Verdict"],
        rows,
        notes=(
            "A number that was used is met or missed (up to rounding and one patient). A number "
            "that was held out is predicted (agrees) or not (differs): a limit of a rate within "
            "2 points, a limit of a median within 10 %.",
            *grades,
            *_draws_use_more(results, path),
        ),
    )


def _draws_use_more(results: Results, path: str) -> tuple[str, ...]:
    """Of the sides whose draws rest on numbers that the one data set of the figure does without."""
    if not any(f"{path}/{drawn}/log_hr/estimate" in results for drawn in DRAWN):
        return ()
    methods = {side: f"{path}/{side}/reconstruction/method" for side in SIDES}
    simpler = [s for s, id in methods.items() if id in results and results.value(id) == SIMPLER]
    return tuple(f"{results.value(f'{path}/{s}/label')}: {NOT_OF_THE_DRAWS}" for s in simpler)


def checks(results: Results) -> Table | None:
    """A trial's published effect beside the one from its rebuilt arms."""
    rows: list[list[Cell | str]] = []
    for path in comparisons(results, "check"):
        rows.append(
            [
                label_of(results, path),
                effect_cell(results, f"{path}/check/published/log_hr"),
                effect_cell(results, f"{path}/over_draws/log_hr"),
                effect_cell(results, f"{path}/unadjusted/log_hr"),
                cell(results, f"{path}/check/difference"),
                cell(results, f"{path}/check/difference_in_se"),
            ]
        )
    return make_if_any(
        "Check on the method: the trials' own hazard ratios and those of their rebuilt arms",
        [
            "Comparison",
            "Published",
            "Rebuilt, over draws",
            "Rebuilt, one data set",
            "Difference of logs",
            "In published SE",
        ],
        rows,
        notes=(
            "Over draws the interval holds sampling and reconstruction error; of one data set, "
            "sampling error only. Differences are of one data set from the published effect.",
        ),
    )
