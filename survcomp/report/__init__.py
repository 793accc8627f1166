"""Results to something people read."""

from survcomp.report.cells import best_effect, best_response
from survcomp.report.docx import render_docx
from survcomp.report.html import render_html
from survcomp.report.text import effect, fill
from survcomp.report.xlsx import render_xlsx

__all__ = [
    "best_effect",
    "best_response",
    "effect",
    "fill",
    "render_docx",
    "render_html",
    "render_xlsx",
]
