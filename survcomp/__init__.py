"""survcomp: published survival, rebuilt and compared so that others can rerun it.

The public names stand in ``__init__.pyi``, each once, with the package that holds it; a name is
loaded on its first use, so that importing survcomp is quick. What is not here lies in one of
the packages that are: ``survcomp.plotting``, ``survcomp.reconstruction``, ...
"""

from lazy_loader import attach_stub

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
