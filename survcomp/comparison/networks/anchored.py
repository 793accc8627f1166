"""An anchored comparison: two effects against one comparator, and their difference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from survcomp.values.contrasts.contrast import Contrast, effects_frame
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

    Examples
    --------
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(1, 61), "pfs": [1, 1, 0] * 20,
    ...                       "age": [55, 70, 60, 65] * 15, "arm": ["A", "C", "A", "A", "C"] * 12})
    >>> ours = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                          origin="observed", covariates=["age"], arm="arm")
    >>> target = sc.Population.from_moments([sc.Mean(name="age", value=64)], n=300, name="T-02")
    >>> question = sc.Question(treatment="B", comparator="C", outcome="PFS", measure="log_hr",
    ...                        population="T-02", estimand="marginal")
    >>> published = sc.Contrast.from_interval(question, value=0.8, ci_low=0.6, ci_high=1.07)
    >>> weights = sc.maic_weights(ours, target, match=["age"])
    >>> both = sc.anchored_maic(ours, weights, published, treatment="A", outcome="PFS")
    >>> print("A against C", both.adjusted)
    A against C HR 1.00 (95% CI 0.53 to 1.92)
    >>> print("A against B", both.indirect)
    A against B HR 1.26 (95% CI 0.62 to 2.55)
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
