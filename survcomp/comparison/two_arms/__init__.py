"""Two arms as they are: whether they may be compared, and their contrast."""
