"""Estimates over the draws of a reconstruction, pooled by Rubin's rules."""
