"""A small data root for tests: two studies, an analysis of them, and a way to break each."""

from __future__ import annotations

from pathlib import Path

TRIAL = """
schema_version = 1
id = "my_trial"
name = "MY-TRIAL"
registry = "NCT00000001"
design = "randomised trial"
population = "Anybody"

[citations.P1]
title = "A paper"
url = "https://example.org/1"
kind = "primary abstract"

[[arms]]
id = "drug"
treatment = "drug"
label = "Drug"
sets = [{ analysis_set = "randomised", n = 100, source = "P1" }]

[[cuts]]
label = "12 months"
follow_up = { median = 12.4, range = [0.2, 20.1], source = "P1" }

[[curves]]
arm = "drug"
endpoint = "PFS"
cut = "12 months"
n = 100
analysis_set = "randomised"
index_date = "randomisation"
medians = [{ estimate = 8.8, ci = [5.6, 11.6], source = "P1" }]
landmarks = [{ time = 12, survival = 0.41, ci = [0.31, 0.51], source = "P1" }]
counts = [{ kind = "events", count = 58, source = "P1" }]
points = "pfs_drug_12.csv"
at_risk = "pfs_drug_12_at_risk.csv"
figure_source = "P1"

[[curves]]
arm = "drug"
endpoint = "OS"
cut = "12 months"
n = 100
analysis_set = "randomised"
index_date = "randomisation"
assessor = "not applicable"
medians = [{ estimate = "not reached", ci = [14.0, "not reached"], source = "P1" }]
landmarks = [{ time = 12, survival = 0.7, source = "P1" }]

[[responses]]
arm = "drug"
outcome = "ORR"
cut = "12 months"
n = 100
events = 73
percent = 73
ci = [63, 81]
analysis_set = "randomised"
source = "P1"

[[populations]]
arm = "drug"
n = 100
analysis_set = "randomised"
moments = [
  { name = "age", label = "Age", median = 61, range = [33, 78], source = "P1" },
  { name = "male", label = "Male", count = 59, percent = 59, source = "P1" },
]

[[contrasts]]
id = "pfs_hr"
treatment = "drug"
comparator = "standard care"
outcome = "PFS"
measure = "HR"
estimate = 0.49
ci = [0.38, 0.63]
population = "MY-TRIAL"
plain = true
source = "P1"
"""
CURVE = "time,survival\n0,1\n3,0.9\n6,0.7\n8.8,0.5\n12,0.41\n20,0.2\n"
AT_RISK = "time,at_risk\n0,100\n6,68\n12,30\n18,5\n"

OTHER = """
schema_version = 1
id = "other_trial"
name = "OTHER"
registry = "none"
design = "single-arm trial"
population = "Anybody else"

[citations.Q1]
title = "Another paper"
url = "https://example.org/2"
kind = "primary abstract"

[[arms]]
id = "drug_b"
treatment = "drug B"
label = "Drug B"
sets = [
  { analysis_set = "enrolled", n = 140, source = "Q1" },
  { analysis_set = "treated", n = 128, source = "Q1" },
]

[[arms]]
id = "drug_a"
treatment = "drug A"
label = "Drug A"
sets = [
  { analysis_set = "enrolled", n = 113, source = "Q1" },
  { analysis_set = "treated", n = 97, source = "Q1" },
]

[[cuts]]
label = "13 months"
follow_up = { median = 13.3, range = [0.2, 21.2], source = "Q1" }

[[curves]]
arm = "drug_b"
endpoint = "PFS"
cut = "13 months"
n = 128
analysis_set = "treated"
index_date = "start of treatment"
medians = [{ estimate = 8.8, ci = [5.6, 11.6], source = "Q1" }]

[[curves]]
arm = "drug_a"
endpoint = "PFS"
cut = "13 months"
n = 97
analysis_set = "treated"
index_date = "start of treatment"
landmarks = [{ time = 12, survival = 0.766, ci = [0.66, 0.843], source = "Q1" }]

[[curves]]
arm = "drug_b"
endpoint = "DOR"
cut = "13 months"
n = 94
analysis_set = "responders"
index_date = "first response"
medians = [{ estimate = 10.7, ci = [9.0, 11.3], source = "Q1" }]

[[responses]]
arm = "drug_a"
outcome = "ORR"
cut = "13 months"
n = 97
events = 94
analysis_set = "treated"
source = "Q1"

[[responses]]
arm = "drug_b"
outcome = "ORR"
cut = "13 months"
n = 128
events = 94
analysis_set = "treated"
source = "Q1"

[[populations]]
arm = "drug_b"
n = 128
analysis_set = "treated"
moments = [
  { name = "age", label = "Age", mean = 63.0, source = "Q1" },
  { name = "male", label = "Male", count = 81, percent = 63, source = "Q1" },
]

[[contrasts]]
id = "pfs_hr"
treatment = "drug A"
comparator = "drug B"
outcome = "PFS"
measure = "HR"
estimate = 0.42
ci = [0.26, 0.68]
population = "OTHER"
plain = false
why_not_plain = "adjusted"
source = "Q1"
"""
ANALYSIS = """
schema_version = 1
title = "Drug A versus <drug B> & others"
summary = "HR {{comparison/pfs/unadjusted/log_hr}}, n {{comparison/pfs/treatment/n}}."
treatment = "drug A"
comparator = "drug B"
limitations = ["Only {{comparison/pfs/comparator/n}} patients."]

[settings]
draws = 10

[question]
population = "p"
intervention = "i"
comparator = "c"
outcomes = "o"
estimand = "e"

[[comparisons]]
id = "pfs"
label = "Progression-free survival"
endpoint = "PFS"
enrolled_scenario = true
rmst_horizon = 12
treatment = { trial = "other_trial", arm = "drug_a", cut = "13 months" }
comparator = { trial = "other_trial", arm = "drug_b", cut = "13 months" }

[[comparisons.scenarios]]
id = "published"
label = "Published range only"
truncate_at = "published"

[[responses]]
id = "orr"
label = "Overall response"
treatment = { trial = "other_trial", arm = "drug_a", outcome = "ORR", cut = "13 months" }
comparator = { trial = "other_trial", arm = "drug_b", outcome = "ORR", cut = "13 months" }

[[descriptive]]
trial = "other_trial"
arm = "drug_b"
endpoint = "DOR"
cut = "13 months"
responders_of = "ORR"

[[published]]
trial = "other_trial"
contrast = "pfs_hr"
role = "context"
why = "Another population."
"""


def write_data_root(root: Path) -> Path:
    """Write the two studies and the analysis below `root`."""
    for id, text in (("my_trial", TRIAL), ("other_trial", OTHER)):
        folder = root / "data" / "digitized" / id
        folder.mkdir(parents=True)
        (folder / "trial.toml").write_text(text)
    folder = root / "data" / "digitized" / "my_trial"
    (folder / "pfs_drug_12.csv").write_text(CURVE)
    (folder / "pfs_drug_12_at_risk.csv").write_text(AT_RISK)
    analysis = root / "analyses" / "a_vs_b"
    analysis.mkdir(parents=True)
    (analysis / "analysis.toml").write_text(ANALYSIS)
    return root
