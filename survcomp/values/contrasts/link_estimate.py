"""`LinkEstimate`: the numbers of an effect on the scale on which they are worked out."""

from __future__ import annotations

import math
from dataclasses import dataclass

from survcomp.errors import InputError
from survcomp.values.quantiles import two_sided_quantile

WALD = "Wald"
"""Limits are the estimate plus and minus a quantile times the total standard error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkEstimate:
    """An estimate with its errors and limits on the link scale: the log of a ratio.

    `Contrast.from_link` makes an effect of it, and `Contrast.with_numbers` replaces those of one.

    Attributes
    ----------
    estimate : float
        On the link scale, as everything here.
    se : float or None
        Total standard error; left out, it is made of its parts.
    se_sampling, se_reconstruction : float or None
        Its two parts; None where they are not told apart, or have not been worked out.
    ci_low, ci_high : float or None
        Limits.
    df : float
        Degrees of freedom of Student's t; ``math.inf`` for the normal distribution.
    level : float
        Confidence level.
    interval_method : str
        How the limits follow from the estimate: "Wald", "published", "Newcombe", "MOVER",
        "bootstrap percentile", ...

    Examples
    --------
    >>> import survcomp as sc
    >>> log_hr = sc.values.LinkEstimate.sampling(-0.868, 0.246, level=0.95)
    >>> about = sc.Question(treatment="cilta-cel", comparator="ide-cel", outcome="PFS",
    ...                     measure="log_hr", population="KarMMa")
    >>> print(sc.Contrast.from_link(about, log_hr))
    HR 0.42 (95% CI 0.26 to 0.68)
    >>> sc.values.LinkEstimate.total(-0.868, 0.265, level=0.95, df=40.0).se
    0.265
    """

    estimate: float
    se: float | None = None
    se_sampling: float | None = None
    se_reconstruction: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    df: float = math.inf
    level: float = 0.95
    interval_method: str = "not stated"

    def __post_init__(self) -> None:
        for name in ("se", "se_sampling", "se_reconstruction"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value >= 0):
                raise InputError(f"`{name}` must be at least 0; got {value!r}.")
        if not self.df > 0:
            raise InputError(f"`df` must be above 0; got {self.df!r}.")
        if self.se_sampling is not None:
            self._check_total(math.hypot(self.se_sampling, self.se_reconstruction or 0.0))
        if self.interval_method == WALD and self.se is not None:
            self._check_wald(two_sided_quantile(self.level, self.df) * self.se)

    def _check_total(self, total: float) -> None:
        if self.se is None:
            object.__setattr__(self, "se", total)
        elif not math.isclose(self.se, total, rel_tol=1e-6, abs_tol=1e-12):
            raise InputError(
                f"`se` is the total standard error, {total:g} of the parts `se_sampling` "
                f"{self.se_sampling:g} and `se_reconstruction` {self.se_reconstruction or 0:g}; "
                f"got {self.se:g}."
            )

    def _check_wald(self, half: float) -> None:
        for limit, at in ((self.ci_low, -half), (self.ci_high, half)):
            if limit is not None and abs(limit - self.estimate - at) > 1e-6 * (half + 1e-6):
                raise InputError(
                    "`interval_method`: a Wald interval is the estimate plus and minus "
                    f"{half:g} on the link scale; got a limit of {limit:g} of {self.estimate:g}."
                )

    @classmethod
    def sampling(cls, estimate: float, se: float, *, level: float) -> LinkEstimate:
        """Normal Wald limits of an estimate with sampling error alone.

        Examples
        --------
        >>> from survcomp.values import LinkEstimate
        >>> numbers = LinkEstimate.sampling(0.5, 0.1, level=0.95)
        >>> round(numbers.ci_low, 3), round(numbers.ci_high, 3), numbers.interval_method
        (0.304, 0.696, 'Wald')
        """
        half = two_sided_quantile(level) * se
        return cls(
            estimate=estimate,
            se=se,
            se_sampling=se,
            ci_low=estimate - half,
            ci_high=estimate + half,
            level=level,
            interval_method=WALD,
        )

    @classmethod
    def total(
        cls, estimate: float, se: float, *, level: float, df: float = math.inf
    ) -> LinkEstimate:
        """Wald limits of an estimate whose errors are not told apart."""
        half = two_sided_quantile(level, df) * se
        return cls(
            estimate=estimate,
            se=se,
            ci_low=estimate - half,
            ci_high=estimate + half,
            df=df,
            level=level,
            interval_method=WALD,
        )
