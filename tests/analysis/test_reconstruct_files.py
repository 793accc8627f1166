"""survcomp reconstruct: files in, a file of patients out, or one message and nothing."""

from __future__ import annotations

import csv
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from support.published import patients, published, simulate

from survcomp.cli import main
from survcomp.comparison import naive_hazard_ratio
from survcomp.errors import InputError
from survcomp.evidence.trial_folders.one_curve import CurveFiles, read_curve
from survcomp.reconstruction import reconstruct
from survcomp.values import IPD, Ensemble

CURVE = "time,survival\n0,1\n2,1\n2,0.9\n4,0.9\n4,0.8\n6,0.8\n"
AT_RISK = "time,at_risk\n0,10\n3,9\n6,8\n"
SUMMARY = """
n = 97
endpoint = "PFS"
index_date = "infusion"
landmarks = [{ time = 12, survival = 0.766, ci = [0.67, 0.84] }]
medians = [
  { estimate = "not reached", ci = [20.0, "not reached"] },
  { estimate = 30, set_aside = "another cut" },
]
follow_up = { median = 15.0 }
"""


@pytest.fixture
def here(tmp_path):
    (tmp_path / "c.csv").write_text(CURVE)
    (tmp_path / "r.csv").write_text(AT_RISK)
    (tmp_path / "s.toml").write_text(SUMMARY)
    return tmp_path


@pytest.fixture
def call(monkeypatch, capsys, here):
    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["survcomp", "reconstruct", *map(str, arguments)])
        monkeypatch.chdir(here)
        status = 0
        try:
            main()
        except SystemExit as stop:
            status = int(stop.code or 0)
        out = capsys.readouterr()
        return status, out.out, out.err

    return run


def rows(path):
    with path.open() as file:
        return list(csv.reader(file))


def test_a_curve_and_its_table(call, here):
    status, out, err = call("c.csv", "--at-risk", "r.csv", "-o", "ipd.csv")
    assert (status, err) == (0, "")
    written = rows(here / "ipd.csv")
    assert written[0][2:9] == [
        "id", "arm", "time_unit", "origin", "censoring", "outcome", "trial"
    ]  # fmt: skip
    assert {tuple(row[3:9]) for row in written[1:]} == {
        ("arm", "months", "reconstructed", "from published counts", "", "c.csv")
    }
    assert [row[:2] for row in written] == [
        ["time", "event"], ["2.0", "1"], ["4.0", "1"], *[["6.0", "0"]] * 8,
    ]  # fmt: skip
    lines = out.splitlines()
    assert lines[0] == "Method: integer"
    assert lines[1] == "Rests on: a traced figure with its numbers at risk"
    assert lines[-1] == "Wrote ipd.csv: 10 patients, 2 events, times in months."
    assert lines[-3].startswith("Grade B: every number used is met; none was held out")
    table = lines[lines.index("") + 1 : -3]
    assert table[0].split() == ["quantity", "published", "rebuilt", "difference", "role", "verdict"]
    assert table[3].split() == ["at", "risk", "at", "3", "9", "9", "0", "used", "met"]
    # columns are aligned: words start and numbers end where their headings do
    assert {line.index("used") for line in table[1:]} == {table[0].index("role")}
    assert {line[: table[0].index("rebuilt") + 7][-1].isdigit() for line in table[1:]} == {True}


def test_draws_are_the_same_for_the_same_seed(call, here):
    for name, seed in (("a.csv", 1), ("b.csv", 1), ("c2.csv", 2)):
        status, out, _ = call(
            "c.csv", "--n", 10, "--events", 2, "--draws", 3, "--seed", seed, "-o", name
        )
        assert status == 0
        assert "Wrote " + name + ": 3 draws of 10 patients" in out
        assert "The most likely data set; the draws vary around it:" in out
        assert "difference  in SDs  role" in out
    assert (here / "a.csv").read_bytes() == (here / "b.csv").read_bytes()
    assert (here / "a.csv").read_bytes() != (here / "c2.csv").read_bytes()
    written = rows(here / "a.csv")
    assert written[0][:3] == ["draw", "time", "event"]
    assert [row[0] for row in written[1:]] == ["1"] * 10 + ["2"] * 10 + ["3"] * 10
    assert b"\r" not in (here / "a.csv").read_bytes()


