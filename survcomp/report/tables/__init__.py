"""The tables of a report, read from results; nothing is computed here."""
