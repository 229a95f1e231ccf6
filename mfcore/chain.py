"""A chain of draws followed (notes §12): what is kept of every sweep, errors as draws add up, and MAP beside them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mfcore import als, bpmf, metrics
from mfcore.predictive import Predictive
from mfcore.ratings import Floats, Ratings
from mfcore.run import fit, steps

LOOKS = 8  # how often in a chain all test predictions are kept


@dataclass(frozen=True, slots=True)
class Plan:
    """A chain: `burn` sweeps that are left out of every mean, then `draws`, and whose rows are kept of each.

    users, items: row numbers.
    """

    cfg: bpmf.Config
    seed: int = 0
    burn: int = 20
    draws: int = 150
    users: tuple[int, ...] = ()
    items: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        """Sweeps in all."""
        return self.burn + self.draws


class Draw(NamedTuple):
    """What is kept of sweep t.

    alpha: 1/σ².  train, alone: RMSE of this draw's predictions on train and on test.  together: test RMSE of the mean
    of all draws since the burn-in, NaN before.  users: (len(plan.users), k + 1), the rows [w_i, b_i].  items: likewise
    [u_j, c_j + μ].  seen: of the test pairs, `LOOKS` times in a chain and at its end.
    """

    t: int
    alpha: float
    train: float
    alone: float
    together: float
    users: Floats
    items: Floats
    seen: Predictive | None


def run(train: Ratings, test: Ratings, plan: Plan) -> Iterator[Draw]:
    """The sweeps of a plan, one for every step of the iterator."""
    users, items = (np.array(rows, np.int64) for rows in (plan.users, plan.items))
    s = fit(bpmf, train, plan.cfg, 0, plan.seed)
    every = max(plan.draws // LOOKS, 1)
    for t in range(1, plan.size + 1):
        if t == plan.burn + 1:
            s = bpmf.watch(s, test.i, test.j)
        s = fit(bpmf, train, plan.cfg, 1, plan.seed, s)
        yield Draw(
            t,
            s.alpha,
            float(np.sqrt(s.squared_error / train.n)),
            metrics.rmse(bpmf.predict(s, test.i, test.j), test.r),
            metrics.rmse(s.seen.mean, test.r) if s.seen else float("nan"),
            np.column_stack([s.W[users], s.b[users]]).astype(np.float32),
            np.column_stack([s.U[items], s.c[items] + s.mu]).astype(np.float32),
            s.seen if t == plan.size or (t - plan.burn) % every == 0 else None,
        )


def in_turn(train: Ratings, test: Ratings, plans: Sequence[Plan]) -> Iterator[Draw]:
    """Several chains side by side, all of them equally long: sweep 1 of each, sweep 2 of each, and so on."""
    chains = [run(train, test, plan) for plan in plans]
    return (next(chains[n % len(plans)]) for n in range(sum(plan.size for plan in plans)))


def parted(draws: Sequence[Draw], chains: int) -> tuple[Sequence[Draw], ...]:
    """The draws of `in_turn` by chain, as far as all chains have come."""
    whole = len(draws) - len(draws) % chains
    return tuple(draws[n:whole:chains] for n in range(chains))


def predicted(draws: Sequence[Draw], user: int, items: Sequence[int]) -> Floats:
    """r̂ in every draw of one kept user with kept items: (draws, items), in stars. user, items: places in the plan."""
    W = np.array([draw.users[user] for draw in draws])
    U = np.array([draw.items[list(items)] for draw in draws])
    products: Floats = np.einsum("tk,tmk->tm", W[:, :-1], U[:, :, :-1], dtype=np.float64)
    products += W[:, -1:] + U[:, :, -1]
    return products


def predicted_to_all(draws: Sequence[Draw], item: int) -> Floats:
    """r̂ in every draw of all kept users with one kept item: (draws, users), in stars. item: its place in the plan."""
    W, u = np.array([draw.users for draw in draws]), np.array([draw.items[item] for draw in draws])
    products: Floats = np.einsum("tnk,tk->tn", W[:, :, :-1], u[:, :-1], dtype=np.float64)
    products += W[:, :, -1] + u[:, -1:]
    return products


def predictive(draws: Sequence[Draw], user: int, items: Sequence[int]) -> Predictive:
    """The moments of one kept user's ratings of kept items over these draws; its i and j are places in the plan."""
    seen = Predictive.of(np.full(len(items), user), np.array(items, np.int64))
    for draw, r in zip(draws, predicted(draws, user, items), strict=True):
        seen = seen.add(r, draw.alpha)
    return seen


def last_look(draws: Sequence[Draw]) -> Predictive | None:
    """The latest `seen` among the draws."""
    return next((draw.seen for draw in reversed(draws) if draw.seen is not None), None)


class Rival(NamedTuple):
    """Test RMSE at one k: of the posterior's mean, and of MAP at each λ."""

    k: int
    bayes: float
    points: tuple[float, ...]


def rival(train: Ratings, test: Ratings, plan: Plan, lams: Sequence[float], T: int = 15) -> Rival:
    """One k both ways: the mean of a plan's draws, and T sweeps of ALS, biases solved jointly, at every λ."""
    *_, found = rival_steps(train, test, plan, lams, T)
    assert found is not None
    return found


def rival_size(plan: Plan, lams: Sequence[float], T: int = 15) -> int:
    """How many steps `rival_steps` takes: a sweep each, and one for the Rival."""
    return plan.size + T * len(lams) + 1


def rival_steps(
    train: Ratings, test: Ratings, plan: Plan, lams: Sequence[float], T: int = 15
) -> Iterator[Rival | None]:
    """`rival`, a sweep for every step of the iterator: None after each of them, and at the end the Rival."""
    cfg, seed, errors = plan.cfg, plan.seed, []
    s = fit(bpmf, train, cfg, 0, seed)
    for t in range(1, plan.size + 1):
        if t == plan.burn + 1:
            s = bpmf.watch(s, test.i, test.j)
        s = fit(bpmf, train, cfg, 1, seed, s)
        yield None
    assert s.seen is not None
    for lam in lams:
        sweeps = steps(als, train, als.Config(k=cfg.k, lam=lam, joint=True), seed)
        point = next(sweeps)
        for _ in range(T):
            point = next(sweeps)
            yield None
        errors.append(metrics.rmse(als.predict(point, test.i, test.j), test.r))
    yield Rival(cfg.k, metrics.rmse(s.seen.mean, test.r), tuple(errors))
