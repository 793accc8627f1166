"""Figures as SVG text that is the same on every run."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from survcomp.plotting.style import FONT, LOOKS, house_style
from survcomp.report.document.characters import printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIDE_LOOK = dict(zip(("treatment", "comparator"), LOOKS, strict=False))
_READER_FONT = "system-ui, 'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture that can be drawn in the format that a form of the report needs.

    Attributes
    ----------
    title : str
        What it shows, for those who cannot see it.
    draw : callable
        Makes the matplotlib figure.
    """

    title: str
    draw: Callable[[], Figure]

    def svg(self) -> str:
        """The picture as an SVG element, the same on every run."""
        with house_style():
            return to_svg(_with_printable_texts(self.draw()), title=printable(self.title))

    def png(self, *, dpi: int = 220) -> bytes:
        """The picture as PNG, the same on every run of one version of matplotlib."""
        with house_style():
            buffer = io.BytesIO()
            figure = _with_printable_texts(self.draw())
            figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
            return buffer.getvalue()


def _with_printable_texts(figure: Figure) -> Figure:
    """The figure, with a sign in its texts for each character that fonts and XML do not have."""
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        text.set_text(printable(text.get_text().expandtabs(1)))
    return figure


def to_svg(figure: Figure, *, title: str) -> str:
    """A figure as an SVG element with a title for screen readers, without a date."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = svg.replace(f"'{FONT}'", _READER_FONT)
    head, rest = svg.split(">", 1)
    head = re.sub(r'\s(width|height)="[^"]*"', "", head)
    return f'{head} role="img" aria-label="{_attribute(title)}">{rest}'


def _attribute(text: str) -> str:
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    )
