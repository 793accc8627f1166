"""The checklist: each item, whether it is reported, and where."""

from __future__ import annotations

from survcomp.report.document import Document, Figure, Paragraph, Section, walk
from survcomp.report.table import Cell, Table, make
from survcomp.values.results import Results

INTRODUCTION = (
    "Items that guidance on indirect comparisons and reviews of their reporting ask for. Which of "
    "them are reported is found out from the results; nothing is ticked by hand. This is no "
    "statement of compliance with any guidance."
)
TONE = {"reported": "good", "not reported": "bad", "in part": "bad"}


def checklist(results: Results, document: Document) -> Table:
    """One row an item, with the places of a document that report it."""
    places = _places(document)
    rows: list[list[Cell | str]] = []
    for id in results.children("checklist"):
        here = f"checklist/{id}"
        status = str(results.value(f"{here}/status"))
        why = str(results.value(f"{here}/why")) if f"{here}/why" in results else ""
        rows.append(
            [
                id,
                str(results.value(f"{here}/title")),
                Cell(status, record=f"{here}/status", tone=TONE.get(status, "")),
                "; ".join(places.get(id, ())),
                why,
            ]
        )
    return make("Items reported", ["Item", "What", "Status", "Where", "Why not"], rows)


def _places(document: Document) -> dict[str, list[str]]:
    """Names of the blocks that report an item, in the order of reading."""
    numbers = document.numbered()
    found: dict[str, list[str]] = {}
    for block in walk(document.sections):
        if isinstance(block, Section):
            name = block.title
        elif isinstance(block, (Table, Figure)):
            kind = "Table" if isinstance(block, Table) else "Figure"
            name = f"{kind} {numbers[id(block)]}"
        elif isinstance(block, Paragraph):
            name = "text"
        else:
            continue
        for item in block.items:
            found.setdefault(item, [])
            if name not in found[item]:
                found[item].append(name)
    return found
