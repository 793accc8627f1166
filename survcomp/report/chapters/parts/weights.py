"""The weights of a weighted comparison, as a figure."""

from __future__ import annotations

from survcomp.report.document.sections import Figure
from survcomp.report.figures.weights import weight_figure
from survcomp.values.records.results import Results


def weights_of_the_treatment(results: Results, path: str) -> Figure:
    """Weights of the patients of the one arm that is weighted."""
    return Figure(
        "Weights of the patients, rescaled to mean 1",
        weight_figure(results, path),
        items=("M-05",),
        shows=(f"{path}/maic/weights/histogram",),
    )
