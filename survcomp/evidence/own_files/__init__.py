"""A user's own files of patients, outcomes and baselines."""