def test_a_summary_alone(call, here):
    status, out, err = call("--summary", "s.toml", "-o", "ipd.csv")
    assert (status, err) == (0, "")
    assert len(rows(here / "ipd.csv")) == 98
    assert "Rests on: printed survival rates, no figure" in out
    line = next(line for line in out.splitlines() if line.startswith("median "))
    assert line.split()[:6] == ["median", "not", "reached", "not", "reached", "0"]
    assert "published median follow-up of 15 months" in out


def test_a_figure_and_printed_numbers_together(call, here):
    (here / "s.toml").write_text(
        'landmarks = [{ time = 3, survival = 0.9 }]\n[[counts]]\nkind = "events"\ncount = 2\n'
    )
    status, out, err = call("c.csv", "--summary", "s.toml", "--n", 10, "-o", "ipd.csv")
    assert (status, err) == (0, "")
    assert "S(3) " in out
    assert "events " in out


def test_files_that_a_summary_names_lie_beside_it(call, here):
    (here / "sub").mkdir()
    for name in ("c.csv", "r.csv"):
        (here / name).rename(here / "sub" / name)
    (here / "sub" / "t.toml").write_text(
        'points = "c.csv"\nat_risk = "r.csv"\nfigure_source = "P1"\n'
    )
    status, _, err = call("--summary", "sub/t.toml", "-o", "ipd.csv")
    assert (status, err) == (0, "")
    assert len(rows(here / "ipd.csv")) == 11
    status, _, err = call("sub/c.csv", "--summary", "sub/t.toml", "-o", "x.csv")
    assert (status, "names c.csv as `points`; leave one out" in err) == (2, True)
    status, _, err = call("--summary", "sub/t.toml", "-o", "sub/r.csv")
    assert (status, "is an input file and would be overwritten" in err) == (2, True)
    (here / "sub" / "t.toml").write_text('n = 10\npoints = "../../c.csv"\n')
    status, _, err = call("--summary", "sub/t.toml", "-o", "x.csv")
    assert (status, "sub/t.toml: points: must stay inside sub/" in err) == (2, True)


def test_ticks_and_time_unit(call, here):
    rng = np.random.default_rng(1)
    ipd = patients(*simulate(40, rng))
    curve = published(ipd, table=False)
    lines = [f"{t},{s}" for t, s in zip(curve.points.time, curve.points.survival, strict=True)]
    (here / "c.csv").write_text("\n".join(["time,survival", *lines]))
    (here / "t.csv").write_text("\n".join(["time", *map(str, ipd.time[~ipd.event])]))
    status, out, err = call(
        "c.csv", "--n", 40, "--ticks", "t.csv", "--time-unit", "weeks", "-o", "ipd.csv"
    )
    assert (status, err) == (0, "")
    assert "the ticks on the figure" in out
    assert out.rstrip().endswith("times in weeks.")
    status, _, err = call(
        "c.csv", "--n", 40, "--ticks", "t.csv", "--method", "guyot", "-o", "x.csv"
    )
    assert (status, "guyot makes no use of --ticks" in err) == (2, True)


@pytest.mark.parametrize(("name", "start"), [("x.svg", b"<svg"), ("x.PNG", b"\x89PNG")])
def test_figures_are_the_same_on_every_run(call, here, name, start):
    content = []
    for _ in "ab":
        status, out, err = call("c.csv", "--at-risk", "r.csv", "-o", "ipd.csv", "--figure", name)
        assert (status, err) == (0, "")
        assert f"Wrote {name}." in out
        content.append((here / name).read_bytes())
    assert content[0] == content[1]
    assert content[0].startswith(start)


