"""What is done with results afterwards: pin, check, trace, compare, bundle, list."""
