"""Which files of the user's own an analysis names, each with its key."""

from __future__ import annotations

from collections.abc import Iterator

from survcomp.analysis.plan.schema import AnalysisFile


def own_files(table: AnalysisFile) -> Iterator[tuple[str, str]]:
    """Key and path of each file of the user's own that an analysis names."""
    for path, part in table.all_tables:
        for key, file in part.own_files():
            yield f"{path}.{key}", file
