"""What a fit on a cluster leaves: U here, W on the workers."""

from concurrent.futures import CancelledError
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mfcore import als, kernels
from mfcore.cluster.desk import Desk, LostSiteError, wait
from mfcore.cluster.fleet import Standing
from mfcore.cluster.lazy import dask
from mfcore.cluster.shards import Shards
from mfcore.cluster.site import Given, Rows, rows
from mfcore.ratings import Floats, Ints, Ratings


class Kept(NamedTuple):
    """Futures of each shard's Rows and user ids, and of what the Rows are made of again if a worker is lost."""

    client: Any
    rows: list[Any]
    ids: list[Any]
    origin: Any

    def gather(self, futures: list[Any]) -> list[Any]:
        """What these futures are of, here. Raises LostSiteError if it is gone for good."""
        try:
            return cast(list[Any], self.client.gather(futures))
        except CancelledError as error:
            raise LostSiteError("a worker was lost, and with it ratings that had come from here: fit again") from error


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A State whose W (N, k) and b (N,) are Dask arrays on the workers, and whose U, c and mu are here.

    user_ids: (N,) a Dask array, the users of W's rows.  item_ids: (M,) the items of U's rows.
    While it lives the workers keep W and b. What they read themselves they read again if one is lost; ratings that
    came from the client are lost with it, and with them W: `local`, `predict` and `to_parquet` then raise
    LostSiteError.
    """

    state: als.State
    user_ids: Any
    item_ids: NDArray[Any]
    kept: Kept

    def local(self) -> als.State:
        """The State with all of W and b brought here, in the order of `user_ids`."""
        found = self.kept.gather(self.kept.rows)
        W, b = (np.concatenate([getattr(x, part) for x in found]) for part in ("W", "b"))
        return replace(self.state, W=W, b=b)

    def predict(self, i: Any, j: Any) -> Floats:
        """r̂_ij for pairs of row numbers of equal shape, each made where its w_i is. Raises IndexError beyond N and M.

        `als.predict` needs all of W in one place: see `local`.
        """
        s, W = self.state, cast(Any, self.state.W)
        i, j = np.broadcast_arrays(i, j)
        ends = np.cumsum([0, *W.chunks[0]])
        if i.size and not (min(i.min(), j.min()) >= 0 and i.max() < ends[-1] and j.max() < len(s.U)):
            raise IndexError(f"rows are 0 to {ends[-1] - 1} for users and 0 to {len(s.U) - 1} for items")
        at, found = np.searchsorted(ends, i, side="right") - 1, np.empty(i.shape, s.U.dtype)
        with Desk(self.kept.client) as desk:
            own = {q: at == q for q in np.unique(at).tolist()}
            asked = [
                desk.submit(None, _predicted, self.kept.rows[q], i[m] - ends[q], s.U[j[m]], s.c[j[m]], s.mu)
                for q, m in own.items()
            ]
            for m, answer in zip(own.values(), self.kept.gather(asked), strict=True):
                found[m] = answer
        return found

    def to_parquet(self, folder: str) -> None:
        """Each shard's users as a file of `folder`, written by a worker: columns user, b, w0 … w(k−1)."""
        with Desk(self.kept.client) as desk:
            shards = enumerate(zip(self.kept.ids, self.kept.rows, strict=True))
            self.kept.gather([desk.submit(None, _write, folder, q, ids, made) for q, (ids, made) in shards])


def left_there(client: Any, given: Given, s: als.State, shards: Shards, sites: list[Standing]) -> Fitted:
    """The Fitted of U and c in `s`, and of the W and b that the sweep made of what it was `given`.

    They are made once more, as futures: what Dask knows how to make it makes again if a worker is lost. So U and c go
    to the scheduler, which is not lost with a worker, as what is scattered is.
    """
    with Desk(client) as desk:
        origin = desk.submit(None, Given, given.U, given.c, given.mu, None, given.cfg)
        placed = list(enumerate(zip(shards.held, shards.homes, strict=True)))
        made = [desk.submit(home, _rows, R, origin, q, given.b and given.b[q]) for q, (R, home) in placed]
        ids = [desk.submit(home, getattr, R, "user_ids") for _, (R, home) in placed]
        wait(client, [*made, *ids])
        for future in [*made, *ids]:
            if future.status == "error":
                future.result()  # raises what went wrong there
            elif future.status != "finished":
                raise LostSiteError("a worker was lost while it made W")
        desk.keep([origin, *made, *ids])
    pick = dask.delayed(getattr, pure=False)

    def whole(pieces: list[Any], tail: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
        chunks = zip(pieces, shards.facts, strict=True)
        return dask.array.concatenate([dask.array.from_delayed(x, (f.N, *tail), dtype=dtype) for x, f in chunks])

    kinds = {f.ids for f in shards.facts}
    W, b = (whole([pick(x, name) for x in made], tail, s.U.dtype) for name, tail in (("W", s.U.shape[1:]), ("b", ())))
    user_ids = whole([dask.delayed(x) for x in ids], (), kinds.pop() if len(kinds) == 1 else np.dtype(object))
    return Fitted(replace(s, W=W, b=b), user_ids, shards.item_ids, Kept(client, made, ids, origin))


def _rows(R: Ratings, origin: Given, shard: int, b: Floats | None) -> Rows:
    return rows(R, origin._replace(b=None if b is None else {shard: b}), shard)


def _predicted(made: Rows, i: Ints, U: Floats, c: Floats, mu: float) -> Floats:
    """als.predict of pairs, each with its own row of U and c."""
    return kernels.predict_pairs(made.W, U, made.b, c, mu, i, np.arange(len(i)))


def _write(folder: str, shard: int, ids: NDArray[Any], made: Rows) -> None:
    if "://" not in folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
    columns = {f"w{f}": made.W[:, f] for f in range(made.W.shape[1])}
    pd.DataFrame({"user": ids, "b": made.b, **columns}).to_parquet(f"{folder}/part-{shard}.parquet", index=False)
