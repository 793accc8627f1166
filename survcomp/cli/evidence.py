"""Commands about what is published: list, show, check, and a new study."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from survcomp.cli.arguments import Data


def list_studies(data: Data = None) -> None:
    """List the studies of the evidence with what each holds, and where it is from.

    Those of your own data/digitized are [project]; those that come with survcomp are [shipped].

    Example: survcomp evidence list
    """
    from survcomp.evidence import find_evidence, read_trial

    sources = find_evidence(data=data)
    for id in sources.trials:
        trial = read_trial(id, sources)
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
        over = ", in place of the shipped one" if sources.hidden(id) else ""
        origin = f"[{trial.origin}{over}]"
        print(f"{id:28} {trial.name} ({trial.registry}): {', '.join(parts)} {origin}")


def show_study(
    trial: Annotated[str, typer.Argument(metavar="TRIAL", help="Folder in data/digitized.")],
    data: Data = None,
) -> None:
    """Print what is published about one study.

    Example: survcomp evidence show karmma
    """
    from survcomp.evidence import find_evidence, read_trial
    from survcomp.evidence.show import describe

    print(describe(read_trial(trial, find_evidence(data=data))))


def check_studies(
    trials: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TRIAL ...]", help="All studies when left out."),
    ] = None,
    data: Data = None,
) -> None:
    """Check the evidence against its schema and against itself.

    Exit status 0 if nothing is wrong, 1 otherwise. Example: survcomp evidence check karmma
    """
    from survcomp.evidence import check_evidence, find_evidence

    sources = find_evidence(data=data)
    names = tuple(trials) if trials else sources.trials
    faults = check_evidence(sources, trials=names)
    for fault in faults:
        print(fault)
    print(f"{len(names)} studies checked: {len(faults) or 'no'} fault{'s' * (len(faults) != 1)}.")
    if faults:
        raise typer.Exit(1)


def new_study(
    trial: Annotated[str, typer.Argument(metavar="TRIAL", help="New folder in data/digitized.")],
    data: Data = None,
) -> None:
    """Write a commented trial.toml to start from.

    Example: survcomp evidence new my_trial
    """
    from survcomp.evidence import find_root
    from survcomp.evidence.trial_folders.scaffold import new_trial

    print(f"Wrote {new_trial(find_root(data or Path.cwd()), trial)}.")
