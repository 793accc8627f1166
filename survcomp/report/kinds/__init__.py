"""The kinds of comparisons that a report can hold, each declared in a module of its own."""
