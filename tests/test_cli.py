"""The command line: exit status, one message, nothing half written."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass

import pytest

from survcomp.cli import main
from survcomp.evidence import read_trial, trials


@dataclass
class Done:
    """What a call left behind."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def survcomp(monkeypatch, capsys, data_root):
    """Call the command line in this process, from the data root or another folder."""

    def call(*arguments, cwd=data_root) -> Done:
        monkeypatch.setattr(sys, "argv", ["survcomp", *map(str, arguments)])
        monkeypatch.chdir(cwd)
        status = 0
        try:
            main()
        except SystemExit as stop:
            status = int(stop.code or 0)
        out = capsys.readouterr()
        return Done(status, out.out, out.err)

    return call


def test_the_installed_command_runs(data_root):
    command = [sys.executable, "-c", "from survcomp.cli import main; main()", "evidence", "list"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=data_root, check=True)
    assert "my_trial" in done.stdout


def test_run_pin_check(survcomp, data_root):
    done = survcomp("run", "analyses/a_vs_b")
    assert done.returncode == 0, done.stderr
    assert "    unadjusted: HR 0." in done.stdout
    folder = data_root / "reports" / "a_vs_b"
    assert sorted(p.name for p in folder.iterdir()) == [
        "environment.json",
        "report.html",
        "results.json",
    ]
    assert json.loads((folder / "results.json").read_text())["analysis"] == "a_vs_b"

    missing = survcomp("check", "analyses/a_vs_b")
    assert missing.returncode == 2
    assert "accept today's results with survcomp pin" in missing.stderr

    assert survcomp("pin", "analyses/a_vs_b").returncode == 0
    agreed = survcomp("check")
    assert agreed.returncode == 0
    assert agreed.stdout.endswith("1 of 1 analyses agree with what is pinned.\n")

    trial = data_root / "data/digitized/other_trial/trial.toml"
    trial.write_text(trial.read_text().replace("survival = 0.766", "survival = 0.776"))
    differs = survcomp("check", "analyses/a_vs_b")
    assert differs.returncode == 1
    assert "input changed since it was pinned: data/digitized/other_trial" in differs.stdout
    assert "pinned 0.766 probability, now 0.776" in differs.stdout
    assert differs.stdout.endswith("0 of 1 analyses agree with what is pinned.\n")


def test_another_schema_is_one_message(survcomp, data_root):
    (data_root / "analyses/a_vs_b/pinned.json").write_text('{"schema": 0}')
    checked = survcomp("check")
    assert (checked.returncode, checked.stderr.count("\n")) == (1, 1)
    assert checked.stderr.startswith("survcomp: a_vs_b/pinned.json: it has schema 0, of an older")
    assert checked.stdout.endswith("0 of 1 analyses agree with what is pinned.\n")
    differs = survcomp("diff", "analyses/a_vs_b", "analyses/a_vs_b")
    assert (differs.returncode, differs.stdout, differs.stderr) == (2, "", checked.stderr)


def test_run_writes_the_forms_that_are_asked_for(survcomp, data_root):
    folder = data_root / "reports" / "a_vs_b"
    done = survcomp("run", "analyses/a_vs_b", "--formats", "html, PDF")
    assert done.returncode == 0, done.stderr
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF")
    assert "report.pdf, " in done.stdout
    assert "earlier run" not in done.stdout
    before = (folder / "report.pdf").read_bytes()

    again = survcomp("run", "analyses/a_vs_b")
    assert "report.pdf is of an earlier run" in again.stdout
    assert (folder / "report.pdf").read_bytes() == before


@pytest.mark.parametrize(
    ("formats", "message"),
    [
        ("html,odt", "formats: 'odt' given; allowed: "),
        (",", "formats: nothing given; allowed: "),
        ("pdf,html", "pdf cannot be written without typst: pip install 'survcomp[pdf]', or leave"),
    ],
)
def test_a_form_that_cannot_be_written_is_refused_before_the_analysis(
    survcomp, data_root, monkeypatch, formats, message
):
    monkeypatch.setitem(sys.modules, "typst", None)
    monkeypatch.setattr("survcomp.analysis.run", lambda plan: pytest.fail("it was run"))
    done = survcomp("run", "analyses/a_vs_b", "--formats", formats)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert message in done.stderr
    assert not (data_root / "reports").exists()


