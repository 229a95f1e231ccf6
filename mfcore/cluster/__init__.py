"""The same sweeps on a Dask cluster (notes §1, 18): ratings and W stay where they are, only U, c and sums travel.

Ratings are sharded by user. A worker finds w_i and b_i of its users from U and c alone, as one machine does, and adds
up what its ratings say of every item: Σ z zᵀ and Σ y z (see `kernels.sums`). These sums go up a tree (see `halving`)
that leaves each worker with a range of items to solve, and U and c go out again. So nothing that is as long as the
ratings moves once they are in place, and J of every sweep comes along for free.

The client is always given: nothing here starts a cluster.
"""

from mfcore.cluster.fitted import Fitted
from mfcore.cluster.run import Sweep, fit, steps

__all__ = ["Fitted", "Sweep", "fit", "steps"]
