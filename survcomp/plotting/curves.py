"""Kaplan-Meier curves, and what shows whether hazards are proportional."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from survcomp.errors import InputError
from survcomp.estimation.smoothed_hazard import smoothed_hazard
from survcomp.plotting.arms import Arm, Line, line_of, named_arms, one_unit
from survcomp.plotting.marks import (
    WIDTH,
    below,
    legend_above,
    log_log_steps,
    per_cent_axis,
    printed_median,
    printed_rates,
    room_for,
    step_until,
)
from survcomp.plotting.style import (
    GREY,
    SIGN,
    Look,
    axes_or_new,
    house_style,
    label_log_time,
    looks,
    round_step,
)
from survcomp.values.checks import FloatArray
from survcomp.values.patients.ipd import IPD
from survcomp.values.weights import Weights

if TYPE_CHECKING:
    from matplotlib.axes import Axes

APART = 0.024
"""Between the intervals of two printed medians, as a share of patients."""

LEGEND_MARGIN = 0.06
"""Inches above a legend."""


def km(
    arms: Mapping[str, Arm] | Sequence[Arm] | Arm,
    *,
    weights: Mapping[str, Weights] | None = None,
    at_risk: bool = True,
    band: bool = True,
    level: float = 0.95,
    ax: Axes | None = None,
) -> Axes:
    """Kaplan-Meier curves of one or several arms, with numbers at risk below.

    Parameters
    ----------
    arms : mapping of str to arm, sequence of arms, or one arm
        Observed patients (`IPD`), a `Reconstruction`, an `Ensemble` or a Kaplan-Meier
        estimate. A reconstruction with draws is drawn over them: the line is the pooled
        curve and the band holds the error of the reconstruction too. What was printed
        (rates, median) is marked with its intervals; beyond the last time that something
        published fixes, a curve is pale.
    weights : mapping of str to Weights, optional
        By the names of the arms. A weighted curve takes the arm's look; the unweighted
        one stays beside it, thin.
    at_risk : bool
        Numbers at risk below the axes, a named row an arm; over draws, their median.
    band : bool
        Pointwise confidence band.
    level : float
        Confidence level of the band.
    ax : Axes, optional
        A new figure's when left out.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        If arms are in different time units, or weights name no arm or a rebuilt one.

    Examples
    --------
    >>> import matplotlib
    >>> from survcomp import IPD
    >>> from survcomp.plotting import km
    >>> matplotlib.use("agg")
    >>> a = IPD.from_times([5, 8, 12], [14, 15], arm="A", time_unit="months")
    >>> b = IPD.from_times([2, 3, 6, 9], [10], arm="B", time_unit="months")
    >>> km([a, b]).get_xlabel()
    'Months'
    """
    named = named_arms(arms)
    weights = dict(weights or {})
    unknown = [name for name in weights if name not in named]
    if unknown:
        raise InputError(f"`weights` names {unknown[0]!r}; the arms are {', '.join(named)}.")
    lines = [line_of(name, arm, weights.get(name), level=level) for name, arm in named.items()]
    unit = one_unit(lines)
    with house_style():
        new = ax is None
        ax = _axes_with_room(lines, at_risk=at_risk) if ax is None else ax
        for line, look in zip(lines, looks(len(lines)), strict=True):
            if line.name in weights:
                plain = line_of(line.name, named[line.name], None, level=level)
                ax.step(
                    plain.time,
                    plain.survival,
                    where="post",
                    color=look.colour,
                    linewidth=0.9,
                    label=f"{line.name}, not weighted",
                )
            suffix = ", weighted" if line.name in weights else ""
            _curve(ax, line, look, label=f"{line.name}{suffix}", band=band)
        end = max(line.end for line in lines)
        per_cent_axis(ax, end)
        _print(ax, lines)
        times = np.arange(0.0, 1.0001 * end, round_step(end))
        ax.set_xticks(times)
        ax.set_xlabel(unit.capitalize())
        ax.set_ylabel("Event-free, %")
        _legend(ax, lines, band=band, level=level)
        if new:
            _make_room_for_legend(ax)
        if at_risk:
            _table(ax, lines, times)
    return ax


def _axes_with_room(lines: Sequence[Line], *, at_risk: bool) -> Axes:
    """Axes of a new figure, with room for the legend above and the table below."""
    import matplotlib.pyplot as plt

    rows = len(lines) + 1 if at_risk else 0
    longest = max(len(line.name) for line in lines) if at_risk else 0
    height, place = room_for(rows, longest=longest)
    figure, ax = plt.subplots(figsize=(WIDTH, height))
    figure.subplots_adjust(**place)
    return ax


def _curve(ax: Axes, line: Line, look: Look, *, label: str, band: bool) -> None:
    same = {"color": look.colour, "linestyle": look.dash, "zorder": 3}
    step_until(
        ax,
        line.time,
        line.survival,
        line.fixed_until,
        inside={**same, "linewidth": 1.9, "label": label},
        beyond={**same, "linewidth": 1.1, "alpha": 0.45},
    )
    if band:
        ax.fill_between(
            line.time,
            line.low,
            line.high,
            step="post",
            color=look.colour,
            alpha=0.14,
            linewidth=0,
            zorder=1,
        )
    if line.censored.size:
        steps = np.searchsorted(line.time, line.censored, side="right") - 1
        ax.plot(line.censored, line.survival[steps], "|", color=look.colour, markersize=6, zorder=3)


def _print(ax: Axes, lines: Sequence[Line]) -> None:
    """Printed rates and printed medians, open, with their intervals."""
    drawn = [pair for pair in zip(lines, looks(len(lines)), strict=True) if pair[0].published]
    for row, (line, look) in enumerate(drawn):
        assert line.published is not None
        sign = {"color": look.colour, "marker": look.marker, "markersize": 6}
        printed_rates(ax, line.published, **sign)
        shift = APART * ((len(drawn) - 1) / 2 - row)
        printed_median(ax, line.published, shift=shift, **sign)


def _make_room_for_legend(ax: Axes) -> None:
    """A higher figure, where the legend would stand out of it; the axes keep their size."""
    figure, legend = ax.get_figure(root=True), ax.get_legend()
    assert figure is not None
    assert legend is not None
    figure.canvas.draw()
    out = (legend.get_window_extent().y1 - figure.bbox.y1) / figure.dpi + LEGEND_MARGIN
    if out <= 0:
        return
    height = figure.get_figheight()
    low, high = (height * edge for edge in (figure.subplotpars.bottom, figure.subplotpars.top))
    figure.set_figheight(height + out)
    figure.subplots_adjust(bottom=low / (height + out), top=high / (height + out))


def _legend(ax: Axes, lines: Sequence[Line], *, band: bool, level: float) -> None:
    """The arms, and what each other mark is."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = list(ax.get_legend_handles_labels()[0])
    if band:
        holds = ", reconstruction included" if any(x.over_draws for x in lines) else ""
        handles.append(Patch(color=GREY, alpha=0.2, label=f"{100 * level:g}% band{holds}"))
    if any(line.published is not None for line in lines):
        mark: dict[str, Any] = {
            "marker": "o",
            "markerfacecolor": "white",
            "linestyle": "none",
            "color": GREY,
        }
        handles.append(Line2D([], [], label="printed, with interval", **mark))
    if any(line.fixed_until < line.end for line in lines):
        pale: dict[str, Any] = {"color": GREY, "linewidth": 1.1, "alpha": 0.6}
        handles.append(Line2D([], [], label="beyond what was printed", **pale))
    if any(line.censored.size for line in lines):
        tick: dict[str, Any] = {"marker": "|", "linestyle": "none", "color": GREY}
        handles.append(Line2D([], [], label="censored", **tick))
    legend_above(ax, handles)


