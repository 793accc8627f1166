"""Two arms and the published contrast between them: compared with it, or made to meet it.

What is printed about each arm leaves the other open, so the hazard ratio of a trial is a
number that two separate reconstructions have not used. It is either held out, and then says
how good they are, or imposed on the draws, and then earns no verdict.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survcomp.errors import ContradictionError, IncompatibleError, InputError
from survcomp.estimation.cox.two_arm import LogHazardRatios, two_arm_log_hrs
from survcomp.reconstruction.choose import reconstruct
from survcomp.reconstruction.printed.summary import summaries
from survcomp.values.checks import FloatArray, Rng, generator, printed_step
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.curves.curve import Curve
from survcomp.values.patients.ensemble import Ensemble
from survcomp.values.reconstruction import AGREES_WITHIN, Reconstruction
from survcomp.values.shown import in_a_line

PairVerdict = Literal["agrees", "differs", "imposed"]

COARSEST_STEP = 0.01
"""Hazard ratios are printed to two decimals or more; 0.7 in a float may have been 0.70."""

FINEST_ROUNDING = 0.005
"""Least standard deviation, on the log scale, that an imposed hazard ratio is met within:
one printed to three decimals would else leave nearly every draw out."""

REACHED_WITHIN = 2.0
"""Roundings within which the imposed hazard ratio must come to lie."""

FEWEST_EFFECTIVE = 10.0
"""Fewer effective draws than this are no ensemble."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairReconstruction:
    """Two rebuilt arms and the published contrast between them.

    Attributes
    ----------
    a, b : Reconstruction
        Treatment and comparator, each with an ensemble; draw m of one goes with draw m of
        the other. Where the contrast was imposed, draws that fit it better are in there
        several times and others not at all.
    contrast : Contrast
        The published one.
    published, published_se : float
        Its log hazard ratio, and its standard error (NaN where no interval is printed).
    rebuilt, sd : float
        Mean and standard deviation of the log hazard ratio over the draws before anything
        is imposed. `sd` is the error of the reconstruction, without sampling error.
    rebuilt_se : float
        Root mean square of the draws' own standard errors, to lie beside `published_se`.
    rounding : float
        Largest rounding error of the published log hazard ratio.
    verdict : {"agrees", "differs", "imposed"}
        Whether the published number, which was held out, lies within 1.96 standard
        deviations of reconstruction and rounding; "imposed" where it was used.
    after, after_sd : float
        Mean and standard deviation over the draws of `a` and `b` as they are now; those
        from before where nothing was imposed.
    effective_draws : float
        Kish's effective number of the draws in `a` and `b`.
    notes : tuple of str
        What was done, in words that a report prints.

    Examples
    --------
    >>> import survcomp as sc
    >>> trial, cut = sc.read_trial("cartitude_4"), "33.6 months"
    >>> cilta = trial.curve(arm="cilta_cel", endpoint="OS", cut=cut)
    >>> standard = trial.curve(arm="standard_care", endpoint="OS", cut=cut)
    >>> printed = trial.contrast("os_hr_33_6").contrast
    >>> pair = sc.reconstruct_pair(cilta, standard, contrast=printed, draws=10, rng=1)
    >>> print("published", pair.contrast, "and", pair.verdict)
    published HR 0.55 (95% CI 0.39 to 0.79) and agrees
    >>> print(sc.naive_hazard_ratio(pair.a, pair.b))
    HR 0.61 (95% CI 0.41 to 0.91)
    """

    a: Reconstruction
    b: Reconstruction
    contrast: Contrast
    published: float
    published_se: float
    rebuilt: float
    sd: float
    rebuilt_se: float
    rounding: float
    verdict: PairVerdict
    after: float
    after_sd: float
    effective_draws: float
    notes: tuple[str, ...] = ()

    @property
    def difference(self) -> float:
        """Rebuilt minus published, on the log scale, before anything is imposed."""
        return self.rebuilt - self.published

    @property
    def difference_in_sd(self) -> float:
        """`difference` in standard deviations of the reconstruction; infinite where it has none."""
        if self.sd == 0:
            return 0.0 if self.difference == 0 else math.copysign(math.inf, self.difference)
        return self.difference / self.sd

    def to_frame(self) -> pd.DataFrame:
        """One row on the log scale, ``published rebuilt difference`` first and ``verdict`` last."""
        names = (
            "published",
            "rebuilt",
            "difference",
            "difference_in_sd",
            "sd",
            "published_se",
            "rebuilt_se",
            "after",
            "after_sd",
            "effective_draws",
            "verdict",
        )
        return pd.DataFrame([{name: getattr(self, name) for name in names}])

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))

    __repr__ = in_a_line


