"""The blocks of a document as paragraphs, tables and pictures of a Word file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import docx
from docx.document import Document as WordDocument
from docx.shared import Cm, Length, Pt, RGBColor
from docx.text.paragraph import Paragraph as WordParagraph

from survcomp import __version__
from survcomp.report.document.characters import NO_BREAK, printable, typeset
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
    walk,
)
from survcomp.report.document.table import Table
from survcomp.report.document.words import words
from survcomp.report.forms.word.fields import Bookmarks, Entry, add_caption, add_contents
from survcomp.report.forms.word.styles import (
    DEEPEST_HEADING,
    LANDSCAPE_WIDTH,
    PORTRAIT_WIDTH,
    QUIET,
    dress,
    turn,
)
from survcomp.report.forms.word.table import add_table, add_words, is_comfortable, needs_landscape

PARAGRAPH_STYLE = {"plain": "Normal", "lead": "Summary", "quiet": "Explanation", "banner": "Banner"}
HINT = "For page numbers, select all (Ctrl+A) and update the fields (F9)."
SPACE_AFTER = Pt(8)
DPI = 220
TALLEST = Cm(14.5)
"""Height of a picture at most: with its caption it fits a page on its side."""
MARK_SIZE = Pt(7)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a block stands: how deep, whether in detail, and on which page."""

    level: int = 1
    detail: bool = False
    landscape: bool = False

    @property
    def width(self) -> Length:
        """Width of the text."""
        return Length(LANDSCAPE_WIDTH if self.landscape else PORTRAIT_WIDTH)


@dataclass(frozen=True, slots=True)
class Layout:
    """A Word file in the making, with the numbers and anchors of the document."""

    word: WordDocument
    numbers: dict[int, int]
    anchors: dict[int, str]
    marks: Bookmarks = field(default_factory=Bookmarks)

    def paragraph(self, style: str, place: Place) -> WordParagraph:
        """An empty paragraph; on a page on its side its lines stay as short as upright."""
        made = self.word.add_paragraph(style=style)
        if place.landscape:
            made.paragraph_format.right_indent = Length(LANDSCAPE_WIDTH - PORTRAIT_WIDTH)
        return made


def lay_out(document: Document) -> WordDocument:
    """Lay out a document: title, summary, lists of contents, then the sections."""
    word = docx.Document()
    dress(word, title=document.title, analysis=document.analysis, version=__version__)
    sections = [block for block in walk(document.sections) if isinstance(block, Section)]
    anchors = {id(block): f"_Toc{index:06d}" for index, block in enumerate(sections, 1)}
    layout = Layout(word, document.numbered(), anchors)
    word.add_paragraph(typeset(document.title), style="Title")
    about = f"Analysis {document.analysis}, made with survcomp {__version__}"
    word.add_paragraph(typeset(about), style="Subtitle")
    add_words(word.add_paragraph(style="Summary"), document.summary)
    _front(layout, document)
    _chapters(layout, document.sections)
    word.add_paragraph(CLOSING, style="Explanation")
    return word


def _front(layout: Layout, document: Document) -> None:
    """Contents, and the lists of tables and of figures."""
    number = document.section_numbers()
    headings = [
        Entry(
            f"{number[id(section)]}\N{EN SPACE}{section.title}", layout.anchors[id(section)], level
        )
        for chapter in document.sections
        for level, section in _two_levels(chapter)
    ]
    _contents(layout, "Contents", 'TOC \\o "1-2" \\h \\z \\u', headings, "toc {}", HINT)
    for kind in (Table, Figure):
        name = kind.__name__
        captioned = [block for block in walk(document.sections) if isinstance(block, kind)]
        entries = [
            Entry(f"{name} {number}. {block.caption}", f"{name.lower()}_{number}")
            for number, block in enumerate(captioned, 1)
        ]
        instruction = f'TOC \\h \\z \\c "{name}"'
        _contents(layout, f"{name}s", instruction, entries, "table of figures")


def _two_levels(chapter: Section) -> Iterator[tuple[int, Section]]:
    yield 1, chapter
    yield from ((2, block) for block in chapter.blocks if isinstance(block, Section))


def _contents(
    layout: Layout,
    heading: str,
    instruction: str,
    entries: list[Entry],
    style: str,
    hint: str = "",
) -> None:
    if not entries:
        return
    layout.word.add_paragraph(heading, style="Contents Heading")
    fresh = iter(layout.word.add_paragraph, None)  # as many as are asked for
    add_contents(fresh, instruction, entries, style=style, hint=hint)


def _chapters(layout: Layout, chapters: tuple[Section, ...]) -> None:
    """Each chapter upright, or on its side where one of its tables needs that."""
    was = False
    for chapter in chapters:
        blocks = walk(chapter.blocks)
        landscape = any(isinstance(b, Table) and needs_landscape(b) for b in blocks)
        if landscape != was:
            turn(layout.word, landscape=landscape)
        was = landscape
        _section(layout, chapter, Place(landscape=landscape))


