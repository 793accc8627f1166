"""How figures look, and figures as SVG text that is the same on every run."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from survcomp.report.document.characters import printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Okabe and Ito (2008): told apart with every common colour blindness and in print.
BLUE = "#0072B2"
VERMILLION = "#D55E00"
GREY = "#6B6B6B"
INK = "#222222"
SIDE_COLOUR = {"treatment": BLUE, "comparator": VERMILLION}
SIDE_MARKER = {"treatment": "o", "comparator": "s"}

_LAYOUT_FONT = "DejaVu Sans"
_READER_FONT = "system-ui, 'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"


@contextmanager
def house_style() -> Iterator[None]:
    """Seaborn's ticks style with the house's sizes, inside a with block only."""
    import matplotlib as mpl
    import seaborn as sns

    style = {
        **sns.axes_style("ticks"),
        **sns.plotting_context("notebook", font_scale=0.85),
        "font.family": _LAYOUT_FONT,
        "text.parse_math": False,  # a label is text: a dollar sign in it is a dollar sign
        "svg.fonttype": "none",
        "svg.hashsalt": "survcomp",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": INK,
        "text.color": INK,
        "axes.labelcolor": INK,
        "xtick.color": INK,
        "ytick.color": INK,
    }
    with mpl.rc_context(style):
        yield


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
    svg = svg.replace(f"'{_LAYOUT_FONT}'", _READER_FONT)
    head, rest = svg.split(">", 1)
    head = re.sub(r'\s(width|height)="[^"]*"', "", head)
    return f'{head} role="img" aria-label="{_attribute(title)}">{rest}'


def _attribute(text: str) -> str:
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    )