def reconstruct_pair(
    a: Curve,
    b: Curve,
    *,
    contrast: Contrast,
    draws: int,
    rng: Rng = None,
    impose_unadjusted: bool = False,
) -> PairReconstruction:
    """Rebuild both arms of a trial and hold their hazard ratio against the published one.

    Arms without a figure are rebuilt together (`summaries`): one accrual, and one longest
    follow-up where none is printed.

    Parameters
    ----------
    a, b : Curve
        Treatment and comparator of `contrast`, of one endpoint and in one time unit.
    contrast : Contrast
        Published, of measure "log_hr".
    draws : int
        Pairs of data sets, at least 2; imposing leaves fewer effective ones, so ask for
        some hundreds there.
    rng : Generator or int, optional
        Source of the draws, or its seed.
    impose_unadjusted : bool
        Resample the draws so that their hazard ratio meets the published one within its
        rounding. Saying True says that the published hazard ratio is that of a Cox model
        with the arm as its only covariate: not stratified, not weighted, not adjusted, all
        patients and all events of the two curves. Any other answers another question, and
        imposing it would bend the curves.

    Returns
    -------
    PairReconstruction

    Raises
    ------
    IncompatibleError
        If the contrast is not one of these two arms and this endpoint, or is adjusted and
        to be imposed.
    InputError
        If the measure is not "log_hr", `draws` is too small, or a pair of draws has no
        finite hazard ratio.
    ContradictionError
        If no draws that are consistent with the curves come near a hazard ratio to be
        imposed.

    Notes
    -----
    Draws are weighted by exp(-(log HR - published)^2 / (2 tau^2)), tau being the rounding
    of the published number, and resampled systematically.

    References
    ----------
    Kish L (1965). Survey Sampling. Wiley (effective number).

    Examples
    --------
    >>> import math
    >>> from survcomp import AtRisk, Contrast, Curve, CurvePoints, Question, reconstruct_pair
    >>> def arm(name, survival, at_risk):
    ...     points = CurvePoints.from_trace([0, 2, 2, 4, 4, 6], survival)
    ...     return Curve(trial="T", arm=name, treatment=name, endpoint="OS", n=10, points=points,
    ...                  at_risk=AtRisk.from_rows([0, 3, 6], at_risk))
    >>> new = arm("new", [1, 1, 0.9, 0.9, 0.8, 0.8], [10, 9, 8])
    >>> old = arm("old", [1, 1, 0.7, 0.7, 0.6, 0.6], [10, 7, 6])
    >>> question = Question(treatment="new", comparator="old", outcome="OS", measure="log_hr",
    ...                     population="T")
    >>> printed = Contrast.from_interval(question, value=0.43, ci_low=0.08, ci_high=2.36)
    >>> pair = reconstruct_pair(new, old, contrast=printed, draws=10, rng=1)
    >>> pair.verdict, round(math.exp(pair.rebuilt), 1)
    ('agrees', 0.4)
    """
    _check_contrast(a, b, contrast)
    if draws < 2:
        raise InputError(f"`draws` must be at least 2; got {draws!r}.")
    if impose_unadjusted and contrast.adjustment not in ("none", "not stated"):
        raise IncompatibleError(
            f"the published hazard ratio is adjusted ({contrast.adjustment}); only an unadjusted "
            "one can be imposed on the patients. Leave `impose_unadjusted` out to compare."
        )
    numbers = generator(rng)
    left, right = _rebuilt(a, b, draws, numbers)
    fits = _log_hrs(left, right)
    rounding = _rounding(contrast)
    mean, sd = float(fits.log_hr.mean()), float(fits.log_hr.std(ddof=1))
    near = abs(mean - contrast.link_value) <= AGREES_WITHIN * math.hypot(sd, rounding)
    pair = PairReconstruction(
        a=left,
        b=right,
        contrast=contrast,
        published=contrast.link_value,
        published_se=math.nan if contrast.se is None else contrast.se,
        rebuilt=mean,
        sd=sd,
        rebuilt_se=float(np.sqrt(np.mean(fits.se**2))),
        rounding=rounding,
        verdict="agrees" if near else "differs",
        after=mean,
        after_sd=sd,
        effective_draws=float(draws),
        notes=(_compared(contrast, mean, sd, draws),),
    )
    return _impose(pair, fits.log_hr, numbers) if impose_unadjusted else pair


def _rebuilt(
    a: Curve, b: Curve, draws: int, rng: np.random.Generator
) -> tuple[Reconstruction, Reconstruction]:
    """Both arms: together, by one calendar, where neither has a figure."""
    if a.points is None and b.points is None:
        left, right = summaries([a, b], draws=draws, rng=rng)
        return left, right
    return reconstruct(a, draws=draws, rng=rng), reconstruct(b, draws=draws, rng=rng)


