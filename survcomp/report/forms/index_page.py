"""All analyses on one page: what each found, beside what is published, and where its report is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from urllib.parse import quote

from survcomp.report.document.drawing import Drawing
from survcomp.report.document.text import effect
from survcomp.report.figures.forest import headline_figure
from survcomp.report.forms.html import template
from survcomp.report.kinds.registry import kinds, label_of
from survcomp.values.records.results import Results

FORM_NAME = {
    "report.html": "Report",
    "report.pdf": "PDF",
    "report.docx": "Word",
    "report.xlsx": "Excel",
    "results.json": "all numbers (JSON)",
}
"""What a link to a file in the folder of a report says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One analysis in the list.

    Attributes
    ----------
    analysis : str
        Name of its folder.
    results : Results or None
        What it found; None if it has not been run.
    files : tuple of str
        What lies in its folder of reports.
    state : str
        How the results compare with what is pinned.
    agrees : bool
        Whether there is nothing to see to.
    """

    analysis: str
    results: Results | None
    files: tuple[str, ...]
    state: str
    agrees: bool

    @property
    def is_changed(self) -> bool:
        """Whether it is a run of an analysis with changed settings, and no analysis of its own."""
        return self.results is not None and bool(self.results.changes)

    @property
    def title(self) -> str:
        """Title of the analysis, or the name of its folder if it has not been run."""
        return self.results.title if self.results else self.analysis

    @property
    def effects(self) -> tuple[tuple[str, str, str], ...]:
        """Of each main result: its name, the effect, and what its interval holds."""
        return _effects(self.results) if self.results else ()

    @property
    def figure(self) -> Drawing | None:
        """Our hazard ratios beside the published ones."""
        return headline_figure(self.results) if self.results else None

    @property
    def links(self) -> tuple[tuple[str, str], ...]:
        """Address and name of each file that there is."""
        folder = quote(self.analysis)
        return tuple(
            (f"{folder}/{file}", name) for file, name in FORM_NAME.items() if file in self.files
        )


def _effects(results: Results) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (
            label_of(results, path),
            effect(results, kind.leads_with(results, path)),
            kind.holds(results, path),
        )
        for kind in kinds()
        for path in kind.paths(results, *kind.main)
    )


def index_page(entries: Sequence[Entry]) -> str:
    """Lay out the list of analyses as one HTML page that needs no network.

    Parameters
    ----------
    entries : sequence of Entry
        In the order of the page; may be empty.

    Returns
    -------
    str
        A complete HTML page, the same for the same entries. All text in it is escaped.
    """
    style = (resources.files("survcomp.report.forms") / "style.css").read_text("utf-8")
    return template("index.html").render(
        entries=[(f"analysis-{number}", entry) for number, entry in enumerate(entries, start=1)],
        run=sum(e.results is not None and not e.is_changed for e in entries),
        analyses=sum(not entry.is_changed for entry in entries),
        style=style,
        policy="default-src 'none'; style-src 'unsafe-inline'",
    )
