"""Styles, pages, header, footer and properties of a report in Word."""

from __future__ import annotations

from dataclasses import dataclass

from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.section import Section
from docx.shared import Cm, Pt, RGBColor
from docx.styles.style import ParagraphStyle

from survcomp.report.document.characters import printable
from survcomp.report.forms.word.fields import add_field, element

FONT = "Arial"
INK, QUIET, WARNING, BLUE = "1D1F23", "5A606B", "8A3B00", "005A8F"
SHORT, LONG, MARGIN = Cm(21.0), Cm(29.7), Cm(2.0)
PORTRAIT_WIDTH = SHORT - 2 * MARGIN
LANDSCAPE_WIDTH = LONG - 2 * MARGIN
TABLE_STYLE = "Report Table"
DEEPEST_HEADING = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A paragraph style: its name, what it is based on, and its type."""

    name: str
    size: float
    base: str = "Normal"
    bold: bool = False
    colour: str = INK
    before: float = 0.0
    after: float = 0.0
    keep: bool = False


LOOKS = (
    Look(name="Title", size=20, base="Normal", bold=True, after=4),
    Look(name="Subtitle", size=10, colour=QUIET, after=8),
    Look(name="Heading 1", size=15, bold=True, before=18, after=6, keep=True),
    Look(name="Heading 2", size=12, bold=True, before=14, after=4, keep=True),
    Look(name="Heading 3", size=10, bold=True, before=10, after=3, keep=True),
    Look(name="Heading 4", size=10, before=8, after=3, keep=True),
    Look(name="Detail Heading", size=10, bold=True, before=10, after=3, keep=True),
    Look(name="Checklist", size=7.5, colour=QUIET, after=4, keep=True),
    Look(name="Contents Heading", size=12, bold=True, before=12, after=4, keep=True),
    Look(name="Caption", size=9, bold=True, before=8, after=4),
    Look(name="Summary", size=10.5, before=4, after=8),
    Look(name="Explanation", size=9, colour=QUIET, after=6),
    Look(name="Banner", size=9.5, colour=WARNING, before=4, after=8),
    Look(name="Term", size=10, bold=True, before=6, after=1, keep=True),
    Look(name="Term and Text", size=10, after=4),
    Look(name="Detail", size=8.5, before=4, after=3),
    Look(name="Detail Bullet", size=8.5, base="List Bullet", after=2),
    Look(name="Table Text", size=8.5),
    Look(name="Table Text Small", size=7.5),
    Look(name="Table Heading", size=8.5, bold=True, base="Table Text"),
    Look(name="Table Heading Small", size=7.5, bold=True, base="Table Text Small"),
    Look(name="Table Note", size=8, colour=QUIET, before=2, after=2),
    Look(name="After Table", size=4, after=6),
    Look(name="Picture", size=10, before=8, after=2, keep=True),
    Look(name="toc 1", size=10, after=2),
    Look(name="toc 2", size=9, after=1),
    Look(name="table of figures", size=9, after=1),
    Look(name="Header", size=8, colour=QUIET),
    Look(name="Footer", size=8, colour=QUIET),
)


def dress(document: WordDocument, *, title: str, analysis: str, version: str) -> None:
    """Give an empty document its styles, properties, first page, header and footer."""
    _language(document)
    for look in LOOKS:
        _style(document, look)
    styles = document.styles
    styles["List Bullet"].paragraph_format.space_after = Pt(3)
    styles["Term and Text"].paragraph_format.left_indent = Cm(3.2)
    styles["Term and Text"].paragraph_format.first_line_indent = Cm(-3.2)
    styles["Term and Text"].paragraph_format.tab_stops.add_tab_stop(Cm(3.2))
    for name, indent in (("toc 1", 0.6), ("toc 2", 1.2), ("table of figures", 0.6)):
        styles[name].paragraph_format.left_indent = Cm(indent)
        styles[name].paragraph_format.first_line_indent = Cm(-0.6)
    _framed(styles["Summary"], fill="F5F6F8", edge=BLUE, sides=("left",))
    _framed(
        styles["Banner"], fill="FDF6F0", edge="E2C4AD", sides=("top", "left", "bottom", "right")
    )
    _table_style(document)
    _number_headings(document)
    _present_day(document)
    _properties(document, title=title, analysis=analysis, version=version)
    page = document.sections[0]
    lay(page, landscape=False)
    page.header.paragraphs[0].add_run(printable(_short(title)))
    foot = page.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    foot.add_run(printable(f"{analysis}, survcomp {version}    page "))
    add_field(foot, "PAGE", "1")
    foot.add_run(" of ")
    add_field(foot, "NUMPAGES", "1")


def lay(page: Section, *, landscape: bool) -> None:
    """A4, upright or on its side."""
    page.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    page.page_width, page.page_height = (LONG, SHORT) if landscape else (SHORT, LONG)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = MARGIN
    page.header_distance = page.footer_distance = Cm(1.0)


def turn(document: WordDocument, *, landscape: bool) -> None:
    """Start a new page, turned as wanted."""
    lay(document.add_section(WD_SECTION.NEW_PAGE), landscape=landscape)
    # the break stands in an empty paragraph, which on a full page would be a page of its own
    empty = document.paragraphs[-1]._p
    page = empty.get_or_add_pPr().find(qn("w:sectPr"))
    before = empty.getprevious()
    if before is not None and before.tag == qn("w:p"):
        before.get_or_add_pPr().append(page)
        empty.getparent().remove(empty)


def _short(title: str, *, longest: int = 100) -> str:
    return title if len(title) <= longest else f"{title[: longest - 1]}…"


def _language(document: WordDocument) -> None:
    """British English; the template's fonts by theme give way to one font."""
    defaults = document.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault"))
    properties = defaults.find(qn("w:rPr"))
    for tag in ("w:rFonts", "w:lang"):
        for old in properties.findall(qn(tag)):
            properties.remove(old)
    properties.insert(0, element("w:rFonts", ascii=FONT, hAnsi=FONT, cs=FONT, eastAsia=FONT))
    properties.append(element("w:lang", val="en-GB", eastAsia="en-GB", bidi="ar-SA"))
    for theme in document.settings.element.iter(qn("w:themeFontLang")):
        theme.set(qn("w:val"), "en-GB")
    normal = document.styles["Normal"]
    normal.font.size = Pt(10)
    normal.font.color.rgb = RGBColor.from_string(INK)
    normal.paragraph_format.space_after = Pt(6)
    normal.paragraph_format.line_spacing = 1.12


