"""data/digitized: what a trial.toml and its CSV files may say, read as values."""
