"""One document laid out in each of its forms."""
