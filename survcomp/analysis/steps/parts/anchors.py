"""Anchors of what a table of an analysis names: the evidence and files that results rest on."""

from __future__ import annotations

from collections.abc import Iterable

from survcomp.analysis.plan.tables.comparisons import CheckTable, SideTable
from survcomp.analysis.plan.tables.own import BaselineTargetTable
from survcomp.analysis.steps.parts.context import Context


def file_anchors(files: Iterable[str], context: Context) -> tuple[str, ...]:
    """Of one's own patients' files."""
    return tuple(context.file(file) for file in files)


def side_anchors(table: SideTable, endpoint: str, context: Context) -> tuple[str, ...]:
    """Of one side of a survival comparison: its curve with the cuts joined to it, or its files."""
    if table.patients is not None:
        return file_anchors(table.patients.files.values(), context)
    if table.printed is not None:
        return (context.file(table.printed.file),)
    curve = f"curve:{table.trial}/{table.arm}/{endpoint}"
    return tuple(f"{curve}/{cut}" for cut in (table.cut, *table.joined_with))


def target_anchor(adjust: BaselineTargetTable, context: Context) -> str:
    """Of the baseline that is weighted to."""
    if adjust.agd is not None:
        return context.file(adjust.agd.file)
    return f"population:{adjust.trial}/{adjust.arm}"


def contrast_anchor(trial: str, contrast: str) -> str:
    """Of a published effect."""
    return f"contrast:{trial}/{contrast}"


def check_anchor(table: CheckTable) -> str:
    """Of a published effect that a table names."""
    return contrast_anchor(table.trial, table.contrast)