def test_a_form_that_fails_leaves_nothing_half_written(survcomp, data_root, monkeypatch):
    from survcomp.errors import InputError

    def fail(results):
        raise InputError("no ink")

    monkeypatch.setattr("survcomp.report.forms.pdf.render_pdf", fail)
    done = survcomp("run", "analyses/a_vs_b", "--formats", "html,pdf")
    assert (done.returncode, "no ink" in done.stderr) == (2, True)
    assert not (data_root / "reports").exists()


def test_index(survcomp, data_root):
    done = survcomp("index")
    assert done.returncode == 0, done.stderr
    assert "0 of 1 analyses have been run" in done.stdout
    survcomp("run", "analyses/a_vs_b")
    assert "1 of 1 analyses have been run" in survcomp("index").stdout
    page = data_root / "reports" / "index.html"
    assert "Not pinned" in page.read_text()
    before = page.read_bytes()
    (data_root / "reports" / "a_vs_b" / "results.json").write_text("{")
    broken = survcomp("index")
    assert (broken.returncode, broken.stderr.count("\n")) == (2, 1)
    assert page.read_bytes() == before


@pytest.mark.parametrize("module", ["survcomp", "survcomp.cli"])
def test_it_runs_as_a_module(data_root, module):
    command = [sys.executable, "-m", module, "evidence", "list"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=data_root, check=True)
    assert "my_trial" in done.stdout


def test_check_goes_on_past_analyses_that_cannot_be_run(survcomp, data_root):
    assert survcomp("pin", "analyses/a_vs_b").returncode == 0
    assert survcomp("new", "analyses/a_draft").returncode == 0
    done = survcomp("check")
    assert done.returncode == 0
    assert "not pinned: a_draft; run survcomp pin\n" in done.stdout
    assert done.stdout.endswith("1 of 1 analyses agree with what is pinned.\n")

    named = survcomp("check", "analyses/a_draft", "analyses/a_vs_b")
    assert named.returncode == 2
    assert "a_draft/pinned.json does not exist" in named.stderr
    assert named.stdout.endswith("1 of 2 analyses agree with what is pinned.\n")

    pinned = data_root / "analyses/a_vs_b/pinned.json"
    (data_root / "analyses/a_draft/pinned.json").write_text(pinned.read_text())
    broken = survcomp("check")
    assert broken.returncode == 2
    assert "no trial 'trial_a'" in broken.stderr
    assert re.search(r"^a_vs_b +\d+ agree ", broken.stdout, re.MULTILINE)
    assert broken.stdout.endswith("1 of 2 analyses agree with what is pinned.\n")


