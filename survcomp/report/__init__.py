"""Results to something people read."""

from survcomp.report.document.cells import best_effect, best_response
from survcomp.report.document.text import effect, fill
from survcomp.report.forms.docx import render_docx
from survcomp.report.forms.html import render_html
from survcomp.report.forms.xlsx import render_xlsx

__all__ = [
    "best_effect",
    "best_response",
    "effect",
    "fill",
    "render_docx",
    "render_html",
    "render_xlsx",
]
