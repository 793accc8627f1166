"""Tables about a weighted (MAIC) comparison, from results alone: nothing is computed here."""

from __future__ import annotations

from survcomp.report.document.cells import cell, effect_cell, is_weighted, texts
from survcomp.report.document.sections import reporting
from survcomp.report.document.table import Cell, Table, make
from survcomp.report.document.text import effect, shown
from survcomp.values.records.results import Results

WEIGHTED_OVER_DRAWS = "Weighted (MAIC), over draws of the reconstruction"
VERDICT = {
    "inside": "inside the patients: weights exist",
    "edge": "on the edge of the patients: weights exist only with 0 for some",
    "outside": "outside the patients: no weights balance exactly",
}


def weighting(results: Results, path: str) -> tuple[Table, ...]:
    """Every table of a weighted comparison, in the order of reading; none where not weighted."""
    if not is_weighted(results, path):
        return ()
    effects = variances(results, path)
    return (*with_diagnostics(results, path, effects), dependence(results, path))


def with_diagnostics(results: Results, path: str, effects: Table) -> tuple[Table, ...]:
    """The weighted effects of a comparison, of whatever kind, and then what weighting did."""
    return (
        reporting(effects, "M-09", "M-11"),
        reporting(balance(results, path), "A-04", "M-03", "M-04"),
        *weights_and_overlap(results, path),
    )


def weights_and_overlap(results: Results, path: str) -> tuple[Table, ...]:
    """Who carries the weight, and where the target lies among the patients."""
    return (
        reporting(distribution(results, path), "M-06", "M-07"),
        reporting(overlap(results, path), "M-08"),
    )


def weighted_rows(results: Results, path: str) -> list[list[Cell | str]]:
    """The weighted effect, over draws first: label, effect, and what its interval holds."""
    if not is_weighted(results, path):
        return []
    rows: list[list[Cell | str]] = []
    drawn = f"{path}/maic/over_draws"
    if f"{drawn}/log_hr/estimate" in results:
        share = shown(results[f"{drawn}/log_hr/share_reconstruction"])
        note = f"The interval holds {results.value(f'{drawn}/log_hr/interval')}; "
        note += f"{share} of the variance comes from rebuilding."
        rows.append([WEIGHTED_OVER_DRAWS, effect_cell(results, f"{drawn}/log_hr"), note])
    elif f"{drawn}/not_available" in results:
        rows.append([WEIGHTED_OVER_DRAWS, "-", str(results.value(f"{drawn}/not_available"))])
    alone = f"{path}/maic/log_hr"
    label = "Weighted (MAIC), one data set" if rows else "Weighted (MAIC)"
    rows.append([label, effect_cell(results, alone), str(results.value(f"{alone}/method"))])
    return rows


def variances(results: Results, path: str) -> Table:
    """The weighted effect with every standard error, and the naive one beside it."""
    here = f"{path}/maic/variance"
    rows: list[list[Cell | str]] = []
    for method in results.children(here):
        row = f"{here}/{method}"
        if method == "rule":
            continue
        leads = "yes" if results.value(f"{row}/leads") else ""
        hr = [cell(results, f"{row}/hr/{field}") for field in ("estimate", "ci_low", "ci_high")]
        se, words = cell(results, f"{row}/log_hr/se"), str(results.value(f"{row}/words"))
        rows.append([method, *hr, se, str(results.value(f"{row}/scale")), leads, words])
    alone = f"{path}/unadjusted"
    rows.append(
        [
            "naive (unadjusted)",
            *(cell(results, f"{alone}/hr/{field}") for field in ("estimate", "ci_low", "ci_high")),
            cell(results, f"{alone}/log_hr/se"),
            "-",
            "",
            str(results.value(f"{alone}/log_hr/interval")),
        ]
    )
    notes = [f"Which one leads: {results.value(f'{here}/rule')}."]
    notes += [*_over_draws(results, path), *_bootstrap(results, path)]
    return make(
        "The weighted hazard ratio with every standard error, and the naive one",
        ["Method", "HR", "CI low", "CI high", "SE of log HR", "Weights", "Leads", "What it holds"],
        rows,
        notes=notes,
    )


def _over_draws(results: Results, path: str) -> list[str]:
    here = f"{path}/maic/over_draws/log_hr"
    if f"{here}/estimate" not in results:
        return []
    return [
        "The rows are of one data set; the report leads with the same method over draws of the "
        f"reconstruction: {effect(results, here)}, whose interval holds "
        f"{results.value(f'{here}/interval')}."
    ]


