"""The kinds of value that a TOML file may hold, and the table that refuses unknown keys.

In a trial.toml and in an analysis.toml alike: names, counts, times, shares and limits.
"""

from __future__ import annotations

import math
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from survcomp.values.checks import LARGEST_COUNT, LONGEST_TIME

NOT_REACHED = "not reached"
NOT_PRINTED = "not printed"


def _limit(value: Any) -> Any:
    if value == NOT_REACHED:
        return math.inf
    return value


def _finite_unless_words(value: float) -> float:
    if math.isnan(value):
        raise ValueError('must be a number, "not reached" or "not printed"')
    if LONGEST_TIME < value < math.inf:
        raise ValueError(f"must be at most {LONGEST_TIME:g}")
    return value


def _calendar(value: str) -> str:
    try:
        date.fromisoformat(value if len(value) > len("2026-01") else f"{value}-01")
    except ValueError as error:
        raise ValueError("must be a day or month of the calendar") from error
    return value


def _whole(value: Any) -> Any:
    """In Python 1 == True == 1.0; in a file they are different answers."""
    if type(value) is not int:
        raise ValueError("must be a whole number")
    return value


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Percent = Annotated[float, Field(strict=True, ge=0, le=100, allow_inf_nan=False)]
Fraction = Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)]
PositiveNumber = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]
Level = Annotated[float, Field(strict=True, ge=0.5, le=0.999)]
Flag = Annotated[bool, Field(strict=True)]
SchemaVersion = Annotated[Literal[1], BeforeValidator(_whole)]
CalendarDate = Annotated[
    str, StringConstraints(pattern=r"^\d{4}-\d{2}(-\d{2})?$"), AfterValidator(_calendar)
]
Patients = Annotated[int, Field(ge=0, le=LARGEST_COUNT, strict=True)]
SomePatients = Annotated[int, Field(ge=1, le=LARGEST_COUNT, strict=True)]
Time = Annotated[float, Field(strict=True, ge=0, le=LONGEST_TIME)]
TimeOrNotReached = Annotated[
    float, BeforeValidator(_limit), Field(strict=True, ge=0), AfterValidator(_finite_unless_words)
]
Limit = TimeOrNotReached | Literal["not printed"]
FractionLimit = Fraction | Literal["not printed"]
PercentLimit = Percent | Literal["not printed"]


class Table(BaseModel):
    """A table of a TOML file: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Published(Table):
    """A published number: where it was read, and why it is set aside, if it is."""

    source: Text = Field(description="Citation id.")
    note: str = Field(default="", description="Remark.")
    set_aside: str = Field(
        default="",
        description="Why this number is kept but not used; leave out for the numbers in use.",
    )
