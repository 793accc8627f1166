"""A document as what `pdf.typ` lays out on pages."""
