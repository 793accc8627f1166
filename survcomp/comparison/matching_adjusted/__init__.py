"""Matching-adjusted indirect comparison (MAIC), unanchored and anchored, with its variances."""
