"""`survcomp check`: analyses rerun, each in a process of its own, and compared with what is pinned.

A check says apart what changed: the inputs, the code of survcomp, the environment, and the
numbers. Only numbers make it fail.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from survcomp.analysis.plan.load import FILE, load
from survcomp.analysis.review.pin import Check, Difference, compare, read_pinned
from survcomp.analysis.review.stored import read_results
from survcomp.analysis.review.unbundle import Manifest, read_bundle, unpacked
from survcomp.analysis.run import run
from survcomp.errors import InputError, OtherSchemaError, SurvcompError
from survcomp.evidence.files import resolved
from survcomp.evidence.find import sources_at
from survcomp.report.document.plain import plain_table, printable
from survcomp.report.document.sections import Block, Document, Paragraph, Section, bullets, section
from survcomp.report.document.table import Cell, Table, make
from survcomp.report.document.text import number
from survcomp.report.document.words import words
from survcomp.report.forms.available import FORMS, file_name, render
from survcomp.values.records.results import TOLERANCE, Record, Results

Status = Literal[0, 1, 2]
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Each analysis computes in one thread, so that several side by side do not slow each other, and
so that sums are taken in one order whatever the number of jobs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One analysis, rerun and compared, or why it could not be.

    Attributes
    ----------
    name : str
        Name of the analysis folder.
    check : Check or None
        How the rerun compares; None where there was none.
    error : str
        Why there was none.
    faults : tuple of str
        What else is wrong with a bundle.
    other_schema : bool
        Whether there was none because what is pinned has another schema.
    """

    name: str
    check: Check | None = None
    error: str = ""
    faults: tuple[str, ...] = ()
    other_schema: bool = False

    @property
    def status(self) -> Status:
        """0 it agrees, 1 it differs or has another schema, 2 it could not be rerun."""
        if self.check is None:
            return 1 if self.other_schema else 2
        return 0 if self.check.agrees and not self.faults else 1


def check_one(path: Path, data: Path | None) -> Checked:
    """Rerun one analysis, or that in a bundle, in this process; compare it with what is pinned."""
    name = path.name
    try:
        if path.is_file() and path.name != FILE:
            return _check_bundle(path)
        plan = load(path, data=data)
        name = plan.slug
        pinned = read_pinned(plan.folder)
        return Checked(name=name, check=compare(run(plan), pinned))
    except OtherSchemaError as error:
        return Checked(name=name, error=printable(str(error)), other_schema=True)
    except SurvcompError as error:
        return Checked(name=name, error=printable(str(error)))
    except OSError as error:
        return Checked(name=name, error=f"{error.filename or ''}: {error.strerror or error}")


def _check_bundle(path: Path) -> Checked:
    manifest, contents = read_bundle(path)
    if manifest.left_out:
        names = ", ".join(item.name for item in manifest.left_out)
        raise InputError(
            f"bundle {path.name}: every entry is as its manifest lists it, and it cannot be rerun: "
            f"{names} left out of it. Unpack it, put them in their place, and check the folder."
        )
    with unpacked(path, contents) as root:
        plan = load(root / manifest.analysis, data=sources_at(root))  # on what it holds, alone
        pinned = read_pinned(plan.folder)
        check = compare(run(plan), pinned)
        report = read_results(root / manifest.report)
        faults = list(_faults_of_report(report, pinned, check))
        faults += _faults_of_forms(report, manifest, contents)
    return Checked(name=path.name, check=check, faults=tuple(faults))


def _faults_of_report(report: Results, pinned: dict[str, Any], check: Check) -> Iterator[str]:
    if report.analysis != check.analysis or report.changes:
        yield "results.json is of another analysis, or of changed settings"
    beside = compare(report, pinned)
    if not beside.agrees:
        yield f"results.json differs from pinned.json, first in {beside.differences[0]}"


def _faults_of_forms(
    report: Results, manifest: Manifest, contents: Mapping[str, bytes]
) -> Iterator[str]:
    """Forms of the report that are not what the results beside them give."""
    for form in FORMS:
        name = file_name(form)
        there = contents.get(f"{manifest.report}/{name}")
        if there is None or not manifest.is_made_alike(form):
            continue
        made = render(form, report)
        if (made.encode("utf-8") if isinstance(made, str) else made) != there:
            yield f"{name} is not the report of the results.json beside it"


def check_all(
    folders: Sequence[Path],
    *,
    data: Path | None = None,
    jobs: int = 1,
    done: Callable[[Checked], None] = lambda _: None,
) -> tuple[Checked, ...]:
    """Rerun analyses, each in a clean process, and compare them with what is pinned.

    Parameters
    ----------
    folders : sequence of Path
        Analysis folders, or bundles.
    data : Path, optional
        Folder that holds data/digitized.
    jobs : int
        Analyses at a time; the numbers do not depend on it.
    done : callable
        Called with each as it is done.

    Returns
    -------
    tuple of Checked
        In the order of `folders`.

    Raises
    ------
    InputError
        If `jobs` is below 1.
    """
    if jobs < 1:
        raise InputError(f"`jobs` must be at least 1; got {jobs}.")
    if not folders:
        return ()
    data = None if data is None else resolved(data)
    by_index: dict[int, Checked] = {}
    with _one_thread_each(), _pool(min(jobs, len(folders))) as pool:
        waiting: dict[Future[Checked], int] = {
            pool.submit(check_one, resolved(folder), data): index
            for index, folder in enumerate(folders)
        }
        for future in as_completed(waiting):
            index = waiting[future]
            by_index[index] = _result(future, folders[index])
            done(by_index[index])
    return tuple(by_index[index] for index in range(len(folders)))