def test_a_run_that_fails_leaves_the_old_report(survcomp, data_root, edit):
    folder = data_root / "reports" / "a_vs_b"
    assert survcomp("run", "analyses/a_vs_b").returncode == 0
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    edit("a_vs_b/analysis.toml", "{{comparison/pfs/treatment/n}}", "{{comparison/pfs/nothing}}")
    failed = survcomp("run", "analyses/a_vs_b")
    assert failed.returncode == 2
    assert failed.stderr.startswith(
        "survcomp: analyses/a_vs_b/analysis.toml: summary: {{comparison/pfs/nothing}} is not a "
        "record"
    )
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "analyses/none"], "no analysis.toml in analyses/none"),
        (["run", "analyses/a_vs_b", "--data", "analyses"], "no data/digitized in analyses"),
        (["check", "analyses/none"], "no analysis.toml"),
        (["evidence", "show", "none"], "no trial 'none' in data/digitized; there is: "),
        (["evidence", "check", "none"], "no trial 'none'"),
        (["evidence", "new", "My Trial"], "lower case with underscores"),
        (["evidence", "new", "my_trial"], "exists already; nothing was written"),
        (["new", "analyses/a_vs_b"], "exists already; nothing was written"),
        (["new", ""], "lower case with underscores"),
        (["new", "../escape"], "must lie inside"),
        (["run", "loop"], "no analysis.toml in loop"),
        (["run", "analyses/a_vs_b", "--data", "loop"], "cannot be the path of a file"),
        (["run", "analyses/a_vs_b", "--out", "loop"], "cannot write to loop"),
        (["run"], "Missing argument"),
        (["nonsense"], "No such command"),
        (["run", "analyses/a_vs_b", "--nonsense", "html"], "No such option"),
    ],
)
def test_bad_calls_end_with_status_2_and_one_message(survcomp, data_root, arguments, message):
    (data_root / "loop").symlink_to("loop")
    done = survcomp(*arguments)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_outside_a_project_the_message_says_what_to_do(survcomp, tmp_path_factory):
    done = survcomp("index", cwd=tmp_path_factory.mktemp("empty"))
    assert done.returncode == 2
    assert "--data" in done.stderr


def test_outside_a_project_the_evidence_is_what_is_shipped(survcomp, tmp_path_factory, root):
    empty = tmp_path_factory.mktemp("empty")
    listed = survcomp("evidence", "list", cwd=empty).stdout.splitlines()
    assert [line.split()[0] for line in listed] == list(trials(root))
    assert all(line.endswith(" [shipped]") for line in listed)
    shown = survcomp("evidence", "show", "karmma", cwd=empty).stdout
    assert "From the evidence that is shipped with survcomp." in shown
    assert survcomp("new", "my_question", cwd=empty).returncode == 0
    assert (empty / "my_question" / "analysis.toml").is_file()


def test_a_trial_of_the_project_hides_the_shipped_one(survcomp, data_root):
    folder = data_root / "data/digitized/karmma"
    folder.mkdir()
    text = (data_root / "data/digitized/other_trial/trial.toml").read_text()
    (folder / "trial.toml").write_text(text.replace('id = "other_trial"', 'id = "karmma"'))
    listed = survcomp("evidence", "list").stdout.splitlines()
    origin = {line.split()[0]: line[line.index("[") :] for line in listed}
    assert origin["my_trial"] == "[project]"
    assert origin["karmma"] == "[project, in place of the shipped one]"
    assert origin["karmma_3"] == "[shipped]"
    shown = survcomp("evidence", "show", "karmma").stdout
    assert shown.startswith("OTHER (none)\n")
    assert "From data/digitized of the project." in shown


def test_evidence_commands(survcomp, edit, root, data_root):
    listed = survcomp("evidence", "list")
    assert re.search(r"^my_trial .*2 curves.* \[project\]$", listed.stdout, re.MULTILINE)
    shown = survcomp("evidence", "show", "my_trial").stdout
    for part in ("median 8.8 (5.6 to 11.6) [P1]", "S(12) = 0.41 (0.31 to 0.51)", "HR 0.49"):
        assert part in shown
    trial = read_trial("my_trial", data_root)
    for _, population in trial.populations:
        assert population.moments
        for moment in population.moments:
            assert re.search(rf"^  {re.escape(moment.title)}.*\[{moment.source}\]$", shown, re.M)
    assert "59 % (59 of 100)" in shown
    for citation in trial.citations:
        assert citation.url in shown
    sound = survcomp("evidence", "check")
    studies = 2 + len(trials(root))
    assert (sound.returncode, sound.stdout) == (0, f"{studies} studies checked: no faults.\n")
    edit("my_trial/trial.toml", "count = 59, percent = 59", "count = 59, percent = 61")
    faulty = survcomp("evidence", "check", "my_trial")
    assert faulty.returncode == 1
    assert "my_trial/trial.toml: populations[0].moments[1]: 59 of 100 is 59.00 %" in faulty.stdout


