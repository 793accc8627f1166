"""Published baselines: moments, tables, populations and their pooling."""
