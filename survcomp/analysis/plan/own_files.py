"""Which files of the user's own an analysis names, each with its key."""

from __future__ import annotations

from collections.abc import Iterator

from survcomp.analysis.plan.anchored import AnchoredTable
from survcomp.analysis.plan.schema import (
    AnalysisFile,
    ComparisonTable,
    ResponseComparisonTable,
    SideTable,
)


def own_files(table: AnalysisFile) -> Iterator[tuple[str, str]]:
    """Key and path of each file of the user's own that an analysis names."""
    for index, comparison in enumerate(table.comparisons):
        for key, file in _comparison_files(comparison):
            yield f"comparisons[{index}].{key}", file
    for index, anchored in enumerate(table.anchored):
        for key, file in _anchored_files(anchored):
            yield f"anchored[{index}].{key}", file
    for index, response in enumerate(table.responses):
        for key, file in _response_files(response):
            yield f"responses[{index}].{key}", file


def _anchored_files(anchored: AnchoredTable) -> Iterator[tuple[str, str]]:
    """Key and path of each file that an anchored comparison names."""
    for key, file in anchored.patients.files.items():
        yield f"patients.{key}", file
    if anchored.adjust.agd is not None:
        yield "adjust.agd.file", anchored.adjust.agd.file


def _response_files(response: ResponseComparisonTable) -> Iterator[tuple[str, str]]:
    """Key and path of each file that a response comparison names."""
    if response.treatment.patients is not None:
        for key, file in response.treatment.patients.files.items():
            yield f"treatment.patients.{key}", file
    if response.adjust is not None and response.adjust.agd is not None:
        yield "adjust.agd.file", response.adjust.agd.file


def _comparison_files(comparison: ComparisonTable) -> Iterator[tuple[str, str]]:
    """Key and path of each file that a comparison names."""
    for name in ("treatment", "comparator"):
        side: SideTable = getattr(comparison, name)
        if side.patients is not None:
            for key, file in side.patients.files.items():
                yield f"{name}.patients.{key}", file
        if side.printed is not None:
            yield f"{name}.printed.file", side.printed.file
    if comparison.adjust is not None and comparison.adjust.agd is not None:
        yield "adjust.agd.file", comparison.adjust.agd.file
