"""Published evidence as values: find it, read it, check it."""

from survcomp.evidence.check import check_evidence
from survcomp.evidence.find import find_evidence, find_root, trials
from survcomp.evidence.own_files.agd import read_long_agd, read_wide_agd
from survcomp.evidence.trial_folders.read import read_trial, trial_files

__all__ = [
    "check_evidence",
    "find_evidence",
    "find_root",
    "read_long_agd",
    "read_trial",
    "read_wide_agd",
    "trial_files",
    "trials",
]
