"""How figures look: one style, colours and dashes that are told apart without colour too."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito (2008): told apart with every common colour blindness.
BLUE = "#0072B2"
VERMILLION = "#D55E00"
GREEN = "#009E73"
PURPLE = "#AA4499"
GREY = "#6B6B6B"
INK = "#222222"
FAINT = "#DDDDDD"


@dataclass(frozen=True, slots=True)
class Look:
    """How one arm is drawn; no two differ by colour alone.

    Attributes
    ----------
    colour : str
        Hexadecimal colour.
    dash : str or tuple
        Line style, as matplotlib takes it.
    marker : str
        Sign of its published numbers and of its name beside a table.
    """

    colour: str
    dash: Any
    marker: str


LOOKS = (
    Look(BLUE, "-", "o"),
    Look(VERMILLION, (0, (6, 1.6)), "s"),
    Look(GREEN, (0, (1.2, 1.2)), "D"),
    Look(PURPLE, (0, (6, 1.4, 1.2, 1.4)), "^"),
    Look(INK, (0, (3, 1, 1, 1, 1, 1)), "v"),
)
SIGN = {"o": "●", "s": "■", "D": "◆", "^": "▲", "v": "▼"}
"""A marker as a character, for the names beside a table."""


def looks(count: int) -> tuple[Look, ...]:
    """The looks of so many arms, the first ones again where there are more arms than looks."""
    return tuple(islice(cycle(LOOKS), count))


@contextmanager
def house_style() -> Iterator[None]:
    """Seaborn's ticks style with the house's sizes, inside a with block only."""
    import matplotlib as mpl
    import seaborn as sns

    style = {
        **sns.axes_style("ticks"),
        **sns.plotting_context("notebook", font_scale=0.85),
        "font.family": "DejaVu Sans",
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


def axes_or_new(ax: Axes | None, *, width: float = 7.6, height: float = 4.6) -> Axes:
    """The given axes, or those of a new pyplot figure, which a notebook shows by itself."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    _, new = plt.subplots(figsize=(width, height), layout="constrained")
    return new


def round_step(end: float, *, columns: int = 10) -> float:
    """A step of 1, 2, 3, 6 or 12 times a power of ten with at most so many steps to the end."""
    power = 10.0 ** math.floor(math.log10(end / columns))
    steps = (factor * power for factor in (1, 2, 3, 6, 12, 24, 60))
    return next(step for step in steps if end / step <= columns)
