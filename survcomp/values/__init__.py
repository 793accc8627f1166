"""The nouns of survcomp: frozen values, validated once, on creation."""

from survcomp.values.basis import Basis, Cut, FollowUp
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.contrasts.derivation import Derivation, OverDraws
from survcomp.values.contrasts.link_estimate import LinkEstimate
from survcomp.values.contrasts.measure import MEASURES, Measure
from survcomp.values.contrasts.question import Question
from survcomp.values.curves.curve import Curve, EarlierCut
from survcomp.values.curves.printed import Count, Landmark, MedianTime
from survcomp.values.curves.traced import AtRisk, CurvePoints, Ticks
from survcomp.values.draws import Draws, as_draws
from survcomp.values.estimate import Estimate, Estimates
from survcomp.values.patients.ensemble import Ensemble
from survcomp.values.patients.frame_columns import CovariateColumns, Indicator
from survcomp.values.patients.ipd import IPD
from survcomp.values.patients.outcome import PatientOutcome, PublishedMean
from survcomp.values.populations.pooling import pooled_population
from survcomp.values.populations.population import (
    SD,
    Mean,
    Median,
    Population,
    Proportion,
    Quantile,
)
from survcomp.values.prognostic.correlation import Correlation
from survcomp.values.prognostic.effects import PrognosticEffect, PrognosticFactor
from survcomp.values.prognostic.subgroup_rates import complement_landmark, effect_from_landmarks
from survcomp.values.reconstruction import Fidelity, FidelityRow, Reconstruction
from survcomp.values.records.results import Record, Results
from survcomp.values.response import Response, TrialArm
from survcomp.values.trial import Arm, Citation, PublishedContrast, SetAside, Trial
from survcomp.values.weights import Weights, effective_sample_size

__all__ = [
    "IPD",
    "MEASURES",
    "SD",
    "Arm",
    "AtRisk",
    "Basis",
    "Citation",
    "Contrast",
    "Correlation",
    "Count",
    "CovariateColumns",
    "Curve",
    "CurvePoints",
    "Cut",
    "Derivation",
    "Draws",
    "EarlierCut",
    "Ensemble",
    "Estimate",
    "Estimates",
    "Fidelity",
    "FidelityRow",
    "FollowUp",
    "Indicator",
    "Landmark",
    "LinkEstimate",
    "Mean",
    "Measure",
    "Median",
    "MedianTime",
    "OverDraws",
    "PatientOutcome",
    "Population",
    "PrognosticEffect",
    "PrognosticFactor",
    "Proportion",
    "PublishedContrast",
    "PublishedMean",
    "Quantile",
    "Question",
    "Reconstruction",
    "Record",
    "Response",
    "Results",
    "SetAside",
    "Ticks",
    "Trial",
    "TrialArm",
    "Weights",
    "as_draws",
    "complement_landmark",
    "effect_from_landmarks",
    "effective_sample_size",
    "pooled_population",
]
