"""Each table of an analysis.toml, run and recorded."""
