"""The bias of leaving out a binary confounder, and how strong it must be for a given bias.

A binary U with prevalence p1 among the treated (after weighting) and p0 among the
comparator's patients multiplies the hazard by H. The hazard ratio without it is then too
large by about

    B = (p1 H + 1 - p1) / (p0 H + 1 - p0)                    (Lin, Psaty and Kronmal 1998),

taken as constant: the two arms are told apart by U alone, U acts alike in both, and the
event is rare, or its effect or the imbalance moderate; where many patients have the event
those with U = 1 leave the risk set sooner and the bias is smaller than B. The targets of the
weights are taken as met, so that U is independent of the matched covariates.
"""

from __future__ import annotations

import math

from survcomp.errors import InputError
from survcomp.values.checks import check_probability


def log_bias_factor(
    prevalence_treated: float, prevalence_comparator: float, hazard_ratio: float
) -> float:
    r"""Log of the factor by which leaving out a binary confounder multiplies a hazard ratio.

    Parameters
    ----------
    prevalence_treated, prevalence_comparator : float
        p1 and p0, in [0, 1].
    hazard_ratio : float
        Effect of the confounder on the hazard, above 0.

    Returns
    -------
    float
        To be taken from the log hazard ratio.

    Raises
    ------
    InputError
        If a prevalence lies outside [0, 1] or the hazard ratio is not above 0.

    Notes
    -----
    .. math:: \log B = \log \frac{p_1 H + 1 - p_1}{p_0 H + 1 - p_0}

    References
    ----------
    Lin DY, Psaty BM, Kronmal RA (1998), Biometrics 54:948.

    Examples
    --------
    >>> import math
    >>> from survcomp.comparison import log_bias_factor
    >>> round(math.exp(log_bias_factor(0.5, 0.25, 3.0)), 4)  # (1.5 + 0.5) / (0.75 + 0.75)
    1.3333
    """
    check_probability(prevalence_treated, name="prevalence_treated")
    check_probability(prevalence_comparator, name="prevalence_comparator")
    if not (math.isfinite(hazard_ratio) and hazard_ratio > 0):
        raise InputError(f"`hazard_ratio` must be above 0; got {hazard_ratio!r}.")
    more = hazard_ratio - 1
    return math.log1p(prevalence_treated * more) - math.log1p(prevalence_comparator * more)


def tipping_hazard_ratio(
    log_bias: float, *, prevalence_treated: float, prevalence_comparator: float
) -> float:
    """Effect on the hazard that a binary confounder needs for a given bias.

    Parameters
    ----------
    log_bias : float
        Log of the bias factor B that is needed: the limit nearest to 0 for the interval to
        reach 1, the estimate for the estimate to.
    prevalence_treated, prevalence_comparator : float
        p1 and p0, in [0, 1].

    Returns
    -------
    float
        H = 1 + (B - 1) / (p1 - B p0); ``math.inf`` where no harmful confounder of these
        prevalences is strong enough, since B lies between 1 and p1 / p0.

    Raises
    ------
    InputError
        If a prevalence lies outside [0, 1].

    Examples
    --------
    >>> import math
    >>> from survcomp.comparison import tipping_hazard_ratio
    >>> round(tipping_hazard_ratio(math.log(4 / 3), prevalence_treated=0.5,
    ...                            prevalence_comparator=0.25), 6)
    3.0
    """
    check_probability(prevalence_treated, name="prevalence_treated")
    check_probability(prevalence_comparator, name="prevalence_comparator")
    if log_bias == 0:
        return 1.0
    bias = math.exp(log_bias)
    rest = prevalence_treated - bias * prevalence_comparator
    if rest == 0 or (bias - 1) / rest <= 0:
        return math.inf
    return 1 + (bias - 1) / rest
