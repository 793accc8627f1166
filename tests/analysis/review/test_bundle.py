"""Bundles: the same bytes each time, verified elsewhere, and no trust in what comes from others."""

from __future__ import annotations

import hashlib
import io
import json
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from support.data_root import write_data_root

from survcomp.analysis import load, pinned_dict, run
from survcomp.analysis.plan.changes import Setting
from survcomp.analysis.plan.load import patient_files
from survcomp.analysis.plan.schema import analysis_file, tables_within
from survcomp.analysis.plan.step import discovered
from survcomp.analysis.review.bundle import MANIFEST, bundle_bytes, make_bundle, write_bundle
from survcomp.analysis.review.check import check_one
from survcomp.analysis.review.stored import read_results
from survcomp.analysis.review.unbundle import LARGEST_BUNDLE, read_bundle, unpacked
from survcomp.analysis.write import results_json, to_json, write_files
from survcomp.errors import ContradictionError, InputError, NotFoundError
from survcomp.report import render_html
from survcomp.report.forms.available import render

SLUG = "analyses/a_vs_b"
REPORT = "reports/a_vs_b"


def make_report(root: Path, *settings: Setting) -> None:
    """Pin the analysis and write its report."""
    folder = root / SLUG
    results = run(load(folder))
    write_files(folder, {"pinned.json": to_json(pinned_dict(results))})
    if settings:
        results = run(load(folder, settings=settings))
    files = {"results.json": results_json(results), "report.html": render_html(results)}
    write_files(root / REPORT, files)


@pytest.fixture
def ready(data_root):
    make_report(data_root)
    return data_root


@pytest.fixture(scope="module")
def pristine(tmp_path_factory) -> bytes:
    """A sound bundle, made once."""
    root = write_data_root(tmp_path_factory.mktemp("root"))
    make_report(root)
    return bundle_bytes(make_bundle(root / SLUG))


@pytest.fixture
def bundle(pristine, tmp_path_factory) -> Path:
    """The sound bundle in a folder of its own, to be broken."""
    path = tmp_path_factory.mktemp("elsewhere") / "x.zip"
    path.write_bytes(pristine)
    return path


def entries_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def write_zip(path: Path, entries: dict[str, bytes], *, listed: bool = True) -> Path:
    """A ZIP of these entries; with `listed` its manifest lists them as they are."""
    entries = dict(entries)
    if listed:
        manifest = json.loads(entries.pop(MANIFEST))
        manifest["entries"] = [
            {"name": n, "bytes": len(c), "sha256": hashlib.sha256(c).hexdigest()}
            for n, c in entries.items()
        ]
        entries = {MANIFEST: json.dumps(manifest).encode(), **entries}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return path


def test_a_bundle_holds_what_a_rerun_needs(bundle):
    entries = entries_of(bundle)
    assert list(entries) == [
        MANIFEST,
        f"{SLUG}/analysis.toml",
        f"{SLUG}/pinned.json",
        "data/digitized/other_trial/trial.toml",
        f"{REPORT}/report.html",
        f"{REPORT}/results.json",
    ]
    manifest = json.loads(entries[MANIFEST])
    assert manifest["analysis"] == SLUG
    assert manifest["left_out"] == []
    assert set(manifest["environment"]) >= {"python", "platform", "numpy", "scipy", "pandas"}
    assert len(manifest["code"]["sha256"]) == 64
    for entry in manifest["entries"]:
        content = entries[entry["name"]]
        assert (entry["bytes"], entry["sha256"]) == (
            len(content),
            hashlib.sha256(content).hexdigest(),
        )


def test_the_same_files_give_the_same_bytes(ready, bundle):
    again = bundle_bytes(make_bundle(ready / SLUG))
    assert again == bundle.read_bytes()
    for path in ready.rglob("*"):
        if path.is_file():
            path.touch()  # the time of a file is no part of it
            path.chmod(0o600)
    assert bundle_bytes(make_bundle(ready / SLUG)) == again


