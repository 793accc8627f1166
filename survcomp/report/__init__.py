"""Results to something people read."""

from survcomp.report.html import render_html
from survcomp.report.text import effect, fill

__all__ = ["effect", "fill", "render_html"]
