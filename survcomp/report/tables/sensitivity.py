"""Sensitivity analyses of a comparison, from results alone: nothing is computed here."""

from __future__ import annotations

import math

import numpy as np

from survcomp.comparison.sensitivity_analyses.baseline import UnevenCovariate
from survcomp.comparison.sensitivity_analyses.confounder import Benchmark
from survcomp.comparison.sensitivity_analyses.picture import ConfounderPicture
from survcomp.comparison.sensitivity_analyses.result import with_figures
from survcomp.report.document.cells import effect_cell
from survcomp.report.document.sections import (
    Figure,
    Paragraph,
    Section,
    folded_table,
    reporting,
    section,
)
from survcomp.report.document.table import Cell, Table, joined, make
from survcomp.report.document.text import effect, ratio, shown, spaced_percent
from survcomp.report.document.words import Span, words
from survcomp.report.figures.confounder import picture_figure
from survcomp.values.records.results import Results

CONFOUNDER = (
    "To the right it is more frequent with the treatment, to the left with the comparator; further "
    "up it is stronger."
)
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


def sensitivity_section(results: Results, path: str) -> Section | None:
    """Sensitivity analyses of one comparison; None where none were asked for."""
    here = f"{path}/sensitivity"
    families = results.children(f"{here}/family")
    if not families:
        return None
    drawn = f"{here}/picture/near" in results
    long = [family for family in families if is_folded(results, here, family)]
    return section(
        f"{path.split('/')[1]}-sensitivity",
        "Sensitivity analyses",
        *(Paragraph(words(text)) for text in (confounder_words(results, here) if drawn else ())),
        Figure(
            "What an unmeasured confounder would have to be",
            picture_figure(recorded_picture(results, f"{here}/picture")),
            CONFOUNDER,
            items=("B-01",),
        )
        if drawn
        else None,
        reporting(summary(results, here), "B-01", "B-02", "B-03", "M-12"),
        *(folded_table(whole(results, here, family)) for family in long),
    )


def is_folded(results: Results, here: str, family: str) -> bool:
    """Whether only the range of an analysis stands in the summary."""
    count = len(results.children(f"{here}/{family}"))
    if family == NEVER_FOLDED or count <= FEW:
        return False
    return family in ALWAYS_FOLDED or count > LONG


def confounder_words(results: Results, here: str) -> tuple[str, ...]:
    """What an unmeasured confounder would have to be to explain the effect away."""
    main = effect(results, f"{here}/main_analysis/nothing/log_hr")
    tip = f"{here}/unmeasured_confounder/tipping_point"
    if f"{tip}/refused" in results:
        return (f"{main}. {results.value(f'{tip}/refused')}",)
    words = [f"{main}. {note(results, tip)}"]
    uneven = _below(results, f"{here}/picture/uneven")
    if uneven:
        words.append(_uneven_words(results, uneven))
    return tuple(words)


def _uneven_words(results: Results, uneven: tuple[str, ...]) -> str:
    """Which published covariates could explain the result away, and how strong they must be."""
    enough = [p for p in uneven if math.isfinite(results.value(f"{p}/hazard_ratio"))]
    never = [p for p in uneven if p not in enough]
    words = "The published baselines say how uneven the arms are"
    if enough:
        words += (
            "; one covariate by itself brings the interval to 1 only if its own hazard ratio is at "
            "least " + "; ".join(_needs(results, path) for path in enough)
        )
    words += "."
    if never:
        words += " Not uneven enough for any effect, however strong: "
        words += "; ".join(_prevalences(results, path) for path in never) + "."
    return (
        f"{words} Their points in the figure have these prevalences of their own, and need not lie "
        "on its lines, which are for one mean prevalence."
    )


def _needs(results: Results, path: str) -> str:
    absence = " for lacking it" if results.value(f"{path}/absence") else ""
    needed = ratio(results.value(f"{path}/hazard_ratio"))
    return f"{needed}{absence}: {_prevalences(results, path)}"


def _prevalences(results: Results, path: str) -> str:
    left, right = (
        _percent(results, f"{path}/prevalence_{side}") for side in ("treated", "comparator")
    )
    return f"{results.value(f'{path}/title')} ({left} against {right})"


def _percent(results: Results, id: str) -> str:
    return f"{100 * results.value(id):.0f} %"


def _below(results: Results, path: str) -> tuple[str, ...]:
    return tuple(f"{path}/{name}" for name in results.children(path))


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
    for row in _below(results, family):
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
    rows = _below(results, f"{here}/{family}")
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


def recorded_picture(results: Results, path: str) -> ConfounderPicture:
    """The figure's numbers, read back from their records."""
    difference, ratios, bias = (
        np.array(results.value(f"{path}/{name}"))
        for name in ("difference", "hazard_ratio", "log_bias")
    )
    about = path.removesuffix("/picture") + "/about"
    return ConfounderPicture(
        treatment=str(results.value(f"{path}/treatment")),
        comparator=str(results.value(f"{path}/comparator")),
        outcome=str(results.value(f"{path}/outcome")),
        estimate=results.value(f"{path}/estimate"),
        ci_low=results.value(f"{path}/ci_low"),
        ci_high=results.value(f"{path}/ci_high"),
        near=results.value(f"{path}/near"),
        level=results.value(f"{about}/level"),
        mean_prevalence=results.value(f"{path}/mean_prevalence"),
        ticks=tuple(results.value(f"{path}/ticks")),
        difference=difference,
        hazard_ratio=ratios,
        log_bias=bias.reshape(ratios.size, difference.size),
        benchmarks=tuple(_benchmark(results, at) for at in _below(results, f"{path}/benchmark")),
        uneven=tuple(_uneven(results, at) for at in _below(results, f"{path}/uneven")),
    )


def _benchmark(results: Results, path: str) -> Benchmark:
    return Benchmark(
        covariate=str(results.value(f"{path}/covariate")),
        words=str(results.value(f"{path}/words")),
        **{n: results.value(f"{path}/{n}") for n in ("difference", "hazard_ratio", "log_bias")},
    )


def _uneven(results: Results, path: str) -> UnevenCovariate:
    fields = (
        "title", "prevalence_treated", "prevalence_comparator", "hazard_ratio", "absence",
        "same_definition",
    )  # fmt: skip
    return UnevenCovariate(
        covariate=path.rsplit("/", 1)[-1], **{n: results.value(f"{path}/{n}") for n in fields}
    )