def _style(document: WordDocument, look: Look) -> None:
    names = {style.name for style in document.styles}
    if look.name in names:
        style = document.styles[look.name]
        for part in ("w:rPr", "w:pPr"):  # the template's blue, its theme fonts, its rule
            _forget(style, part)
    else:
        known = look.name[0].islower()  # Word has it by this name, the template has not
        style = document.styles.add_style(look.name, WD_STYLE_TYPE.PARAGRAPH, builtin=known)
    style.base_style = document.styles[look.base]
    style.hidden, style.quick_style = False, True
    style.font.size, style.font.bold = Pt(look.size), look.bold or None
    style.font.color.rgb = RGBColor.from_string(look.colour)
    layout = style.paragraph_format
    layout.space_before, layout.space_after = Pt(look.before), Pt(look.after)
    layout.keep_with_next = look.keep or None
    layout.widow_control = True
    if look.name.startswith("Heading"):
        level = str(int(look.name[-1]) - 1)
        style.element.get_or_add_pPr().append(element("w:outlineLvl", val=level))
    if look.name.startswith("Table Text"):
        layout.line_spacing = 1.0


def _forget(style: ParagraphStyle, part: str) -> None:
    for old in style.element.findall(qn(part)):
        style.element.remove(old)


def _framed(style: ParagraphStyle, *, fill: str, edge: str, sides: tuple[str, ...]) -> None:
    """Shade a style and rule its sides; Word wants the border before the shading."""
    properties = style.element.get_or_add_pPr()
    border = element("w:pBdr")
    for side in sides:
        size = "24" if sides == ("left",) else "4"
        border.append(element(f"w:{side}", val="single", sz=size, space="6", color=edge))
    shade = element("w:shd", val="clear", color="auto", fill=fill)
    after = properties.find(qn("w:spacing"))
    after.addprevious(border)
    after.addprevious(shade)
    style.paragraph_format.left_indent = style.paragraph_format.right_indent = Cm(0.25)


