"""A report as a value: sections of paragraphs, lists, tables and figures.

It is built once from results (`survcomp.report.build`), and each form of the report (HTML,
Word, PDF, Excel) only lays it out, so that all of them hold the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from survcomp.report.drawing import Drawing
from survcomp.report.table import Table
from survcomp.report.words import Words, words

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
    """

    text: Words
    style: ParagraphStyle = "plain"


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
    shows : tuple of str
        Paths of the records, or groups of records, that it draws.
    """

    caption: str
    drawing: Drawing
    note: str = ""
    shows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Folded:
    """Detail that a page on a screen shows on request, and paper shows in full."""

    title: str
    blocks: tuple[Block, ...]


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
    """

    id: str
    title: str
    blocks: tuple[Block, ...]


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
        found: dict[int, int] = {}
        for block in walk(self.sections):
            if isinstance(block, (Table, Figure)):
                counts[type(block)] += 1
                found[id(block)] = counts[type(block)]
        return found


def walk(blocks: tuple[Block, ...]) -> Iterator[Block]:
    """Every block in the order of reading, sections and folded parts before what is in them."""
    for block in blocks:
        yield block
        if isinstance(block, (Section, Folded)):
            yield from walk(block.blocks)


def section(id: str, title: str, *blocks: Block | None) -> Section | None:
    """A section of the blocks that exist, or none if there is none of them."""
    present = tuple(block for block in blocks if block is not None)
    return Section(id, title, present) if present else None


def bullets(items: tuple[str, ...]) -> Bullets | None:
    """A list of plain sentences, or none."""
    return Bullets(tuple(words(item) for item in items)) if items else None


def folded(title: str, *blocks: Block | None) -> Folded | None:
    """Detail of the blocks that exist, or none if there is none of them."""
    present = tuple(block for block in blocks if block is not None)
    return Folded(title, present) if present else None
