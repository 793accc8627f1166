"""Checks that the values run on themselves, and read-only copies of arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from survcomp.errors import InputError

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
TimeUnit = Literal["days", "weeks", "months", "years"]

Rng = np.random.Generator | int | None
"""Source of random numbers, or its seed; None for any."""

LONGEST_TIME = 1e6
"""No time is longer, in any unit: a million days are 2,700 years."""

LARGEST_COUNT = 1_000_000
"""No group of patients is larger."""

DAYS_IN: dict[str, float] = {"days": 1.0, "weeks": 7.0, "months": 30.4375, "years": 365.25}


def check_option(value: Any, choices: Any, *, name: str) -> None:
    """Raise unless `value` is one of the strings of the Literal type `choices`."""
    allowed = get_args(choices)
    if value not in allowed:
        listed = ", ".join(repr(choice) for choice in allowed)
        raise InputError(f"`{name}` must be one of {listed}; got {value!r}.")


def generator(rng: Rng, *, name: str = "rng") -> np.random.Generator:
    """The random numbers that `rng` stands for: a seed, a NumPy Generator, or None for any.

    Raises
    ------
    InputError
        If it is something else.
    """
    if isinstance(rng, np.random.Generator):
        return rng
    seed = isinstance(rng, (int, np.integer)) and not isinstance(rng, bool) and rng >= 0
    if rng is None or seed:
        return np.random.default_rng(rng)
    raise InputError(
        f"`{name}` must be a whole number, the seed, or a NumPy Generator, such as "
        f"np.random.default_rng(1); got {rng!r}."
    )


def check_type(value: Any, kind: type | tuple[type, ...], *, name: str, taken: str) -> None:
    """Raise unless `value` is of a type, saying what came and what is taken.

    Examples
    --------
    >>> check_type(8.8, str, name="median", taken="MedianTime(estimate=...)")
    Traceback (most recent call last):
        ...
    survcomp.errors.InputError: `median` must be MedianTime(estimate=...); got float 8.8.
    """
    if not isinstance(value, kind):
        shown = f" {value!r}" if isinstance(value, (bool, int, float, str)) else ""
        raise InputError(f"`{name}` must be {taken}; got {type(value).__name__}{shown}.")


def check_text(value: Any, *, name: str) -> None:
    """Raise unless `value` is a string with something in it."""
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"`{name}` must be a non-empty string; got {value!r}.")


def check_unique(ids: Sequence[str], *, name: str) -> None:
    """Raise if one of these occurs more than once."""
    if len(set(ids)) == len(ids):
        return
    seen: set[str] = set()
    twice = next(i for i in ids if i in seen or seen.add(i))  # type: ignore[func-returns-value]
    raise InputError(f"`{name}` must be unique; {twice!r} occurs more than once.")


def check_count(value: Any, *, name: str, at_least: int = 0) -> None:
    """Raise unless `value` is a whole number of patients."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < at_least:
        raise InputError(
            f"`{name}` must be a whole number of patients, at least {at_least}; got {value!r}."
        )
    if value > LARGEST_COUNT:
        raise InputError(f"`{name}` must be at most {LARGEST_COUNT} patients; got {value!r}.")


def check_probability(value: float, *, name: str) -> None:
    """Raise unless `value` lies in [0, 1]; a value above 1 is suspected to be per cent."""
    if not math.isfinite(value) or not 0.0 <= value <= 1.0:
        hint = " (survival is a fraction here: write 0.766, not 76.6)" if 1 < value <= 100 else ""
        raise InputError(f"`{name}` must lie in [0, 1]; got {value!r}{hint}.")


def check_time(value: float, *, name: str, allow_inf: bool = False) -> None:
    """Raise unless `value` is a time: not negative, not NaN, finite unless allowed."""
    check_type(value, (int, float, np.integer, np.floating), name=name, taken="a time")
    if math.isnan(value) or value < 0 or (math.isinf(value) and not allow_inf):
        raise InputError(f"`{name}` must be a time of at least 0; got {value!r}.")
    if LONGEST_TIME < value < math.inf:
        raise InputError(f"`{name}` must be a time of at most {LONGEST_TIME:g}; got {value!r}.")


def check_longest(times: FloatArray, *, name: str) -> None:
    """Raise if one of these times is longer than any time can be."""
    late = np.flatnonzero(times > LONGEST_TIME)
    if late.size:
        raise InputError(
            f"`{name}` must be at most {LONGEST_TIME:g}; row {late[0] + 1} is {times[late[0]]:g}."
        )


def check_interval(
    estimate: float | None, low: float | None, high: float | None, *, name: str
) -> None:
    """Raise unless low <= estimate <= high, as far as they are known."""
    if low is not None and high is not None and low > high:
        raise InputError(f"`{name}`: the interval {low:g} to {high:g} is upside down.")
    if estimate is None:
        return
    if (low is not None and low > estimate) or (high is not None and high < estimate):
        shown = f"{'?' if low is None else f'{low:g}'} to {'?' if high is None else f'{high:g}'}"
        raise InputError(f"`{name}`: the interval {shown} does not hold the estimate {estimate:g}.")


def read_only(values: ArrayLike, *, name: str) -> FloatArray:
    """Copy `values` to a one-dimensional float array that cannot be written to."""
    try:
        out = np.array(values, dtype=np.float64, copy=True)
    except (TypeError, ValueError) as error:
        raise InputError(f"`{name}` must hold numbers; {error}.") from error
    if out.ndim != 1:
        raise InputError(f"`{name}` must be one-dimensional; got shape {out.shape}.")
    bad = np.flatnonzero(~np.isfinite(out))
    if bad.size:
        raise InputError(f"`{name}` must be finite; row {bad[0] + 1} is {out[bad[0]]!r}.")
    out.flags.writeable = False
    return out


def read_only_matrix(values: Sequence[ArrayLike], *, columns: int) -> FloatArray:
    """Put `columns` columns of equal length side by side, as a matrix that cannot be written to."""
    out = np.column_stack([np.asarray(v, float) for v in values]) if columns else np.empty((0, 0))
    out.flags.writeable = False
    return out


def time_words(value: float) -> str:
    """A time for a sentence: three figures, and never as 1.14e+03.

    Examples
    --------
    >>> time_words(12.345), time_words(1142.3)
    ('12.3', '1142')
    """
    return f"{value:.3g}" if abs(value) < 999.5 else f"{value:.0f}"


def printed_step(value: float) -> float:
    """Unit of the last printed digit of a number, taken from its shortest form.

    Trailing zeros are lost in a float, so 0.550 counts as printed to two places: the
    step is then too wide, never too narrow.

    Examples
    --------
    >>> printed_step(0.766)
    0.001
    >>> printed_step(12.0)
    1.0
    """
    exponent = Decimal(str(value)).normalize().as_tuple().exponent
    if not isinstance(exponent, int):  # infinities and NaN have a letter here
        raise InputError(f"a printed number must be finite; got {value!r}.")
    return float(Decimal(1).scaleb(min(exponent, 0)))
