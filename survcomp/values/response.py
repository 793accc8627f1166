"""`Response`: how many of how many patients responded."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from survcomp.errors import ContradictionError, InputError
from survcomp.values.basis import Basis
from survcomp.values.checks import check_count, check_text, printed_step
from survcomp.values.shown import in_a_line, in_a_table


def counts_printed_as(percent: float, n: int, *, step: float | None = None) -> range:
    """Whole counts of `n` patients that print as `percent` (rounding half either way).

    Examples
    --------
    >>> list(counts_printed_as(67, 97))
    [65]
    >>> list(counts_printed_as(71, 254))
    [180, 181]
    """
    half = 0.5 * (printed_step(percent) if step is None else step)
    low = math.ceil(n * (percent - half) / 100 - 1e-9)
    high = math.floor(n * (percent + half) / 100 + 1e-9)
    return range(max(low, 0), min(high, n) + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialArm:
    """One arm of a trial, by name.

    Attributes
    ----------
    trial, arm, treatment : str
        The trial, its arm, and what was given there.

    Examples
    --------
    >>> import survcomp as sc
    >>> arm = sc.TrialArm(trial="karmma", arm="ide_cel", treatment="ide-cel")
    >>> sc.Response.from_published(arm, outcome="ORR", n=128, events=94).id
    'karmma/ide_cel/ORR/no cut/128'
    """

    trial: str
    arm: str
    treatment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A published response: an outcome, a count and its denominator.

    Attributes
    ----------
    trial, arm, treatment : str
        Where it comes from and what was given.
    outcome : str
        As the publication defines it, such as "ORR", ">=CR" or "sCR".
    n : int
        Denominator.
    events : int
        Responders; the count nearest to the printed percentage where none is printed.
    events_low, events_high : int
        Smallest and largest count that prints as published; equal to `events` where a
        count is printed or only one fits.
    basis : Basis
        Analysis set, assessor and data cut.
    source, note : str
        Id of the citation, and a remark.

    Examples
    --------
    >>> import survcomp as sc
    >>> arm = sc.TrialArm(trial="karmma", arm="ide_cel", treatment="ide-cel")
    >>> orr = sc.Response.from_published(arm, outcome="ORR", n=128, percent=73)
    >>> orr.events, orr.events_low, orr.events_high, orr.is_exact
    (93, 93, 94, False)
    """

    trial: str
    arm: str
    treatment: str
    outcome: str
    n: int
    events: int
    events_low: int
    events_high: int
    basis: Basis = field(default_factory=Basis)
    source: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        for name in ("trial", "arm", "treatment", "outcome"):
            check_text(getattr(self, name), name=f"response.{name}")
        check_count(self.n, name="response.n", at_least=1)
        for name in ("events", "events_low", "events_high"):
            check_count(getattr(self, name), name=f"response.{name}")
        if not self.events_low <= self.events <= self.events_high <= self.n:
            raise InputError(
                f"response {self.outcome!r}: {self.events_low} <= {self.events} <= "
                f"{self.events_high} <= {self.n} must hold."
            )

    @classmethod
    def from_published(
        cls,
        arm: TrialArm,
        *,
        outcome: str,
        n: int,
        events: int | None = None,
        percent: float | None = None,
        basis: Basis | None = None,
        source: str = "",
        note: str = "",
    ) -> Response:
        """Make a response from a count, a percentage, or both.

        Raises
        ------
        InputError
            If neither is given.
        ContradictionError
            If no count of `n` prints as `percent`, or `events` is not one of them.

        Examples
        --------
        >>> from survcomp import Response, TrialArm
        >>> arm = TrialArm(trial="KARMMA", arm="ide-cel", treatment="ide-cel")
        >>> Response.from_published(arm, outcome="ORR", n=128, percent=73.4).events
        94
        """
        if events is None and percent is None:
            raise InputError(f"response {outcome!r} needs `events` or `percent`.")
        low = high = events
        if percent is not None:
            possible = counts_printed_as(percent, n)
            if not possible:
                raise ContradictionError(f"no count of {n} patients prints as {percent:g} %.")
            if events is not None and events not in possible:
                raise ContradictionError(
                    f"{events} of {n} is {100 * events / n:.2f} %, not {percent:g} %."
                )
            if events is None:
                low, high = possible[0], possible[-1]
                events = min(possible, key=lambda count: abs(count - n * percent / 100))
        assert events is not None
        assert low is not None
        assert high is not None
        return cls(
            trial=arm.trial,
            arm=arm.arm,
            treatment=arm.treatment,
            outcome=outcome,
            n=n,
            events=events,
            events_low=low,
            events_high=high,
            basis=basis or Basis(),
            source=source,
            note=note,
        )

    @property
    def is_exact(self) -> bool:
        """Whether only one count fits what was printed."""
        return self.events_low == self.events_high

    @property
    def id(self) -> str:
        """Stable path of the response: trial/arm/outcome/cut/denominator."""
        cut = self.basis.cut.label if self.basis.cut else "no cut"
        return f"{self.trial}/{self.arm}/{self.outcome}/{cut}/{self.n}"

    __repr__ = in_a_line
    _repr_html_ = in_a_table
