"""The figure of one reconstruction as the content of a file."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Literal

from survcomp.plotting.rebuilt import reconstruction, room_for_reconstruction
from survcomp.plotting.style import house_style
from survcomp.report.document.drawing import to_svg
from survcomp.values.reconstruction import Reconstruction

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Format = Literal["svg", "png"]

DPI = 200


def figure_bytes(rebuilt: Reconstruction, format: Format) -> bytes:
    """The figure as the content of an SVG or PNG file, the same on every run."""
    with house_style():
        figure = _figure(rebuilt)
        if format == "svg":
            title = f"Published and rebuilt: {rebuilt.curve.id}"
            return to_svg(figure, title=title).encode("utf-8")
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
        return buffer.getvalue()


def _figure(rebuilt: Reconstruction) -> Figure:
    """A figure that no window holds on to."""
    from matplotlib.figure import Figure

    size, place = room_for_reconstruction()
    figure = Figure(figsize=size)
    axes = figure.add_subplot()
    figure.subplots_adjust(**place)
    reconstruction(rebuilt, ax=axes)
    return figure
