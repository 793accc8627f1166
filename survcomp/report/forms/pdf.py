"""The report as a PDF: tagged, with bookmarks, its figures as vectors, the same on every run."""

from __future__ import annotations

import json
from importlib import import_module, resources
from pathlib import Path
from typing import Any

from survcomp.report.chapters.build import build_document
from survcomp.report.document.sections import Document
from survcomp.report.forms.available import need_packages
from survcomp.report.forms.typeset.blocks import typst_input
from survcomp.values.records.results import Results


def render_pdf(results: Results) -> bytes:
    """Render the report of an analysis as PDF.

    Needs the `typst` package: ``pip install 'survcomp[pdf]'``.

    Parameters
    ----------
    results : Results
        From `survcomp.analysis.run`; nothing else is read and nothing is computed.

    Returns
    -------
    bytes
        A tagged PDF (PDF/UA-1) without a date, the same for the same results and versions.

    Raises
    ------
    InputError
        If `typst` is not installed, or a placeholder in the analysis names a record that does
        not exist.
    """
    return pdf_file(build_document(results))


def pdf_file(document: Document) -> bytes:
    """Lay out a document as a PDF."""
    need_packages(["pdf"])
    import matplotlib

    typst: Any = import_module("typst")  # its stubs want fonts' paths of the type of the source
    source = (resources.files("survcomp.report.forms") / "pdf.typ").read_text("utf-8")
    file = typst.compile(
        source.encode("utf-8"),
        format="pdf",
        sys_inputs={"report": json.dumps(typst_input(document))},
        # the fonts that figures are laid out with, and no others that a machine may have
        font_paths=[str(Path(matplotlib.get_data_path()) / "fonts" / "ttf")],
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
    )
    assert isinstance(file, bytes)
    return file
