"""One tree of errors: what is wrong, with which input, and what is allowed.

Every error that survcomp raises on purpose derives from `SurvcompError`, so that
the command line can turn it into one message and exit status 2. Each class is
also the built-in that a Python user would expect to catch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class SurvcompError(Exception):
    """Base of every error that survcomp raises on purpose."""

    def within(self, place: str) -> SurvcompError:
        """The same error with the place where it happened in front of its message."""
        return type(self)(f"{place}: {self}")


class InputError(SurvcompError, ValueError):
    """An argument, a column or a field holds something that is not allowed."""


class BeyondFollowUpError(InputError):
    """A time lies beyond what an arm, or the patients of a model, are followed to."""


class OtherSchemaError(InputError):
    """Results or a bundle of a version of survcomp that wrote another schema of them."""


class NotFoundError(SurvcompError, LookupError):
    """A trial, arm, curve, file or record was asked for that does not exist."""


class ContradictionError(SurvcompError, ValueError):
    """Published numbers cannot all be true of one group of patients."""


class IncompatibleError(SurvcompError, ValueError):
    """Two values may not be combined, or not without naming an assumption."""


class InfeasibleTargetError(SurvcompError, ValueError):
    """No weights on these patients can reach the target population."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a file.

    Attributes
    ----------
    file : str
        The file, relative to the data root where it lies below it.
    field : str
        Path of the field inside the file, such as ``curves[2].landmarks[0].ci_low``,
        or the row of a CSV file.
    problem : str
        What came and what is allowed.
    """

    file: str
    field: str
    problem: str

    def __str__(self) -> str:
        place = f"{self.file}: {self.field}" if self.field else self.file
        return f"{place}: {self.problem}"


class FileFaultError(InputError):
    """One or several faults in input files, all listed at once."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def within(self, place: str) -> SurvcompError:
        """The error itself: its faults name their own places."""
        return self