BAD = [
    (["-o", "q.csv"], "nothing to rebuild: give CURVE.csv, --summary FILE.toml, or both"),
    (["--n", 9, "--at-risk", "r.csv", "-o", "q.csv"], "nothing to rebuild"),
    (["c.csv", "-o", "q.csv"], "the number of patients is missing: give --n"),
    (["none.csv", "--n", 9, "-o", "q.csv"], "none.csv: no such file"),
    (["c.csv", "--n", 10, "-o", "c.csv"], "-o c.csv is an input file and would be overwritten"),
    (["c.csv", "--n", 10, "-o", "./c.csv"], "is an input file"),
    (["c.csv", "--n", 10, "-o", "."], "-o must be a file; . is a folder"),
    (["c.csv", "--n", 10, "-o", "q.csv", "--figure", "q.pdf"], "--figure must end in .svg or .png"),
    (["c.csv", "--n", 10, "-o", "q.svg", "--figure", "q.svg"], "are the same file, q.svg"),
    (["c.csv", "--n", 10, "-o", "c.csv/q.csv"], "cannot write to c.csv"),
    (["c.csv", "--n", 0, "-o", "q.csv"], "--n must be at least 1; got 0"),
    (["c.csv", "--n", 10, "--events", -1, "-o", "q.csv"], "--events must be at least 0; got -1"),
    (["c.csv", "--n", 10, "--events", 11, "-o", "q.csv"], "11 patients (events) of 10 cannot be"),
    (["c.csv", "--n", 10, "--draws", 1, "--seed", 1, "-o", "q.csv"], "--draws must be at least 2"),
    (["c.csv", "--n", 10, "--draws", 3, "-o", "q.csv"], "--draws needs --seed"),
    (["c.csv", "--n", 10, "--seed", 3, "-o", "q.csv"], "--seed goes with --draws"),
    (["c.csv", "--n", 10, "--draws", 3, "--seed", -3, "-o", "q.csv"], "--seed must be at least 0"),
    (["c.csv", "--n", 10, "--time-unit", "hours", "-o", "q.csv"], "`--time-unit` must be one of"),
    (["c.csv", "--n", 10, "--method", "magic", "-o", "q.csv"], "`--method` must be one of 'auto',"),
    (["c.csv", "--n", 12, "--at-risk", "r.csv", "-o", "q.csv"], "at risk at time 0, but n is 12"),
    (["--summary", "s.toml", "--n", 9, "-o", "q.csv"], "--n is 9, but s.toml says n = 97"),
    (["--summary", "s.toml", "--ticks", "r.csv", "-o", "q.csv"], "goes with a traced figure"),
    (["c.csv", "--n", 10], "Missing option"),
    (["c.csv", "--n", "ten", "-o", "q.csv"], "Invalid value for '--n'"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "message"), BAD)
def test_bad_calls_are_one_message_and_write_nothing(call, here, arguments, message):
    before = {path.name: path.read_bytes() for path in here.iterdir()}
    status, out, err = call(*arguments)
    assert (status, out) == (2, "")
    assert message in " ".join(err.replace("│", " ").split())
    assert "Traceback" not in err
    assert {path.name: path.read_bytes() for path in here.iterdir()} == before


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("c.csv", "t,s\n0,1\n", "c.csv: row 1: must have the columns time,survival; got t,s"),
        ("c.csv", "time,survival\n0,1\n3,abc\n", "c.csv: row 3, survival: must be a number"),
        ("c.csv", "time,survival\n0,1\n\n3,1.3\n6,0\n", "between 0 and 1; row 4 is 1.3"),
        ("c.csv", "time,survival\n0,100\n3,90\n6,80\n", "looks like per cent (row 2"),
        ("c.csv", "time,survival\n0,1\n3,0.8\n6,0.95\n", "the curve rises by 0.15 at time 6"),
        ("c.csv", "", "c.csv: is empty"),
        ("r.csv", "time,at_risk\n0,10\n3,12\n", "r.csv: the number at risk cannot increase; row 3"),
        ("r.csv", "time,at_risk\n0,10\n3,8.5\n", "r.csv: `at_risk` row 3 must be a whole number"),
        ("r.csv", "time,at_risk\n3,9\n", "r.csv has no row at time 0"),
        ("t.csv", "time\n5\n-2\n", "t.csv: `ticks` must not be negative; row 3 is -2"),
    ],
)  # fmt: skip
def test_faults_in_csv_files_name_the_file_and_its_row(call, here, name, text, message):
    (here / "t.csv").write_text("time\n5\n")
    (here / name).write_text(text)
    status, _, err = call("c.csv", "--at-risk", "r.csv", "--ticks", "t.csv", "-o", "q.csv")
    assert status == 2
    assert message in err
    assert not (here / "q.csv").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("n = 97\nlandmark = []\n", "s.toml: landmark: unknown key"),
        ("landmarks = [{ time = 12, survival = 76.6 }]", "s.toml: landmarks[0].survival:"),
        ("n = 0\n", "s.toml: n:"),
        ("n = \n", "s.toml: is not valid TOML"),
        (
            "n = 97\nlandmarks = [{time = 12, survival = 0.5}, {time = 18, survival = 0.7}]",
            "s.toml: survival cannot rise: S(12) = 0.5 and S(18) = 0.7",
        ),
        ("n = 97\nmedians = [{estimate = 5}, {estimate = 6}]", "s.toml: medians: holds several"),
        ("n = 97\n", "no curve can be drawn from them"),
        ('n = 97\ncounts = [{ kind = "events", count = 9 }]\n', "--events is 3, and s.toml holds"),
    ],
)
def test_faults_in_a_summary_name_the_field(call, here, text, message):
    (here / "s.toml").write_text(text)
    extra = ["--events", 3] if message.startswith("--events") else []
    status, _, err = call("--summary", "s.toml", *extra, "-o", "q.csv")
    assert status == 2
    assert message in err
    assert not (here / "q.csv").exists()


