"""`Refused`: an answer that could not be given, why, and what would help."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An answer that could not be given.

    Attributes
    ----------
    reason : str
        Why not, as a sentence.
    remedy : str
        What would allow it; may be empty.

    Examples
    --------
    >>> str(Refused(reason="No covariates are known.", remedy="Give patients with covariates."))
    'No covariates are known. Give patients with covariates.'
    """

    reason: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.reason} {self.remedy}".strip()