def _pool(jobs: int) -> ProcessPoolExecutor:
    # a server that has imported nothing of the user's starts each process: no state is shared
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    if "forkserver" in methods:
        context.set_forkserver_preload(["survcomp.analysis.review.check"])
    return ProcessPoolExecutor(jobs, mp_context=context, max_tasks_per_child=1)


def _result(future: Future[Checked], folder: Path) -> Checked:
    try:
        return future.result()
    except BrokenProcessPool:
        why = "the process that ran it ended before it was done (out of memory?)"
        return Checked(name=folder.name, error=f"{folder.name}: {why}.")


@contextmanager
def _one_thread_each() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def summary_table(checked: Sequence[Checked]) -> Table:
    """One row an analysis: numbers, inputs, code, environment."""
    rows: list[list[Cell | str]] = []
    for item in checked:
        if item.check is None:
            why = "another schema" if item.other_schema else "could not be rerun"
            rows.append([item.name, Cell(why, tone="bad"), "", "", ""])
            continue
        rows.append([item.name, _numbers(item, item.check), *_changed(item.check)])
    columns = ["Analysis", "Numbers", "Inputs", "Code", "Environment"]
    return make("Analyses rerun and compared with what is pinned", columns, rows)


def _numbers(item: Checked, check: Check) -> Cell:
    if item.faults:
        count = len(item.faults)
        return Cell(f"{count} fault{'' if count == 1 else 's'} of the bundle", tone="bad")
    if check.agrees:
        return Cell(f"{check.compared} agree", tone="good")
    return Cell(f"{len(check.differences)} of {check.compared} differ", tone="bad")


def _changed(check: Check) -> tuple[str, str, str]:
    inputs = f"{len(check.changed_inputs)} changed" if check.changed_inputs else "same"
    if check.not_kept:
        return inputs, "not pinned", "not pinned"
    code = "changed" if check.changed_code else "same"
    environment = "changed" if check.changed_environment else "same"
    return inputs, code, environment


def details(item: Checked) -> tuple[str, ...]:
    """What changed in one analysis, one line each; nothing where all is the same."""
    check = item.check
    if check is None:
        return ()
    return (
        *(f"input changed since it was pinned: {name}" for name in check.changed_inputs),
        *(
            [f"code changed since it was pinned: {check.changed_code}"]
            if check.changed_code
            else []
        ),
        *(f"environment changed since it was pinned: {e}" for e in check.changed_environment),
        *item.faults,
        *(str(difference) for difference in check.differences),
    )


def verdict(checked: Sequence[Checked]) -> str:
    """How many agree, in one sentence."""
    agreed = sum(item.status == 0 for item in checked)
    return f"{agreed} of {len(checked)} analyses agree with what is pinned."


def check_text(checked: Sequence[Checked]) -> str:
    """A check as text for a terminal or a pipe."""
    parts = [plain_table(summary_table(checked))] if checked else []
    for item in checked:
        lines = details(item)
        if lines:
            parts.append("\n".join([f"\n{item.name}:", *(f"  {line}" for line in lines)]))
    return printable("\n".join([*parts, *([""] if checked else []), verdict(checked)]))


def check_document(checked: Sequence[Checked]) -> Document:
    """A check as a page for a reviewer: what changed, and every number that differs."""
    overview = section("overview", "Overview", summary_table(checked), Paragraph(words(HOW)))
    chapters = [_chapter(index, item) for index, item in enumerate(checked)]
    return Document(
        title="Analyses rerun and compared with what is pinned",
        analysis="",
        summary=words(verdict(checked)),
        sections=tuple(part for part in (overview, *chapters) if part is not None),
    )


HOW = (
    "Each analysis was rerun in a process of its own. Counts, published numbers and texts must be "
    "equal; sums within 1e-9, fitted numbers within 1e-6 and simulated ones within 5e-3, relative. "
    "Changed inputs, code or environment are shown and are no failure by themselves."
)


def _chapter(index: int, item: Checked) -> Section | None:
    if item.check is None:
        return section(
            f"analysis-{index}", item.name, Paragraph(words(f"No rerun: {item.error}"), "banner")
        )
    check = item.check
    changed = [*item.faults, *(line for line in details(item) if "changed since" in line)]
    table: Block | None = None
    if check.differences:
        table = make(
            f"{item.name}: numbers that differ",
            ["Id", "Pinned", "Now", "Change", "Kind", "Must agree"],
            [_difference_row(d) for d in check.differences],
        )
    return section(f"analysis-{index}", item.name, bullets(tuple(changed)), table)


def _difference_row(difference: Difference) -> list[Cell | str]:
    before, now = difference.pinned, difference.now
    record = now or before
    assert record is not None
    tolerance = TOLERANCE.get(record.kind)
    within = f"within {tolerance:g}" if tolerance else "exactly"
    texts = [_shown(before), _shown(now), _change(before, now)]
    return [difference.id, *texts, record.kind, within]


def _shown(record: Record | None) -> str:
    if record is None:
        return "none"
    if isinstance(record.value, tuple):
        return f"{len(record.value)} numbers"
    return f"{number(record.value, record.unit)} ({record.value!r})"


def _change(before: Record | None, now: Record | None) -> str:
    if before is None or now is None:
        return "new" if before is None else "gone"
    values = before.value, now.value
    if not all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values):
        return "changed"
    return f"{now.value - before.value:+.3g}"  # type: ignore[operator]
