"""Forest plots of contrasts, and a hazard ratio over time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from survcomp.errors import InputError
from survcomp.plotting.marks import legend_above
from survcomp.plotting.style import BLUE, GREY, INK, axes_or_new, house_style, log_ticks
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.contrasts.measure import MEASURES, measure_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Style = Literal["main", "other", "bound", "published", "heading"]


@dataclass(frozen=True, slots=True)
class ForestLine:
    """One line of a forest plot.

    Attributes
    ----------
    label, text : str
        Left and right of the interval.
    estimate, low, high : float
        On the natural scale; NaN limits where there are none.
    style : {"main", "other", "bound", "published", "heading"}
        How it is drawn.

    Examples
    --------
    >>> import survcomp as sc
    >>> from survcomp.plotting import ForestLine, forest_lines
    >>> line = ForestLine(label="MAIC", text="HR 0.42", estimate=0.42, low=0.26, high=0.68)
    >>> ax = forest_lines([ForestLine(label="PFS", style="heading"), line], axis="Hazard ratio")
    >>> [text.get_text() for text in ax.get_yticklabels()]
    ['PFS', 'MAIC']
    """

    label: str
    text: str = ""
    estimate: float = math.nan
    low: float = math.nan
    high: float = math.nan
    style: Style = "heading"


def forest(
    effects: Mapping[str, Contrast] | Sequence[Contrast],
    *,
    ax: Axes | None = None,
) -> Axes:
    """Effects with their intervals below each other, on an axis that holds every interval.

    Parameters
    ----------
    effects : mapping of str to Contrast, or sequence of Contrast
        Of one measure and one pair of treatments; numbered, with outcome and
        population, when given as a sequence.
    ax : Axes, optional
        A new figure's when left out.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        If there is none, or they differ in measure or in what is compared.

    Examples
    --------
    >>> import matplotlib
    >>> from survcomp import Contrast, Question
    >>> from survcomp.plotting import forest
    >>> matplotlib.use("agg")
    >>> question = Question(treatment="cilta-cel", comparator="ide-cel", outcome="PFS",
    ...                     measure="log_hr", population="KarMMa-3")
    >>> maic = Contrast.from_interval(question, value=0.42, ci_low=0.26, ci_high=0.68)
    >>> forest({"Published MAIC": maic}).get_xlabel()
    'HR (log scale)'
    """
    named = _named(effects)
    first = next(iter(named.values()))
    lines = [
        ForestLine(
            label,
            str(effect).removeprefix(f"{_name(effect)} "),
            effect.value,
            *(effect.ci or (math.nan, math.nan)),
            "main",
        )
        for label, effect in named.items()
    ]
    name = _name(first)
    return forest_lines(
        lines,
        axis=f"{name} (log scale)" if first.is_ratio else name,
        sides=_sides(first),
        ratio=first.is_ratio,
        ax=ax,
    )


def _sides(effect: Contrast) -> tuple[str, str]:
    """What a value on the left and one on the right of no difference means.

    More of a response is good, more of an adverse event is not: there, no side is favoured.
    """
    treatment, comparator = effect.treatment, effect.comparator
    if effect.measure == "log_hr":
        return f"favours {treatment}", f"favours {comparator}"
    if MEASURES[effect.measure].time_fields:
        return f"favours {comparator}", f"favours {treatment}"
    return f"less with {treatment}", f"more with {treatment}"


def _named(effects: Mapping[str, Contrast] | Sequence[Contrast]) -> dict[str, Contrast]:
    each = list(effects.values() if isinstance(effects, Mapping) else effects)
    if not each or not all(isinstance(effect, Contrast) for effect in each):
        kinds = {type(effect).__name__ for effect in each} or {"nothing"}
        raise InputError(f"`effects` takes Contrast values; got {', '.join(sorted(kinds))}.")
    if isinstance(effects, Mapping):
        named = dict(effects)
    else:
        named = {f"{i}. {e.outcome}, {e.population}": e for i, e in enumerate(each, start=1)}
    for field in ("measure", "treatment", "comparator", "horizon", "time_unit"):
        values = dict.fromkeys(getattr(effect, field) for effect in named.values())
        if len(values) > 1:
            raise InputError(
                f"`effects` differ in {field} ({', '.join(map(str, values))}); draw them apart."
            )
    return named


def _name(effect: Contrast) -> str:
    return measure_name(effect.measure, horizon=effect.horizon, time_unit=effect.time_unit)


def forest_lines(
    lines: Sequence[ForestLine],
    *,
    axis: str,
    sides: tuple[str, str] | None = None,
    ratio: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Lines of a forest plot, with headings where wanted.

    Parameters
    ----------
    lines : sequence of ForestLine
        From the top down.
    axis : str
        What the axis shows.
    sides : tuple of str, optional
        What a value on the left and one on the right of no difference means.
    ratio : bool
        A logarithmic axis about 1; else one about 0.
    ax : Axes, optional
        A new figure's when left out.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        If there are none.

    Examples
    --------
    >>> from survcomp.plotting import ForestLine, forest_lines
    >>> lines = [ForestLine(label="naive", text="0.51", estimate=0.51, low=0.33, high=0.79),
    ...          ForestLine(label="MAIC", text="0.42", estimate=0.42, low=0.26, high=0.68)]
    >>> ax = forest_lines(lines, axis="Hazard ratio", sides=("favours A", "favours B"))
    >>> ax.get_xlabel()
    'Hazard ratio'
    >>> ax.get_xscale()
    'log'
    """
    if not lines:
        raise InputError("`lines` is empty; give at least one ForestLine.")
    with house_style():
        ax = axes_or_new(ax, width=9.2, height=1.25 + 0.3 * len(lines))
        null = 1.0 if ratio else 0.0
        low, high = _limits(lines, null=null, ratio=ratio)
        if ratio:
            ax.set_xscale("log")
            ticks = log_ticks(low, high)
            ax.set_xticks(ticks, [f"{t:g}" for t in ticks])
            ax.minorticks_off()
        ax.set_xlim(low, high)
        ax.set_ylim(len(lines) - 0.4, -0.7)
        ax.axvline(null, color=INK, linewidth=0.8)
        ax.spines["left"].set_visible(False)
        ax.set_yticks(range(len(lines)), [line.label for line in lines])
        ax.tick_params(axis="y", length=0)
        for tick, line in zip(ax.get_yticklabels(), lines, strict=True):
            tick.set_fontweight("bold" if line.style == "heading" else "normal")
            tick.set_color(GREY if line.style == "published" else INK)
        ax.set_xlabel(axis)
        if sides:
            words = (("right", f"← {sides[0]}  "), ("left", f"  {sides[1]} →"))
            for side, text in words:
                ax.annotate(
                    text,
                    (null, 0),
                    xycoords=("data", "axes fraction"),
                    xytext=(0, -40),
                    textcoords="offset points",
                    ha=side,
                    va="top",
                    fontsize=8.5,
                    color=GREY,
                )
        for y, line in enumerate(lines):
            _line(ax, line, y)
    return ax