def test_a_bundle_is_verified_and_rerun_elsewhere(bundle, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = sorted(bundle.parent.rglob("*"))
    checked = check_one(bundle, None)
    assert (checked.status, checked.error, checked.faults) == (0, "", ())
    assert checked.check.compared > 100
    assert checked.check.changed_inputs == ()
    assert sorted(bundle.parent.rglob("*")) == before


def test_a_changed_input_with_a_true_manifest_is_a_difference(bundle):
    entries = entries_of(bundle)
    name = "data/digitized/other_trial/trial.toml"
    entries[name] = entries[name].replace(b"survival = 0.766", b"survival = 0.776")
    checked = check_one(write_zip(bundle, entries), None)
    assert checked.status == 1
    assert checked.check.changed_inputs == (name,)
    assert checked.check.differences


def test_results_and_pages_that_were_touched_up_are_found(bundle):
    entries = entries_of(bundle)
    results = json.loads(entries[f"{REPORT}/results.json"])
    record = next(r for r in results["records"] if r["id"] == "comparison/pfs/over_draws/hr/ci_low")
    record["value"] *= 0.5
    touched = {**entries, f"{REPORT}/results.json": json.dumps(results).encode()}
    checked = check_one(write_zip(bundle, touched), None)
    assert checked.status == 1
    assert checked.check.agrees
    assert checked.faults[0].startswith(
        "results.json differs from pinned.json, first in comparison/pfs/over_draws/hr/ci_low"
    )
    page = entries[f"{REPORT}/report.html"].replace(b"HR 0.", b"HR 1.")
    checked = check_one(write_zip(bundle, {**entries, f"{REPORT}/report.html": page}), None)
    assert checked.status == 1
    assert checked.faults == ("report.html is not the report of the results.json beside it",)


def test_a_bundle_of_results_of_another_schema_is_one_message(bundle):
    entries = entries_of(bundle)
    name = f"{SLUG}/pinned.json"
    entries[name] = entries[name].replace(b'"schema": 2', b'"schema": 0')
    checked = check_one(write_zip(bundle, entries), None)
    assert (checked.status, checked.check) == (1, None)
    assert "pinned.json: it has schema 0, of an older version of survcomp" in checked.error


def test_a_form_of_the_report_that_was_touched_up_is_found(ready, tmp_path):
    results = read_results(ready / REPORT)
    forms = {f"report.{form}": render(form, results) for form in ("docx", "xlsx")}
    write_files(ready / REPORT, forms)
    path = tmp_path / "x.zip"
    write_bundle(ready / SLUG, path)
    assert check_one(path, None).status == 0
    entries = entries_of(path)
    for name in forms:
        other = {**entries, f"{REPORT}/{name}": b"another document"}
        checked = check_one(write_zip(path, other), None)
        assert checked.faults == (f"{name} is not the report of the results.json beside it",)
    # made with another library, it need not be the same to the last byte
    manifest = json.loads(entries[MANIFEST])
    assert set(manifest["layout"]) == {"docx", "pdf", "xlsx"}
    manifest["layout"]["xlsx"] = "0.0"
    other[MANIFEST] = json.dumps(manifest).encode()
    assert check_one(write_zip(path, other), None).status == 0


def test_what_is_not_ready_is_not_bundled(data_root):
    with pytest.raises(NotFoundError, match="has no report in reports/a_vs_b; make it with"):
        make_bundle(data_root / SLUG)
    make_report(data_root)
    trial = data_root / "data/digitized/other_trial/trial.toml"
    text = trial.read_text()
    trial.write_text(text + "\n# later\n")
    with pytest.raises(ContradictionError, match=r"trial\.toml changed since reports/a_vs_b"):
        make_bundle(data_root / SLUG)
    trial.write_text(text)
    pinned = data_root / SLUG / "pinned.json"
    old = pinned.read_text()
    pinned.write_text(old.replace('"value": 97', '"value": 98', 1))
    with pytest.raises(ContradictionError, match="differs from what is pinned, first in"):
        make_bundle(data_root / SLUG)
    pinned.unlink()
    with pytest.raises(NotFoundError, match="survcomp pin"):
        make_bundle(data_root / SLUG)
    pinned.write_text(old)
    with pytest.raises(InputError, match=r"-o: a bundle is a \.zip file"):
        write_bundle(data_root / SLUG, data_root / "x.tar")


def test_a_run_with_changed_settings_is_not_bundled(data_root):
    make_report(data_root, Setting("settings.level", 0.8))
    with pytest.raises(ContradictionError, match="changed settings; run it without --set"):
        make_bundle(data_root / SLUG)


OWN = """
treatment = { patients = { file = "own.csv", time = "t", event = "e", time_unit = "months", \
label = "Drug A", analysis_set = "treated", index_date = "start of treatment" } }
"""


@pytest.fixture
def own(data_root, edit):
    """The analysis with patients of one's own."""
    old = 'treatment = { trial = "other_trial", arm = "drug_a", cut = "13 months" }\ncomp'
    edit("a_vs_b/analysis.toml", old, f"{OWN.strip()}\ncomp")
    edit("a_vs_b/analysis.toml", "enrolled_scenario = true\n", "")
    rows = [f"{1 + i * 0.4:.1f},{i % 2}" for i in range(60)]
    (data_root / SLUG / "own.csv").write_text("t,e\n" + "\n".join(rows) + "\n")
    make_report(data_root)
    return data_root


def test_patients_of_one_s_own_stay_out_unless_asked_for(own, tmp_path_factory):
    path = tmp_path_factory.mktemp("elsewhere") / "x.zip"
    made = write_bundle(own / SLUG, path)
    assert list(made.left_out) == [f"{SLUG}/own.csv"]
    assert f"{SLUG}/own.csv" not in entries_of(path)
    manifest = json.loads(entries_of(path)[MANIFEST])
    digest = hashlib.sha256((own / SLUG / "own.csv").read_bytes()).hexdigest()
    assert manifest["left_out"][0]["name"] == f"{SLUG}/own.csv"
    assert manifest["left_out"][0]["sha256"] == digest
    checked = check_one(path, None)
    assert checked.status == 2
    assert "cannot be rerun: analyses/a_vs_b/own.csv left out of it" in checked.error

    whole = write_bundle(own / SLUG, path, with_patients=True)
    assert whole.left_out == {}
    assert f"{SLUG}/own.csv" in entries_of(path)
    assert check_one(path, None).status == 0


@pytest.mark.parametrize(
    ("analysis", "files"),
    [
        ("tutorial_own_trial", {"adsl.csv", "adtte.csv"}),
        ("tutorial_anchored", {"adsl.csv", "adtte.csv"}),
        ("cartitude_4", set()),
    ],
)
def test_patients_are_found_wherever_an_analysis_names_them(root, analysis, files):
    plan = load(root / "analyses" / analysis)
    assert patient_files(plan) == {f"analyses/{analysis}/{name}" for name in files}


def test_patients_of_an_anchored_trial_stay_out_too(root):
    folder = "analyses/tutorial_anchored"
    own = {f"{folder}/adsl.csv", f"{folder}/adtte.csv"}
    assert patient_files(load(root / folder)) == own


def test_every_key_that_names_a_file_of_patients_is_known(root):
    """A new table with patients must not slip into bundles unseen."""
    holders = {
        (model.__name__, name)
        for model in tables_within(analysis_file(discovered()))
        for name in model.model_fields
        if name == "patients" and "Patients" in str(model.model_fields[name].annotation)
    }
    assert holders == {
        ("SideTable", "patients"),
        ("AnchoredTable", "patients"),
        ("ResponseSideTable", "patients"),
    }


def info(name: str, mode: int = 0o100644, **more) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    made.external_attr = mode << 16
    made.compress_type = zipfile.ZIP_DEFLATED
    for key, value in more.items():
        setattr(made, key, value)
    return made


NAMES = {
    "dots": "../escape.txt",
    "dots inside": "analyses/../../escape.txt",
    "absolute": "/tmp/escape.txt",
    "drive": "C:/escape.txt",
    "backslash": "..\\escape.txt",
    "stream": "analyses/a.txt:hidden",
    "empty part": "analyses//x.txt",
    "dot": "./x.txt",
    "line end": "analyses/x\n.txt",
    "trailing dot": "analyses/x./y.txt",
    "trailing blank": "analyses/x /y.txt",
    "folder": "analyses/folder/",
    "long": "a/" * 150 + "x",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_paths_that_lead_out_or_are_not_plain_are_refused(bundle, name):
    with zipfile.ZipFile(bundle, "a") as archive:
        archive.writestr(info(name), b"x")
    assert_refused(bundle, "not a plain path inside it")


def test_a_nul_in_a_name_hides_nothing(bundle):
    data = bundle.read_bytes().replace(b"report.html", b"repor\x00.html")
    bundle.write_bytes(data)
    assert_refused(bundle, "bundle x.zip: ")


def assert_refused(path: Path, message: str) -> None:
    """One clear error, status 2, and nothing written beside the bundle or above it."""
    before = sorted(path.parent.parent.iterdir())
    with pytest.raises(InputError) as error:
        read_bundle(path)
    assert message in str(error.value)
    assert str(error.value).startswith(f"bundle {path.name}: ")
    assert "\n" not in str(error.value)
    checked = check_one(path, None)
    assert checked.status == 2
    assert checked.error == str(error.value)
    assert sorted(path.parent.parent.iterdir()) == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFDIR])
