"""Kinds of values that several tables of an analysis.toml share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from survcomp.evidence.trial_folders.fields import Table, Text
from survcomp.values.checks import LONGEST_TIME

Positive = Annotated[float, Field(strict=True, gt=0, le=LONGEST_TIME)]
Seed = Annotated[int, Field(strict=True, ge=0, le=2**32 - 1)]


def each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names, if none is there twice."""
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise ValueError(f"names {twice[0]!r} more than once")
    return names


Columns = Annotated[tuple[Text, ...], AfterValidator(each_once)]


def check_one_source(table: Table, evidence: tuple[str, ...], *more: str) -> tuple[str, ...]:
    """Raise unless a side names evidence or one source of the user's own; the latter.

    Parameters
    ----------
    table : Table
        With the keys ``patients`` and ``printed`` beside those of the evidence.
    evidence : tuple of str
        Keys that together name evidence.
    *more : str
        Keys that may go with them.
    """
    sources = tuple(name for name in ("patients", "printed") if getattr(table, name) is not None)
    if not sources and any(getattr(table, name) is None for name in evidence):
        *most, last = (f"`{name}`" for name in evidence)
        needed = f"{', '.join(most)} and {last}"
        raise ValueError(f"needs {needed}, or `patients`, or `printed`")
    if len(sources) > 1:
        raise ValueError("has `patients` and `printed`; give one or other")
    keys = (*evidence, *more)
    if sources and any(getattr(table, name) is not None for name in keys):
        names = ", ".join(f"`{name}`" for name in keys)
        raise ValueError(f"has `{sources[0]}` and one of {names}; give one or other")
    return sources


def check_holds(estimate: float, ci: tuple[float, float]) -> None:
    """Raise unless an interval is the right way round and holds its estimate, as printed."""
    low, high = ci
    if low > high:
        raise ValueError(f"`ci` is upside down: {low:g} to {high:g}")
    if not low <= estimate <= high:
        raise ValueError(f"`ci` of {low:g} to {high:g} does not hold the estimate {estimate:g}")


class StepTable(Table):
    """A table of an analysis.toml that a step of the analysis answers."""

    def own_files(self) -> Iterator[tuple[str, str]]:
        """Key and path of each file of the user's own that it names."""
        yield from ()

    @property
    def matched(self) -> tuple[str, ...]:
        """Covariates that one's own patients are matched on; the list of covariates says so."""
        return ()

    @property
    def adjusts(self) -> bool:
        """Whether anything is adjusted for covariates."""
        return bool(self.matched)


Dimension = Literal[
    "analysis_set",
    "index_date",
    "assessor",
    "censoring_rule",
    "follow_up",
    "outcome",
    "target_population",
]


class AssumedTable(StepTable):
    """A comparison of two sides that may differ in what they were measured on."""

    assumptions: dict[Dimension, Text] = Field(
        default={},
        description="For each mismatch of analysis_set, index_date, assessor, censoring_rule, "
        "follow_up or (responses) outcome: the words that name it; with `adjust` also "
        "target_population, where the baseline weighted to is of other patients than the curve. "
        "Without them a mismatch is refused.",
    )

    @property
    def named(self) -> dict[str, str]:
        """Assumptions about the two sides, keyed by plain strings."""
        return {k: words for k, words in self.assumptions.items() if k != "target_population"}

    @property
    def named_for_weights(self) -> dict[str, str]:
        """Those, and the one about the population weighted to."""
        return {str(dimension): words for dimension, words in self.assumptions.items()}
