"""Models of a binary outcome given covariates, through statsmodels or scikit-learn.

A model is a small frozen setting with a `fit`; what it returns predicts a probability for any
rows of covariates. G-computation and the augmented estimators ask for nothing else, so that
a classifier of scikit-learn can stand where the logistic regression does.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from scipy.special import expit

from survcomp.errors import InputError
from survcomp.values.checks import FloatArray

LARGEST = 15.0
"""A log odds ratio a standard deviation beyond this means that there is no maximum."""


class FittedBinary(Protocol):
    """A fitted model of a binary outcome."""

    def probability(self, x: FloatArray) -> FloatArray:
        """Probability of the outcome for each row of x (n, p)."""
        ...


class BinaryModel(Protocol):
    """A model of a binary outcome that can be fitted to any patients."""

    @property
    def name(self) -> str:
        """In words, for the method of a result."""
        ...

    def fit(self, x: FloatArray, y: FloatArray) -> FittedBinary:
        """Fit to covariates (n, p) and outcomes 0 or 1 (n,)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedLogistic:
    """A fitted logistic regression.

    Attributes
    ----------
    coefficients : ndarray of shape (1 + p,)
        Intercept and log odds ratios.
    covariance : ndarray of shape (1 + p, 1 + p)
        Sandwich covariance (HC0) of the coefficients.
    """

    coefficients: FloatArray
    covariance: FloatArray

    def probability(self, x: FloatArray) -> FloatArray:
        """Probability of the outcome for each row of x (n, p)."""
        return np.asarray(expit(_with_intercept(x) @ self.coefficients))

    def mean_gradient(self, x: FloatArray) -> FloatArray:
        """Derivative of the mean probability of the rows x for each coefficient (1 + p,)."""
        p = self.probability(x)
        return np.asarray((p * (1 - p)) @ _with_intercept(x) / p.size)


@dataclass(frozen=True, slots=True)
class Logistic:
    """Logistic regression by maximum likelihood (statsmodels), main effects as given.

    Examples
    --------
    >>> import numpy as np
    >>> from survcomp import Logistic
    >>> x = np.array([[0.0], [0], [0], [0], [1], [1], [1], [1]])
    >>> fitted = Logistic().fit(x, np.array([1.0, 0, 0, 0, 1, 1, 1, 0]))
    >>> fitted.probability(np.array([[0.0], [1.0]])).round(6).tolist()  # the shares themselves
    [0.25, 0.75]
    """

    @property
    def name(self) -> str:
        """In words, for the method of a result."""
        return "logistic regression"

    def fit(self, x: FloatArray, y: FloatArray) -> FittedLogistic:
        """Fit to covariates (n, p) and outcomes 0 or 1 (n,).

        Raises
        ------
        InputError
            If outcomes are all alike, a column is constant or follows from the others, or
            covariates separate the outcomes, so that there is no maximum.
        """
        import statsmodels.api as sm
        from statsmodels.tools.sm_exceptions import (
            DomainWarning,
            PerfectSeparationError,
            PerfectSeparationWarning,
        )

        check_rows(x, y)
        design = _with_intercept(x)
        # on the way to a separation numbers overflow; whether there is a maximum is asked below
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("error", PerfectSeparationWarning)
            warnings.simplefilter("ignore", DomainWarning)
            try:
                fit = sm.GLM(y, design, sm.families.Binomial()).fit(tol=1e-12, cov_type="HC0")
            except (PerfectSeparationError, PerfectSeparationWarning) as error:
                raise InputError(SEPARATED) from error
        coefficients = np.asarray(fit.params, dtype=float)
        if not np.max(np.abs(coefficients[1:] * x.std(axis=0)), initial=0.0) < LARGEST:  # or NaN
            raise InputError(SEPARATED)
        return FittedLogistic(
            coefficients=coefficients, covariance=np.asarray(fit.cov_params(), dtype=float)
        )


