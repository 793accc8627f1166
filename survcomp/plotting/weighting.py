"""Weights and what they balance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from survcomp.adjustment.diagnostics.balance import Balance
from survcomp.errors import InputError
from survcomp.plotting.style import BLUE, GREY, INK, VERMILLION, axes_or_new, house_style
from survcomp.values.weights import Weights, effective_sample_size

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SMALL_DIFFERENCE = 0.1
"""A standardised difference below it is commonly called small (Austin 2009)."""


def weights(values: Weights, *, bins: int = 30, ax: Axes | None = None) -> Axes:
    """Histogram of the weights, rescaled to mean 1, with the effective sample size.

    Parameters
    ----------
    values : Weights
        Those of left-out patients, which are 0, are not shown.
    bins : int
        Bars.
    ax : Axes, optional
        A new figure's when left out.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        If these are no weights.

    Examples
    --------
    >>> import matplotlib
    >>> import numpy as np
    >>> from survcomp import Weights
    >>> from survcomp.plotting import weights
    >>> matplotlib.use("agg")
    >>> made = Weights(id=("1", "2", "3"), value=np.array([1.0, 2.0, 0.5]), population="T")
    >>> weights(made).get_ylabel()
    'Patients'
    """
    if not isinstance(values, Weights):
        raise InputError(f"`values` takes Weights; got {type(values).__name__}.")
    import seaborn as sns

    kept = np.asarray(values.value)[np.asarray(values.value) > 0]
    scaled = kept / kept.mean()
    with house_style():
        ax = axes_or_new(ax, height=3.2)
        sns.histplot(x=scaled, bins=bins, color=BLUE, edgecolor="white", alpha=1, ax=ax)
        ax.set_xlim(0, None)
        ess = f"{effective_sample_size(kept):.1f}"
        label_weights(ax, n=str(kept.size), ess=ess, largest=f"{scaled.max():.2f}")
    return ax


def label_weights(ax: Axes, *, n: str, ess: str, largest: str) -> None:
    """What a histogram of weights of mean 1 shows, in words; the line at 1 is one patient."""
    from matplotlib.ticker import MaxNLocator

    ax.axvline(1, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
    ax.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    ax.set_xlabel("Weight (1 = counts as one patient)")
    ax.set_ylabel("Patients")
    words = f"n = {n}\neffective sample size {ess}\nlargest weight {largest}"
    ax.text(0.99, 0.95, words, transform=ax.transAxes, ha="right", va="top", fontsize=9)


def balance(table: Balance, *, ax: Axes | None = None) -> Axes:
    """Love plot: standardised differences from the target, before and after weighting.

    Parameters
    ----------
    table : Balance
        From `balance_table`. A covariate that was not matched says so; a difference that is
        infinite (every patient has one value, the target another) is drawn at the edge.
    ax : Axes, optional
        A new figure's when left out.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        If this is no balance table.

    Examples
    --------
    >>> import matplotlib
    >>> import pandas as pd
    >>> from survcomp import IPD, Mean, Population, balance_table, maic_weights
    >>> from survcomp.plotting import balance
    >>> matplotlib.use("agg")
    >>> frame = pd.DataFrame({"t": range(1, 41), "e": 1, "x": [0, 3, 1, 2] * 10})
    >>> ipd = IPD.from_frame(frame, time="t", event="e", time_unit="months", origin="observed",
    ...                      covariates=["x"])
    >>> target = Population.from_moments([Mean(name="x", value=2)], n=29, name="B's trial")
    >>> made = maic_weights(ipd, target, match=["x"])
    >>> balance(balance_table(ipd, target, made)).get_xlabel()
    'Standardised difference from the target'
    """
    if not isinstance(table, Balance):
        raise InputError(f"`table` takes a Balance; got {type(table).__name__}.")
    rows = table.rows
    finite = [
        abs(v) for r in rows for v in (r.difference_before, r.difference_after) if math.isfinite(v)
    ]
    reach = 1.15 * max([*finite, SMALL_DIFFERENCE])
    with house_style():
        ax = axes_or_new(ax, height=1.4 + 0.32 * len(rows))
        for y, row in enumerate(rows):
            before, after = (
                math.copysign(min(abs(v), reach), v)
                for v in (row.difference_before, row.difference_after)
            )
            ax.plot([before, after], [y, y], color=GREY, linewidth=0.9, zorder=1)
            first = y == 0
            ax.plot(
                [before],
                [y],
                "o",
                color=VERMILLION,
                markerfacecolor="white",
                markersize=7,
                label="before weighting" if first else None,
            )
            ax.plot(
                [after],
                [y],
                "s",
                color=BLUE,
                markersize=6,
                label="after weighting" if first else None,
            )
        names = [f"{r.covariate} ({r.kind})" + ("" if r.matched else ", not matched") for r in rows]
        ax.set_yticks(range(len(rows)), names)
        ax.set_ylim(len(rows) - 0.5, -0.5)
        ax.set_xlim(-reach, reach)
        ax.axvline(0, color=INK, linewidth=0.8)
        for limit in (-SMALL_DIFFERENCE, SMALL_DIFFERENCE):
            label = f"{SMALL_DIFFERENCE:g} off the target" if limit > 0 else None
            ax.axvline(limit, color=GREY, linewidth=0.8, linestyle=(0, (2, 2)), label=label)
        ax.set_xlabel("Standardised difference from the target")
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False)
    return ax
