"""Matrix factorization, derivation by derivation: the equation, the code beside it and the fast code are one."""

from mfcore import als, data, interpret, metrics
from mfcore.errors import DataError, DivergedError, LeastNormWarning
from mfcore.ratings import Ratings
from mfcore.run import fit, steps, trace

__all__ = [
    "DataError",
    "DivergedError",
    "LeastNormWarning",
    "Ratings",
    "als",
    "data",
    "fit",
    "interpret",
    "metrics",
    "steps",
    "trace",
]
