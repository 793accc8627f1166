"""The command line: parse, call, print. Exit status 0 done, 1 the answer is no, 2 bad input."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from survcomp import __version__
from survcomp.errors import SurvcompError

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
    data: Data = None,
) -> None:
    """Run an analysis: write results.json and report.html.

    Example: survcomp run analyses/cilta_vs_ide_late_line
    """
    from survcomp.analysis import load
    from survcomp.analysis import run as run_analysis
    from survcomp.analysis.write import environment_json, results_json, settled, write_files
    from survcomp.report import effect, render_html

    started = time.perf_counter()
    plan = load(analysis, data=data)
    folder = out or plan.root / "reports" / plan.slug
    results = settled(run_analysis(plan), folder)
    files = {"results.json": results_json(results), "report.html": render_html(results)}
    files["environment.json"] = environment_json(seconds=time.perf_counter() - started)
    write_files(folder, files)
    print(results.title)
    for comparison in plan.table.comparisons:
        path = f"comparison/{comparison.id}/unadjusted/log_hr"
        print(f"  {comparison.label}: {effect(results, path)}")
        print(f"    {results.value(f'{path}/interval')}")
    for response in plan.table.responses:
        print(f"  {response.label}: {effect(results, f'response/{response.id}/log_rr')}")
    print(f"{len(results.records)} records. Report: {folder / 'report.html'}")


@app.command()
def pin(analysis: Analysis, data: Data = None) -> None:
    """Accept today's results of an analysis as the pinned ones.

    Example: survcomp pin analyses/cartitude_4
    """
    from survcomp.analysis import load, pinned_dict
    from survcomp.analysis import run as run_analysis
    from survcomp.analysis.write import to_json, write_files
    from survcomp.report import render_html

    plan = load(analysis, data=data)
    results = run_analysis(plan)
    render_html(results)  # a result that cannot be reported is not accepted
    write_files(plan.folder, {"pinned.json": to_json(pinned_dict(results))})
    print(f"{plan.slug}: {len(results.records)} records pinned.")


@app.command()
def check(
    analyses: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[ANALYSIS ...]", help="All of analyses/ when left out."),
    ] = None,
    data: Data = None,
) -> None:
    """Rerun analyses and compare them with what is pinned.

    Exit status 0 only if all agree. Example: survcomp check
    """
    from survcomp.analysis import compare, load, read_pinned
    from survcomp.analysis import run as run_analysis

    folders = analyses or _all_analyses(data)
    agreeing = 0
    for folder in folders:
        plan = load(folder, data=data)
        pinned = read_pinned(plan.folder)
        result = compare(run_analysis(plan), pinned)
        agreeing += result.agrees
        verdict = "agrees" if result.agrees else f"{len(result.differences)} differences"
        print(f"{plan.slug}: {verdict} ({result.compared} records compared)")
        for name in result.changed_inputs:
            print(f"  input changed since it was pinned: {name}")
        for difference in result.differences:
            print(f"  {difference}")
    print(f"{agreeing} of {len(folders)} analyses agree with what is pinned.")
    if agreeing < len(folders):
        raise typer.Exit(1)


def _all_analyses(data: Path | None) -> list[Path]:
    from survcomp.errors import NotFoundError
    from survcomp.evidence import find_root

    root = find_root(data or Path.cwd())
    folders = sorted(path.parent for path in (root / "analyses").glob("*/analysis.toml"))
    if not folders:
        raise NotFoundError(f"no analysis in {root / 'analyses'}.")
    return folders


@app.command()
def new(analysis: Analysis) -> None:
    """Write a commented analysis.toml to start from.

    Example: survcomp new analyses/my_question
    """
    from survcomp.analysis.scaffold import new_analysis

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
    from survcomp.evidence.one_curve import CurveFiles

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
    from survcomp.evidence.scaffold import new_trial

    print(f"Wrote {new_trial(find_root(data or Path.cwd()), trial)}.")


def main() -> None:
    """Run the command line; every error of survcomp is one message and exit status 2."""
    try:
        app()
    except SurvcompError as error:
        print(f"survcomp: {error}", file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        print(f"survcomp: {error.filename or ''}: {error.strerror or error}", file=sys.stderr)
        sys.exit(2)
