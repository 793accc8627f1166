"""`Correlation`: how baseline covariates go together, in whatever patients it was published of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from survcomp.errors import InputError
from survcomp.values.checks import FloatArray, check_option, check_text, read_only_matrix
from survcomp.values.shown import frame_as_table, in_a_line

CorrelationScale = Literal["covariates", "normal scores"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Correlation:
    """How baseline covariates go together, and where that comes from.

    Attributes
    ----------
    covariates : tuple of str
        Names of the p covariates, each once.
    matrix : ndarray of shape (p, p)
        Symmetric, with ones on the diagonal, in the order of `covariates`.
    source : str
        Id of the citation, or the cohort it was worked out from.
    scale : {"covariates", "normal scores"}
        Pearson correlations of the covariates themselves (phi for two yes-or-no ones), or
        of the normal variables behind them (tetrachoric, polyserial).

    Examples
    --------
    >>> from survcomp import Correlation
    >>> together = Correlation.from_rows(
    ...     ["bulky", "stage_3"], [[1.0, 0.3], [0.3, 1.0]], source="registry of 2019")
    >>> float(together.between("bulky", "stage_3"))
    0.3
    """

    covariates: tuple[str, ...]
    matrix: FloatArray
    source: str
    scale: CorrelationScale = "covariates"

    def __post_init__(self) -> None:
        check_text(self.source, name="correlation.source")
        check_option(self.scale, CorrelationScale, name="correlation.scale")
        p = len(self.covariates)
        if len(set(self.covariates)) != p or p < 2:
            raise InputError(
                "`correlation.covariates` must be at least two different names; got "
                f"{', '.join(self.covariates) or 'none'}."
            )
        r = self.matrix
        if r.shape != (p, p) or not np.all(np.isfinite(r)):
            raise InputError(
                f"`correlation.matrix` must be {p} by {p} finite numbers; got shape {r.shape}."
            )
        if not (np.allclose(r, r.T, atol=1e-9) and np.allclose(np.diag(r), 1.0, atol=1e-9)):
            raise InputError("`correlation.matrix` must be symmetric with ones on the diagonal.")
        if np.any(np.abs(r) > 1 + 1e-9):
            raise InputError(
                f"a correlation must lie in [-1, 1]; got {r.flat[np.abs(r).argmax()]:g}."
            )

    @classmethod
    def from_rows(
        cls,
        covariates: Sequence[str],
        rows: Sequence[Sequence[float]] | FloatArray,
        *,
        source: str,
        scale: CorrelationScale = "covariates",
    ) -> Correlation:
        """Make a correlation from the rows of its matrix."""
        columns = [list(column) for column in zip(*rows, strict=True)]
        return cls(
            covariates=tuple(covariates),
            matrix=read_only_matrix(columns, columns=len(columns)),
            source=source,
            scale=scale,
        )

    def between(self, left: str, right: str) -> float:
        """Correlation of two covariates.

        Raises
        ------
        InputError
            If one of them is not among the covariates.
        """
        for name in (left, right):
            if name not in self.covariates:
                raise InputError(
                    f"the correlation of {self.source!r} does not have {name!r}; it has "
                    f"{', '.join(self.covariates)}."
                )
        return float(self.matrix[self.covariates.index(left), self.covariates.index(right)])

    def to_frame(self) -> pd.DataFrame:
        """The matrix, with the names on both sides."""
        return pd.DataFrame(
            np.array(self.matrix), index=list(self.covariates), columns=list(self.covariates)
        )

    __repr__ = in_a_line
    _repr_html_ = frame_as_table
