"""What python-docx leaves out: fields, bookmarks, captions with numbers, lists of contents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.text.paragraph import Paragraph

from survcomp.report.document.characters import typeset


@dataclass(frozen=True, slots=True)
class Bookmarks:
    """Bookmarks of one file: each has a number that no other has."""

    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def around(self, paragraph: Paragraph, name: str, *, start: int = 0) -> None:
        """Put a bookmark around what stands in a paragraph from child `start` on."""
        number = str(next(self.numbers))
        children = [child for child in paragraph._p if child.tag != qn("w:pPr")]
        children[start].addprevious(element("w:bookmarkStart", id=number, name=name))
        paragraph._p.append(element("w:bookmarkEnd", id=number))


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a list of contents."""

    text: str
    bookmark: str
    level: int = 1


def element(tag: str, **attributes: str) -> BaseOxmlElement:
    """A Word element with attributes of Word's own name space."""
    made: BaseOxmlElement = OxmlElement(tag)
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), value)
    return made


def add_field(paragraph: Paragraph, instruction: str, shown: str) -> None:
    """A field with what it shows until it is updated."""
    _begin(paragraph, instruction)
    paragraph.add_run(shown)
    _mark(paragraph, "end")


def add_caption(
    paragraph: Paragraph, kind: str, number: int, text: str, *, marks: Bookmarks
) -> None:
    """Lay out "Table 3. Text" with a number that Word counts, in a bookmark."""
    paragraph.add_run(f"{kind} ")
    add_field(paragraph, f"SEQ {kind} \\* ARABIC", str(number))
    marks.around(paragraph, f"{kind.lower()}_{number}")
    paragraph.add_run(f". {typeset(text)}")


def add_contents(
    paragraphs: Iterator[Paragraph],
    instruction: str,
    entries: Sequence[Entry],
    *,
    style: str,
    hint: str = "",
) -> None:
    r"""A list of contents as a field, filled with the entries it will have.

    Parameters
    ----------
    paragraphs : iterator of Paragraph
        Gives empty paragraphs, one after the other.
    instruction : str
        Of the field, such as ``TOC \o "1-2" \h``.
    entries : sequence of Entry
        At least one.
    style : str
        Name of the style; where it has a level, ``{}`` stands for it.
    hint : str
        A last line, which goes when the field is updated.
    """
    for index, entry in enumerate(entries):
        paragraph = next(paragraphs)
        paragraph.style = style.format(entry.level)
        if index == 0:
            _begin(paragraph, instruction)
        link = element("w:hyperlink", anchor=entry.bookmark, history="1")
        run = paragraph.add_run(typeset(entry.text))
        link.append(run._r)
        paragraph._p.append(link)
    if hint:
        paragraph = next(paragraphs)
        paragraph.style = "Table Note"
        paragraph.add_run(hint)
    _mark(paragraph, "end")


def _begin(paragraph: Paragraph, instruction: str) -> None:
    _mark(paragraph, "begin")
    words = OxmlElement("w:instrText")
    words.set(qn("xml:space"), "preserve")
    words.text = f" {instruction} "
    paragraph.add_run()._r.append(words)
    _mark(paragraph, "separate")


def _mark(paragraph: Paragraph, kind: str) -> None:
    paragraph.add_run()._r.append(element("w:fldChar", fldCharType=kind))
