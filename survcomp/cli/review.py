"""Commands that look back: rerun and compare, trace a number, pack for somebody else."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from survcomp.cli.arguments import Analysis, Data


def check(
    analyses: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[ANALYSIS|BUNDLE.zip ...]", help="All of analyses/ when left out."),
    ] = None,
    data: Data = None,
    jobs: Annotated[
        int | None, typer.Option(metavar="N", help="Analyses at a time; one a core if left out.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Also write a page of differences.")
    ] = None,
) -> None:
    """Rerun analyses and compare them with what is pinned.

    Each runs in a process of its own. Exit status 0 only if all agree: 1 if one differs, 2 if
    one cannot be run. Without a name, folders of analyses/ that are not pinned are listed and
    left out. Changed inputs, code or environment are said, and are no failure by themselves.
    Example: survcomp check --jobs 2 --report differences.html
    """
    from survcomp.analysis import is_pinned
    from survcomp.analysis.review.check import check_all, check_document, check_text

    folders = analyses or _all_analyses(data)
    waiting = [] if analyses else [folder for folder in folders if not is_pinned(folder)]
    named = [folder for folder in folders if folder not in waiting]
    with _progress("Rerunning analyses", len(named)) as advance:
        checked = check_all(
            named, data=data, jobs=jobs or os.cpu_count() or 1, done=lambda _: advance()
        )
    for item in checked:
        if item.error:
            print(f"survcomp: {item.error}", file=sys.stderr)
    if waiting:
        print(f"not pinned: {', '.join(folder.name for folder in waiting)}; run survcomp pin")
    print(check_text(checked))
    if report is not None:
        from survcomp.analysis.write import write_files
        from survcomp.report.forms.html import html_page

        write_files(report.parent, {report.name: html_page(check_document(checked))})
    if any(item.status for item in checked):
        raise typer.Exit(max(item.status for item in checked))


@contextmanager
def _progress(what: str, total: int) -> Iterator[Callable[[], None]]:
    """A progress bar on a terminal, and nothing in a pipe; yields what moves it by one."""
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeElapsedColumn())
    hidden = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as progress:
        task = progress.add_task(what, total=total)
        yield lambda: progress.advance(task)


def _all_analyses(data: Path | None) -> list[Path]:
    from survcomp.errors import NotFoundError
    from survcomp.evidence import find_root

    root = find_root(data or Path.cwd())
    folders = sorted(path.parent for path in (root / "analyses").glob("*/analysis.toml"))
    if not folders:
        raise NotFoundError(f"no analysis in {root / 'analyses'}.")
    return folders


def trace(
    where: Annotated[
        Path,
        typer.Argument(
            metavar="REPORT_OR_ANALYSIS",
            help="A report's folder, a results.json, or an analysis folder.",
        ),
    ],
    id: Annotated[
        str, typer.Argument(metavar="ID", help="Id of a number or of an effect (.../log_hr).")
    ],
    data: Data = None,
) -> None:
    """Follow a number back to its settings, publications, files and their hashes.

    Example: survcomp trace reports/cartitude_4 comparison/pfs_15_9/over_draws/log_hr
    """
    from survcomp.analysis.review.trace import trace_number, trace_text

    print(trace_text(*trace_number(where, id, data=data)))


def bundle(
    analysis: Analysis,
    *,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="X.zip", help="The file to write.")],
    data: Data = None,
    with_patients: Annotated[
        bool,
        typer.Option("--with-patients", help="Put in the patient-level files of your own trial."),
    ] = False,
) -> None:
    """Pack an analysis with its inputs, pinned results and report into one file.

    `survcomp check X.zip` verifies and reruns it elsewhere. Patient-level files of your own trial
    stay out unless asked for. Example: survcomp bundle analyses/karmma_3 -o karmma_3.zip
    """
    from survcomp.analysis.review.bundle import write_bundle

    made = write_bundle(analysis, out, data=data, with_patients=with_patients)
    for name in made.left_out:
        print(f"left out: {name} (patients of your own trial; --with-patients puts it in)")
    print(f"{len(made.entries)} files and their manifest. Bundle: {out}")


Compared = Annotated[
    Path,
    typer.Argument(
        help="A report's folder, a results.json, or an analysis folder (its pinned results)."
    ),
]


def diff(
    first: Compared,
    second: Compared,
    *,
    all_rows: Annotated[
        bool, typer.Option("--all", help="Every row; long tables are cut when left out.")
    ] = False,
) -> None:
    """What moved between two results: effects first, then numbers, words, settings and inputs.

    Exit status 0 if they are the same, 1 if they differ.
    Example: survcomp diff analyses/cartitude_4 reports/cartitude_4
    """
    from survcomp.analysis.review.diff import diff_text, moved
    from survcomp.analysis.review.stored import results_or_pinned

    before, after = results_or_pinned(first), results_or_pinned(second)
    differences = moved(before, after)
    print(diff_text(before, after, differences, all_rows=all_rows))
    if not differences.same:
        raise typer.Exit(1)
