"""A report as a value: sections of paragraphs, lists, tables and figures.

It is built once from results (`survcomp.report.chapters.build`), and each form of the report (HTML,
Word, PDF, Excel) only lays it out, so that all of them hold the same numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, overload

from survcomp.report.document.drawing import Drawing
from survcomp.report.document.table import Table
from survcomp.report.document.words import Words, plain, words

CLOSING = (
    "Made with survcomp. Facts and figures belong to the cited publications; this report is a "
    "computation on them and no medical advice."
)
"""What every form of a report ends with."""

ParagraphStyle = Literal["plain", "lead", "quiet", "banner"]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph.

    Attributes
    ----------
    text : Words
        What it says.
    style : {"plain", "lead", "quiet", "banner"}
        lead: the summary. quiet: an explanation. banner: what must not be overlooked.
    items : tuple of str
        Items of the checklist that it reports.
    """

    text: Words
    style: ParagraphStyle = "plain"
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of sentences."""

    items: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms with what they mean, or questions with their answers.

    Attributes
    ----------
    items : tuple of (str, Words)
        Term and text.
    layout : {"beside", "below"}
        Where the text stands.
    """

    items: tuple[tuple[str, Words], ...]
    layout: Literal["beside", "below"] = "below"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its caption.

    Attributes
    ----------
    caption : str
        What it shows, in a few words.
    drawing : Drawing
        The picture; its title is the text for those who cannot see it.
    note : str
        How to read it.
    items : tuple of str
        Items of the checklist that it reports.
    shows : tuple of str
        Paths of the records, or groups of records, that it draws.
    """

    caption: str
    drawing: Drawing
    note: str = ""
    items: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Folded:
    """Detail that a page on a screen shows on request, and paper shows in full."""

    title: str
    blocks: tuple[Block, ...]

    @property
    def table(self) -> Table | None:
        """The table that it opens with, if the title only repeats its caption."""
        first = self.blocks[0]
        return first if isinstance(first, Table) and first.caption == self.title else None


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report with a heading.

    Attributes
    ----------
    id : str
        Anchor: letters, digits, hyphens and underscores.
    title : str
        Heading.
    blocks : tuple of Block
        What stands in it; sections in it are one level lower.
    items : tuple of str
        Items of the checklist that it reports as a whole.
    """

    id: str
    title: str
    blocks: tuple[Block, ...]
    items: tuple[str, ...] = ()


Block = Paragraph | Bullets | Terms | Table | Figure | Folded | Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A whole report.

    Attributes
    ----------
    title, analysis : str
        Title, and name of the analysis folder.
    summary : Words
        The result in a few sentences.
    sections : tuple of Section
        None of them empty.
    """

    title: str
    analysis: str
    summary: Words
    sections: tuple[Section, ...]

    def numbered(self) -> dict[int, int]:
        """Numbers of the tables and of the figures, each from 1, keyed by ``id()`` of the block."""
        counts = {Table: 0, Figure: 0}
        numbers: dict[int, int] = {}
        for block in walk(self.sections):
            if isinstance(block, (Table, Figure)):
                counts[type(block)] += 1
                numbers[id(block)] = counts[type(block)]
        return numbers

    def section_numbers(self) -> dict[int, str]:
        """Numbers of the sections, such as 3 and 3.1, keyed by ``id()`` of the section."""
        return dict(_section_numbers(self.sections, ""))


def _section_numbers(blocks: tuple[Block, ...], above: str) -> Iterator[tuple[int, str]]:
    sections = (block for block in blocks if isinstance(block, Section))
    for index, part in enumerate(sections, start=1):
        yield id(part), f"{above}{index}"
        yield from _section_numbers(part.blocks, f"{above}{index}.")


def walk(blocks: tuple[Block, ...]) -> Iterator[Block]:
    """Every block in the order of reading, sections and folded parts before what is in them."""
    for block in blocks:
        yield block
        if isinstance(block, (Section, Folded)):
            yield from walk(block.blocks)


def told_apart(document: Document) -> Document:
    """The document, with the title of its section in every caption that several blocks have."""
    blocks = (b for b in walk(document.sections) if isinstance(b, (Table, Figure)))
    times = Counter(block.caption for block in blocks)
    several = frozenset(caption for caption, number in times.items() if number > 1)
    sections = tuple(_section_told_apart(part, several) for part in document.sections)
    return replace(document, sections=sections)


def _section_told_apart(part: Section, several: frozenset[str]) -> Section:
    return replace(part, blocks=tuple(_told_apart(b, part.title, several) for b in part.blocks))


def _told_apart(block: Block, title: str, several: frozenset[str]) -> Block:
    match block:
        case Section():
            return _section_told_apart(block, several)
        case Folded():
            inner = tuple(_told_apart(b, title, several) for b in block.blocks)
            first = inner[0]
            name = first.caption if block.table and isinstance(first, Table) else block.title
            return Folded(name, inner)
        case Table() | Figure() if block.caption in several:
            sign = "," if ":" in block.caption else ":"
            return replace(block, caption=f"{block.caption}{sign} {title}")
        case _:
            return block


def all_text(blocks: tuple[Block, ...]) -> str:
    """Everything that is written in the blocks, for a search."""
    return "\n".join(text for block in walk(blocks) for text in _texts(block))


def _texts(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(text):
            yield plain(text)
        case Bullets(items):
            yield from (plain(item) for item in items)
        case Terms(items):
            yield from (f"{term} {plain(text)}" for term, text in items)
        case Figure(caption, _, note):
            yield f"{caption} {note}"
        case Table():
            yield " ".join((block.caption, *block.columns, *block.notes))
            yield from (cell.text for row in block.rows for cell in row)
        case Section() | Folded():
            yield block.title


def section(
    id: str, title: str, *blocks: Block | None, items: tuple[str, ...] = ()
) -> Section | None:
    """A section of the blocks that exist, or none if there is none of them."""
    present = tuple(block for block in blocks if block is not None)
    return Section(id, title, present, items) if present else None


def present(*parts: Section | None) -> tuple[Section, ...]:
    """The sections that exist."""
    return tuple(part for part in parts if part is not None)


@overload
def reporting(block: Table, *items: str) -> Table: ...
@overload
def reporting(block: None, *items: str) -> None: ...
def reporting(block: Table | None, *items: str) -> Table | None:
    """A table, marked with the items of the checklist that it reports."""
    return None if block is None else replace(block, items=items)


def bullets(items: tuple[str, ...]) -> Bullets | None:
    """A list of plain sentences, or none."""
    return Bullets(tuple(words(item) for item in items)) if items else None


def folded(title: str, *blocks: Block | None) -> Folded | None:
    """Detail of the blocks that exist, or none if there is none of them."""
    present = tuple(block for block in blocks if block is not None)
    return Folded(title, present) if present else None


def folded_table(table: Table | None) -> Folded | None:
    """A table that a screen shows on request, under its caption."""
    return None if table is None else Folded(table.caption, (table,))
