"""The checklist: each item, whether it is reported, and where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from survcomp.report.document.sections import Block, Document, Figure, Folded, Paragraph, Section
from survcomp.report.document.table import Cell, Table, make
from survcomp.values.records.results import Results

INTRODUCTION = (
    "Items that guidance on indirect comparisons and reviews of their reporting ask for. Which of "
    "them are reported is found out from the results; nothing is ticked by hand. This is no "
    "statement of compliance with any guidance."
)
NOT_ASKED = "does not apply"
TONE = {"reported": "good", "not reported": "bad", "in part": "bad"}


def checklist(results: Results, document: Document) -> Table:
    """One row an item, with the places of a document that report it."""
    places = _places(document)
    rows: list[list[Cell | str]] = []
    for id in results.children("checklist"):
        here = f"checklist/{id}"
        status = str(results.value(f"{here}/status"))
        # keys of an analysis.toml are named as on a terminal, between backticks
        why = str(results.value(f"{here}/why")).replace("`", "") if f"{here}/why" in results else ""
        where = "" if status == NOT_ASKED else _where(places.get(id, ()))
        told = Cell(status, record=f"{here}/status", tone=TONE.get(status, ""))
        rows.append([id, str(results.value(f"{here}/title")), told, where, why])
    return make("Items reported", ["Item", "What", "Status", "Where", "Why not"], rows)


Place = tuple[str, str]
"""Kind of a block that is numbered, and its number."""


def _places(document: Document) -> dict[str, list[Place]]:
    """Blocks that report an item, in the order of reading."""
    by_item: dict[str, list[Place]] = {}
    for place, items in _marked(document):
        for item in items:
            here = by_item.setdefault(item, [])
            if place not in here:
                here.append(place)
    return by_item


def _marked(document: Document) -> Iterator[tuple[Place, tuple[str, ...]]]:
    """Every block that can report an item: a paragraph stands for the section around it."""
    numbers, sections = document.numbered(), document.section_numbers()

    def within(blocks: tuple[Block, ...], here: Place) -> Iterator[tuple[Place, tuple[str, ...]]]:
        for block in blocks:
            match block:
                case Section():
                    place = ("Section", sections[id(block)])
                    yield place, block.items
                    yield from within(block.blocks, place)
                case Folded():
                    yield from within(block.blocks, here)
                case Table() | Figure():
                    yield (type(block).__name__, str(numbers[id(block)])), block.items
                case Paragraph():
                    yield here, block.items

    return within(document.sections, ("Section", ""))


def _where(places: Sequence[Place]) -> str:
    """Places in a few words.

    Examples
    --------
    >>> _where([("Table", "3"), ("Section", "2.1"), ("Table", "7")])
    'Tables 3, 7; Section 2.1'
    """
    by_kind: dict[str, list[str]] = {}
    for kind, number in places:
        by_kind.setdefault(kind, []).append(number)
    return "; ".join(
        f"{kind}{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}"
        for kind, numbers in by_kind.items()
    )
