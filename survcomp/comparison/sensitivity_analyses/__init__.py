"""What moves an unanchored comparison: one module a question."""