def _bootstrap(results: Results, path: str) -> list[str]:
    here = f"{path}/maic/bootstrap"
    if f"{here}/replicates" not in results:
        return []
    replicates, failed = results.value(f"{here}/replicates"), results.value(f"{here}/failed")
    words = (
        f"Bootstrap: {replicates} replicates, {failed} without an estimate, seed "
        f"{results.value(f'{here}/seed')}; its interval holds "
        f"{results.value(f'{here}/interval')}."
    )
    return [words, *texts(results, f"{here}/notes")]


def balance(results: Results, path: str) -> Table:
    """Baseline before and after weighting, with its cost."""
    here = f"{path}/balance"
    rows: list[list[Cell | str]] = []
    notes: list[str] = []
    for index in results.children(f"{here}/row"):
        row = f"{here}/row/{index}"
        covariate, kind = results.value(f"{row}/covariate"), results.value(f"{row}/kind")
        names = ("before", "after", "target")
        cells = [cell(results, f"{row}/{name}") for name in names]
        if f"{row}/share_target" in results:
            rows.append([f"{covariate}, {kind}", *cells, "", "", ""])
            cells = [cell(results, f"{row}/share_{name}") for name in names]
            kind = f"share above the {kind}"
        fields = ("difference_before", "difference_after")
        cells += [cell(results, f"{row}/{field}", unit="SD") for field in fields]
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


def distribution(results: Results, path: str) -> Table:
    """Who carries the weight."""
    here = f"{path}/maic/weights"
    lines = (
        ("Patients", "n"),
        ("Left out of the weighting", "excluded"),
        ("Effective sample size", "ess"),
        ("Reduction of the sample size", "reduction"),
        ("Smallest weight", "minimum"),
        ("Lower quartile", "q25"),
        ("Median", "median"),
        ("Upper quartile", "q75"),
        ("95th percentile", "p95"),
        ("99th percentile", "p99"),
        ("Largest weight", "maximum"),
        ("Coefficient of variation", "cv"),
        ("Patients with weight 0", "zero"),
        ("Patients below 0.01", "below_floor"),
        ("Share of the heaviest patient", "share_1"),
        ("Share of the heaviest 5", "share_5"),
        ("Share of the heaviest 10", "share_10"),
        ("Patients who carry half of the weight", "n_for_half"),
    )
    return make(
        "Distribution of the weights, rescaled to mean 1",
        ["Quantity", "Value"],
        [[label, cell(results, f"{here}/{field}")] for label, field in lines],
        notes=(f"Weights: {results.value(f'{here}/method')}.", *texts(results, f"{here}/notes")),
    )


def overlap(results: Results, path: str) -> Table:
    """Where the target lies among the patients, before weighting."""
    here = f"{path}/maic/overlap"
    rows: list[list[Cell | str]] = []
    for index in results.children(f"{here}/row"):
        row = f"{here}/row/{index}"
        inside = bool(results.value(f"{row}/in_range"))
        fields = ("target", "mean", "low", "high", "percentile", "difference")
        cells = [cell(results, f"{row}/{field}") for field in fields]
        tone = Cell("yes" if inside else "no", tone="" if inside else "bad")
        rows.append([str(results.value(f"{row}/column")), *cells, tone])
    verdict = str(results.value(f"{here}/verdict"))
    return make(
        "Overlap: where the target lies among the patients before weighting",
        ["Column", "Target", "Mean", "Lowest", "Highest", "Patients below", "SMD", "In range"],
        rows,
        notes=(
            f"Verdict: the target is {VERDICT[verdict]}. Its distance from the mean of the "
            f"patients is {shown(results[f'{here}/mahalanobis'])} SD (Mahalanobis); no weights "
            f"that balance have an effective sample size above "
            f"{shown(results[f'{here}/ess_ceiling'])}.",
        ),
    )


def dependence(results: Results, path: str) -> Table:
    """The hazard ratio on each scale of the weights and by follow-up, RMST beside it."""
    here = f"{path}/maic/dependence"
    rows: list[list[Cell | str]] = []
    for index in results.children(here):
        row = f"{here}/{index}"
        ratio = f"{row}/log_hr/estimate" in results
        scale = str(results.value(f"{row}/scale"))
        followed = cell(results, f"{row}/followed_to")
        if ratio:
            rows.append(["Hazard ratio", followed, scale, effect_cell(results, f"{row}/log_hr")])
        else:
            area = effect_cell(results, f"{row}/rmst_difference")
            rows.append(["RMST difference", followed, "does not matter", area])
    return make(
        "What the weighted effect depends on: scale of the weights and follow-up",
        ["Effect", "Followed to", "Scale of the weights", "Robust interval, weights as known"],
        rows,
        notes=(
            "Beside comparator patients who count 1 each, a weighted hazard ratio moves with the "
            "scale of the weights (raw, to sum to n, or to the effective sample size) and, where "
            "hazards are not proportional, with follow-up; a difference of restricted mean "
            "survival times (RMST) does not.",
        ),
    )