def _limits(lines: Sequence[ForestLine], *, null: float, ratio: bool) -> tuple[float, float]:
    numbers = [v for r in lines for v in (r.estimate, r.low, r.high) if math.isfinite(v)]
    if ratio:
        return min(*numbers, 0.9) / 1.15, max(*numbers, 1.1) * 1.15
    reach = max(abs(v) for v in (*numbers, 1e-9))
    low, high = min(*numbers, null), max(*numbers, null)
    return low - 0.08 * reach, high + 0.08 * reach


def _line(ax: Axes, line: ForestLine, y: int) -> None:
    if line.style == "heading":
        return
    colour: str = {"main": BLUE, "published": GREY}.get(line.style, INK)
    marker, size, face = {
        "main": ("s", 7, BLUE),
        "other": ("s", 5, "white"),
        "bound": ("v", 6, "white"),
        "published": ("D", 6, "white"),
    }[line.style]
    if math.isfinite(line.low) and math.isfinite(line.high):
        dash: Any = (0, (4, 2)) if line.style == "published" else "-"
        ax.plot([line.low, line.high], [y, y], color=colour, linewidth=1.4, linestyle=dash)
    ax.plot(
        [line.estimate],
        [y],
        color=colour,
        linestyle="none",
        marker=marker,
        markersize=size,
        markerfacecolor=face,
    )
    ax.annotate(
        line.text,
        (1.03, y),
        xycoords=("axes fraction", "data"),
        va="center",
        fontsize=9,
        color=GREY if line.style == "published" else INK,
        annotation_clip=False,
    )


