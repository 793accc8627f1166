"""The report as one HTML page that needs no network."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from importlib import resources
from typing import TYPE_CHECKING, Any

from survcomp.report.chapters.build import build_document
from survcomp.report.document.characters import printable
from survcomp.report.document.columns import column_kinds
from survcomp.report.document.sections import (
    CLOSING,
    Block,
    Bullets,
    Document,
    Figure,
    Folded,
    Paragraph,
    Section,
    Terms,
)
from survcomp.report.document.table import Table
from survcomp.report.document.words import web_address
from survcomp.report.forms.trace import all_traces
from survcomp.values.records.results import Results

if TYPE_CHECKING:
    from jinja2 import Template

KIND = {
    Bullets: "bullets",
    Figure: "figure",
    Folded: "folded",
    Paragraph: "paragraph",
    Section: "section",
    Table: "table",
    Terms: "terms",
}
"""Name of the macro that lays out a block."""


def render_html(results: Results) -> str:
    """Render the report of an analysis.

    Parameters
    ----------
    results : Results
        From `survcomp.analysis.run`; nothing else is read and nothing is computed.

    Returns
    -------
    str
        A complete HTML page. Text from the analysis and the evidence is escaped.

    Raises
    ------
    InputError
        If a placeholder in the analysis names a record that does not exist.
    """
    document = build_document(results)
    return html_page(document, traces=all_traces(results, document))


def html_page(document: Document, *, traces: Mapping[str, Any] | None = None) -> str:
    """Lay out a document as one HTML page.

    Parameters
    ----------
    document : Document
    traces : mapping, optional
        From `survcomp.report.forms.trace.all_traces`: what a click on a number shows.
    """
    folder = resources.files("survcomp.report.forms")
    script = (folder / "script.js").read_text("utf-8")
    allowed = f"'sha256-{_digest(script)}'"
    return template("template.html").render(
        document=document,
        closing=CLOSING,
        number=document.numbered(),
        section_number=document.section_numbers(),
        column_kinds=column_kinds,
        chapters=_chapters,
        table_class=_table_class,
        link=web_address,
        kind=_kind,
        key=id,
        traces="" if traces is None else _json(traces),
        style=(folder / "style.css").read_text("utf-8"),
        script=script,
        # the page may run this script and nothing else, and load nothing
        policy=f"default-src 'none'; style-src 'unsafe-inline'; script-src {allowed}",
    )


def template(name: str) -> Template:
    """A page's template: all that it is given is escaped, and all that it names must be given."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.from_string(
        (resources.files("survcomp.report.forms") / name).read_text("utf-8")
    )


def _shown(value: Any) -> Any:
    """A text without control characters and turns of direction; markup is left as it is."""
    return printable(value) if type(value) is str else value


def _kind(block: Block) -> str:
    return KIND[type(block)]


def _chapters(section: Section) -> tuple[Section, ...]:
    return tuple(block for block in section.blocks if isinstance(block, Section))


def _table_class(table: Table) -> str:
    """texts: cards on a phone. crowded: effects are broken into two lines, for want of room."""
    kinds = column_kinds(table)
    texts = "long" in kinds or kinds.count("medium") > 2
    effects = max((sum(" CI " in cell.text for cell in row) for row in table.rows), default=0)
    crowded = effects > 1 or len(table.columns) > 6
    return " ".join(["texts"] * texts + ["crowded"] * crowded)


def _json(fields: Mapping[str, Any]) -> str:
    """JSON that may stand in a script element: no character ends or opens a tag."""
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
