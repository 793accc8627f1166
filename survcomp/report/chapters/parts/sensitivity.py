"""The sensitivity analyses of one comparison, as a section of its own."""

from __future__ import annotations

import math

from survcomp.report.document.cells import below
from survcomp.report.document.sections import (
    Figure,
    Paragraph,
    Section,
    folded_table,
    reporting,
    section,
)
from survcomp.report.document.text import effect, ratio
from survcomp.report.document.words import words
from survcomp.report.figures.confounder import picture_figure
from survcomp.report.figures.recorded_picture import recorded_picture
from survcomp.report.tables.sensitivity import is_folded, note, summary, whole
from survcomp.values.records.results import Results

CONFOUNDER = (
    "To the right it is more frequent with the treatment, to the left with the comparator; further "
    "up it is stronger."
)


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


def confounder_words(results: Results, here: str) -> tuple[str, ...]:
    """What an unmeasured confounder would have to be to explain the effect away."""
    main = effect(results, f"{here}/main_analysis/nothing/log_hr")
    tip = f"{here}/unmeasured_confounder/tipping_point"
    if f"{tip}/refused" in results:
        return (f"{main}. {results.value(f'{tip}/refused')}",)
    words = [f"{main}. {note(results, tip)}"]
    uneven = below(results, f"{here}/picture/uneven")
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
