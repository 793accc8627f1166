"""Where evidence lies: a user's data/digitized, laid trial by trial over what is shipped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeVar

from survcomp.errors import NotFoundError
from survcomp.evidence.files import inside, resolved
from survcomp.values.trial import Origin

EVIDENCE = Path("data") / "digitized"
P = TypeVar("P", bound=Path | None)
SHIPPED = "evidence/shipped"
"""Where a wheel holds data/digitized, below the package; see pyproject.toml."""
PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Source:
    """One folder that holds data/digitized.

    Attributes
    ----------
    root : Path
        The folder.
    origin : {"project", "shipped"}
        Whether it is the user's or comes with survcomp.
    """

    root: Path
    origin: Origin = "project"

    @property
    def trials(self) -> tuple[str, ...]:
        """Names of the trial folders, sorted."""
        folders = (self.root / EVIDENCE).iterdir()
        return tuple(sorted(p.name for p in folders if (p / "trial.toml").is_file()))

    def folder(self, trial: str) -> Path:
        """Folder of one of its trials."""
        return self.root / EVIDENCE / trial

    def path(self, name: str, trial: str, *, file: str, field: str) -> Path:
        """A file that a trial's trial.toml (`file`) names in one of its fields.

        Raises
        ------
        FileFaultError
            If it lies outside this source.
        """
        return inside(self.root, name, base=self.folder(trial), file=file, field=field)


@dataclass(frozen=True, slots=True)
class Sources:
    """Folders in which trials are looked for, the first before the others.

    A trial is read from one source as a whole: that of the same name in a later one is hidden.

    Attributes
    ----------
    order : tuple of Source
    """

    order: tuple[Source, ...]

    @property
    def trials(self) -> tuple[str, ...]:
        """Names of all trials, sorted, each once."""
        return tuple(sorted({trial for source in self.order for trial in source.trials}))

    def of(self, trial: str) -> Source:
        """The source that a trial is read from.

        Raises
        ------
        NotFoundError
            If there is no such trial; the known ones are listed.
        """
        for source in self.order:
            if trial in source.trials:
                return source
        raise NotFoundError(
            f"no trial {trial!r} in data/digitized; there is: {', '.join(self.trials) or 'none'}."
        )

    def hidden(self, trial: str) -> tuple[Source, ...]:
        """Sources that have a trial of this name too, and are not read for it."""
        return tuple(source for source in self.order if trial in source.trials)[1:]

    def root_of(self, name: str, project: P) -> Path | P:
        """The folder below which an input of this name is read.

        Parameters
        ----------
        name : str
            As in results.json: ``data/digitized/TRIAL/...`` for evidence; anything else is a
            user's own file.
        project : Path or None
            Root of the project, for a user's own files and for trials that no source has.
        """
        parts = PurePosixPath(name).parts
        depth = len(EVIDENCE.parts)
        if parts[:depth] == EVIDENCE.parts and len(parts) > depth:
            trial = parts[depth]
            return next((s.root for s in self.order if trial in s.trials), project)
        return project


Where = Path | str | Sources
"""A folder that holds data/digitized, whose trials alone are meant, or ordered sources."""


def sources_at(where: Where | None) -> Sources:
    """The trials of one folder that holds data/digitized, or sources as they are.

    What `find_evidence` finds where nothing is named.

    Raises
    ------
    NotFoundError
        If the folder does not hold data/digitized.
    """
    if where is None:
        return find_evidence()
    if isinstance(where, Sources):
        return where
    if not (Path(where) / EVIDENCE).is_dir():
        raise NotFoundError(f"no data/digitized in {where}; find_root finds the folder above.")
    return Sources((Source(Path(where)),))


def shipped_root() -> Path | None:
    """The folder with the evidence that comes with survcomp.

    An installed package holds it; a package that runs from its checkout has it beside itself.
    None where neither is so.
    """
    packed = PACKAGE / SHIPPED
    checkout = PACKAGE.parent if (PACKAGE.parent / "pyproject.toml").is_file() else packed
    return next((root for root in (packed, checkout) if (root / EVIDENCE).is_dir()), None)


def find_root(start: Path | str) -> Path:
    """Nearest ancestor of `start` (or `start` itself) that holds data/digitized.

    Parameters
    ----------
    start : path
        Folder or file to look from, such as an analysis folder.

    Returns
    -------
    Path
        Absolute; what `check_evidence`, `read_trial` and `trials` take as `where`.

    Raises
    ------
    NotFoundError
        If there is none.

    Examples
    --------
    >>> from pathlib import Path
    >>> import tempfile
    >>> import survcomp as sc
    >>> with tempfile.TemporaryDirectory() as project:
    ...     analysis = Path(project).resolve() / "analyses" / "mine"
    ...     for folder in (analysis, Path(project) / "data" / "digitized"):
    ...         folder.mkdir(parents=True)
    ...     print(sc.find_root(analysis) == Path(project).resolve())
    True
    """
    here = resolved(Path(start))
    for folder in (here, *here.parents):
        if (folder / EVIDENCE).is_dir():
            return folder
    raise NotFoundError(
        f"no data/digitized in {here} or a folder above it; run survcomp inside a checkout, or "
        "name the folder that holds data/digitized with --data."
    )


def find_evidence(start: Path | str | None = None, *, data: Path | str | None = None) -> Sources:
    """The user's data/digitized, laid trial by trial over the evidence that is shipped.

    Parameters
    ----------
    start : path, optional
        Where to look from, such as an analysis folder; then from the working folder.
    data : path, optional
        Folder that holds data/digitized, or one below it, in place of looking.

    Returns
    -------
    Sources

    Raises
    ------
    NotFoundError
        If there is no data/digitized at `data`, or none anywhere and none is shipped.

    Examples
    --------
    >>> import survcomp as sc
    >>> evidence = sc.find_evidence()
    >>> "karmma" in sc.trials(evidence), sc.read_trial("karmma", evidence).name
    (True, 'KarMMa')
    """
    if data is not None:
        return overlaid(find_root(data))
    starts = [Path.cwd()] if start is None else [Path(start), Path.cwd()]
    project = _nearest(starts)
    if project is None and shipped_root() is None:
        find_root(Path.cwd())  # says what to do
    return overlaid(project)


def _nearest(starts: Iterable[Path]) -> Path | None:
    for start in starts:
        try:
            return find_root(start)
        except NotFoundError:
            continue
    return None


def overlaid(project: Path | None) -> Sources:
    """The evidence of a project, if there is one, over what is shipped."""
    shipped = shipped_root()
    order = [] if project is None else [Source(project)]
    if shipped is not None and (project is None or resolved(project) != shipped):
        order.append(Source(shipped, "shipped"))
    return Sources(tuple(order))


def find_project(folder: Path) -> Path:
    """The root of the project that a folder belongs to, which bounds a user's own files.

    It is the nearest ancestor that holds data/digitized, or the folder itself.
    """
    return _nearest([folder]) or resolved(folder)


def trials(where: Where | None = None) -> tuple[str, ...]:
    """Names of the trials, sorted: what `read_trial` takes.

    Parameters
    ----------
    where : path or Sources, optional
        As in `read_trial`.

    Returns
    -------
    tuple of str

    Raises
    ------
    NotFoundError
        If `where` is a folder that does not hold data/digitized.

    Examples
    --------
    >>> from survcomp import trials
    >>> "karmma" in trials()
    True
    """
    return sources_at(where).trials
