"""Curves to patients: one module a method, behind one stable function."""

from survcomp.reconstruct.choose import MethodChoice, reconstruct
from survcomp.reconstruct.complement import Complement, complement
from survcomp.reconstruct.guyot import guyot
from survcomp.reconstruct.held_out import HeldOut, HeldOutRow, leave_one_out
from survcomp.reconstruct.integer import integer
from survcomp.reconstruct.join_cuts import join_cuts
from survcomp.reconstruct.latent_curve import ShapePrior
from survcomp.reconstruct.pair import PairReconstruction, reconstruct_pair
from survcomp.reconstruct.piecewise_exponential import piecewise_exponential
from survcomp.reconstruct.result import Fidelity, FidelityRow, Reconstruction
from survcomp.reconstruct.summary import summary

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
    "summary",
]
