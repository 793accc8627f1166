"""Effects to effects: through a common comparator, or pooled."""
