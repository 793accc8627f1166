"""A bundle from somebody else, read without trust: every entry checked before one is written."""

from __future__ import annotations

import hashlib
import json
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from survcomp.analysis.plan.load import FILE
from survcomp.analysis.review.bundle import BUNDLE_SCHEMA, MANIFEST
from survcomp.analysis.review.pin import PINNED
from survcomp.analysis.review.provenance import code, environment, layout
from survcomp.analysis.write import RESULTS
from survcomp.errors import InputError, OtherSchemaError
from survcomp.evidence.files import LARGEST_FILE
from survcomp.evidence.find import EVIDENCE
from survcomp.values.records.results import check_schema

LARGEST_BUNDLE = 200_000_000
"""Bytes, of the file and of all that it unpacks to."""
MOST_ENTRIES = 2_000
LARGEST_RATIO = 200
"""Unpacked over packed size of an entry; text packs 5 to 30 times smaller, a bomb 1,000 times."""
SMALL = 10_000
"""Bytes below which the ratio of an entry says nothing."""
LONGEST_NAME = 200
ENCRYPTED = 0x1
BUNDLE_AGAIN = "have it bundled again by this version"
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

Sha = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Entry(_Strict):
    """One file of a bundle, as the manifest lists it."""

    name: str
    bytes: Annotated[int, Field(ge=0)]
    sha256: Sha


class LeftOut(_Strict):
    """A file that the analysis reads and the bundle does not hold."""

    name: str
    sha256: Sha
    why: str


class Manifest(_Strict):
    """manifest.json."""

    schema_: Annotated[int, Field(alias="schema", ge=BUNDLE_SCHEMA, le=BUNDLE_SCHEMA)]
    analysis: str
    code: dict[str, str]
    environment: dict[str, str]
    layout: dict[str, str] = {}
    left_out: list[LeftOut]
    entries: list[Entry]

    @property
    def report(self) -> str:
        """Folder of the report below the data root."""
        return f"reports/{PurePosixPath(self.analysis).name}"

    def is_made_alike(self, form: str) -> bool:
        """Whether it was made with the same code and libraries, so that a form must be equal."""
        same = self.code == code() and self.environment == environment()
        return same and self.layout.get(form) == layout().get(form)