def test_links_and_devices_are_refused(bundle, kind):
    with zipfile.ZipFile(bundle, "a") as archive:
        archive.writestr(info("analyses/link", kind | 0o777), b"/etc/passwd")
    assert_refused(bundle, "which is a link or no regular file")


@pytest.mark.parametrize(
    "name", [f"{SLUG}/analysis.toml", f"{SLUG}/ANALYSIS.toml", f"{SLUG}/\ufb01le", MANIFEST]
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice_is_refused_even_in_other_letters(bundle, name):
    with zipfile.ZipFile(bundle, "a") as archive:
        archive.writestr(info(f"{SLUG}/\ufb01le"), b"x")
        archive.writestr(info(name), b"x")
    assert_refused(bundle, "twice")


def test_a_bomb_is_refused_before_it_is_unpacked(bundle):
    with zipfile.ZipFile(bundle, "a") as archive:
        archive.writestr(info("analyses/bomb"), b"\0" * 10_000_000)
    assert_refused(bundle, "unpacks to more than 200 times its size")


def test_a_large_entry_is_refused(bundle):
    with zipfile.ZipFile(bundle, "a") as archive:
        archive.writestr(info("analyses/large"), b"\0" * 20_000_001)
    assert_refused(bundle, "20000001 bytes; at most 20000000")


def test_many_entries_are_refused(bundle):
    with zipfile.ZipFile(bundle, "a") as archive:
        for index in range(2001):
            archive.writestr(info(f"analyses/{index}"), b"")
    assert_refused(bundle, "entries; at most 2000")


def test_a_large_file_is_refused_unread(bundle):
    with bundle.open("r+b") as file:
        file.truncate(LARGEST_BUNDLE + 1)
    assert_refused(bundle, f"{LARGEST_BUNDLE + 1} bytes; at most {LARGEST_BUNDLE}")


def patched(path: Path, name: str, offset: int, value: bytes) -> None:
    """Change a field of an entry in the central directory."""
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    while data[at + 46 : at + 46 + len(name)] != name.encode():
        at = data.index(b"PK\x01\x02", at + 4)
    data[at + offset : at + offset + len(value)] = value
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("stated", [10, 19_000])
def test_a_size_that_is_not_true_is_found(bundle, stated):
    patched(bundle, f"{SLUG}/analysis.toml", 24, struct.pack("<I", stated))
    assert_refused(bundle, "bundle x.zip: ")


def test_encrypted_entries_are_refused(bundle):
    patched(bundle, f"{SLUG}/analysis.toml", 8, b"\x01\x00")
    assert_refused(bundle, "encrypted or packed in an unknown way")


def test_unknown_packing_is_refused(bundle):
    patched(bundle, f"{SLUG}/analysis.toml", 10, struct.pack("<H", 14))
    assert_refused(bundle, "encrypted or packed in an unknown way")


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06", b"not a zip", b"PK\x03\x04" + b"\0" * 99])
def test_what_is_no_zip_is_said(bundle, content):
    bundle.write_bytes(content)
    assert_refused(bundle, "is no ZIP that can be read")


def test_a_damaged_zip_is_said(bundle):
    data = bytearray(bundle.read_bytes())
    with zipfile.ZipFile(bundle) as archive:
        start = archive.infolist()[1].header_offset + 80
    data[start : start + 20] = bytes(20)
    bundle.write_bytes(bytes(data))
    assert_refused(bundle, "is no ZIP that can be read")


def test_every_truncation_is_one_clear_error(bundle):
    data = bundle.read_bytes()
    for length in range(0, len(data), len(data) // 25):
        bundle.write_bytes(data[:length])
        with pytest.raises(InputError, match="is no ZIP that can be read"):
            read_bundle(bundle)


def with_manifest(path: Path, change) -> Path:
    entries = entries_of(path)
    manifest = json.loads(entries[MANIFEST])
    changed = change(manifest)
    text = json.dumps(manifest if changed is None else changed)
    return write_zip(path, {**entries, MANIFEST: text.encode()}, listed=False)


MANIFESTS = {
    "not JSON object": (lambda m: [m], "has a wrong manifest.json"),
    "other schema": (
        lambda m: {**m, "schema": 2, "new_key": 1},
        "cannot be verified: it has schema 2, of a newer version of survcomp, and this version "
        "reads and writes schema 1. Either have it bundled again",
    ),
    "no schema": (lambda m: {**m, "schema": "1"}, "schema: Input should be a valid integer"),
    "unknown key": (lambda m: {**m, "more": 1}, "more: Extra inputs are not permitted"),
    "missing key": (lambda m: m.pop("code") and None, "code: Field required"),
    "wrong hash": (lambda m: m["entries"][0].update(sha256="0" * 64), "with another content than"),
    "short hash": (lambda m: m["entries"][0].update(sha256="0"), "entries.0.sha256"),
    "negative size": (lambda m: m["entries"][0].update(bytes=-1), "entries.0.bytes"),
    "not listed": (lambda m: m["entries"].pop(0) and None, "which its manifest.json does not list"),
    "not there": (lambda m: m["entries"].append({**m["entries"][0], "name": "x"}), "does not hold"),
    "listed twice": (lambda m: m["entries"].append(m["entries"][0]), "lists an entry twice"),
    "outside": (lambda m: m.update(analysis="../other"), "not a plain path inside it"),
    "no analysis": (lambda m: m.update(analysis="analyses/other"), "holds no analyses/other/"),
}


@pytest.mark.parametrize(("change", "message"), MANIFESTS.values(), ids=MANIFESTS)
def test_a_wrong_manifest_is_refused(bundle, change, message):
    assert_refused(with_manifest(bundle, change), message)


@pytest.mark.parametrize("text", [b"{", b"\xff\xfe", b"[" * 9_000, b"NaN"])
def test_a_manifest_that_is_no_json_is_refused(bundle, text):
    entries = {**entries_of(bundle), MANIFEST: text}
    assert_refused(write_zip(bundle, entries, listed=False), "has a wrong manifest.json")


def test_a_zip_without_a_manifest_is_no_bundle(bundle):
    entries = entries_of(bundle)
    del entries[MANIFEST]
    assert_refused(write_zip(bundle, entries, listed=False), "was not made by survcomp bundle")


def test_an_analysis_that_names_files_outside_is_refused(bundle):
    entries = entries_of(bundle)
    name = f"{SLUG}/analysis.toml"
    printed = b'printed = { file = "../../../../etc/passwd", study = "s", label = "l", time_unit = "months" }'  # fmt: skip # noqa: E501
    old = b'trial = "other_trial", arm = "drug_b", cut = "13 months" }\n\n[[comp'
    assert old in entries[name]
    entries[name] = entries[name].replace(old, printed + b" }\n\n[[comp")
    checked = check_one(write_zip(bundle, entries), None)
    assert checked.status == 2
    assert "must stay inside" in checked.error


def test_a_file_where_a_folder_is_needed_cannot_be_unpacked(bundle):
    contents = {"a": b"", "a/b": b""}
    with pytest.raises(InputError, match="cannot be unpacked"), unpacked(bundle, contents):
        pass


def test_what_is_unpacked_is_gone_afterwards(bundle):
    _, contents = read_bundle(bundle)
    with unpacked(bundle, contents) as root:
        unpacked_names = {str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()}
        assert unpacked_names == set(contents)
    assert not root.exists()


def test_bytes_before_the_zip_do_not_move_its_entries(bundle):
    """A ZIP may follow other bytes; what is verified is what would be unpacked."""
    data = bundle.read_bytes()
    bundle.write_bytes(b"#!/bin/sh\n" + data)
    manifest, contents = read_bundle(bundle)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert contents == {n: archive.read(n) for n in archive.namelist() if n != MANIFEST}
    assert manifest.analysis == SLUG
