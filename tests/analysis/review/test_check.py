"""Checks in clean processes: what changed is said apart, and only numbers make a check fail."""

from __future__ import annotations

import json
import os
import re

import pytest

from survcomp.analysis import compare, load, pinned_dict, read_pinned, run
from survcomp.analysis.review.check import (
    ONE_THREAD,
    check_all,
    check_document,
    check_one,
    check_text,
    details,
)
from survcomp.analysis.review.provenance import code, environment
from survcomp.analysis.write import to_json, write_files
from survcomp.errors import FileFaultError, InputError
from survcomp.report.forms.html import html_page


@pytest.fixture
def analysis(data_root):
    folder = data_root / "analyses" / "a_vs_b"
    write_files(folder, {"pinned.json": to_json(pinned_dict(run(load(folder))))})
    return folder


def change_pinned(analysis, change) -> None:
    path = analysis / "pinned.json"
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))


def test_pinned_results_hold_code_and_environment(analysis):
    data = json.loads((analysis / "pinned.json").read_text())
    assert list(data) == ["schema", "analysis", "inputs", "code", "environment", "records"]
    assert data["code"] == code()
    assert data["environment"] == environment()
    assert re.fullmatch(r"[0-9a-f]{64}", code()["sha256"])


def test_the_digest_of_the_code_is_of_names_and_contents(tmp_path, monkeypatch):
    def digest(**files) -> str:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        for name, text in files.items():
            (folder / f"{name}.py").write_text(text)
        (folder / "cache.pyc").write_text(str(len(files)))
        monkeypatch.setattr("survcomp.analysis.review.provenance.resources.files", lambda _: folder)
        return code()["sha256"]

    assert digest(a="1", b="2") == digest(b="2", a="1")
    assert digest(a="1\r\n", b="2") == digest(a="1\n", b="2")
    digests = {digest(a="1", b="2"), digest(a="2", b="1"), digest(a="12", b=""), digest(ab="12")}
    assert len(digests) == 4


def test_each_thing_that_changed_is_said_apart(analysis):
    def change(data) -> None:
        data["code"]["sha256"] = "0" * 64
        data["environment"]["numpy"] = "1.0"
        data["environment"]["old_library"] = "3"
        data["inputs"]["data/digitized/other_trial/trial.toml"] = "0" * 64

    change_pinned(analysis, change)
    checked = check_one(analysis, None)
    assert checked.status == 0  # no number differs
    version = code()["version"]
    assert details(checked) == (
        "input changed since it was pinned: data/digitized/other_trial/trial.toml",
        f"code changed since it was pinned: survcomp {version} then and now, with other source "
        "files",
        f"environment changed since it was pinned: numpy 1.0 then, {environment()['numpy']} now",
        "environment changed since it was pinned: old_library 3 then, not kept now",
    )
    text = check_text([checked])
    assert re.search(r"^a_vs_b +\d+ agree +1 changed +changed +changed$", text, re.MULTILINE)
    assert text.endswith("1 of 1 analyses agree with what is pinned.")
    change_pinned(analysis, lambda data: data["code"].update(version="0.0.1"))
    assert f"survcomp 0.0.1 then, {version} now" in check_text([check_one(analysis, None)])


def test_a_number_beyond_its_tolerance_fails(analysis):
    def change(data) -> None:
        for record in data["records"]:
            if record["id"] == "comparison/pfs/treatment/n":
                record["value"] += 1
            if record["id"] == "comparison/pfs/over_draws/log_hr/estimate":
                record["value"] *= 1.004  # of a simulated number: within

    change_pinned(analysis, change)
    checked = check_one(analysis, None)
    assert checked.status == 1
    assert [d.id for d in checked.check.differences] == ["comparison/pfs/treatment/n"]
    page = html_page(check_document([checked]))
    assert "comparison/pfs/treatment/n" in page
    assert "98" in page
    assert "-1" in page
    assert "exactly" in page


def test_pinned_results_of_before_code_was_kept_still_check(analysis):
    def change(data) -> None:
        del data["code"], data["environment"]

    change_pinned(analysis, change)
    checked = check_one(analysis, None)
    assert checked.status == 0
    assert checked.check.not_kept
    assert "not pinned" in check_text([checked])


@pytest.mark.parametrize("value", [3, [1], {"version": 1}])
def test_pinned_results_with_a_wrong_code_are_refused(analysis, value):
    change_pinned(analysis, lambda data: data.update(code=value))
    with pytest.raises(FileFaultError, match="make it again with survcomp pin"):
        read_pinned(analysis)


def test_the_page_of_differences_is_escaped_and_alone(analysis):
    def change(data) -> None:
        data["environment"]["<script>alert(1)</script>"] = "<b>"
        data["records"][0]["value"] = "<img src=x onerror=alert(1)>"

    change_pinned(analysis, change)
    page = html_page(check_document([check_one(analysis, None)]))
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert page.count("<script") == 1
    assert "http" not in page.replace("http-equiv", "")


def test_any_number_of_jobs_gives_the_same_in_the_order_asked(analysis, data_root):
    draft = data_root / "analyses" / "b_draft"
    draft.mkdir()
    (draft / "analysis.toml").write_text("schema_version = 2\n")
    other = data_root / "analyses" / "c_copy"
    other.mkdir()
    for name in ("analysis.toml", "pinned.json"):
        (other / name).write_text((analysis / name).read_text())
    folders = [other, draft, analysis]
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    order: list[str] = []
    one = check_all(folders, jobs=1, done=lambda item: order.append(item.name))
    assert order == ["c_copy", "b_draft", "a_vs_b"]
    several = check_all(folders, jobs=3)
    assert one == several
    assert [item.name for item in one] == ["c_copy", "b_draft", "a_vs_b"]
    assert [item.status for item in one] == [0, 2, 0]
    assert "schema_version" in one[1].error
    here = compare(run(load(analysis)), read_pinned(analysis))
    assert here == one[2].check
    assert {name: os.environ.get(name) for name in ONE_THREAD} == before
    document = html_page(check_document(several))
    assert "could not be rerun" in document
    assert "2 of 3 analyses agree with what is pinned." in document


def test_no_jobs_are_refused(analysis):
    with pytest.raises(InputError, match="`jobs` must be at least 1; got 0"):
        check_all([analysis], jobs=0)
    assert check_all([], jobs=2) == ()


@pytest.mark.parametrize(("schema", "age"), [(0, "an older"), (3, "a newer")])
def test_another_schema_is_one_message_and_no_list_of_differences(analysis, schema, age):
    change_pinned(analysis, lambda pinned: pinned.update(schema=schema))
    checked = check_one(analysis, None)
    assert checked.error == (
        f"a_vs_b/pinned.json: it has schema {schema}, of {age} version of survcomp, and this "
        "version reads and writes schema 2. Either pin the analysis again with survcomp pin, or "
        "use the version that made it."
    )
    assert (checked.status, checked.check, details(checked)) == (1, None, ())
    text = check_text([checked])
    assert re.search(r"^a_vs_b +another schema", text, re.MULTILINE)
    assert text.endswith("0 of 1 analyses agree with what is pinned.")
    assert "has schema" in html_page(check_document([checked]))


@pytest.mark.parametrize("schema", [None, "1", True, 1.0])
def test_what_is_no_schema_is_no_pinned_result(analysis, schema):
    change_pinned(analysis, lambda pinned: pinned.update(schema=schema))
    checked = check_one(analysis, None)
    assert checked.status == 2
    assert "is not a pinned result" in checked.error