def test_help_has_an_example_and_the_command_needs_no_data_root(tmp_path):
    (tmp_path / "c.csv").write_text(CURVE)
    command = [sys.executable, "-c", "from survcomp.cli import main; main()", "reconstruct"]
    shown = subprocess.run([*command, "--help"], capture_output=True, text=True, check=True)
    assert "Example: survcomp reconstruct" in " ".join(shown.stdout.split())
    done = subprocess.run(
        [*command, "c.csv", "--n", "10", "-o", "new/ipd.csv"],
        capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["ipd.csv"]


def test_what_was_written_is_read_back_with_the_error_of_the_reconstruction(call, here):
    options = ("c.csv", "--at-risk", "r.csv", "--outcome", "PFS", "--arm", "old drug")
    status, *_ = call(*options, "--draws", 5, "--seed", 1, "-o", "draws.csv")
    assert status == 0
    back = Ensemble.from_frame(pd.read_csv(here / "draws.csv"))
    assert (len(back), back.n, back.arm, back.time_unit) == (5, 10, "old drug", "months")
    assert (back.outcome, back.method) == ("PFS", "integer")
    assert {(draw.origin, draw.censoring) for draw in back} == {
        ("reconstructed", "from published counts")
    }
    curve, _ = read_curve(
        CurveFiles(points=here / "c.csv", at_risk=here / "r.csv", outcome="PFS", arm="old drug")
    )
    drawn = reconstruct(curve, draws=5, rng=1).ensemble
    mine = IPD.from_times(
        [1, 3.3, 5], [4.0] * 9, arm="new drug", time_unit="months", origin="observed",
        censoring="observed",
    )  # fmt: skip
    direct, read = (naive_hazard_ratio(mine, side) for side in (drawn, back))
    assert read.outcome == "PFS"
    assert read.to_frame().equals(direct.to_frame())
    assert read.se_reconstruction > 0
    assert read.interval == direct.interval == "sampling and reconstruction error"


def test_draws_are_not_read_as_so_many_patients(call, here):
    call("c.csv", "--n", 10, "--draws", 3, "--seed", 1, "-o", "draws.csv")
    frame = pd.read_csv(here / "draws.csv")
    with pytest.raises(InputError, match=r"30 rows are 3 draws of one arm.*Ensemble.from_frame"):
        IPD.from_frame(frame)
    one = IPD.from_frame(frame[frame.draw == 1].drop(columns="draw"))
    assert (one.n, one.origin, one.censoring) == (10, "reconstructed", "assumed")


def test_a_rebuilt_arm_stays_one_and_may_not_be_called_observed(call, here):
    call("--summary", "s.toml", "-o", "ipd.csv")
    frame = pd.read_csv(here / "ipd.csv")
    back = IPD.from_frame(frame)
    assert (back.origin, back.outcome, back.time_unit) == ("reconstructed", "PFS", "months")
    assert back.basis.index_date == "infusion"
    assert back.basis.cut.follow_up.median == 15
    with pytest.raises(InputError, match="`origin` is 'observed', but the column 'origin'"):
        IPD.from_frame(frame, origin="observed")
    with pytest.raises(InputError, match="`origin` is 'observed', but the column 'origin'"):
        IPD.from_frame(frame[["time", "event", "origin"]], time_unit="months", origin="observed")
    with pytest.raises(InputError, match="`time_unit` is 'days', but the column"):
        IPD.from_frame(frame, time_unit="days")
    with pytest.raises(InputError, match=r"no column 'draw'.*IPD\.from_frame"):
        Ensemble.from_frame(frame)


def test_arm_and_outcome_are_said_once(call, here):
    status, _, err = call("--summary", "s.toml", "--outcome", "OS", "-o", "ipd.csv")
    assert status != 0
    assert "--outcome is 'OS', but s.toml says endpoint = 'PFS'" in err