def read_bundle(path: Path) -> tuple[Manifest, dict[str, bytes]]:
    """Read a bundle into memory and verify it; nothing is written.

    Parameters
    ----------
    path : Path
        The ZIP file.

    Returns
    -------
    manifest : Manifest
    entries : dict of str to bytes
        Content by path, each with the hash that the manifest lists.

    Raises
    ------
    InputError
        If it is no ZIP, too large, unpacks to too much, holds a path that leads out of its
        folder, a link, a name twice, something encrypted, or anything else than what its
        manifest lists.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST_BUNDLE:
            raise _wrong(path, f"has {size} bytes; at most {LARGEST_BUNDLE}")
        with zipfile.ZipFile(path) as archive:
            contents = _contents(path, archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _wrong(path, f"is no ZIP that can be read: {error}") from error
    except (ValueError, OverflowError) as error:
        if isinstance(error, InputError):
            raise
        raise _wrong(path, f"is no ZIP that can be read: {error}") from error
    manifest = _manifest(path, contents.pop(MANIFEST, None))
    _verify(path, manifest, contents)
    return manifest, contents


def _wrong(path: Path, problem: str) -> InputError:
    return InputError(f"bundle {path.name}: {problem}.")


def _contents(path: Path, archive: zipfile.ZipFile) -> dict[str, bytes]:
    infos = archive.infolist()
    if len(infos) > MOST_ENTRIES:
        raise _wrong(path, f"has {len(infos)} entries; at most {MOST_ENTRIES}")
    seen: set[str] = set()
    for info in infos:
        _check_name(path, info.filename)
        key = unicodedata.normalize("NFC", info.filename).casefold()
        if key in seen:
            raise _wrong(path, f"holds {info.filename!r} twice")
        seen.add(key)
        _check_kind(path, info)
    total = sum(info.file_size for info in infos)
    if total > LARGEST_BUNDLE:
        raise _wrong(path, f"unpacks to {total} bytes; at most {LARGEST_BUNDLE}")
    return {info.filename: _content(path, archive, info) for info in infos}


def _check_name(path: Path, name: str) -> None:
    parts = name.split("/")
    plain = all(part not in ("", ".", "..") and part == part.rstrip(". ") for part in parts)
    odd = any(c in '\\:*?"<>|' or ord(c) < 32 for c in name)
    if not plain or odd or len(name) > LONGEST_NAME:
        raise _wrong(path, f"holds {name!r}, which is not a plain path inside it")


def _check_kind(path: Path, info: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG) or info.is_dir():
        raise _wrong(path, f"holds {info.filename!r}, which is a link or no regular file")
    if info.flag_bits & ENCRYPTED or info.compress_type not in METHODS:
        raise _wrong(path, f"holds {info.filename!r}, encrypted or packed in an unknown way")
    if info.file_size > LARGEST_FILE:
        raise _wrong(
            path, f"holds {info.filename!r} of {info.file_size} bytes; at most {LARGEST_FILE}"
        )
    if info.file_size > max(SMALL, LARGEST_RATIO * info.compress_size):
        raise _wrong(
            path,
            f"holds {info.filename!r}, which unpacks to more than {LARGEST_RATIO} times its size",
        )


def _content(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with archive.open(info) as file:
        content = file.read(info.file_size + 1)  # the size that is stated need not be true
    if len(content) != info.file_size:
        raise _wrong(path, f"holds {info.filename!r} with another size than it states")
    return content


def _manifest(path: Path, content: bytes | None) -> Manifest:
    if content is None:
        raise _wrong(path, f"has no {MANIFEST}; it was not made by survcomp bundle")
    try:
        manifest = json.loads(content)
        if isinstance(manifest, dict) and type(manifest.get("schema")) is int:
            check_schema(manifest["schema"], current=BUNDLE_SCHEMA, remedy=BUNDLE_AGAIN)
        return Manifest.model_validate(manifest)
    except OtherSchemaError as error:
        raise _wrong(path, f"cannot be verified: {str(error).removesuffix('.')}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _wrong(path, f"has a wrong {MANIFEST}: {where}: {first['msg']}") from error
    except (ValueError, RecursionError) as error:
        raise _wrong(path, f"has a wrong {MANIFEST}: it is not JSON ({error})") from error


def _verify(path: Path, manifest: Manifest, contents: dict[str, bytes]) -> None:
    listed = {entry.name: entry for entry in manifest.entries}
    if len(listed) != len(manifest.entries):
        raise _wrong(path, f"lists an entry twice in its {MANIFEST}")
    for name in {**listed, **contents}:
        if name not in listed:
            raise _wrong(path, f"holds {name!r}, which its {MANIFEST} does not list")
        if name not in contents:
            raise _wrong(path, f"does not hold {name!r}, which its {MANIFEST} lists")
        if hashlib.sha256(contents[name]).hexdigest() != listed[name].sha256:
            raise _wrong(path, f"holds {name!r} with another content than its {MANIFEST} lists")
    _check_name(path, manifest.analysis)
    for needed in (
        f"{manifest.analysis}/{FILE}",
        f"{manifest.analysis}/{PINNED}",
        f"{manifest.report}/{RESULTS}",
    ):
        if needed not in contents:
            raise _wrong(path, f"holds no {needed}")


@contextmanager
def unpacked(path: Path, contents: dict[str, bytes]) -> Iterator[Path]:
    """The verified entries of a bundle in a temporary folder, which is its data root."""
    with TemporaryDirectory(prefix="survcomp-") as name:
        root = Path(name).resolve()
        (root / EVIDENCE).mkdir(parents=True)  # an analysis of own files alone needs the folder
        for entry, content in contents.items():
            target = root.joinpath(*PurePosixPath(entry).parts)
            if not target.resolve().is_relative_to(root):
                raise _wrong(path, f"holds {entry!r}, which leads out of its folder")
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            except OSError as error:  # such as a file where another entry needs a folder
                raise _wrong(path, f"holds {entry!r}, which cannot be unpacked") from error
        yield root