def _check_contrast(a: Curve, b: Curve, contrast: Contrast) -> None:
    if contrast.measure != "log_hr":
        raise InputError(f"`contrast.measure` must be 'log_hr'; got {contrast.measure!r}.")
    names = (contrast.treatment, contrast.comparator)
    if names != (a.treatment, b.treatment):
        turned = " (the two are the other way round)" * (names == (b.treatment, a.treatment))
        raise IncompatibleError(
            f"`contrast` is {names[0]!r} against {names[1]!r}, but `a` is {a.treatment!r} and `b` "
            f"is {b.treatment!r}{turned}."
        )
    for field, values in (
        ("endpoint", (contrast.outcome, a.endpoint, b.endpoint)),
        ("time_unit", (a.time_unit, b.time_unit)),
        ("trial", (a.trial, b.trial)),
    ):
        if len(set(values)) > 1:
            shown = " and ".join(map(repr, dict.fromkeys(values)))
            raise IncompatibleError(f"`contrast`, `a` and `b` must be of one {field}; got {shown}.")


def _log_hrs(left: Reconstruction, right: Reconstruction) -> LogHazardRatios:
    assert left.ensemble is not None
    assert right.ensemble is not None
    fits = two_arm_log_hrs(left.ensemble.draws, right.ensemble.draws)
    if fits.n_failed:
        first = next(m for m, text in enumerate(fits.fault) if text)
        raise InputError(
            f"{fits.n_failed} of {len(fits.fault)} pairs of draws of {left.curve.id} and "
            f"{right.curve.id} have no finite hazard ratio; in draw {first + 1} "
            f"{fits.fault[first]}."
        )
    return fits


def _rounding(contrast: Contrast) -> float:
    """Half a unit of the last printed digit of the ratio, on the log scale."""
    ratio = round(contrast.value, 6)  # a log may have blurred the last bits
    return 0.5 * min(printed_step(ratio), COARSEST_STEP) / ratio


def _compared(contrast: Contrast, mean: float, sd: float, draws: int) -> str:
    return (
        f"{contrast.outcome}, {contrast.treatment} against {contrast.comparator}: HR rebuilt "
        f"{_ratio(mean, sd)} over {draws} draws, published {contrast.value:.3g}"
    )


def _ratio(mean: float, sd: float) -> str:
    ratio = math.exp(mean)
    return f"{ratio:.3f} +- {ratio * sd:.3f}"


def _impose(
    pair: PairReconstruction, log_hr: FloatArray, rng: np.random.Generator
) -> PairReconstruction:
    """Draws in proportion to how well they meet the published hazard ratio."""
    tau = max(pair.rounding, FINEST_ROUNDING)
    cost = 0.5 * ((log_hr - pair.published) / tau) ** 2
    weight = np.exp(cost.min() - cost)
    weight /= weight.sum()
    effective = float(1.0 / np.sum(weight**2))
    # draws that all lie equally far off would weigh the same: nearness is asked for as well
    reached = abs(float(weight @ log_hr) - pair.published) <= REACHED_WITHIN * tau
    if effective < FEWEST_EFFECTIVE or not reached:
        raise ContradictionError(_not_reached(pair, effective, log_hr.size, reached=reached))
    chosen = _systematic(weight, rng)
    note = (
        f"the published HR was imposed: {effective:.0f} effective draws of {log_hr.size} are "
        f"left, with HR {_ratio(float(log_hr[chosen].mean()), float(log_hr[chosen].std(ddof=1)))}; "
        "it therefore says nothing about how good the reconstruction is"
    )
    return replace(
        pair,
        a=_resampled(pair.a, chosen),
        b=_resampled(pair.b, chosen),
        verdict="imposed",
        after=float(log_hr[chosen].mean()),
        after_sd=float(log_hr[chosen].std(ddof=1)),
        effective_draws=effective,
        notes=(*pair.notes, note),
    )


def _not_reached(pair: PairReconstruction, effective: float, draws: int, *, reached: bool) -> str:
    text = (
        "the published HR cannot be reached by what is consistent with the two curves: rebuilt "
        f"{_ratio(pair.rebuilt, pair.sd)}, published {math.exp(pair.published):.3g}; "
        f"{effective:.1f} effective draws of {draws} would be left, and at least "
        f"{FEWEST_EFFECTIVE:.0f} are needed"
    )
    close = abs(pair.difference_in_sd) <= 3 and reached
    return f"{text}. More draws may do." if close else f"{text}."


def _systematic(weight: FloatArray, rng: np.random.Generator) -> NDArray[np.intp]:
    """As many draws as before, each kept in proportion to its weight, in random order."""
    size = weight.size
    at = (np.arange(size) + rng.random()) / size
    chosen = np.minimum(np.searchsorted(np.cumsum(weight), at), size - 1)
    return rng.permutation(chosen)


def _resampled(reconstruction: Reconstruction, chosen: NDArray[np.intp]) -> Reconstruction:
    old = reconstruction.ensemble
    assert old is not None
    draws = tuple(old.draws[i] for i in chosen)
    return replace(
        reconstruction,
        ensemble=Ensemble(draws=draws, method=f"{old.method}, HR imposed", curve_id=old.curve_id),
    )
