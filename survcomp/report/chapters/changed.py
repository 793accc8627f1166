"""What was changed for this run, if anything was."""

from __future__ import annotations

from survcomp.report.document.chapter import Chapter
from survcomp.report.document.sections import Paragraph, Section, present, section
from survcomp.report.document.table import make
from survcomp.report.document.words import words
from survcomp.report.tables.evidence import setting_text
from survcomp.values.records.results import Results

CHANGED = (
    "This is not the report of the analysis: settings were changed for this run, as listed. "
    "Numbers follow the change; the words of the analysis (summary, answers, limitations) do not."
)


def changed_settings(results: Results) -> tuple[Section, ...]:
    """A banner and a table."""
    if not results.changes:
        return ()
    rows = [[c.path, setting_text(c.before), setting_text(c.after)] for c in results.changes]
    title = "Settings changed for this run"
    table = make(title, ["Setting", "In the analysis", "In this run"], rows)
    return present(section("changed", title, Paragraph(words(CHANGED), "banner"), table))


CHAPTER = Chapter(place=10, build=changed_settings)
