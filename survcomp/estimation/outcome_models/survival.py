"""Models of survival given covariates: the Cox model with its baseline, and parametric ones.

The Cox model is fitted with Breslow's ties, so that its coefficients and Breslow's baseline
hazard maximise one likelihood. The parametric models are those of R's survreg: log T = x b +
sigma e. Both fits are Newton iterations in a few array operations (0.5 ms for 300 patients),
because a bootstrap repeats them by the hundred.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_ndtr

from survcomp.errors import BeyondFollowUpError, InputError
from survcomp.estimation.outcome_models.binary import check_columns
from survcomp.values.checks import BoolArray, FloatArray, check_option

Distribution = Literal["weibull", "loglogistic", "lognormal"]

MAX_STEPS = 100
TOLERANCE = 1e-10
LARGEST = 15.0
"""A coefficient a standard deviation beyond this means that there is no maximum."""

NODES = 64
"""Points of the Gauss-Legendre rule for an area under a smooth curve."""

GRID = 400
"""Steps that stand for a smooth curve in a hazard ratio."""


class FittedSurvival(Protocol):
    """A fitted model of survival."""

    def survival(self, x: FloatArray, at: FloatArray) -> FloatArray:
        """Survival of each row of x (n, p) at each of k times, of shape (n, k)."""
        ...

    def rmst(self, x: FloatArray, horizon: float) -> FloatArray:
        """Restricted mean survival time of each row of x (n, p), of shape (n,)."""
        ...

    def grid(self, horizon: float) -> FloatArray:
        """Times up to the horizon at which a step function follows the curve."""
        ...


class SurvivalModel(Protocol):
    """A model of survival that can be fitted to any patients."""

    @property
    def name(self) -> str:
        """In words, for the method of a result."""
        ...

    def fit(self, x: FloatArray, time: FloatArray, event: BoolArray) -> FittedSurvival:
        """Fit to covariates (n, p), times (n,) and whether the event was observed (n,)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedCox:
    """A fitted Cox model.

    Attributes
    ----------
    coefficients : ndarray of shape (p,)
        Log hazard ratios.
    covariance, covariance_robust : ndarray of shape (p, p)
        From the information, and the sandwich of Lin and Wei.
    centre : ndarray of shape (p,)
        Covariates of the baseline.
    time, cumulative_hazard : ndarray of shape (m,)
        Distinct event times and Breslow's cumulative baseline hazard there.
    last : float
        Longest follow-up; nothing is predicted beyond it.
    """

    coefficients: FloatArray
    covariance: FloatArray
    covariance_robust: FloatArray
    centre: FloatArray
    time: FloatArray
    cumulative_hazard: FloatArray
    last: float

    def survival(self, x: FloatArray, at: FloatArray) -> FloatArray:
        """Survival of each row of x (n, p) at each of k times, of shape (n, k)."""
        check_within(float(np.max(at)), self.last)
        steps = np.concatenate([[0.0], self.cumulative_hazard])
        hazard = steps[np.searchsorted(self.time, at, side="right")]
        relative = np.exp((x - self.centre) @ self.coefficients)
        return np.exp(-np.outer(relative, hazard))

    def rmst(self, x: FloatArray, horizon: float) -> FloatArray:
        """Restricted mean survival time of each row of x (n, p), of shape (n,)."""
        check_within(horizon, self.last)
        edges = np.concatenate([[0.0], self.time[self.time < horizon]])
        return np.asarray(self.survival(x, edges) @ np.diff(np.append(edges, horizon)))

    def grid(self, horizon: float) -> FloatArray:
        """Event times up to the horizon."""
        return self.time[self.time <= horizon]


@dataclass(frozen=True, slots=True)
class Cox:
    """Cox model with Breslow's ties and baseline hazard.

    References
    ----------
    Cox DR (1972), JRSS B 34:187. Breslow N (1974), Biometrics 30:89. Lin DY, Wei LJ (1989),
    JASA 84:1074.

    Examples
    --------
    >>> import numpy as np
    >>> from survcomp import Cox
    >>> x, time = np.array([[1.0], [1], [0], [0]]), np.array([2.0, 4, 1, 3])
    >>> fitted = Cox().fit(x, time, np.array([True, False, True, False]))
    >>> round(float(np.exp(fitted.coefficients[0])), 6)  # by hand: 1 / sqrt(2)
    0.707107
    """

    @property
    def name(self) -> str:
        """In words, for the method of a result."""
        return "Cox model (Breslow)"

    def fit(self, x: FloatArray, time: FloatArray, event: BoolArray) -> FittedCox:
        """Fit to covariates (n, p), times (n,) and whether the event was observed (n,).

        Raises
        ------
        InputError
            If nobody has an event, a column is constant or follows from the others, or the
            likelihood has no maximum.
        """
        _check(x, time, event)
        order = np.lexsort((~event, time))
        t, dies = time[order], np.flatnonzero(event[order])
        spread = x.std(axis=0)
        z = ((x - x.mean(axis=0)) / spread)[order]
        first = np.searchsorted(t, t[dies])  # everybody from here on is at risk
        beta, s0, mean, information = _cox_newton(z, dies, first)
        inverse = np.linalg.inv(information) if beta.size else information
        residual = _score_residuals(z, t, dies, beta, s0, mean) @ inverse
        times, place = np.unique(t[dies], return_index=True)
        steps = np.add.reduceat(1.0 / s0, place)
        return FittedCox(
            coefficients=beta / spread,
            covariance=inverse / np.outer(spread, spread),
            covariance_robust=residual.T @ residual / np.outer(spread, spread),
            centre=x.mean(axis=0),
            time=times,
            cumulative_hazard=np.cumsum(steps),
            last=float(t[-1]),
        )