def _section(layout: Layout, section: Section, place: Place) -> None:
    heading = layout.word.add_paragraph(style=_heading(place))
    heading.add_run(typeset(section.title))
    layout.marks.around(heading, layout.anchors[id(section)])
    if section.items:  # apart from the heading, which Word copies into its contents
        layout.paragraph("Checklist", place).add_run(_joined(section.items))
    _blocks(layout, section.blocks, replace(place, level=place.level + 1))


def _heading(place: Place) -> str:
    return f"Heading {min(place.level, DEEPEST_HEADING)}"


def _blocks(layout: Layout, blocks: tuple[Block, ...], place: Place) -> None:
    for block in blocks:
        _block(layout, block, place)


def _block(layout: Layout, block: Block, place: Place) -> None:
    match block:
        case Paragraph():
            _paragraph(layout, block, place)
        case Bullets():
            style = "Detail Bullet" if place.detail else "List Bullet"
            for item in block.items:
                add_words(layout.paragraph(style, place), item)
        case Terms():
            _terms(layout, block, place)
        case Table():
            _table(layout, block, place)
        case Figure():
            _figure(layout, block, place)
        case Folded():
            _folded(layout, block, place)
        case Section():
            _section(layout, block, place)


def _paragraph(layout: Layout, block: Paragraph, place: Place) -> None:
    style = PARAGRAPH_STYLE[block.style]
    if style == "Normal" and place.detail:
        style = "Detail"
    made = layout.paragraph(style, place)
    add_words(made, block.text)
    _mark(made, block.items)
    if all(span.strong for span in block.text):  # it names what follows
        made.paragraph_format.keep_with_next = True


def _terms(layout: Layout, block: Terms, place: Place) -> None:
    for term, text in block.items:
        if block.layout == "beside":
            made = layout.paragraph("Term and Text", place)
            made.add_run(f"{typeset(term)}\t").bold = True
        else:
            layout.paragraph("Term", place).add_run(typeset(term))
            made = layout.paragraph("Normal", place)
        add_words(made, text)


def _table(layout: Layout, block: Table, place: Place) -> None:
    caption = layout.paragraph("Caption", place)
    caption.paragraph_format.keep_with_next = True
    _number(layout, caption, "Table", block)
    small = place.detail or not is_comfortable(block, place.width)
    style = "Table Text Small" if small else "Table Text"
    add_table(layout.word, block, width=place.width, style=style)
    for index, note in enumerate(block.notes, 1):
        made = layout.paragraph("Table Note", place)
        add_words(made, words(note))
        last = index == len(block.notes)
        made.paragraph_format.keep_with_next = None if last else True
        made.paragraph_format.space_after = SPACE_AFTER if last else None
    if not block.notes:
        layout.word.add_paragraph(style="After Table")


def _figure(layout: Layout, block: Figure, place: Place) -> None:
    picture = layout.word.add_paragraph(style="Picture")
    shape = picture.add_run().add_picture(io.BytesIO(block.drawing.png(dpi=DPI)))
    shrink = min(1.0, place.width / shape.width, TALLEST / shape.height)
    shape.width, shape.height = (
        Length(int(shape.width * shrink)),
        Length(int(shape.height * shrink)),
    )
    about = shape._inline.docPr
    about.set("name", f"Figure {layout.numbers[id(block)]}")
    about.set("descr", printable(block.drawing.title))
    caption = layout.paragraph("Caption", place)
    _number(layout, caption, "Figure", block)
    if block.note:
        caption.paragraph_format.keep_with_next = True
        add_words(layout.paragraph("Table Note", place), words(block.note))


def _number(layout: Layout, caption: WordParagraph, kind: str, block: Table | Figure) -> None:
    number = layout.numbers[id(block)]
    add_caption(caption, kind, number, block.caption, marks=layout.marks)
    _mark(caption, block.items)


def _mark(paragraph: WordParagraph, items: tuple[str, ...]) -> None:
    """Items of the checklist, small and quiet, after what reports them."""
    if items:
        run = paragraph.add_run(f"{NO_BREAK}{NO_BREAK}{_joined(items)}")
        run.font.size, run.font.bold = MARK_SIZE, False
        run.font.color.rgb = RGBColor.from_string(QUIET)


def _joined(items: tuple[str, ...]) -> str:
    return " \N{MIDDLE DOT} ".join(items)


def _folded(layout: Layout, block: Folded, place: Place) -> None:
    """Detail in smaller type; a title only where it is more than the caption below it."""
    if not block.table:
        layout.word.add_paragraph(style="Detail Heading").add_run(typeset(block.title))
    _blocks(layout, block.blocks, replace(place, level=place.level + 1, detail=True))