def test_new_analysis_and_new_trial(survcomp, data_root):
    assert survcomp("new", "analyses/fresh").returncode == 0
    assert (data_root / "analyses/fresh/analysis.toml").is_file()
    assert survcomp("evidence", "new", "fresh").returncode == 0
    assert survcomp("evidence", "check", "fresh").returncode == 0


def test_out_names_another_folder(survcomp, data_root, tmp_path):
    done = survcomp("run", "analyses/a_vs_b", "--out", tmp_path / "here")
    assert done.returncode == 0
    assert (tmp_path / "here" / "report.html").is_file()


def test_a_folder_that_cannot_be_written_is_one_message(survcomp, data_root, tmp_path):
    (tmp_path / "file").write_text("in the way")
    done = survcomp("run", "analyses/a_vs_b", "--out", tmp_path / "file")
    assert done.returncode == 2
    assert "cannot write to" in done.stderr
    assert "Traceback" not in done.stderr


def test_trace_changes_diff_and_bundle(survcomp, data_root, tmp_path):
    assert survcomp("run", "analyses/a_vs_b").returncode == 0
    report = data_root / "reports" / "a_vs_b"
    before = {p.name: p.read_bytes() for p in report.iterdir()}
    id = "comparison/pfs/unadjusted/log_hr"

    traced = survcomp("trace", "reports/a_vs_b", id)
    assert traced.returncode == 0
    for part in ("Shown in", "Settings", "curve other_trial/drug_a/PFS/13 months", "same on disk"):
        assert part in traced.stdout
    missing = survcomp("trace", "reports/a_vs_b", f"{id}s")
    assert missing.returncode == 2
    assert f"Nearest: {id}" in missing.stderr

    done = survcomp("run", "analyses/a_vs_b", "--set", "settings.level=0.8")
    assert done.returncode == 0
    assert "changed: settings.level = 0.8 (in the analysis 0.95)" in done.stdout
    [changed] = (data_root / "reports").glob("a_vs_b--changed-*")
    assert {p.name: p.read_bytes() for p in report.iterdir()} == before
    refused = survcomp("run", "analyses/a_vs_b", "--set", "settings.level=0.8", "--out", report)
    assert refused.returncode == 2
    assert "never overwrites it" in refused.stderr
    wrong = survcomp("run", "analyses/a_vs_b", "--set", "settings.level=2")
    assert wrong.returncode == 2
    assert "with --set settings.level: settings.level:" in wrong.stderr

    differs = survcomp("diff", report, changed)
    assert differs.returncode == 1
    assert differs.stdout.startswith("Effects (")
    assert "settings.level" in differs.stdout
    assert survcomp("diff", report, report).returncode == 0

    assert survcomp("pin", "analyses/a_vs_b").returncode == 0
    assert survcomp("diff", "analyses/a_vs_b", report).returncode == 0
    bundle, page = tmp_path / "x.zip", tmp_path / "page.html"
    assert survcomp("bundle", "analyses/a_vs_b", "-o", bundle).returncode == 0
    elsewhere = survcomp("check", bundle, "--jobs", "1", "--report", page, cwd=tmp_path)
    assert elsewhere.returncode == 0
    assert elsewhere.stdout.endswith("1 of 1 analyses agree with what is pinned.\n")
    assert elsewhere.stderr == ""  # no progress bar in a pipe
    assert "1 of 1 analyses agree" in page.read_text()
    bundle.write_bytes(bundle.read_bytes()[:-30])
    damaged = survcomp("check", bundle, cwd=tmp_path)
    assert damaged.returncode == 2
    assert damaged.stderr.startswith("survcomp: bundle x.zip: is no ZIP that can be read")


@pytest.mark.parametrize(
    "command",
    [
        ["run"], ["check"], ["pin"], ["new"], ["evidence", "check"],
        ["trace"], ["diff"], ["bundle"],
    ],
)  # fmt: skip
def test_help_has_an_example(survcomp, command):
    done = survcomp(*command, "--help")
    assert done.returncode == 0
    assert "Example" in done.stdout
