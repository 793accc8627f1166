"""Curves to patients: one module a method, behind one stable function."""

from survcomp.reconstruction.choose import MethodChoice, reconstruct
from survcomp.reconstruction.complement import Complement, complement
from survcomp.reconstruction.figure.integer import integer
from survcomp.reconstruction.guyot import guyot
from survcomp.reconstruction.held_out import HeldOut, HeldOutRow, leave_one_out
from survcomp.reconstruction.join_cuts import join_cuts
from survcomp.reconstruction.pair import PairReconstruction, reconstruct_pair
from survcomp.reconstruction.printed.frame import ShapePrior
from survcomp.reconstruction.printed.piecewise_exponential import piecewise_exponential
from survcomp.reconstruction.printed.summary import summaries, summary
from survcomp.values.reconstruction import Fidelity, FidelityRow, Reconstruction

__all__ = [
    "Complement",
    "Fidelity",
    "FidelityRow",
    "HeldOut",
    "HeldOutRow",
    "MethodChoice",
    "PairReconstruction",
    "Reconstruction",
    "ShapePrior",
    "complement",
    "guyot",
    "integer",
    "join_cuts",
    "leave_one_out",
    "piecewise_exponential",
    "reconstruct",
    "reconstruct_pair",
    "summaries",
    "summary",
]
