"""Weights that make patients look like a target population: one module a way of weighting."""
