"""What the views of chapter 8 share: the chain the sidebar asks for, shipped, kept or drawn now, and MAP beside it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from mfapp import controls, jobs, runs
from mfcore import Ratings, als, bpmf, chain
from mfcore.chain import Draw, Plan
from mfview import posterior

K, LAM, MOST = posterior.K, 10.0, 20
SWEEPS = 15  # of ALS, for MAP
USERS, FILMS = 600, 1500  # whose rows are kept of every draw, so that any of them can be looked at
MIN_SHOWN = 5  # draws from which there is a picture


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What the sidebar asks for: a plan on the training part of these data, one user and one film."""

    ds: runs.Dataset
    plan: Plan
    lam: float
    i: int
    j: int

    @property
    def parts(self) -> tuple[Ratings, Ratings]:
        return runs.split(self.ds, self.ds.key, self.plan.seed)

    @property
    def film(self) -> str:
        return self.ds.labels[self.j]

    @property
    def point(self) -> als.State:
        """MAP: ALS with the same k and biases, at the λ in the sidebar."""
        cfg = als.Config(k=self.plan.cfg.k, lam=self.lam, joint=True)
        return runs.trajectory(self.ds, cfg, SWEEPS, self.plan.seed).states[-1]


def asked(*, pair: bool = True) -> Asked:
    """The controls of a chain. pair: with those of a user and a film, which are else left at their defaults."""
    ds = controls.data()
    k, lam, seed = controls.k(K, MOST), controls.lam(LAM), controls.seed()
    if ds.key == posterior.digest():
        i, j = posterior.pair_of(ds.R, ds.films)
    else:
        i, j = int(ds.R.users_counts.argmax()), int(ds.R.items_counts.argmax())
    if pair:
        i, j = controls.user(ds.R, i), controls.item(ds, j)
    return Asked(ds, Plan(bpmf.Config(k=k), seed), lam, i, j)


def follow(ask: Asked, draw: Callable[[Plan, Sequence[Draw]], None], also: Sequence[int] = ()) -> None:
    """Draw the chain: at once where it is known, else as it grows, with progress and Cancel.

    draw: is given the plan whose rows the draws hold, and the draws so far, burn-in and all.  also: further films
    whose rows are needed.
    """
    known = posterior.find(ask.ds.key, ask.plan)
    if known and ask.i in known[0].users and {ask.j, *also} <= set(known[0].items):
        draw(*known)
        return
    train, test = ask.parts
    plan = Plan(
        ask.plan.cfg,
        ask.plan.seed,
        users=posterior.offered(train.users_counts, USERS, [ask.i]),
        items=posterior.offered(train.items_counts, FILMS, [ask.j, *also]),
    )
    jobs.shared(
        "chain",
        (ask.ds.key, plan),
        lambda: chain.run(train, test, plan),
        plan.size,
        lambda t: "burn-in" if t < plan.burn else f"draw {t - plan.burn + 1}",
        lambda found: draw(plan, found),
    )


def after_burn_in(plan: Plan, draws: Sequence[Draw]) -> Sequence[Draw]:
    """The draws that count; none, and a word in their place, before there are enough for a picture."""
    counted = draws[plan.burn :]
    if len(counted) >= MIN_SHOWN:
        return counted
    st.markdown(
        f"The chain starts at random. Its first {plan.burn} sweeps find the region where the posterior lies, and are "
        "left out (burn-in); the pictures start with the draws after them."
    )
    return ()