SEPARATED = "the logistic regression has no finite estimate: covariates separate the outcomes."


@dataclass(frozen=True, slots=True, eq=False)
class _FittedClassifier:
    estimator: Any

    def probability(self, x: FloatArray) -> FloatArray:
        return np.asarray(self.estimator.predict_proba(x)[:, 1], dtype=float)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Classifier:
    """A classifier of scikit-learn, cloned for every fit.

    Attributes
    ----------
    estimator : object
        With `fit` and `predict_proba`, such as a pipeline or a gradient boosting; not
        changed. One that draws random numbers must have its `random_state` set, so that the
        result can be repeated.

    Examples
    --------
    >>> import numpy as np
    >>> from survcomp import Classifier
    >>> from sklearn.linear_model import LogisticRegression
    >>> model = Classifier(estimator=LogisticRegression(C=1e6))
    >>> x = np.array([[0.0], [0], [0], [0], [1], [1], [1], [1]])
    >>> fitted = model.fit(x, np.array([1.0, 0, 0, 0, 1, 1, 1, 0]))
    >>> fitted.probability(np.array([[1.0]])).round(3).tolist()
    [0.75]
    """

    estimator: Any

    def __post_init__(self) -> None:
        for method in ("fit", "predict_proba", "get_params"):
            if not hasattr(self.estimator, method):
                raise InputError(
                    f"`estimator` must be a scikit-learn classifier with `{method}`; got "
                    f"{type(self.estimator).__name__}."
                )
        unset = [
            key
            for key, value in self.estimator.get_params().items()
            if key.endswith("random_state") and value is None and self._draws
        ]
        if unset:
            raise InputError(
                f"`estimator` {type(self.estimator).__name__} must have `{unset[0]}` set to a "
                "whole number, so that its fits can be repeated; got None."
            )

    @property
    def _draws(self) -> bool:
        """Whether it may draw random numbers; a logistic regression by lbfgs does not."""
        return type(self.estimator).__name__ != "LogisticRegression" or (
            self.estimator.solver in ("liblinear", "sag", "saga")
        )

    @property
    def name(self) -> str:
        """In words, for the method of a result."""
        return f"scikit-learn {type(self.estimator).__name__}"

    def fit(self, x: FloatArray, y: FloatArray) -> FittedBinary:
        """Fit to covariates (n, p) and outcomes 0 or 1 (n,).

        Raises
        ------
        InputError
            If outcomes are all alike, or a column is constant or follows from the others.
        """
        from sklearn.base import clone

        check_rows(x, y)
        return _FittedClassifier(clone(self.estimator).fit(x, y.astype(int)))


def check_rows(x: FloatArray, y: FloatArray) -> None:
    """Raise unless a model can be fitted to covariates x (n, p) and outcomes y (n,)."""
    if x.ndim != 2 or x.shape[0] != y.size:
        raise InputError(f"`x` must have {y.size} rows; got shape {x.shape}.")
    if not np.all(np.isin(y, (0.0, 1.0))):
        raise InputError("`y` must be 0 or 1 for every patient.")
    if not 0 < y.mean() < 1:
        raise InputError(f"the outcome is {y[0]:g} for every patient: there is nothing to model.")
    check_columns(x)


def check_columns(x: FloatArray) -> None:
    """Raise if a column of x is constant or follows from the others."""
    spread = x.std(axis=0)
    if not np.all(spread > 0):
        raise InputError(
            f"column {int(np.argmin(spread)) + 1} of the covariates is the same for every patient."
        )
    z = (x - x.mean(axis=0)) / spread
    if x.shape[1] and np.linalg.matrix_rank(z, tol=1e-7 * x.shape[0] ** 0.5) < x.shape[1]:
        raise InputError("a column of the covariates follows from the others.")


def _with_intercept(x: FloatArray) -> FloatArray:
    return np.column_stack([np.ones(x.shape[0]), x])
