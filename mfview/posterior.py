"""Chains of draws on the default data that come with the package, so that pages open on them at once.

    python -m mfview.posterior

draws them again (a minute) and writes posterior.npz beside this file.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mfcore import Ratings, bpmf, chain, data
from mfcore.chain import Draw, Plan, Rival
from mfcore.data.catalog import Catalog
from mfcore.predictive import Predictive
from mfcore.ratings import Ints

FILE = Path(__file__).with_suffix(".npz")
DATA, USER, FILM = "ml-small", "218", "Alien (1979)"
K, CHAINS = 5, 4
KS, LAMS = (1, 2, 3, 5, 8, 12, 20), (1.0, 5.0, 15.0)
MANY, SPREAD = 60, 24  # of the busiest rows, and of rows spread evenly from them to the sparsest


class Shipped(NamedTuple):
    """What is in the file, for the ratings of `digest`: a chain, `CHAINS` that follow one pair, and the rivals."""

    digest: str
    pair: tuple[int, int]
    plan: Plan
    draws: tuple[Draw, ...]
    chains: tuple[tuple[Draw, ...], ...]
    rivals: tuple[Rival, ...]


def offered(counts: Ints, many: int, also: Sequence[int] = ()) -> tuple[int, ...]:
    """Row numbers, ascending: the `many` with most ratings, `SPREAD` from there to the fewest, and those in `also`."""
    rated = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
    rest = rated[many:]
    spread = rest[np.linspace(0, len(rest) - 1, min(SPREAD, len(rest))).astype(int)]
    return tuple(np.unique([*rated[:many], *spread, *also]).astype(int).tolist())


def several(plan: Plan, user: int, item: int) -> tuple[Plan, ...]:
    """`CHAINS` plans that differ by their seed and keep one user and one item."""
    one = replace(plan, users=(user,), items=(item,))
    return tuple(replace(one, seed=plan.seed + n) for n in range(CHAINS))


def digest() -> str:
    """Of the ratings that the shipped chains are of."""
    return _shipped().digest


def find(digest: str, plan: Plan) -> tuple[Plan, tuple[Draw, ...]] | None:
    """The shipped chain, with the plan that it is of, where that is the one asked for but for the rows it keeps."""
    shipped = _shipped()
    same = replace(plan, users=(), items=()) == replace(shipped.plan, users=(), items=())
    return (shipped.plan, shipped.draws) if same and digest == shipped.digest else None


def find_chains(digest: str, plans: Sequence[Plan]) -> tuple[tuple[Draw, ...], ...] | None:
    """The shipped chains, where those plans are the ones they are of."""
    shipped = _shipped()
    same = digest == shipped.digest and tuple(plans) == several(shipped.plan, *shipped.pair)
    return shipped.chains if same else None


def find_rivals(digest: str, seed: int) -> tuple[Rival, ...] | None:
    """The shipped rivals of `KS` and `LAMS`, where they are of these ratings and this seed."""
    shipped = _shipped()
    return shipped.rivals if (digest, seed) == (shipped.digest, shipped.plan.seed) else None


def plan_of(R: Ratings, films: Catalog) -> Plan:
    """What is shipped: the default user and film, those with most ratings, and some with few."""
    train, test = R.split(test=0.1, seed=0)
    user, item = pair_of(R, films)
    users = offered(train.users_counts, MANY // 4, [user])
    return Plan(bpmf.Config(k=K), users=users, items=offered(train.items_counts, MANY, [item, *test.Psi(user)]))


def pair_of(R: Ratings, films: Catalog) -> tuple[int, int]:
    """The row numbers of the default user and film."""
    user = R.user_ids.astype(str).tolist().index(USER)
    return user, next(j for j in range(R.M) if films.label(j) == FILM)


def build(say: Callable[[str], None] = print) -> dict[str, Any]:
    """Everything that is shipped, as arrays for one npz file."""
    R, films = data.load(DATA)
    plan, pair = plan_of(R, films), pair_of(R, films)
    train, test = R.split(test=0.1, seed=plan.seed)
    say(f"{plan.size} sweeps")
    draws = tuple(chain.run(train, test, plan))
    held = _packed("main", draws) | dict(digest=R.digest, pair=pair, users=plan.users, items=plan.items)
    for n, one in enumerate(several(plan, *pair)):
        say(f"chain {n + 1}")
        held |= _packed(f"chain{n}", tuple(chain.run(train, test, one)))
    rivals = []
    for k in KS:
        say(f"k = {k}")
        rivals.append(chain.rival(train, test, replace(plan, cfg=bpmf.Config(k=k)), LAMS))
    return held | dict(rivals=np.array([[one.bayes, *one.points] for one in rivals]))


def _packed(name: str, draws: Sequence[Draw]) -> dict[str, Any]:
    """Arrays by name: the numbers of every draw, its rows, and what was last seen of the test pairs."""
    seen = chain.last_look(draws)
    assert seen is not None
    numbers = np.array([[d.t, d.alpha, d.train, d.alone, d.together] for d in draws])
    held: dict[str, Any] = dict(
        numbers=numbers, users=np.array([d.users for d in draws]), items=np.array([d.items for d in draws])
    )
    if name == "main":
        held |= dict(i=seen.i, j=seen.j, mean=np.float32(seen.mean), squares=np.float32(seen.squares), noise=seen.noise)
    return {f"{name}_{part}": array for part, array in held.items()}


def _unpacked(name: str, held: Any) -> tuple[Draw, ...]:
    numbers, users, items = (held[f"{name}_{part}"] for part in ("numbers", "users", "items"))
    rows = zip(numbers.tolist(), users, items, strict=True)
    draws = [Draw(int(n[0]), n[1], n[2], n[3], n[4], u, m, None) for n, u, m in rows]
    if name == "main":
        i, j, mean, squares, noise = (held[f"main_{part}"] for part in ("i", "j", "mean", "squares", "noise"))
        seen = Predictive(i, j, Plan(bpmf.Config()).draws, mean, squares, float(noise))
        draws[-1] = draws[-1]._replace(seen=seen)
    return tuple(draws)


@cache
def _shipped() -> Shipped:
    with np.load(FILE) as held:
        rows = {side: tuple(held[side].tolist()) for side in ("users", "items")}
        plan = Plan(bpmf.Config(k=K), users=rows["users"], items=rows["items"])
        rivals = tuple(
            Rival(k, float(row[0]), tuple(row[1:].tolist())) for k, row in zip(KS, held["rivals"], strict=True)
        )
        chains = tuple(_unpacked(f"chain{n}", held) for n in range(CHAINS))
        pair = int(held["pair"][0]), int(held["pair"][1])
        return Shipped(str(held["digest"]), pair, plan, _unpacked("main", held), chains, rivals)


if __name__ == "__main__":
    np.savez_compressed(FILE, **build())
