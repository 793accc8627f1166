"""Commands that make: a new analysis, its report, its pinned results, the index of all."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from survcomp.cli.arguments import Analysis, Data
from survcomp.errors import SurvcompError

if TYPE_CHECKING:
    from survcomp.analysis import Plan
    from survcomp.values.records.results import Results


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
    from survcomp.report.document.plain import printable
    from survcomp.report.forms.available import FORMS, file_name, parse_formats
    from survcomp.report.forms.effects import effects_lines

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
    print(printable("\n".join([results.title, *_changes(results), *effects_lines(results)])))
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


def _changes(results: Results) -> Iterator[str]:
    for change in results.changes:
        before, after = repr(change.before), repr(change.after)
        yield f"  changed: {change.path} = {after} (in the analysis {before})"


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
    listed = entries(root)
    write_files(root / REPORTS, {"index.html": index_page(listed)})
    analyses = [entry for entry in listed if not entry.is_changed]
    done = sum(entry.results is not None for entry in analyses)
    where = root / REPORTS / "index.html"
    print(f"{done} of {len(analyses)} analyses have been run. Index: {where}")


def new(analysis: Analysis) -> None:
    """Write a commented analysis.toml to start from.

    Example: survcomp new analyses/my_question
    """
    from survcomp.analysis.plan.scaffold import new_analysis

    print(f"Wrote {new_analysis(analysis)}.")
