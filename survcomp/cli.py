"""The command line: parse, call, print. Exit status 0 done, 1 the answer is no, 2 bad input."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from survcomp import __version__
from survcomp.errors import SurvcompError

if TYPE_CHECKING:
    from survcomp.analysis import Plan
    from survcomp.values.records.results import Results

app = typer.Typer(
    help="Turn what clinical trials publish about survival into comparisons that others can rerun.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
evidence_app = typer.Typer(
    help="List, show and check the evidence in data/digitized.", no_args_is_help=True
)
app.add_typer(evidence_app, name="evidence")

Analysis = Annotated[
    Path, typer.Argument(metavar="ANALYSIS", help="Folder that holds analysis.toml.")
]
Data = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Folder that holds data/digitized; the nearest one above when left out.",
    ),
]


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        print(__version__)
        raise typer.Exit


@app.command()
def run(
    analysis: Analysis,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where to write; reports/ANALYSIS when left out."),
    ] = None,
    formats: Annotated[
        str,
        typer.Option(metavar="LIST", help="Of html, docx, pdf, xlsx; several with commas."),
    ] = "html",
    data: Data = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="PATH=VALUE",
            help="Change a setting for this run, such as settings.level=0.9; may be repeated.",
        ),
    ] = None,
) -> None:
    """Run an analysis: write results.json and the report in one or more forms.

    With --set the report says what was changed and goes to a folder of its own.
    Example: survcomp run analyses/cilta_vs_ide_late_line --formats html,pdf
    """
    from survcomp.analysis import load
    from survcomp.analysis import run as run_analysis
    from survcomp.analysis.plan.changes import parse_setting, refuse_overwriting
    from survcomp.analysis.plan.load import report_folder
    from survcomp.analysis.write import environment_json, results_json, settled, write_files
    from survcomp.report import best_effect, best_response, effect
    from survcomp.report.document.plain import printable
    from survcomp.report.forms.available import FORMS, file_name, parse_formats

    started = time.perf_counter()
    forms = parse_formats(formats)  # before the analysis, which may take a minute
    plan = load(analysis, data=data, settings=[parse_setting(text) for text in set_ or ()])
    folder = out or report_folder(plan)
    refuse_overwriting(folder, plan.changes)
    results = settled(run_analysis(plan), folder)
    reports = _reports(plan, results, forms)
    files = {
        "environment.json": environment_json(seconds=time.perf_counter() - started),
        "results.json": results_json(results),
        **reports,  # last: a report is never newer than its results
    }
    write_files(folder, files)
    lines = [results.title]
    for change in results.changes:
        before, after = repr(change.before), repr(change.after)
        lines.append(f"  changed: {change.path} = {after} (in the analysis {before})")
    asked = results.settings
    labels = {f"comparison/{table['id']}": table["label"] for table in asked["comparisons"]}
    labels |= {f"anchored/{table['id']}": table["label"] for table in asked["anchored"]}
    for comparison, label in labels.items():
        path = best_effect(results, comparison)
        lines.append(f"  {label}: {effect(results, path)}")
        lines.append(f"    {results.value(f'{path}/interval')}")
        warning = f"{path.removesuffix('/log_hr')}/disagreement"
        if warning in results:
            lines.append(f"    {results.value(warning)}")
    for response in asked["responses"]:
        best = best_response(results, f"response/{response['id']}")
        lines.append(f"  {response['label']}: {effect(results, f'{best}/log_rr')}")
    print(printable("\n".join(lines)))
    print(f"{len(results.records)} records. Report: {', '.join(str(folder / r) for r in reports)}")
    for left in (file_name(name) for name in FORMS if name not in forms):
        if (folder / left).exists():
            print(f"{folder / left} is of an earlier run; name its form in --formats to renew it.")


def _reports(plan: Plan, results: Results, forms: tuple[str, ...]) -> dict[str, str | bytes]:
    from survcomp.report.forms.available import file_name, render

    try:
        return {file_name(form): render(form, results) for form in forms}
    except SurvcompError as error:
        raise error.within(plan.file) from error


@app.command()
def pin(analysis: Analysis, data: Data = None) -> None:
    """Accept today's results of an analysis as the pinned ones.

    Example: survcomp pin analyses/cartitude_4
    """
    from survcomp.analysis import load, pinned_dict
    from survcomp.analysis import run as run_analysis
    from survcomp.analysis.write import to_json, write_files

    plan = load(analysis, data=data)
    results = run_analysis(plan)
    _reports(plan, results, ("html",))  # a result that cannot be reported is not accepted
    write_files(plan.folder, {"pinned.json": to_json(pinned_dict(results))})
    print(f"{plan.slug}: {len(results.records)} records pinned.")


@app.command()
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


@app.command()
def index(data: Data = None) -> None:
    """List all analyses on one page, reports/index.html.

    It shows what is in reports today and reruns nothing; a run writes its own folder only, so
    that runs side by side do not write the same file. Example: survcomp index
    """
    from survcomp.analysis.review.index import REPORTS, entries
    from survcomp.analysis.write import write_files
    from survcomp.evidence import find_root
    from survcomp.report.forms.index_page import index_page

    root = find_root(data or Path.cwd())
    found = entries(root)
    write_files(root / REPORTS, {"index.html": index_page(found)})
    analyses = [entry for entry in found if not entry.is_changed]
    done = sum(entry.results is not None for entry in analyses)
    where = root / REPORTS / "index.html"
    print(f"{done} of {len(analyses)} analyses have been run. Index: {where}")


@app.command()
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


@app.command()
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


@app.command()
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
    found = moved(before, after)
    print(diff_text(before, after, found, all_rows=all_rows))
    if not found.same:
        raise typer.Exit(1)


@app.command()
def new(analysis: Analysis) -> None:
    """Write a commented analysis.toml to start from.

    Example: survcomp new analyses/my_question
    """
    from survcomp.analysis.plan.scaffold import new_analysis

    print(f"Wrote {new_analysis(analysis)}.")


File = Path | None  # of an option that may be left out


@app.command("reconstruct")
def reconstruct_command(
    curve: Annotated[
        File, typer.Argument(metavar="[CURVE.csv]", help="Traced points: time,survival.")
    ] = None,
    *,
    out: Annotated[
        Path,
        typer.Option(
            "-o", "--out", metavar="IPD.csv", help="Patients: time,event (1 = event); draw first."
        ),
    ],
    summary: Annotated[
        File, typer.Option(metavar="FILE.toml", help="Printed numbers, as a curve in trial.toml.")
    ] = None,
    at_risk: Annotated[File, typer.Option(metavar="AT_RISK.csv", help="time,at_risk.")] = None,
    ticks: Annotated[File, typer.Option(metavar="TICKS.csv", help="Censoring ticks: time.")] = None,
    n: Annotated[
        int | None, typer.Option(help="Patients; left out: the number at risk at time 0.")
    ] = None,
    events: Annotated[int | None, typer.Option(help="All events until the cut.")] = None,
    draws: Annotated[
        int | None, typer.Option(help="Data sets to draw, at least 2; needs --seed.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the draws.")] = None,
    time_unit: Annotated[str, typer.Option(help="days, weeks, months or years.")] = "months",
    method: Annotated[str, typer.Option(help="Method; auto takes what suits the input.")] = "auto",
    figure: Annotated[
        File, typer.Option(metavar="OUT.svg|png", help="Published and rebuilt, to look at.")
    ] = None,
) -> None:
    """Rebuild patients from a published survival curve, or from printed numbers.

    Example: survcomp reconstruct pfs.csv --at-risk pfs_at_risk.csv -o pfs_ipd.csv
    """
    from survcomp.analysis.reconstruct_files import Wanted, reconstruct_files
    from survcomp.evidence.trial_folders.one_curve import CurveFiles

    files = CurveFiles(
        points=curve, summary=summary, at_risk=at_risk, ticks=ticks, n=n, events=events
    )
    wanted = Wanted(
        out=out, figure=figure, method=method, time_unit=time_unit, draws=draws, seed=seed
    )
    print(reconstruct_files(files, wanted))


@evidence_app.command("list")
def evidence_list(data: Data = None) -> None:
    """List the studies of data/digitized with what each holds.

    Example: survcomp evidence list
    """
    from survcomp.evidence import find_root, read_trial, trial_ids

    root = find_root(data or Path.cwd())
    for id in trial_ids(root):
        trial = read_trial(root, id)
        parts = [
            f"{len(items)} {name}"
            for name, items in (
                ("curves", trial.curves),
                ("responses", trial.responses),
                ("baselines", trial.populations),
                ("contrasts", trial.contrasts),
            )
            if items
        ]
        print(f"{id:28} {trial.name} ({trial.registry}): {', '.join(parts)}")


@evidence_app.command("show")
def evidence_show(
    trial: Annotated[str, typer.Argument(metavar="TRIAL", help="Folder in data/digitized.")],
    data: Data = None,
) -> None:
    """Print what is published about one study.

    Example: survcomp evidence show karmma
    """
    from survcomp.evidence import find_root, read_trial
    from survcomp.evidence.show import describe

    print(describe(read_trial(find_root(data or Path.cwd()), trial)))


@evidence_app.command("check")
def evidence_check(
    trials: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TRIAL ...]", help="All studies when left out."),
    ] = None,
    data: Data = None,
) -> None:
    """Check the evidence against its schema and against itself.

    Exit status 0 if nothing is wrong, 1 otherwise. Example: survcomp evidence check karmma
    """
    from survcomp.evidence import check_evidence, find_root, trial_ids

    root = find_root(data or Path.cwd())
    names = tuple(trials) if trials else trial_ids(root)
    faults = check_evidence(root, trials=names)
    for fault in faults:
        print(fault)
    print(f"{len(names)} studies checked: {len(faults) or 'no'} fault{'s' * (len(faults) != 1)}.")
    if faults:
        raise typer.Exit(1)


@evidence_app.command("new")
def evidence_new(
    trial: Annotated[str, typer.Argument(metavar="TRIAL", help="New folder in data/digitized.")],
    data: Data = None,
) -> None:
    """Write a commented trial.toml to start from.

    Example: survcomp evidence new my_trial
    """
    from survcomp.evidence import find_root
    from survcomp.evidence.trial_folders.scaffold import new_trial

    print(f"Wrote {new_trial(find_root(data or Path.cwd()), trial)}.")


def _message(error: SurvcompError | OSError) -> str:
    if isinstance(error, OSError):
        return f"survcomp: {error.filename or ''}: {error.strerror or error}"
    return f"survcomp: {error}"


def main() -> None:
    """Run the command line; every error of survcomp is one message and exit status 2."""
    try:
        app()
    except (SurvcompError, OSError) as error:
        from survcomp.report.document.plain import printable

        print(printable(_message(error)), file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
