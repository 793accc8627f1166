"""`Ground`: what the records below a prefix of their ids rest on, as the step that made them says.

What is read is named by an anchor: ``curve:trial/arm/endpoint/cut``,
``response:trial/arm/outcome/cut/n``, ``population:trial/arm``, ``contrast:trial/id``,
``effect:trial/id``, ``study:trial`` or ``file:path``; `Results.places` says where each stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What records rest on, beside the sources that they name themselves.

    Attributes
    ----------
    prefix : str
        Of their ids; a record rests on the ground with the longest prefix that it lies below.
    anchors : tuple of str
        Parts of the evidence, or files.
    settings : tuple of str
        Dotted paths of the settings of the analysis, whole tables included.
    simulated : tuple of str
        Those that simulated numbers alone rest on, such as the seed of their draws.
    """

    prefix: str
    anchors: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    simulated: tuple[str, ...] = ()

    def settings_behind(self, kind: str) -> tuple[str, ...]:
        """Dotted paths of the settings behind a record of that kind."""
        return (*self.settings, *self.simulated) if kind == "simulated" else self.settings

    def with_more(
        self,
        prefix: str,
        *,
        anchors: tuple[str, ...],
        settings: tuple[str, ...],
        simulated: tuple[str, ...],
    ) -> Ground:
        """The ground of records further down, which rest on more than those around them."""
        return Ground(
            prefix=prefix,
            anchors=tuple(dict.fromkeys((*self.anchors, *anchors))),
            settings=tuple(dict.fromkeys((*self.settings, *settings))),
            simulated=tuple(dict.fromkeys((*self.simulated, *simulated))),
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; what is empty is left out."""
        parts = {
            "anchors": list(self.anchors),
            "settings": list(self.settings),
            "simulated": list(self.simulated),
        }
        return {"prefix": self.prefix, **{key: part for key, part in parts.items() if part}}

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any]) -> Ground:
        """Read back what `to_dict` wrote."""
        return cls(
            prefix=_text(entry["prefix"]),
            anchors=_texts(entry, "anchors"),
            settings=_texts(entry, "settings"),
            simulated=_texts(entry, "simulated"),
        )


def _texts(entry: Mapping[str, Any], key: str) -> tuple[str, ...]:
    texts = entry.get(key, [])
    if not isinstance(texts, list):
        raise TypeError(f"`grounds.{key}` must be a list; got {texts!r}")
    return tuple(_text(text) for text in texts)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"`grounds` must hold texts; got {value!r}")
    return value


def prefixes(path: str) -> Iterator[str]:
    """The path and every path above it, the longest first.

    Examples
    --------
    >>> list(prefixes("a/b/c"))
    ['a/b/c', 'a/b', 'a']
    """
    while path:
        yield path
        path = path.rpartition("/")[0]


def nearest(grounds: Mapping[str, Ground], path: str) -> Ground | None:
    """The ground with the longest prefix that a path lies below, itself included."""
    return next((grounds[prefix] for prefix in prefixes(path) if prefix in grounds), None)
