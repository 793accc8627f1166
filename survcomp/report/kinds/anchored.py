"""Comparisons through a common comparator, and exploratory ones that are made in the same way."""

from __future__ import annotations

from survcomp.report.document.cells import SIDES
from survcomp.report.document.text import effect, shown
from survcomp.report.kinds.forest_row import Row, forest_row, model_rows
from survcomp.report.kinds.registry import (
    BesideModels,
    HeadlineColumns,
    Kind,
    Survival,
    label_of,
)
from survcomp.values.records.results import Results

NOT_WEIGHTED = "Bucher, not weighted"
ANCHORED_NOTE = (
    "An anchored comparison goes through the comparator that both trials have: one's own trial, "
    "both arms, weighted to the published population, less the published effect (Bucher). The "
    "naive one beside it is the same without weights."
)
EXPLORATORY_NOTE = (
    "An exploratory comparison is made as an anchored one is, between trials without a common "
    "comparator: nothing anchors it."
)
INDIRECT = "Every effect is indirect: one's own trial adjusted, less what is published."


def anchored(results: Results) -> tuple[str, ...]:
    """Paths of the anchored comparisons."""
    return KIND.paths(results)


def is_exploratory(results: Results, path: str) -> bool:
    """Whether the trials have no common comparator."""
    return bool(results.value(f"{path}/kind") == "exploratory")


def weighted_name(results: Results, path: str) -> str:
    """What the weighted indirect effect is called: anchored, or exploratory only."""
    if is_exploratory(results, path):
        return "Exploratory: weighted, no common comparator"
    return "Anchored MAIC"


def who_is_compared(results: Results, path: str) -> str:
    """The two that an effect compares, from the path above its measure."""
    here = f"{path}/log_hr"
    return f"{results.value(f'{here}/treatment')} against {results.value(f'{here}/comparator')}"


def _sides(results: Results, path: str) -> tuple[str, str]:
    """One's own trial, and what is published."""
    study = results.value(f"{path}/treatment/study")
    arms = [
        f"{results.value(f'{path}/{side}/label')} n = {shown(results[f'{path}/{side}/n'])}, "
        f"{shown(results[f'{path}/{side}/events'])} events"
        for side in SIDES
    ]
    printed = effect(results, f"{path}/published/log_hr")
    return (
        f"{study}: {'; '.join(arms)}",
        f"Published: {who_is_compared(results, f'{path}/published')}, {printed}",
    )


def _notes(results: Results, columns: HeadlineColumns) -> tuple[str, ...]:
    """What the anchored and exploratory comparisons of an analysis are."""
    exploratory = {is_exploratory(results, path) for path in anchored(results)}
    return (*[ANCHORED_NOTE] * (False in exploratory), *[EXPLORATORY_NOTE] * (True in exploratory))


def _rows(results: Results, path: str) -> tuple[Row, ...]:
    """The weighted effect first."""
    return (
        Row(label_of(results, path)),
        forest_row(results, f"{path}/maic/log_hr", weighted_name(results, path), "main"),
        *model_rows(results, path),
        forest_row(results, f"{path}/unadjusted/log_hr", NOT_WEIGHTED, "other"),
    )


def _cannot_be_verified(results: Results, path: str) -> str:
    if is_exploratory(results, path):
        return "Exploratory: the trials have no comparator in common."
    return (
        "Anchored: the effects are unbiased only if every effect modifier that differs "
        "between the trials is adjusted for, which cannot be verified."
    )


KIND = Kind(
    place=20,
    name="anchored",
    table="anchored",
    cannot_be_verified=_cannot_be_verified,
    survival=Survival(sides=_sides, rows=_rows, notes=_notes),
    models=BesideModels(
        rests_on=INDIRECT, naive=NOT_WEIGHTED, weighted=weighted_name, made_below="/own"
    ),
)
