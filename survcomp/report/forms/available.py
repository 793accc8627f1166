"""The forms of a report: which there are, what each is called, and what each needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module, util

from survcomp.errors import InputError
from survcomp.values.records.results import Results


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form of the report.

    Attributes
    ----------
    renderer : str
        ``module:function`` that makes it from results, as text or bytes; imported on first use.
    package : str
        Package that it needs beyond what survcomp needs to run at all; may be empty.
    install : str
        What a user installs to get the package.
    distribution : str
        What the package is called where its version is asked for.
    """

    renderer: str
    package: str = ""
    install: str = ""
    distribution: str = ""


FORMS: dict[str, Form] = {
    "pdf": Form(
        renderer="survcomp.report.forms.pdf:render_pdf",
        package="typst",
        install="'survcomp[pdf]'",
        distribution="typst",
    ),
    "docx": Form(
        renderer="survcomp.report.forms.docx:render_docx",
        package="docx",
        install="python-docx",
        distribution="python-docx",
    ),
    "xlsx": Form(
        renderer="survcomp.report.forms.xlsx:render_xlsx",
        package="xlsxwriter",
        install="XlsxWriter",
        distribution="XlsxWriter",
    ),
    "html": Form(renderer="survcomp.report.forms.html:render_html"),
}
"""By their names, which are their suffixes too, in the order in which a run writes them."""


def parse_formats(text: str) -> tuple[str, ...]:
    """The forms named in a list with commas, in the order in which they are written.

    Raises
    ------
    InputError
        If one is unknown, none is named, or what one needs is not installed.

    Examples
    --------
    >>> parse_formats("html")
    ('html',)
    """
    wanted = [name.strip().lower() for name in text.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in FORMS]
    if unknown or not wanted:
        came = ", ".join(map(repr, unknown)) or "nothing"
        raise InputError(f"formats: {came} given; allowed: {', '.join(sorted(FORMS))}.")
    need_packages(wanted)
    return tuple(name for name in FORMS if name in wanted)


def need_packages(names: Sequence[str]) -> None:
    """Refuse forms whose packages are not installed, all of them in one message.

    Raises
    ------
    InputError
        With what to install.
    """
    missing = [n for n in names if (p := FORMS[n].package) and util.find_spec(p) is None]
    if missing:
        packages = ", ".join(FORMS[name].package for name in missing)
        raise InputError(
            f"{' and '.join(missing)} cannot be written without {packages}: "
            f"pip install {' '.join(dict.fromkeys(FORMS[name].install for name in missing))}, "
            f"or leave {' and '.join(missing)} out of the formats."
        )


def file_name(name: str) -> str:
    """Name of the file of a form.

    Examples
    --------
    >>> file_name("html")
    'report.html'
    """
    return f"report.{name}"


def render(name: str, results: Results) -> str | bytes:
    """The report of an analysis in one form.

    Parameters
    ----------
    name : str
        A key of `FORMS`.
    results : Results
        What an analysis found, as results.json holds it.

    Returns
    -------
    str or bytes
        The file's content: text of HTML, bytes of every other form.

    Raises
    ------
    InputError
        If what the form needs is not installed, or a placeholder in the analysis names a
        record that does not exist.
    """
    need_packages([name])
    module, function = FORMS[name].renderer.split(":")
    made: str | bytes = getattr(import_module(module), function)(results)
    return made
