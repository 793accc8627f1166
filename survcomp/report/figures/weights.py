"""Histogram of the weights of a weighted comparison, from results alone."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from survcomp.plotting.style import BLUE
from survcomp.plotting.weighting import label_weights
from survcomp.report.document.drawing import Drawing
from survcomp.report.document.text import shown
from survcomp.values.records.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def weight_figure(results: Results, path: str) -> Drawing:
    """Drawing of the weights, rescaled to mean 1: the line at 1 is a patient as observed."""
    title = "Histogram of the weights, rescaled to mean 1"
    return Drawing(title, lambda: _draw(results, path))


def _draw(results: Results, path: str) -> Figure:
    from matplotlib.figure import Figure

    here = f"{path}/maic/weights"
    edges = results.value(f"{here}/histogram/edges")
    counts = results.value(f"{here}/histogram/counts")
    figure = Figure(figsize=(8.2, 2.7))
    axes = figure.add_axes((0.08, 0.22, 0.9, 0.72))
    widths = [high - low for low, high in pairwise(edges)]
    axes.bar(edges[:-1], counts, width=widths, align="edge", color=BLUE, edgecolor="white")
    axes.set_xlim(0, math.nextafter(max(edges[-1], 1.1), math.inf) * 1.02)
    label_weights(
        axes,
        n=shown(results[f"{here}/n"]),
        ess=shown(results[f"{here}/ess"]),
        largest=f"{results.value(f'{here}/maximum'):.2f}",
    )
    return figure
