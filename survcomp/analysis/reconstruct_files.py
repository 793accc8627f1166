"""From files of one curve to a file of its patients: what `survcomp reconstruct` does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from survcomp.analysis.write import write_paths
from survcomp.errors import InputError
from survcomp.evidence.trial_folders.one_curve import CurveFiles, read_curve
from survcomp.reconstruction import MethodChoice, reconstruct
from survcomp.report.figures.reconstruction import Format, figure_bytes
from survcomp.report.forms.terminal import ipd_csv, reconstruction_text
from survcomp.values.checks import TimeUnit, check_option
from survcomp.values.reconstruction import Reconstruction

FIGURES: dict[str, Format] = {".svg": "svg", ".png": "png"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to make of the files of one curve, and where to put it.

    Attributes
    ----------
    out : Path
        CSV file of the patients.
    figure : Path or None
        SVG or PNG file.
    method, time_unit : str
        As typed; checked here.
    draws, seed : int or None
        Data sets to draw, and the seed they are drawn with: both or neither.
    """

    out: Path
    figure: Path | None = None
    method: str = "auto"
    time_unit: str = "months"
    draws: int | None = None
    seed: int | None = None


def reconstruct_files(files: CurveFiles, wanted: Wanted) -> str:
    """Rebuild the patients of one curve and write them; nothing is written if anything fails.

    Returns
    -------
    str
        What to print: the method, the notes, the fidelity table and what was written.

    Raises
    ------
    SurvcompError
        For anything that is not allowed, naming the option or the file, row and column.
    """
    _check_options(files, wanted)
    curve, files = read_curve(files, time_unit=cast(TimeUnit, wanted.time_unit))
    _check_outputs(files, wanted)
    rebuilt = reconstruct(
        curve,
        method=cast(MethodChoice, wanted.method),
        draws=wanted.draws or 0,
        rng=wanted.seed,
    )
    outputs = {wanted.out: ipd_csv(rebuilt).encode("utf-8")}
    if wanted.figure is not None:
        outputs[wanted.figure] = figure_bytes(rebuilt, FIGURES[wanted.figure.suffix.lower()])
    write_paths(outputs)
    return "\n".join([reconstruction_text(rebuilt), "", *_written(rebuilt, wanted)])


def _check_options(files: CurveFiles, wanted: Wanted) -> None:
    check_option(wanted.time_unit, TimeUnit, name="--time-unit")
    check_option(wanted.method, MethodChoice, name="--method")
    for name, value, least in (
        ("--n", files.n, 1),
        ("--events", files.events, 0),
        ("--draws", wanted.draws, 2),
        ("--seed", wanted.seed, 0),
    ):
        if value is not None and value < least:
            raise InputError(f"{name} must be at least {least}; got {value}.")
    if wanted.draws is not None and wanted.seed is None:
        raise InputError("--draws needs --seed, a whole number: the same seed gives the same file.")
    if wanted.seed is not None and wanted.draws is None:
        raise InputError("--seed goes with --draws: without draws nothing is random.")
    if files.ticks is not None and wanted.method not in ("auto", "integer"):
        raise InputError(f"--method {wanted.method} makes no use of --ticks; leave one out.")
    if wanted.figure is not None and wanted.figure.suffix.lower() not in FIGURES:
        raise InputError(f"--figure must end in .svg or .png; got {wanted.figure}.")


def _check_outputs(files: CurveFiles, wanted: Wanted) -> None:
    """Two different files, neither of them a folder or one that was read."""
    read = [files.points, files.summary, files.at_risk, files.ticks]
    inputs = {path.resolve() for path in read if path is not None}
    for option, path in (("-o", wanted.out), ("--figure", wanted.figure)):
        if path is None:
            continue
        if path.resolve() in inputs:
            raise InputError(f"{option} {path} is an input file and would be overwritten.")
        if path.is_dir():
            raise InputError(f"{option} must be a file; {path} is a folder.")
    if wanted.figure is not None and wanted.figure.resolve() == wanted.out.resolve():
        raise InputError(f"-o and --figure are the same file, {wanted.out}.")


def _written(rebuilt: Reconstruction, wanted: Wanted) -> list[str]:
    ipd = rebuilt.ipd
    what = f"{ipd.n} patients, {ipd.n_events} events"
    if rebuilt.ensemble is not None:
        what = f"{len(rebuilt.ensemble)} draws of {ipd.n} patients"
    lines = [f"Wrote {wanted.out}: {what}, times in {ipd.time_unit}."]
    if wanted.figure is not None:
        lines.append(f"Wrote {wanted.figure}.")
    return lines
