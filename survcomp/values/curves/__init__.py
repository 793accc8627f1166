"""One arm's published survival: points, printed numbers, earlier cuts."""
