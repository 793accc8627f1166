"""The commands in the order in which the help lists them, and how an error ends a call."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated

import typer

from survcomp import __version__
from survcomp.cli import analyses, evidence, reconstruct, review
from survcomp.errors import SurvcompError

COMMANDS: dict[str, Callable[..., None]] = {
    "run": analyses.run,
    "pin": analyses.pin,
    "check": review.check,
    "index": analyses.index,
    "trace": review.trace,
    "bundle": review.bundle,
    "diff": review.diff,
    "new": analyses.new,
    "reconstruct": reconstruct.reconstruct_command,
}
EVIDENCE_COMMANDS: dict[str, Callable[..., None]] = {
    "list": evidence.list_studies,
    "show": evidence.show_study,
    "check": evidence.check_studies,
    "new": evidence.new_study,
}


def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        print(__version__)
        raise typer.Exit


def build_app() -> typer.Typer:
    """The command line with all its commands."""
    app = typer.Typer(
        help="Turn what clinical trials publish about survival into comparisons that others can "
        "rerun.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    evidence_app = typer.Typer(
        help="List, show and check the evidence: data/digitized, and what comes with survcomp.",
        no_args_is_help=True,
    )
    app.callback(invoke_without_command=True)(_version)
    for name, command in COMMANDS.items():
        app.command(name)(command)
    for name, command in EVIDENCE_COMMANDS.items():
        evidence_app.command(name)(command)
    app.add_typer(evidence_app, name="evidence")
    return app


def _message(error: SurvcompError | OSError) -> str:
    if isinstance(error, OSError):
        return f"survcomp: {error.filename or ''}: {error.strerror or error}"
    return f"survcomp: {error}"


def main() -> None:
    """Run the command line; every error of survcomp is one message and exit status 2."""
    try:
        build_app()()
    except (SurvcompError, OSError) as error:
        from survcomp.report.document.plain import printable

        print(printable(_message(error)), file=sys.stderr)
        sys.exit(2)
