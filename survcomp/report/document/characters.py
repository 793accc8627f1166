"""Characters of a text: what a file format cannot hold, and what must not be torn apart."""

from __future__ import annotations

import re

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
NO_BREAK = "\N{NO-BREAK SPACE}"

# XML 1.0 holds tab, new line, carriage return and the planes without surrogates; no more. What
# turns the direction of writing could show 0.68 as 86.0, so that it goes too.
_NOT_SHOWN = re.compile(
    "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u202a-\u202e\u2066-\u2069]"
)
_INTERVAL = re.compile(r"\([^()]*% CI [^()]*\)")
_NUMBER_AND_SIGN = re.compile(
    r"(?<=\d) (?=%)|(?<=\bmedian) (?=\d)|(?<=\bn) (?== \d)|(?<=\bn =) (?=\d)"
    r"|(?<=\)) (?== \d)|(?<=\) =) (?=\d)|(?<=\d) (?=\u00d7 \d)|(?<=\u00d7) (?=\d)"
)
_MEASURE = re.compile(r"\b(HR|OR|RR|RD) (?=-?\d)")


def printable(text: str) -> str:
    r"""The text with a visible sign for what XML forbids and for turns of its direction.

    Examples
    --------
    >>> printable("a\x00b")
    'a\ufffdb'
    """
    return _NOT_SHOWN.sub(REPLACEMENT, text)


def unbroken(text: str) -> str:
    r"""The text with no-break spaces inside "(95% CI 0.26 to 0.68)", "HR 0.42", "76.6 %".

    Examples
    --------
    >>> unbroken("HR 0.42 (95% CI 0.26 to 0.68)").split(" ")
    ['HR\xa00.42', '(95%\xa0CI\xa00.26\xa0to\xa00.68)']
    """
    text = _INTERVAL.sub(lambda match: match.group().replace(" ", NO_BREAK), text)
    text = _MEASURE.sub(lambda match: match.group(1) + NO_BREAK, text)
    return _NUMBER_AND_SIGN.sub(NO_BREAK, text)


def typeset(text: str) -> str:
    """The text as a page shows it: `printable` and `unbroken`."""
    return printable(unbroken(text))
