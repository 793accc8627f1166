"""What curves of survival are made of: steps, printed numbers, and rows under the axes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from survcomp.plotting.style import FAINT
from survcomp.values.checks import FloatArray
from survcomp.values.curves.curve import Curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = Sequence[float] | FloatArray
INCHES = 0.26
"""Height of a row of the table under the curves."""
WIDTH, HEIGHT = 8.2, 4.9
"""Inches of a figure of curves, without the rows under it."""
PRINTED: dict[str, Any] = {
    "markerfacecolor": "white",
    "linestyle": "none",
    "capsize": 3,
    "elinewidth": 1.1,
    "zorder": 5,
}
"""An open sign with its interval."""


def room_for(rows: int, *, longest: int = 0, above: float = 0.75) -> tuple[float, dict[str, float]]:
    """Height of a figure in inches, and where its axes lie, with room for rows and a legend.

    Parameters
    ----------
    rows : int
        Rows under the axes.
    longest : int
        Characters of the longest name of a row.
    above : float
        Inches above the axes, for the legend.
    """
    height = HEIGHT + INCHES * rows
    return height, {
        "left": min(0.1 + 0.0085 * longest, 0.4),
        "right": 0.98,
        "bottom": (0.55 + INCHES * (rows + 0.6 * bool(rows))) / height,
        "top": 1 - above / height,
    }


def per_cent_axis(ax: Axes, end: float) -> None:
    """Axes of survival from time 0 to a little beyond the end, in per cent."""
    ax.set_xlim(0, 1.02 * end)
    ax.set_ylim(0, 1.02)
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100"])
    ax.axhline(0.5, color=FAINT, linewidth=0.8, zorder=0)


def step_until(
    ax: Axes,
    time: Numbers,
    survival: Numbers,
    fixed_until: float,
    *,
    inside: Mapping[str, Any],
    beyond: Mapping[str, Any],
) -> None:
    """A step function in one look as far as something published fixes it, and in another beyond."""
    t, s = np.asarray(time, dtype=float), np.asarray(survival, dtype=float)
    before = t <= fixed_until
    joint, level = min(fixed_until, float(t[-1])), s[before][-1:]
    ax.step(np.append(t[before], joint), np.append(s[before], level), **{"where": "post", **inside})
    if joint < t[-1]:
        ax.step(
            np.append(joint, t[~before]),
            np.append(level, s[~before]),
            **{"where": "post", **beyond},
        )


def printed_rates(ax: Axes, published: Curve, **look: Any) -> None:
    """Printed rates, each with its interval where one is printed; the first takes the label."""
    for mark in published.landmarks:
        low = mark.survival if mark.ci_low is None else mark.ci_low
        high = mark.survival if mark.ci_high is None else mark.ci_high
        limits = [[mark.survival - low], [high - mark.survival]]
        ax.errorbar([mark.time], [mark.survival], yerr=limits, **{**PRINTED, **look})
        look.pop("label", None)


def printed_median(ax: Axes, published: Curve, *, shift: float = 0.0, **look: Any) -> None:
    """The printed median on the line of one half; a limit that is not reached runs to the edge.

    Its interval lies so much (`shift`) above that line, so that none of several hides another.
    """
    median = published.median
    if median is None or not median.is_reached:
        return
    low = median.estimate if median.ci_low is None else median.ci_low
    high = median.estimate if median.ci_high is None else median.ci_high
    if math.isinf(high):
        high = max(2 * ax.get_xlim()[1], median.estimate)
    limits = [[median.estimate - low], [high - median.estimate]]
    bar = {**PRINTED, **look, "marker": "none"}
    bar.pop("label", None)
    ax.errorbar([median.estimate], [0.5 + shift], xerr=limits, **bar)
    ax.errorbar([median.estimate], [0.5], **{**PRINTED, **look})


def log_log_steps(
    ax: Axes,
    time: Numbers,
    survival: Numbers,
    **look: Any,
) -> None:
    """log(-log S) where it is known; nothing where it is nowhere."""
    t, s = np.asarray(time, dtype=float), np.asarray(survival, dtype=float)
    inner = (t > 0) & (s > 0) & (s < 1)
    if inner.any():
        ax.step(t[inner], np.log(-np.log(s[inner])), **{"where": "post", **look})


def below(
    ax: Axes, row: int, x: float, text: str, *, x_in: Literal["axes", "data"], **look: Any
) -> None:
    """A text in a row under the axis, so many inches down whatever the height of the axes."""
    ax.annotate(
        text,
        (x, 0),
        xycoords=("axes fraction" if x_in == "axes" else "data", "axes fraction"),
        xytext=(0, -72 * (0.62 + INCHES * row)),
        textcoords="offset points",
        fontsize=8.5,
        va="center",
        annotation_clip=False,
        **look,
    )


def legend_above(ax: Axes, handles: Sequence[Any], *, left: float = -0.01) -> None:
    """The legend above the axes: inside, it would lie on a curve."""
    ax.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(left, 1.0),
        ncols=2,
        frameon=False,
        handlelength=2.6,
        fontsize=8.5,
    )
