"""The chapters of a report, and the document they make."""
