"""A trial.toml as values, and every way in which one can be wrong."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from survcomp.errors import FileFaultError, InputError, NotFoundError, SurvcompError
from survcomp.evidence import check_evidence, find_root, read_trial, trial_files, trials


def test_everything_is_read(data_root):
    trial = read_trial("my_trial", data_root)
    pfs, os = trial.curves
    assert pfs.support == "figure+risk"
    assert (pfs.median.ci_low, pfs.events, pfs.basis.cut.follow_up.longest) == (5.6, 58, 20.1)
    assert math.isinf(os.median.estimate)
    assert trial.response(arm="drug", outcome="ORR", cut="12 months").events == 73
    assert trial.population_of("drug").covariates == ("age", "male")
    assert str(trial.contrast("pfs_hr").contrast) == "HR 0.49 (95% CI 0.38 to 0.63)"
    assert [path.name for path in trial_files(data_root, "my_trial")] == [
        "trial.toml",
        "pfs_drug_12.csv",
        "pfs_drug_12_at_risk.csv",
    ]


def test_the_folder_may_be_named_as_text(data_root):
    assert read_trial("my_trial", str(data_root)).id == "my_trial"
    assert find_root(str(data_root / "analyses")) == find_root(data_root)
    assert trials(str(data_root)) == trials(data_root)
    assert check_evidence(str(data_root)) == check_evidence(data_root)
    with pytest.raises(NotFoundError, match="no data/digitized in /nowhere"):
        trials("/nowhere")


def test_numbers_set_aside_are_kept_and_not_used(data_root, edit):
    edit(
        "my_trial/trial.toml",
        "medians = [{ estimate = 8.8,",
        'medians = [{ estimate = 8.6, source = "P1", set_aside = "topline" }, { estimate = 8.8,',
    )
    trial = read_trial("my_trial", data_root)
    assert trial.curves[0].median.estimate == 8.8
    assert [(s.value, s.reason) for s in trial.set_aside] == [("8.6", "topline")]


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda t: t.curve(arm="x", endpoint="PFS", cut="12 months"), "no arm 'x'; there is: drug"),
        (lambda t: t.curve(arm="drug", endpoint="TTP", cut="12 months"), "drug/PFS/12 months"),
        (lambda t: t.response(arm="drug", outcome="CR", cut="12 months"), "drug/ORR/12 months"),
        (lambda t: t.contrast("os_hr"), "no contrast 'os_hr'; there is: pfs_hr"),
        (lambda t: t.arm("drug").size("infused"), "no 'infused' count; known: randomised"),
    ],
)
def test_asking_for_what_is_not_there_lists_what_is(data_root, ask, message):
    with pytest.raises(NotFoundError, match=message):
        ask(read_trial("my_trial", data_root))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("n = 100\n", 'n = "100"\n', r"curves\[0\]\.n"),
        ('design = "randomised trial"', 'design = "trial"', "design: input should be 'randomised"),
        ("survival = 0.41", "survival = 41", r"landmarks\[0\]\.survival: .*got 41"),
        ("survival = 0.41", "survivl = 0.41", r"landmarks\[0\]\.survivl: unknown key"),
        ("[0.31, 0.51]", "[0.45, 0.51]", r"curves\[0\]: .*does not hold the estimate 0.41"),
        ("estimate = 8.8", "estimate = nan", r"medians\[0\]\.estimate"),
        ("estimate = 8.8", "estimate = -1", r"medians\[0\]\.estimate"),
        ("count = 58", "count = 101", r"curves\[0\]: .*101 patients .events. of 100"),
        ("registry = ", "registery = ", "registry: is missing"),
        ('registry = "NCT00000001"', 'registry = "NCT1"', "registry: .*got 'NCT1'"),
        ('cut = "12 months"\nn = 100\nanalysis_set = "randomised"\nindex_date = "randomisation"\nm',
         'cut = "13 months"\nn = 100\nanalysis_set = "randomised"\nindex_date = "randomisation"\nm',
         r"curves\[0\]\.cut: is not a cut of this file \(12 months\); got '13 months'"),
        ('arm = "drug"\noutcome', 'arm = "placebo"\noutcome', r"responses\[0\]\.arm: is not"),
        ("events = 73", "events = 70", r"responses\[0\]: 70 of 100 is 70\.00 %, not 73 %"),
        ("plain = true", "plain = false", r"contrasts\[0\]: `why_not_plain` goes with"),
        ("n = 100\n", "n = 1000000000000000000\n", r"curves\[0\]\.n: .*1000000;"),
        ("time = 12, survival = 0.41", "time = 1e300, survival = 0.41",
         r"landmarks\[0\]\.time: .*1000000"),
        ("median = 12.4", "median = 22.4",
         r"my_trial/trial\.toml: cuts\[0\]: .*does not hold the estimate 22\.4"),
        ("median = 12.4", "median = 1e300", r"cuts\[0\]\.follow_up\.median: .*1000000"),
        ("estimate = 8.8", "estimate = 1e300", r"medians\[0\]\.estimate: must be at most 1e\+06"),
        ('label = "12 months"\n', 'label = "12 months"\ndate = "2026-99-99"\n',
         r"cuts\[0\]\.date: must be a day or month of the calendar; got '2026-99-99'"),
        ('label = "12 months"\n', 'label = "12 months"\ndate = "2026-13"\n', r"cuts\[0\]\.date"),
        ("schema_version = 1", "schema_version = true", "schema_version: must be a whole number"),
        ("plain = true", "plain = 1", r"contrasts\[0\]\.plain: .*got 1"),
        ('population = "MY-TRIAL"', 'population = "MY-TRIAL"\nlevel = 0.3',
         r"contrasts\[0\]\.level: .*0\.5; got 0\.3"),
        ('median = 61, range = [33, 78]', "mean = 61, sd = 8",
         r"moments\[0\]: `mean` and `sd` are separate entries"),
        ('points = "pfs_drug_12.csv"', 'points = "a\\u0000b.csv"',
         r"my_trial/trial\.toml: curves\[0\]\.points: .*null byte"),
        ('points = "pfs_drug_12.csv"', 'points = "../../../../x.csv"',
         r"my_trial/trial\.toml: curves\[0\]\.points: must stay inside"),
        ('estimate = 8.8, ci = [5.6, 11.6], source = "P1"',
         'estimate = 8.8, ci = [5.6, 11.6], source = "P9"',
         r"trial\.toml: curves\[0\]\.medians\[0\]\.source: 'P9' is not among the citations"),
        ("[[cuts]]", '[[arms]]\nid = "drug"\ntreatment = "d"\nlabel = "D"\n\n[[cuts]]',
         r"arms\[1\]: says the same thing as arms\[0\]"),
        ("[[cuts]]", '[[cuts]]\nlabel = "12 months"\n\n[[cuts]]',
         r"cuts\[1\]: says the same thing as cuts\[0\]"),
        ('endpoint = "OS"', 'endpoint = "PFS"', r"curves\[1\]: says the same thing as curves\[0\]"),
        ("[[populations]]",
         '[[populations]]\narm = "drug"\nn = 100\nanalysis_set = "treated"\nmoments = []\n\n'
         "[[populations]]", r"populations\[1\]: says the same thing as populations\[0\]"),
        ("[[populations]]",
         '[[responses]]\narm = "drug"\noutcome = "ORR"\ncut = "12 months"\nn = 100\nevents = 74\n'
         'analysis_set = "randomised"\nsource = "P1"\n\n[[populations]]',
         r"responses\[1\]: says the same thing as responses\[0\]"),
        ('id = "my_trial"', 'id = "another"', "id: must be the folder's name 'my_trial'"),
        ("schema_version = 1", "schema_version = 2", "schema_version"),
        ("[citations.P1]", "[citations.P1", "is not valid TOML"),
        ('points = "pfs_drug_12.csv"', 'points = "../../../secret.csv"', "secret.csv: no such"),
        ('points = "pfs_drug_12.csv"', 'points = "/etc/passwd"', "must stay inside"),
        ('points = "pfs_drug_12.csv"', 'points = "missing.csv"', "missing.csv: no such file"),
        ('figure_source = "P1"', "", "need a `figure_source`"),
        ("range = [0.2, 20.1]", "range = [0.2, 20.1], interquartile_range = [1, 2]", "not both"),
        ("median = 61, range", "median = 61, mean = 60, range", r"moments\[0\]: needs exactly one"),
    ],
)  # fmt: skip
def test_faults_name_file_and_field(data_root, edit, old, new, message):
    edit("my_trial/trial.toml", old, new)
    with pytest.raises(SurvcompError, match=message) as error:
        read_trial("my_trial", data_root)
    assert "data/digitized/my_trial" in str(error.value) or "must stay inside" in str(error.value)


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        (
            "pfs_drug_12.csv",
            "time,survival",
            "months,S",
            "row 1: must have the columns time,survival",
        ),
        ("pfs_drug_12.csv", "3,0.9", "3,zero", "row 3, survival: must be a number; got 'zero'"),
        ("pfs_drug_12.csv", "3,0.9", "3", "row 3: has 1 cells; 2 expected"),
        ("pfs_drug_12.csv", "3,0.9", "3,nan", "row 3, survival: must be a number"),
        ("pfs_drug_12.csv", "3,0.9", ",0.9", "row 3, time: must be a number; it is empty"),
        ("pfs_drug_12.csv", "3,0.9", "\n\n3,zero", "row 5, survival: must be a number"),
        ("pfs_drug_12.csv", "20,0.2", "1e308,0.2", r"at most 1e\+06; row 6 is 1e\+308"),
        ("pfs_drug_12.csv", "20,0.2", "20," + "0" * 200_000, "row 7: cannot be read: field larger"),
        ("pfs_drug_12_at_risk.csv", "18,5", "1e308,5", r"at most 1e\+06; row 4"),
        ("pfs_drug_12.csv", "3,0.9", "-3,0.9", "must be at least 0; row 2 is -3"),
        ("pfs_drug_12.csv", "6,0.7", "6,0.95", "rises by 0.05 at time 6"),
        ("pfs_drug_12_at_risk.csv", "6,68", "6,120", "cannot increase; row 2"),
        ("pfs_drug_12_at_risk.csv", "12,30", "12,66", r"66 at risk at time 12 of 100"),
        ("pfs_drug_12_at_risk.csv", "0,100", "0,90", "90 at risk at time 0, but n is 100"),
    ],
)
def test_faults_of_csv_files_name_the_row(data_root, edit, name, old, new, message):
    edit(f"my_trial/{name}", old, new)
    with pytest.raises(SurvcompError, match=message):
        read_trial("my_trial", data_root)


@pytest.mark.parametrize(("text", "message"), [("", "is empty"), ("time,survival\n", "no rows")])
def test_empty_files(data_root, text, message):
    (data_root / "data/digitized/my_trial/pfs_drug_12.csv").write_text(text)
    with pytest.raises(FileFaultError, match=message):
        read_trial("my_trial", data_root)


def test_per_cent_in_a_file_is_recognised(data_root):
    text = "time,survival\n0,100\n12,41\n"
    (data_root / "data/digitized/my_trial/pfs_drug_12.csv").write_text(text)
    with pytest.raises(FileFaultError, match="looks like per cent"):
        read_trial("my_trial", data_root)


def test_all_faults_are_reported_at_once(data_root, edit):
    edit("my_trial/trial.toml", "survival = 0.41", "survival = 41")
    edit("my_trial/trial.toml", "events = 73", "events = -1")
    edit("my_trial/trial.toml", 'kind = "primary abstract"', 'kind = ""')
    with pytest.raises(FileFaultError) as error:
        read_trial("my_trial", data_root)
    assert len(error.value.faults) == 3


def test_a_link_out_of_the_root_is_refused(data_root, tmp_path_factory, edit):
    outside = tmp_path_factory.mktemp("outside") / "curve.csv"
    outside.write_text("time,survival\n0,1\n5,0.5\n")
    link = data_root / "data/digitized/my_trial/link.csv"
    link.symlink_to(outside)
    edit("my_trial/trial.toml", 'points = "pfs_drug_12.csv"', 'points = "link.csv"')
    with pytest.raises(FileFaultError, match="must stay inside"):
        read_trial("my_trial", data_root)


def test_links_in_a_circle_are_one_fault(data_root, edit):
    (data_root / "data/digitized/my_trial/loop.csv").symlink_to("loop.csv")
    edit("my_trial/trial.toml", 'points = "pfs_drug_12.csv"', 'points = "loop.csv"')
    with pytest.raises(FileFaultError, match=r"curves\[0\]\.points: .*[Ll]oop"):
        read_trial("my_trial", data_root)


def test_asking_a_trial_for_what_it_holds_twice_is_an_error(data_root):
    trial = read_trial("my_trial", data_root)
    twice = replace(trial, arms=trial.arms * 2)
    with pytest.raises(InputError, match="arm 'drug' is ambiguous; there are 2"):
        twice.arm("drug")
    with pytest.raises(InputError, match="curve 'drug/PFS/12 months' is ambiguous"):
        replace(trial, curves=trial.curves * 2).curve(arm="drug", endpoint="PFS", cut="12 months")
    with pytest.raises(InputError, match="population of arm 'drug' is ambiguous"):
        replace(trial, populations=trial.populations * 2).population_of("drug")
    with pytest.raises(InputError, match="response 'drug/ORR/12 months' is ambiguous"):
        replace(trial, responses=trial.responses * 2).response(
            arm="drug", outcome="ORR", cut="12 months"
        )


def test_the_root_is_the_nearest_folder_above(data_root, tmp_path_factory):
    deep = data_root / "analyses" / "mine"
    deep.mkdir(parents=True)
    assert find_root(deep) == data_root.resolve()
    with pytest.raises(NotFoundError, match="--data"):
        find_root(tmp_path_factory.mktemp("empty"))


def test_unknown_trials_list_the_known_ones(data_root):
    assert trials(data_root) == ("my_trial", "other_trial")
    with pytest.raises(
        NotFoundError, match=r"no trial '\.\./x' in data/digitized; there is: my_trial, other_trial"
    ):
        read_trial("../x", data_root)
