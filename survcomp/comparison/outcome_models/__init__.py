"""Comparisons through outcome models: STC, G-computation, augmented estimators."""
