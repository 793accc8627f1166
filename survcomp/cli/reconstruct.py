"""The command that rebuilds the patients of one curve."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

File = Path | None  # of an option that may be left out


def reconstruct_command(
    curve: Annotated[
        File, typer.Argument(metavar="[CURVE.csv]", help="Traced points: time,survival.")
    ] = None,
    *,
    out: Annotated[
        Path,
        typer.Option(
            "-o",
            "--out",
            metavar="IPD.csv",
            help="Patients: time,event (1 = event), draw first; then who they are.",
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
    outcome: Annotated[
        str, typer.Option(help="What the times are of, such as PFS; written beside the patients.")
    ] = "",
    arm: Annotated[str, typer.Option(help="Name of the arm, written beside the patients.")] = "",
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
        points=curve,
        summary=summary,
        at_risk=at_risk,
        ticks=ticks,
        n=n,
        events=events,
        outcome=outcome,
        arm=arm,
    )
    wanted = Wanted(
        out=out, figure=figure, method=method, time_unit=time_unit, draws=draws, seed=seed
    )
    print(reconstruct_files(files, wanted))
