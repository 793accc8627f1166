"""`survcomp evidence check`: each rule finds its fault, and the real evidence has none."""

from __future__ import annotations

import pytest

from survcomp.evidence import check_evidence, read_trial, trials


def test_a_sound_trial_has_no_fault(data_root):
    assert check_evidence(data_root) == []


@pytest.mark.parametrize(
    ("old", "new", "field", "problem"),
    [
        ('estimate = 8.8, ci = [5.6, 11.6], source = "P1"',
         'estimate = 8.8, ci = [5.6, 11.6], source = "P9"',
         "curves[0].medians[0].source", "'P9' is not among the citations"),
        ("count = 59, percent = 59", "count = 59, percent = 61",
         "populations[0].moments[1]", "59 of 100 is 59.00 %, but 61 % is printed"),
        ("ci = [63, 81]", "ci = [75, 81]", "responses[0].ci", "does not hold 73 %"),
        ("ci = [0.38, 0.63]", "ci = [0.38, 0.93]", "contrasts[0].ci", "check for a misprint"),
        ("survival = 0.7", "survival = 0.38", "curves[0].landmarks[0]", "0.41 at 12 exceeds OS"),
        ('estimate = "not reached", ci = [14.0, "not reached"]', "estimate = 8.1",
         "curves[0].medians[0]", "median PFS 8.8 exceeds median OS 8.1"),
        ("n = 100, source", "n = 101, source", "curves[0].n", "is 100, but arm 'drug' has 101"),
        ('landmarks = [{ time = 12, survival = 0.7, source = "P1" }]',
         'landmarks = [{ time = 12, survival = 0.7, source = "P1" }, '
         '{ time = 12, survival = 0.7, source = "P1" }]',
         "curves[1].landmarks[1]", "says the same thing as curves[1].landmarks[0]"),
    ],
)  # fmt: skip
def test_each_rule_names_the_field(data_root, edit, old, new, field, problem):
    edit("my_trial/trial.toml", old, new)
    faults = check_evidence(data_root, trials=("my_trial",))
    assert any(f.field == field and problem in f.problem for f in faults), faults
    assert all(f.file == "data/digitized/my_trial/trial.toml" for f in faults)


@pytest.mark.parametrize(
    ("old", "new", "field", "problem"),
    [
        ("0,1\n", "0,0.95\n", "curves[0].points", "starts at S(0) = 0.95; a survival curve is"),
        ("0,1\n3,0.9\n", "3,0.9\n", "curves[0].points", "starts at S(3) = 0.9"),
        ("12,0.41\n", "11.8,0.46\n12,0.46\n12.2,0.46\n", "curves[0].landmarks[0]",
         "S(12) = 0.41 is printed, but the traced curve lies between 0.45 and 0.47 there"),
        ("8.8,0.5\n", "8.8,0.55\n9.1,0.53\n", "curves[0].medians[0]",
         "8.8 is printed, but the traced curve lies between 0.52 and 0.71 there"),
        ("6,0.7\n", "6,0.47\n", "curves[0].medians[0]",
         "8.8 is printed, but the traced curve lies between 0.4 and 0.48 there"),
    ],
)  # fmt: skip
def test_a_traced_curve_agrees_with_what_is_printed(data_root, edit, old, new, field, problem):
    (data_root / "data/digitized/my_trial/pfs_drug_12_at_risk.csv").write_text(
        "time,at_risk\n0,100\n"
    )
    edit("my_trial/pfs_drug_12.csv", old, new)
    if old.startswith("6"):
        edit("my_trial/pfs_drug_12.csv", "8.8,0.5\n", "8.8,0.47\n")
    faults = check_evidence(data_root, trials=("my_trial",))
    assert [f.field for f in faults] == [field]
    assert problem in faults[0].problem


def test_a_median_that_the_trace_reaches_was_reached(data_root, edit):
    edit("my_trial/trial.toml", "estimate = 8.8, ci = [5.6, 11.6]", 'estimate = "not reached"')
    edit(
        "my_trial/trial.toml",
        "time = 12, survival = 0.41, ci = [0.31, 0.51]",
        "time = 8, survival = 0.6",
    )
    edit(
        "my_trial/trial.toml",
        'estimate = "not reached", ci = [14.0, "not reached"]',
        'estimate = "not reached"',
    )
    faults = check_evidence(data_root, trials=("my_trial",))
    assert [(f.field, f.problem) for f in faults] == [
        (
            "curves[0].medians[0]",
            "not reached is printed, but the traced curve lies between 0 and 0.21 at its end "
            "(resolution included), not at 0.5",
        )
    ]


def test_points_within_their_resolution_are_not_faults(data_root, edit):
    """A trace that starts at 0.99 and passes 0.009 beside a rate printed to two places."""
    edit("my_trial/pfs_drug_12.csv", "0,1\n", "0,0.991\n")
    edit("my_trial/pfs_drug_12.csv", "12,0.41\n", "11.9,0.424\n12,0.424\n12.1,0.424\n")
    assert check_evidence(data_root) == []


def test_deeper_responses_cannot_be_commoner(data_root, edit):
    edit(
        "my_trial/trial.toml",
        "[[populations]]",
        '[[responses]]\narm = "drug"\noutcome = "sCR"\ncut = "12 months"\nn = 100\npercent = 80\n'
        'analysis_set = "randomised"\nsource = "P1"\n\n[[populations]]',
    )
    faults = check_evidence(data_root)
    assert [f.problem for f in faults] == ["sCR 80.0 % exceeds ORR 73.0 %"]


def test_numbers_set_aside_need_not_agree(data_root, edit):
    edit(
        "my_trial/trial.toml",
        "count = 59, percent = 59,",
        'count = 59, percent = 61, set_aside = "count and percentage disagree",',
    )
    assert check_evidence(data_root) == []


def test_the_evidence_of_this_repository_is_sound(root):
    assert [str(fault) for fault in check_evidence(root)] == []


def test_every_study_of_this_repository_can_be_read(root):
    for trial in trials(root):
        assert read_trial(trial, root).citations


def test_the_studies_that_the_flagship_needs_are_there(root):
    needed = {
        "cartitude_1",
        "karmma",
        "cartitude_4",
        "karmma_3",
        "locommotion",
        "mammoth",
        "flatiron",
    }
    assert needed <= set(trials(root))


@pytest.mark.parametrize(
    ("trial", "registry"),
    [
        ("cartitude_1", "NCT03548207"),
        ("cartitude_4", "NCT04181827"),
        ("karmma", "NCT03361748"),
        ("karmma_3", "NCT03651128"),
        ("locommotion", "NCT04035226"),
    ],
)
def test_registry_numbers_are_the_true_ones(root, trial, registry):
    assert read_trial(trial, root).registry == registry
