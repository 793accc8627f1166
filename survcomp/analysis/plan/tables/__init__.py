"""What each table of an analysis.toml may say."""
