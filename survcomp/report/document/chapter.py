"""A chapter of a report as its module declares it: where it stands, and how it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from survcomp.report.document.sections import Document, Section
from survcomp.values.records.results import Results


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A chapter, made from results alone.

    Attributes
    ----------
    place : int
        Where it stands: the smaller, the earlier.
    build : callable
        From results to its sections; an empty tuple where it has nothing to say.
    """

    place: int
    build: Callable[[Results], tuple[Section, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Appendix:
    """What comes after all chapters and is about them, such as a list of what they say where.

    Attributes
    ----------
    place : int
        Where it stands among the appendices.
    build : callable
        From results and the document of the chapters to its sections.
    """

    place: int
    build: Callable[[Results, Document], tuple[Section, ...]]