def _table_style(document: WordDocument) -> None:
    """Rules above, below and under the heading; thin ones between the rows."""
    document.styles.element.append(
        parse_xml(f"""
<w:style {nsdecls("w")} w:type="table" w:customStyle="1" w:styleId="ReportTable">
  <w:name w:val="{TABLE_STYLE}"/><w:basedOn w:val="TableNormal"/><w:qFormat/>
  <w:tblPr><w:tblBorders>
    <w:top w:val="single" w:sz="8" w:space="0" w:color="{INK}"/>
    <w:bottom w:val="single" w:sz="8" w:space="0" w:color="{INK}"/>
    <w:insideH w:val="single" w:sz="4" w:space="0" w:color="D9DCE1"/>
  </w:tblBorders><w:tblCellMar>
    <w:top w:w="40" w:type="dxa"/><w:left w:w="70" w:type="dxa"/>
    <w:bottom w:w="40" w:type="dxa"/><w:right w:w="70" w:type="dxa"/>
  </w:tblCellMar></w:tblPr>
  <w:tblStylePr w:type="firstRow"><w:tcPr><w:tcBorders>
    <w:bottom w:val="single" w:sz="8" w:space="0" w:color="{INK}"/>
  </w:tcBorders><w:vAlign w:val="bottom"/></w:tcPr></w:tblStylePr>
</w:style>""")
    )


def _number_headings(document: WordDocument) -> None:
    """Number the headings as Word does, so that they stay right when one is added or moved."""
    numbering = document.part.numbering_part.element
    used = [int(n.get(qn("w:abstractNumId"))) for n in numbering.findall(qn("w:abstractNum"))]
    numbers = [int(n.get(qn("w:numId"))) for n in numbering.findall(qn("w:num"))]
    abstract, number = str(max(used, default=0) + 1), str(max(numbers, default=0) + 1)
    outline = element("w:abstractNum", abstractNumId=abstract)
    outline.append(element("w:multiLevelType", val="multilevel"))
    for level in range(DEEPEST_HEADING):
        style = document.styles[f"Heading {level + 1}"]
        text = ".".join(f"%{above + 1}" for above in range(level + 1))
        made = element("w:lvl", ilvl=str(level))
        for tag, value in (
            ("start", "1"),
            ("numFmt", "decimal"),
            ("pStyle", style.style_id),
            ("suff", "space"),
            ("lvlText", f"{text}\N{EN SPACE}"),
            ("lvlJc", "left"),
        ):
            made.append(element(f"w:{tag}", val=value))
        outline.append(made)
        properties = style.element.get_or_add_pPr()._add_numPr()
        properties.append(element("w:ilvl", val=str(level)))
        properties.append(element("w:numId", val=number))
    # Word wants every outline before the lists that use one
    numbering.insert(len(used), outline)
    of = element("w:num", numId=number)
    of.append(element("w:abstractNumId", val=abstract))
    numbering.append(of)


def _present_day(document: WordDocument) -> None:
    """Lay out as Word 2013 and later do, not in compatibility mode."""
    for setting in document.settings.element.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            setting.set(qn("w:val"), "15")


def _properties(document: WordDocument, *, title: str, analysis: str, version: str) -> None:
    """What the file says about itself: no date and nothing of the template."""
    about = document.core_properties
    about.title, about.subject = printable(title)[:255], printable(analysis)[:255]
    about.author, about.last_modified_by = "survcomp", "survcomp"
    about.comments, about.keywords, about.language = f"Made with survcomp {version}", "", "en-GB"
    about.revision = 1
    for tag in ("dcterms:created", "dcterms:modified"):
        for old in about._element.findall(qn(tag)):
            about._element.remove(old)
    relations = document.part.package.rels
    for key in [
        key for key, rel in relations.items() if rel.reltype == RELATIONSHIP_TYPE.THUMBNAIL
    ]:
        del relations[key]
