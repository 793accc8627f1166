"""What a reviewer will ask, with the author's answers."""

from __future__ import annotations

from survcomp.report.document.chapter import Chapter
from survcomp.report.document.sections import Section, Terms, present, section
from survcomp.report.document.text import fill
from survcomp.values.records.results import Results


def points(results: Results) -> tuple[Section, ...]:
    """Questions, numbered, and answers with their numbers filled in."""
    items = tuple(
        (f"{i + 1}. {p['question']}", fill(p["answer"], results, where=f"points[{i}].answer"))
        for i, p in enumerate(results.settings["points"])
    )
    return present(section("points", "What a reviewer will ask", Terms(items) if items else None))


CHAPTER = Chapter(place=80, build=points)
