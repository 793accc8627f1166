"""The table of kinds: what a report must know of a comparison to show it beside the others.

A kind is a module of `survcomp.report.kinds` that declares ``KIND = Kind(...)``. The table of the
main results, the forest plots, the page of all analyses and the chapters that go through every
comparison (methods, limitations) then have it, in the order of the kinds' places.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from survcomp.report import kinds as kinds_package
from survcomp.report.document.attached import attached
from survcomp.report.document.cells import best_effect, naive_effect
from survcomp.report.kinds.forest_row import Row
from survcomp.values.records.results import Results

OfOne = Callable[[Results, str], str]
"""What is to be known of one comparison, from its path."""


SAME_ASSUMPTION = (
    "Weighting and models rest on the same assumption: every prognostic factor and effect "
    "modifier is in them."
)


def _nothing(results: Results, path: str) -> str:
    return ""


def _maic(results: Results, path: str) -> str:
    return "MAIC"


def _interval_of_best(results: Results, path: str) -> str:
    return str(results.value(f"{best_effect(results, path)}/interval"))


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadlineColumns:
    """Which columns the table of the main survival results has.

    Attributes
    ----------
    weighted : bool
        The naive effect beside a weighted one.
    with_draws : bool
        The share of the variance that comes from rebuilding.
    """

    weighted: bool
    with_draws: bool


def _no_notes(results: Results, columns: HeadlineColumns) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Survival:
    """How a kind with hazard ratios stands in the main table and in the forest plots.

    Attributes
    ----------
    sides : callable
        The two cells of the main table that say what is compared.
    rows : callable
        Rows of the forest plot of its endpoint, a heading first.
    roles : tuple of str
        Roles in the analysis that the main table and the forest plots show.
    naive : callable
        Path of the effect that is shown beside a weighted one.
    notes : callable
        Notes under the main table, if there is a comparison of this kind in it.
    """

    sides: Callable[[Results, str], tuple[str, str]]
    rows: Callable[[Results, str], tuple[Row, ...]]
    roles: tuple[str, ...] = ("main", "sensitivity")
    naive: OfOne = naive_effect
    notes: Callable[[Results, HeadlineColumns], tuple[str, ...]] = _no_notes


@dataclass(frozen=True, slots=True, kw_only=True)
class BesideModels:
    """What stands beside the outcome models of a kind, and what is said of them.

    Attributes
    ----------
    rests_on : str
        Sentence about what weighting and models have in common.
    naive : str
        Name of the effect without any adjustment.
    weighted : callable
        Name of the weighted effect.
    naive_below : str
        Where the naive effects stand below the path of the comparison.
    leads : str
        Measure of the weighted effect whose assumptions need not be said again.
    made_below : str
        Where the effects whose making is described stand below a method.
    """

    rests_on: str = SAME_ASSUMPTION
    naive: str = "Naive (unadjusted)"
    weighted: OfOne = _maic
    naive_below: str = "/unadjusted"
    leads: str = "log_hr"
    made_below: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of comparison.

    Attributes
    ----------
    place : int
        Where it stands among the kinds: the smaller, the earlier.
    name : str
        First part of the ids of its records.
    table : str
        Its table in the settings of an analysis: a list, each with an id and a label.
    leads_with : callable
        Path of the effect that a comparison leads with.
    holds : callable
        What the interval of that effect holds, as the page of all analyses has it.
    main : tuple of str
        Roles in the analysis that the page of all analyses shows; a comparison without a
        role is a main one.
    cannot_be_verified : callable
        Sentence about what must hold for its effect to be unbiased, or nothing.
    survival : Survival, optional
        None where its effects are no hazard ratios.
    models : BesideModels, optional
        None where it has no outcome models.
    """

    place: int
    name: str
    table: str
    leads_with: OfOne = best_effect
    holds: OfOne = _interval_of_best
    main: tuple[str, ...] = ("main",)
    cannot_be_verified: OfOne = _nothing
    survival: Survival | None = None
    models: BesideModels | None = None

    def paths(self, results: Results, *roles: str) -> tuple[str, ...]:
        """Paths of the comparisons of this kind: all, or those with one of the roles."""
        tables = results.settings.get(self.table, ())
        chosen = (t for t in tables if not roles or t.get("role", "main") in roles)
        return tuple(f"{self.name}/{table['id']}" for table in chosen)


def kinds() -> tuple[Kind, ...]:
    """Every kind, in order."""
    return _kinds_in(tuple(kinds_package.__path__))


@cache
def _kinds_in(folders: tuple[str, ...]) -> tuple[Kind, ...]:
    """The kinds in the folders that the package has now; they are asked for very often."""
    return attached(kinds_package, "KIND", Kind)


def kind_of(path: str) -> Kind:
    """Kind of the comparison that a path belongs to."""
    name = path.split("/")[0]
    return next(kind for kind in kinds() if kind.name == name)


def comparison_settings(results: Results, path: str) -> dict[str, Any]:
    """Settings of one comparison, of whatever kind."""
    id = path.split("/")[1]
    tables = results.settings[kind_of(path).table]
    return next(table for table in tables if table["id"] == id)


def label_of(results: Results, path: str) -> str:
    """What a comparison is called."""
    return str(comparison_settings(results, path)["label"])


def survival_paths(results: Results) -> tuple[tuple[Survival, str], ...]:
    """Every comparison of the main survival table, with how its kind stands in it."""
    return tuple(
        (kind.survival, path)
        for kind in kinds()
        if kind.survival is not None
        for path in kind.paths(results, *kind.survival.roles)
    )
