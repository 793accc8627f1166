"""survcomp: published survival, rebuilt and compared so that others can rerun it."""

__version__ = "0.1.0"