def hazard_ratio_over_time(
    cuts: Sequence[float],
    effects: Sequence[Contrast],
    *,
    constant: Contrast | None = None,
    time_unit: str = "months",
    ax: Axes | None = None,
) -> Axes:
    """Hazard ratio in each period with its interval, the constant one beside it.

    Parameters
    ----------
    cuts : sequence of float, of length k + 1
        Limits of the periods, ascending.
    effects : sequence of Contrast, of length k
        Log hazard ratio in each period.
    constant : Contrast, optional
        The hazard ratio of the whole follow-up.
    time_unit : str
        Unit of the cuts.
    ax : Axes, optional
        A new figure's when left out.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        If the lengths do not go together, or an effect is no hazard ratio.

    Examples
    --------
    >>> import matplotlib
    >>> from survcomp import Contrast, Question
    >>> from survcomp.plotting import hazard_ratio_over_time
    >>> matplotlib.use("agg")
    >>> question = Question(treatment="A", comparator="B", outcome="OS", measure="log_hr",
    ...                     population="T")
    >>> early, late = (
    ...     Contrast.from_interval(question, value=hr, ci_low=hr / 2, ci_high=hr * 2)
    ...     for hr in (0.9, 0.5))
    >>> hazard_ratio_over_time([0, 6, 24], [early, late]).get_yscale()
    'log'
    """
    if len(cuts) != len(effects) + 1 or any(np.diff(np.asarray(cuts, float)) <= 0):
        raise InputError(
            f"`cuts` must be ascending, one more than the effects; got {len(cuts)} and "
            f"{len(effects)}."
        )
    wrong = [e.measure for e in effects if e.measure != "log_hr"]
    if wrong:
        raise InputError(f"`effects` must be log hazard ratios; got {wrong[0]!r}.")
    with house_style():
        ax = axes_or_new(ax)
        said = {"line": "in each period", "band": "its interval"}
        for start, end, effect in zip(cuts[:-1], cuts[1:], effects, strict=True):
            height = [effect.value] * 2
            ax.plot([start, end], height, color=BLUE, linewidth=2, label=said.pop("line", None))
            if effect.ci is not None:
                below, above = ([limit] * 2 for limit in effect.ci)
                about: dict[str, Any] = {"color": BLUE, "alpha": 0.18, "linewidth": 0}
                ax.fill_between([start, end], below, above, **about, label=said.pop("band", None))
        if constant is not None:
            ax.axhline(
                constant.value,
                color=INK,
                linewidth=1.1,
                linestyle=(0, (5, 2)),
                label=f"constant: {constant}",
            )
        ax.axhline(1, color=INK, linewidth=0.8, label="no difference")
        legend_above(ax, ax.get_legend_handles_labels()[0])
        ax.set_yscale("log")
        low, high = ax.get_ylim()
        low, high = min(low, 1), max(high, 1)
        ax.set_ylim(low, high)
        ticks = log_ticks(low, high)
        ax.set_yticks(ticks, [f"{t:g}" for t in ticks])
        ax.minorticks_off()
        ax.set_xlim(cuts[0], cuts[-1])
        ax.set_xticks(cuts, [f"{cut:g}" for cut in cuts])
        ax.set_xlabel(time_unit.capitalize())
        first = effects[0]
        ax.set_ylabel(f"HR, {first.treatment} against {first.comparator} (log scale)")
    return ax
