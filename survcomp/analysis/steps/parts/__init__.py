"""What several steps record alike, and what a step is given."""
