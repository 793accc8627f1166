"""What an analysis.toml may say, read and checked."""
