"""How figures look: one style, colours and dashes that are told apart without colour too."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice, pairwise
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

FONT = "DejaVu Sans"
"""It comes with matplotlib, so that texts are laid out the same everywhere."""


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
    """Seaborn's ticks style with the house's sizes, inside a with block only.

    Yields
    ------
    None
        Settings of matplotlib are put back when the block ends.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import survcomp as sc
    >>> with sc.plotting.house_style():
    ...     ax = plt.figure().subplots()
    >>> ax.xaxis.label.get_size()
    10.2
    """
    import matplotlib as mpl
    import seaborn as sns

    style = {
        **sns.axes_style("ticks"),
        **sns.plotting_context("notebook", font_scale=0.85),
        "font.family": FONT,
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
    # not rc_context: it would also take back what a notebook's backend sets at the first figure,
    # after which no figure is shown
    before = {name: mpl.rcParams[name] for name in style}
    mpl.rcParams.update(style)
    try:
        yield
    finally:
        mpl.rcParams.update(before)


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


RATIO_STEPS = (
    (1,),
    (1, 3),
    (1, 2, 5),
    (1, 1.5, 2, 3, 5, 7),
    (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8),
    (1, 1.1, 1.2, 1.3, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9),
)
"""Labels of one decade of a logarithmic axis, from the coarsest to the finest."""
NEAREST = 0.095
"""Least distance of two labels, as a share of the axis."""


def log_ticks(low: float, high: float) -> list[float]:
    """Labels of a logarithmic axis from end to end, as many as have room, 1 among them."""
    room = NEAREST * math.log(high / low)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks: list[float] = []
    for steps in RATIO_STEPS:
        finer = [float(f"{step}e{power}") for power in decades for step in steps]
        finer = [tick for tick in finer if low <= tick <= high]
        apart = min((math.log(b / a) for a, b in pairwise(finer)), default=math.inf)
        if apart < room and ticks:
            break
        ticks = finer
    return ticks


TIME_TICKS = {
    "days": (1, 3, 7, 14, 30, 91, 183, 365, 730, 1461, 2922, 5844),
    "weeks": (0.5, 1, 2, 4, 13, 26, 52, 104, 209, 417, 835),
    "months": (0.1, 0.25, 0.5, 1, 2, 3, 6, 12, 24, 48, 96, 192, 384),
    "years": (0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 30),
}


def label_log_time(ax: Axes, unit: str) -> None:
    """A logarithmic axis of time, labelled where people count."""
    ax.set_xscale("log")
    low, high = ax.get_xlim()
    ticks = [t for t in TIME_TICKS.get(unit, ()) if low <= t <= high]
    if len(ticks) < 2:
        ticks = log_ticks(low, high)
    ax.set_xticks(ticks, [f"{t:g}" for t in ticks])
    ax.minorticks_off()
    ax.set_xlabel(f"{unit.capitalize()}, log scale")
