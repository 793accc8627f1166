"""Running text in which every number knows the record it shows."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text.

    Attributes
    ----------
    text : str
        What a reader sees.
    record : str
        Id of the record that it shows; empty for words.
    strong : bool
        Whether it is emphasised.
    """

    text: str
    record: str = ""
    strong: bool = False


Words = tuple[Span, ...]


def words(*parts: str | Span) -> Words:
    """Running text from plain strings and spans; empty parts are left out."""
    spans = (part if isinstance(part, Span) else Span(part) for part in parts)
    return tuple(span for span in spans if span.text)


def plain(text: Words) -> str:
    """Running text without its records."""
    return "".join(span.text for span in text)


def web_address(text: str) -> str:
    """The text if it is the address of a web page and nothing else, or nothing.

    Examples
    --------
    >>> web_address("https://example.org/a?b=1"), web_address("javascript:alert(1)")
    ('https://example.org/a?b=1', '')
    """
    return text if re.fullmatch(r"https?://[^\s<>\"']+", text) else ""
