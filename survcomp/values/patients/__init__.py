"""Patients: one data set, the draws of a reconstruction, their outcomes and how they are read."""