def _table(ax: Axes, lines: Sequence[Line], times: FloatArray) -> None:
    rebuilt = any(line.over_draws for line in lines)
    heading = "At risk (rebuilt: median of the draws)" if rebuilt else "At risk"
    below(ax, 0, 0, heading, x_in="axes", fontweight="bold", ha="left")
    for row, (line, look) in enumerate(zip(lines, looks(len(lines)), strict=True), start=1):
        name = f"{line.name} {SIGN[look.marker]}"
        below(ax, row, -0.035, name, x_in="axes", color=look.colour, ha="right")
        for time, count in zip(times, line.at_risk(times), strict=True):
            below(ax, row, time, f"{count:.0f}", x_in="data", color=look.colour, ha="center")


def log_cumulative_hazard(
    arms: Mapping[str, Arm] | Sequence[Arm] | Arm,
    *,
    weights: Mapping[str, Weights] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """log(-log S) against log time: parallel where hazards are proportional.

    Parameters
    ----------
    arms, weights, ax
        As for `km`. Rebuilt arms are drawn to the last time that something published fixes:
        beyond it the shape is the prior's.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        As for `km`.

    Examples
    --------
    >>> import matplotlib
    >>> from survcomp import IPD
    >>> from survcomp.plotting import log_cumulative_hazard
    >>> matplotlib.use("agg")
    >>> a = IPD.from_times([5, 8, 12], [14, 15], arm="A", time_unit="months")
    >>> log_cumulative_hazard(a).get_ylabel()
    'log(-log S)'
    """
    named = named_arms(arms)
    weights = dict(weights or {})
    lines = [line_of(name, arm, weights.get(name), level=0.95) for name, arm in named.items()]
    unit = one_unit(lines)
    with house_style():
        ax = axes_or_new(ax)
        for line, look in zip(lines, looks(len(lines)), strict=True):
            known = line.time <= line.fixed_until
            log_log_steps(
                ax,
                line.time[known],
                line.survival[known],
                color=look.colour,
                linestyle=look.dash,
                linewidth=1.6,
                label=line.name,
            )
        label_log_time(ax, unit)
        ax.set_ylabel("log(-log S)")
        ax.legend(loc="lower right", frameon=False, handlelength=2.6, fontsize=9)
    return ax


def hazard(
    arms: Mapping[str, IPD] | Sequence[IPD] | IPD,
    *,
    bandwidth: float | None = None,
    band: bool = True,
    level: float = 0.95,
    ax: Axes | None = None,
) -> Axes:
    """Smoothed hazards of observed patients, with their pointwise limits.

    Parameters
    ----------
    arms : mapping of str to IPD, sequence of IPD, or one IPD
        Observed patients. A hazard rebuilt from a few printed numbers is the shape that the
        reconstruction assumes, and is refused.
    bandwidth : float, optional
        As for `smoothed_hazard`.
    band : bool
        Pointwise limits.
    level : float
        Confidence level of the limits.
    ax : Axes, optional
        A new figure's when left out.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        If an arm is not of observed patients, or as for `smoothed_hazard`.

    Examples
    --------
    >>> import matplotlib
    >>> from survcomp import IPD
    >>> from survcomp.plotting import hazard
    >>> matplotlib.use("agg")
    >>> a = IPD.from_times(range(1, 25), [], arm="A", time_unit="months", origin="observed",
    ...                    censoring="observed")
    >>> hazard(a, bandwidth=4).get_ylabel()
    'Events per month at risk'
    """
    named = named_arms(arms)
    rebuilt = [n for n, a in named.items() if not isinstance(a, IPD) or a.origin != "observed"]
    if rebuilt:
        raise InputError(
            f"`arms` holds {rebuilt[0]!r}, which is not observed: its hazard is what the "
            "reconstruction took it to be."
        )
    smooth = [
        smoothed_hazard(arm, bandwidth=bandwidth, level=level)
        for arm in named.values()
        if isinstance(arm, IPD)
    ]
    units = dict.fromkeys(curve.time_unit for curve in smooth)
    if len(units) > 1:
        raise InputError(f"the arms are in different time units ({', '.join(units)}).")
    unit = next(iter(units))
    with house_style():
        ax = axes_or_new(ax)
        for name, curve, look in zip(named, smooth, looks(len(smooth)), strict=True):
            ax.plot(curve.time, curve.estimate, color=look.colour, linestyle=look.dash, label=name)
            if band:
                ax.fill_between(
                    curve.time,
                    curve.ci_low,
                    curve.ci_high,
                    color=look.colour,
                    alpha=0.14,
                    linewidth=0,
                    label=f"{name}, {100 * level:g}% band",
                )
        ax.set_xlim(0, None)
        ax.set_ylim(0, None)
        ax.set_xlabel(unit.capitalize())
        ax.set_ylabel(f"Events per {unit.removesuffix('s')} at risk")
        legend_above(ax, ax.get_legend_handles_labels()[0])
    return ax
