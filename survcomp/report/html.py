"""The report as one HTML page that needs no network, from results alone."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import Any

from survcomp.report import (
    evidence_tables,
    published_tables,
    response_tables,
    survival_tables,
    weighting_tables,
)
from survcomp.report.cells import SIDES, comparison_settings, comparisons, is_weighted, texts
from survcomp.report.forest_figure import forest_figure, has_published, outcomes
from survcomp.report.km_figure import km_figure
from survcomp.report.sensitivity_tables import SensitivityPart, sensitivity_part
from survcomp.report.table import Table
from survcomp.report.text import fill
from survcomp.report.weight_figure import weight_figure
from survcomp.values.results import Results


@dataclass(frozen=True, slots=True)
class Chapter:
    """One survival comparison in the report."""

    id: str
    label: str
    figure: str
    adjustment: str
    note: str
    arms: tuple[tuple[str, tuple[str, ...]], ...]
    assumptions: tuple[str, ...]
    variants: Table | None
    weighting: tuple[Table, ...]
    histogram: str
    sensitivity: SensitivityPart | None
    fidelity: Table | None


def render_html(results: Results) -> str:
    """Render the report of an analysis.

    Parameters
    ----------
    results : Results
        From `survcomp.analysis.run`; nothing else is read and nothing is computed.

    Returns
    -------
    str
        A complete HTML page. Text from the analysis and the evidence is escaped.

    Raises
    ------
    InputError
        If a placeholder in the analysis names a record that does not exist.
    """
    from jinja2 import Environment, StrictUndefined

    folder = resources.files("survcomp.report")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string((folder / "template.html").read_text("utf-8"))
    style = (folder / "style.css").read_text("utf-8")
    return template.render(style=style, **_content(results))


def _content(results: Results) -> dict[str, Any]:
    settings = results.settings
    chapters = [
        _chapter(results, path) for path in comparisons(results, "main", "sensitivity", "check")
    ]
    return {
        "title": results.title,
        "analysis": results.analysis,
        "summary": fill(settings["summary"], results, where="summary"),
        "question": settings["question"],
        "headline": survival_tables.survival_results(results, "main", "sensitivity"),
        "checks": survival_tables.checks(results),
        "forests": [
            (name, forest_figure(results, name), has_published(results, name))
            for name in outcomes(results)
        ],
        "chapters": chapters,
        "responses": response_tables.responses(results),
        "descriptive": response_tables.descriptive(results),
        "evidence": evidence_tables.evidence(results),
        "studies": evidence_tables.studies(results),
        "baselines": evidence_tables.baselines(results),
        "published": published_tables.published(results),
        "asked_published": bool(settings["published"]),
        "exploratory": published_tables.exploratory(results),
        "points": [
            (p["question"], fill(p["answer"], results, where=f"points[{i}].answer"))
            for i, p in enumerate(settings["points"])
        ],
        "limitations": [
            fill(text, results, where=f"limitations[{i}]")
            for i, text in enumerate(settings["limitations"])
        ],
        "set_aside": evidence_tables.set_aside(results),
        "sources": evidence_tables.sources(results),
        "inputs": evidence_tables.inputs(results),
        "defaults": evidence_tables.defaults(results),
    }


def _chapter(results: Results, path: str) -> Chapter:
    settings = comparison_settings(results, path)
    arms = []
    for side in SIDES:
        here = f"{path}/{side}"
        name = f"{results.value(f'{here}/study')}, {results.value(f'{here}/label')}"
        words = [
            *texts(results, f"{here}/notes"),
            *texts(results, f"{here}/joined"),
            *texts(results, f"{here}/reconstruction/notes"),
        ]
        if f"{here}/reconstruction/censoring" in results:
            words.append(f"Censoring: {results.value(f'{here}/reconstruction/censoring')}.")
        arms.append((name, tuple(words)))
    effect = "maic" if is_weighted(results, path) else "unadjusted"
    return Chapter(
        id=path.split("/")[1],
        label=str(settings["label"]),
        figure=km_figure(results, path),
        adjustment=(
            str(results.value(f"{path}/adjustment")) if f"{path}/adjustment" in results else ""
        ),
        note=str(settings["note"]),
        arms=tuple(arms),
        assumptions=texts(results, f"{path}/{effect}/log_hr/assumptions"),
        variants=survival_tables.variants(results, path),
        weighting=weighting_tables.weighting(results, path),
        histogram=weight_figure(results, path) if is_weighted(results, path) else "",
        sensitivity=sensitivity_part(results, path),
        fidelity=survival_tables.fidelity(results, path),
    )