_IntArray = NDArray[np.intp]


def _cox_newton(
    z: FloatArray, dies: _IntArray, first: _IntArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Coefficients; at each death the total at risk and its mean of z; the information."""
    p = z.shape[1]
    i, j = np.triu_indices(p)
    products = np.column_stack([np.ones(z.shape[0]), z, z[:, i] * z[:, j]])
    goal = z[dies].sum(axis=0)
    beta, arrived = np.zeros(p), p == 0
    for _ in range(MAX_STEPS):
        sums = np.cumsum((np.exp(z @ beta)[:, None] * products)[::-1], axis=0)[::-1][first]
        s0, mean = sums[:, 0], sums[:, 1 : p + 1] / sums[:, :1]
        information = np.zeros((p, p))
        information[i, j] = (sums[:, p + 1 :] / sums[:, :1]).sum(axis=0)
        information[j, i] = information[i, j]
        information -= mean.T @ mean
        if arrived:
            return beta, s0, mean, information
        if np.linalg.eigvalsh(information)[0] <= 1e-9 * dies.size:
            break
        step = np.linalg.solve(information, goal - mean.sum(axis=0))
        # the log-likelihood is concave, and far steps overshoot
        beta = beta + step / max(1.0, float(np.abs(step).max()))
        arrived = float(np.abs(step).max()) < TOLERANCE
        if np.abs(beta).max() > LARGEST:
            break
    raise InputError("the Cox model has no finite estimate: covariates separate the events.")


def _score_residuals(
    z: FloatArray,
    time: FloatArray,
    dies: _IntArray,
    beta: FloatArray,
    s0: FloatArray,
    mean: FloatArray,
) -> FloatArray:
    """Lin and Wei's residuals: what a patient's event says less what was expected of it."""
    upto = np.searchsorted(time[dies], time, side="right")
    hazard = np.concatenate([[0.0], np.cumsum(1.0 / s0)])[upto]
    drift = np.vstack([np.zeros(z.shape[1]), np.cumsum(mean / s0[:, None], axis=0)])[upto]
    residual = -np.exp(z @ beta)[:, None] * (z * hazard[:, None] - drift)
    residual[dies] += z[dies] - mean
    return np.asarray(residual)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedParametric:
    """A fitted log-location-scale model.

    Attributes
    ----------
    distribution : {"weibull", "loglogistic", "lognormal"}
        Of the time.
    coefficients : ndarray of shape (1 + p,)
        Intercept and effects on log time, as survreg gives them.
    sigma : float
        Scale of log time; the Weibull shape is 1 / sigma.
    last : float
        Longest follow-up; nothing is predicted beyond it.
    """

    distribution: Distribution
    coefficients: FloatArray
    sigma: float
    last: float

    def survival(self, x: FloatArray, at: FloatArray) -> FloatArray:
        """Survival of each row of x (n, p) at each of k times, of shape (n, k)."""
        check_within(float(np.max(at)), self.last)
        location = self.coefficients[0] + x @ self.coefficients[1:]
        with np.errstate(divide="ignore"):  # at time 0 everybody is alive
            z = (np.log(at)[None, :] - location[:, None]) / self.sigma
        return np.asarray(np.exp(_log_survival(z, self.distribution)))

    def rmst(self, x: FloatArray, horizon: float) -> FloatArray:
        """Restricted mean survival time of each row of x (n, p), of shape (n,)."""
        check_within(horizon, self.last)
        node, weight = np.polynomial.legendre.leggauss(NODES)
        u = (node + 1) / 2  # time = horizon u^2 brings the steep beginning under control
        return np.asarray(self.survival(x, horizon * u**2) @ (weight * u * horizon))

    def grid(self, horizon: float) -> FloatArray:
        """Times up to the horizon, equally spaced."""
        return np.linspace(0.0, horizon, GRID + 1)[1:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parametric:
    """Parametric survival model: log time is linear in the covariates.

    Attributes
    ----------
    distribution : {"weibull", "loglogistic", "lognormal"}
        Of the time.

    References
    ----------
    Kalbfleisch JD, Prentice RL (2002). The Statistical Analysis of Failure Time Data, 2nd ed.

    Examples
    --------
    >>> import numpy as np
    >>> from survcomp import Parametric
    >>> x, time = np.array([[0.0], [0], [1], [1]]), np.array([1.0, 3, 2, 6])
    >>> fitted = Parametric(distribution="lognormal").fit(x, time, np.ones(4, dtype=bool))
    >>> np.exp(fitted.coefficients).round(6).tolist()  # geometric means sqrt 3 and sqrt 12
    [1.732051, 2.0]
    """

    distribution: Distribution

    def __post_init__(self) -> None:
        check_option(self.distribution, Distribution, name="distribution")

    @property
    def name(self) -> str:
        """In words, for the method of a result."""
        return f"{self.distribution} model"

    def fit(self, x: FloatArray, time: FloatArray, event: BoolArray) -> FittedParametric:
        """Fit to covariates (n, p), times (n,) and whether the event was observed (n,).

        Raises
        ------
        InputError
            If a time is 0, nobody has an event, a column is constant or follows from the
            others, or the likelihood has no maximum.
        """
        _check(x, time, event)
        if np.any(time <= 0):
            raise InputError(
                f"`time` must be above 0 for a {self.name}; {int(np.sum(time <= 0))} patient(s) "
                "have 0. Use the Cox model."
            )
        spread = x.std(axis=0)
        z = np.column_stack([np.ones(time.size), (x - x.mean(axis=0)) / spread])
        theta = _parametric_newton(z, np.log(time), event, self.distribution)
        slopes = theta[1:-1] / spread
        intercept = theta[0] - slopes @ x.mean(axis=0)
        return FittedParametric(
            distribution=self.distribution,
            coefficients=np.concatenate([[intercept], slopes]),
            sigma=float(np.exp(theta[-1])),
            last=float(time.max()),
        )


def _log_survival(z: FloatArray, distribution: Distribution) -> FloatArray:
    if distribution == "weibull":
        return np.asarray(-np.exp(z))
    return -np.logaddexp(0.0, z) if distribution == "loglogistic" else np.asarray(log_ndtr(-z))


def _terms(
    z: FloatArray, event: BoolArray, distribution: Distribution
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Each patient's log-likelihood as a function of z, with two derivatives."""
    if distribution == "weibull":
        e = np.exp(z)
        return np.where(event, z, 0.0) - e, event - e, -e
    if distribution == "loglogistic":
        p, times = expit(z), 1.0 + event
        return event * z - times * np.logaddexp(0.0, z), event - times * p, -times * p * (1 - p)
    log_s = log_ndtr(-z)
    h = np.exp(-0.5 * z**2 - 0.5 * np.log(2 * np.pi) - log_s)
    return (
        np.where(event, -0.5 * z**2 - 0.5 * np.log(2 * np.pi), log_s),
        np.where(event, -z, -h),
        np.where(event, -1.0, -h * (h - z)),
    )


def _parametric_newton(
    x: FloatArray, log_time: FloatArray, event: BoolArray, distribution: Distribution
) -> FloatArray:
    """Intercept, slopes and log sigma, by a Newton iteration with halved steps."""
    theta = np.zeros(x.shape[1] + 1)
    theta[0], theta[-1] = log_time.mean(), np.log(max(float(log_time.std()), 1e-3))

    def local(at: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        # a step too far, even to a sigma of 0 or infinity, is halved below
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            sigma = np.exp(at[-1])
            z = (log_time - x @ at[:-1]) / sigma
            value, first, second = _terms(z, event, distribution)
            d = np.column_stack([-x / sigma, -z])  # derivative of z
            hessian = (d * second[:, None]).T @ d
            mixed = x.T @ first / sigma
            hessian[:-1, -1] += mixed
            hessian[-1, :-1] += mixed
            hessian[-1, -1] += first @ z
            gradient = d.T @ first
            gradient[-1] -= event.sum()
            return float(value.sum() - event.sum() * at[-1]), gradient, hessian

    here = local(theta)
    for _ in range(MAX_STEPS):
        value, gradient, hessian = here
        eigen, vector = np.linalg.eigh(-hessian)
        # away from the maximum a direction may be convex: go uphill in it all the same
        step = vector @ ((vector.T @ gradient) / np.maximum(np.abs(eigen), 1e-8))
        shorter = 1.0
        while not (new := local(theta + shorter * step))[0] >= value - 1e-9 and shorter > 1e-9:
            shorter /= 2
        theta, here = theta + shorter * step, new
        if np.abs(step).max() < TOLERANCE:
            return np.asarray(theta)
        if np.abs(theta[1:]).max() > LARGEST:
            break
    raise InputError(f"the {distribution} model has no finite estimate.")


def _check(x: FloatArray, time: FloatArray, event: BoolArray) -> None:
    if x.ndim != 2 or x.shape[0] != time.size or event.shape != time.shape:
        raise InputError(
            f"`x` and `event` must have {time.size} rows; got {x.shape} and {event.shape}."
        )
    if not event.any():
        raise InputError("nobody has an event: there is nothing to model.")
    check_columns(x)


def check_within(until: float, last: float) -> None:
    """Raise if a time lies beyond the follow-up that a model was fitted to."""
    if until > last:
        raise BeyondFollowUpError(
            f"the model's patients are followed to {last:g}; nothing is predicted for {until:g}."
        )
