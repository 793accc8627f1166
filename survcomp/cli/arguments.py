"""Arguments that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Analysis = Annotated[
    Path, typer.Argument(metavar="ANALYSIS", help="Folder that holds analysis.toml.")
]
Data = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Folder that holds data/digitized, laid over the evidence that comes with survcomp; "
        "the nearest one above when left out.",
    ),
]
