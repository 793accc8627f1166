"""An anchored comparison: two effects against one comparator, and their difference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from survcomp.values.contrast import Contrast, effects_frame
from survcomp.values.shown import in_a_line

EFFECTS = ("adjusted", "published", "indirect")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchoredComparison:
    """An anchored comparison, by weighting or with an outcome model, and what it is made of.

    Attributes
    ----------
    adjusted : Contrast
        Treatment against the common comparator within one's own trial, in the target population.
    published : Contrast
        The other treatment against the common comparator.
    indirect : Contrast
        Treatment against the other treatment, by Bucher.
    """

    adjusted: Contrast
    published: Contrast
    indirect: Contrast

    def to_frame(self) -> pd.DataFrame:
        """One row for each of the three, with ``variance_share`` of the indirect effect's."""
        contrasts = (self.adjusted, self.published, self.indirect)
        frame = effects_frame(EFFECTS, contrasts)
        variance = np.array([(each.se or np.nan) ** 2 for each in contrasts])
        frame["variance_share"] = variance / variance[-1]
        return frame

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))

    __repr__ = in_a_line
