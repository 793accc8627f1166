"""Whether the hazards of two arms are proportional: a figure and a sentence."""

from __future__ import annotations

from survcomp.report.document.sections import Block, Figure, Paragraph
from survcomp.report.figures.hazard import has_hazards, hazard_figure
from survcomp.report.kinds.registry import label_of
from survcomp.report.tables import shape as shape_tables
from survcomp.values.records.results import Results


def hazards(results: Results, path: str) -> tuple[Block, ...]:
    """Whether hazards are proportional: to the eye, and tested."""
    sentence = Paragraph(shape_tables.proportional_hazards(results, path), items=("H-03",))
    if not has_hazards(results, path):
        return (sentence,)
    title = f"Hazards: {label_of(results, path)}"
    return (Figure(title, hazard_figure(results, path), items=("H-01", "H-02")), sentence)
