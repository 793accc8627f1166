"""`Context`: what every step is given; `Task`: one of its tables, with where its records go."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from survcomp.analysis.plan.evidence import Evidence
from survcomp.analysis.plan.load import FILE
from survcomp.analysis.plan.tables.settings import SettingsTable
from survcomp.analysis.steps.parts.recorder import Recorder
from survcomp.evidence.files import resolved, shown

SIDES = ("treatment", "comparator")
TableOfStep = TypeVar("TableOfStep")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What every step of an analysis is given.

    Attributes
    ----------
    settings : SettingsTable
        Choices for the whole analysis.
    evidence : Evidence
        Where trials and patients are read.
    folder : Path
        The analysis folder, for the user's own files.
    recorder : Recorder
        Where results go.
    """

    settings: SettingsTable
    evidence: Evidence
    folder: Path
    recorder: Recorder

    def file(self, name: str) -> str:
        """Anchor of a file that the analysis names relative to its own folder."""
        return f"file:{shown(resolved(self.folder / name), self.evidence.project)}"

    @property
    def analysis_file(self) -> str:
        """Anchor of the analysis itself, in which its author typed something in."""
        return f"file:{shown(self.folder / FILE, self.evidence.project)}"

    def task(self, table: TableOfStep, *, prefix: str, path: str) -> Task[TableOfStep]:
        """One table of the step."""
        return Task(
            settings=self.settings,
            evidence=self.evidence,
            folder=self.folder,
            recorder=self.recorder,
            table=table,
            prefix=prefix,
            path=path,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Context, Generic[TableOfStep]):
    """One table to answer, with what that needs.

    Attributes
    ----------
    table : StepTable
        What is asked.
    prefix : str
        Of the ids of all its records, such as ``comparison/pfs``.
    path : str
        Dotted path of the table, such as ``comparisons.pfs``.
    """

    table: TableOfStep
    prefix: str
    path: str

    @property
    def sources(self) -> tuple[str, str]:
        """Ids of the two sides, or of one's own two arms, from which every contrast comes."""
        return f"{self.prefix}/treatment", f"{self.prefix}/comparator"

    def keys(self, *names: str) -> tuple[str, ...]:
        """Dotted paths of keys of the table."""
        return tuple(f"{self.path}.{name}" for name in names)
