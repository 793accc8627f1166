"""Covariates that a rebuilt arm does not have, drawn from published effects and baselines."""
