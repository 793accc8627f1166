"""Relative effects: what they are about, how they are measured, their numbers and words."""
