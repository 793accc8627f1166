"""Commands about what is published: list, show, check, and a new study."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from survcomp.cli.arguments import Data


def list_studies(data: Data = None) -> None:
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


def show_study(
    trial: Annotated[str, typer.Argument(metavar="TRIAL", help="Folder in data/digitized.")],
    data: Data = None,
) -> None:
    """Print what is published about one study.

    Example: survcomp evidence show karmma
    """
    from survcomp.evidence import find_root, read_trial
    from survcomp.evidence.show import describe

    print(describe(read_trial(find_root(data or Path.cwd()), trial)))


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
    from survcomp.evidence import check_evidence, find_root, trial_ids

    root = find_root(data or Path.cwd())
    names = tuple(trials) if trials else trial_ids(root)
    faults = check_evidence(root, trials=names)
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
