"""`survcomp bundle`: an analysis as one file that somebody else can verify.

A bundle is a ZIP with the layout of a data root: the analysis folder, the files of the evidence
that it reads, its report, and ``manifest.json`` with the SHA-256 of every entry. The same files
give the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from survcomp.analysis.plan.load import Plan, load, patient_files, report_folder
from survcomp.analysis.review.pin import PINNED, compare, read_pinned
from survcomp.analysis.review.provenance import code, environment, layout
from survcomp.analysis.review.stored import read_results
from survcomp.analysis.write import RESULTS, to_json, write_paths
from survcomp.errors import ContradictionError, InputError, NotFoundError
from survcomp.evidence.files import inside, read_bytes, sha256, shown
from survcomp.values.records.results import Results

MANIFEST = "manifest.json"
BUNDLE_SCHEMA = 1
"""Of manifest.json: one more whenever an older version would misread a bundle."""
REPORTS = ("report.html", "report.docx", "report.pdf", "report.xlsx")
EPOCH = (1980, 1, 1, 0, 0, 0)
REGULAR_FILE = 0o100644
LEFT_OUT = "patient-level file of the user's own trial; put in with --with-patients"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What a bundle holds.

    Attributes
    ----------
    entries : mapping of str to bytes
        Content by path below the data root, without the manifest.
    left_out : mapping of str to str
        SHA-256 of each patient-level file that is not in it, by path.
    manifest : mapping
        What manifest.json says.
    """

    entries: dict[str, bytes]
    left_out: dict[str, str]
    manifest: dict[str, Any]


def make_bundle(analysis: Path, *, data: Path | None = None, with_patients: bool = False) -> Bundle:
    """Collect an analysis with everything that is needed to rerun it.

    Parameters
    ----------
    analysis : Path
        Analysis folder; it must be pinned, and its report must lie in reports/.
    data : Path, optional
        Folder that holds data/digitized, in place of the nearest one above.
    with_patients : bool
        Whether the patient-level files of the user's own trial go in. Without them a bundle can
        be verified, and rerun only by those who have the files.

    Raises
    ------
    InputError
        If the analysis lies in no project.
    NotFoundError
        If there are no pinned results or no report.
    ContradictionError
        If the report is of other inputs than those on disk, of changed settings, or differs
        from what is pinned.
    """
    plan = load(analysis, data=data)
    if plan.project == plan.folder:
        raise InputError(
            f"{plan.slug} lies in no project, so a bundle has no folder that all its files lie in; "
            "make a folder data/digitized above the analysis, and run and pin it again."
        )
    results = _results(plan)
    _check_current(plan, results)
    patients = patient_files(plan)
    left_out = {} if with_patients else {n: results.inputs[n] for n in sorted(patients)}
    names = [name for name in results.inputs if name not in left_out]
    roots = {name: plan.evidence.sources.root_of(name, plan.project) for name in names}
    entries = {name: read_bytes(roots[name] / name, name=name) for name in names}
    folder = shown(plan.folder, plan.project)
    for name in (PINNED, "README.md"):
        if (plan.folder / name).is_file():
            entries[f"{folder}/{name}"] = read_bytes(plan.folder / name, name=name)
    report = report_folder(plan)
    for name in (RESULTS, *REPORTS):
        if (report / name).is_file():
            entries[f"reports/{plan.slug}/{name}"] = read_bytes(report / name, name=name)
    entries = dict(sorted(entries.items()))
    return Bundle(entries=entries, left_out=left_out, manifest=_manifest(folder, entries, left_out))


def _results(plan: Plan) -> Results:
    folder = report_folder(plan)
    try:
        return read_results(folder)
    except NotFoundError as error:
        raise NotFoundError(
            f"{plan.slug} has no report in {shown(folder, plan.project)}; make it with survcomp "
            "run before it is bundled."
        ) from error


def _check_current(plan: Plan, results: Results) -> None:
    where = shown(report_folder(plan), plan.project)
    for name, digest in results.inputs.items():
        root = plan.evidence.sources.root_of(name, plan.project)
        path = inside(root, name, base=root, file=f"{where}/{RESULTS}", field="inputs")
        if sha256(path, name=name) != digest:
            raise ContradictionError(
                f"{name} changed since {where} was written; run the analysis again."
            )
    if results.changes:
        raise ContradictionError(f"{where} is a run with changed settings; run it without --set.")
    check = compare(results, read_pinned(plan.folder))
    if not check.agrees:
        raise ContradictionError(
            f"{where} differs from what is pinned, first in {check.differences[0]}; pin the "
            "analysis, or run it again."
        )


def _manifest(folder: str, entries: dict[str, bytes], left_out: dict[str, str]) -> dict[str, Any]:
    return {
        "schema": BUNDLE_SCHEMA,
        "analysis": folder,
        "code": code(),
        "environment": environment(),
        "layout": layout(),
        "left_out": [
            {"name": name, "sha256": digest, "why": LEFT_OUT} for name, digest in left_out.items()
        ],
        "entries": [
            {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in entries.items()
        ],
    }


def bundle_bytes(bundle: Bundle) -> bytes:
    """A bundle as a ZIP; the same bundle gives the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        _add(archive, MANIFEST, to_json(bundle.manifest).encode("utf-8"))
        for name, content in bundle.entries.items():
            _add(archive, name, content)
    return buffer.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    info = zipfile.ZipInfo(name, date_time=EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = 3  # Unix, on every platform, so that the bytes are the same
    info.external_attr = REGULAR_FILE << 16
    archive.writestr(info, content)


def write_bundle(
    analysis: Path, out: Path, *, data: Path | None = None, with_patients: bool = False
) -> Bundle:
    """Make a bundle and write it.

    Raises
    ------
    InputError
        If the file does not end in .zip or cannot be written, besides the errors of
        `make_bundle`.
    """
    if out.suffix != ".zip":
        raise InputError(f"-o: a bundle is a .zip file; got {str(out)!r}.")
    bundle = make_bundle(analysis, data=data, with_patients=with_patients)
    write_paths({out: bundle_bytes(bundle)})
    return bundle
