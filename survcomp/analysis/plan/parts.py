"""Kinds of values that several tables of an analysis.toml share."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from survcomp.evidence.trial_folders.fields import Text
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


def check_holds(estimate: float, ci: tuple[float, float]) -> None:
    """Raise unless an interval is the right way round and holds its estimate, as printed."""
    low, high = ci
    if low > high:
        raise ValueError(f"`ci` is upside down: {low:g} to {high:g}")
    if not low <= estimate <= high:
        raise ValueError(f"`ci` of {low:g} to {high:g} does not hold the estimate {estimate:g}")
