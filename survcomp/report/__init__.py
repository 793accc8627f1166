"""Results to something people read."""

from survcomp.report.cells import best_effect
from survcomp.report.html import render_html
from survcomp.report.text import effect, fill

__all__ = ["best_effect", "effect", "fill", "render_html"]
