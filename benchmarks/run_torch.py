"""AutoRec by items in PyTorch: every batch written out in full beside its mask, as notes §18 say a framework wants it.

Of an epoch only the first `batches` are trained on where that is not 0, because it may take minutes; the time of one is
then theirs times the batches of an epoch over those.
"""

from importlib.metadata import version

import numpy as np
import torch
from measure import Watch, arguments, load
from scipy.sparse import coo_array


def main() -> None:
    given = arguments()
    users, items, values = load(given["data"])
    torch.set_num_threads(given["threads"])
    torch.manual_seed(0)
    N, M = int(users.max()) + 1, int(items.max()) + 1
    X = coo_array((values - values.mean(dtype="float64").astype("float32"), (items, users)), shape=(M, N)).tocsr()
    encoder, decoder = torch.nn.Linear(N, given["k"]), torch.nn.Linear(given["k"], N)
    parameters = [*encoder.parameters(), *decoder.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=given["rate"], fused=True)  # the fastest of its forms
    rng = np.random.default_rng(0)
    B = given["batch"]
    whole = -(-M // B)
    taken = given["batches"] or whole

    def step(rows: np.ndarray) -> None:
        part = X[rows]
        at = np.repeat(np.arange(len(rows)), np.diff(part.indptr)), part.indices.astype("int64")
        b, j = (torch.from_numpy(one) for one in at)
        x, mask = torch.zeros(len(rows), N), torch.zeros(len(rows), N)
        x[b, j], mask[b, j] = torch.from_numpy(part.data), torch.ones(len(b))
        missed = mask * (decoder(torch.sigmoid(encoder(x))) - x)
        optimizer.zero_grad()
        (missed.square().sum() * (M / (len(rows) * X.nnz))).backward()
        optimizer.step()

    step(rng.permutation(M)[:B])  # moments are made at the first step
    watch = Watch(given)
    while watch.going():
        order = rng.permutation(M)
        for start in range(0, taken * B, B):
            step(order[start : start + B])
        watch.swept(lambda i, j: None)
    watch.ends = [0.0, *(end * whole / taken for end in watch.ends)]
    watch.report(None, version("torch"))


main()
