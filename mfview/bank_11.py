"""Questions of chapter 11: what is left for a network, what early stopping says, and what a slip teaches (§15; E6)."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np

from mfcore import als, branches, embedding, metrics, residual
from mfcore.branches import Look, Plan, Verdict
from mfview import watched
from mfview.question import Mistake, Question

RATING, MF, ANN = 4.0, 3.4, 0.5
KS = (1, 2, 3, 4, 6)


class Judged(NamedTuple):
    """A run that is shipped: its epochs, the one that is kept, and the verdicts on validation and on test."""

    looks: Sequence[Look]
    kept: Look
    valid: Verdict
    test: Verdict

    @property
    def size(self) -> str:
        """How much the network removes of the squared error: on test, if validation says that it is there at all."""
        return "none" if not self.valid.found else "little" if self.test.explained < 0.1 else "half"


@cache
def _judged(name: str, plan: Plan) -> Judged:
    R = watched.ratings(name)
    looks = watched.find(R.digest, plan)
    assert looks is not None
    (kept, s), (train, *held_out) = branches.best(looks), branches.three(R, plan.seed)
    first = branches.alone(train, plan)
    valid, test = (
        branches.verdict(als.predict(first, part.i, part.j), residual.predict(s, part.i, part.j), part.r)
        for part in held_out
    )
    return Judged(looks, kept, valid, test)


def _product() -> Judged:
    return _judged("product", watched.of_world())


def _stopped() -> str:
    """What early stopping did in the world that is a product."""
    it = _product()
    mf, epochs = it.looks[0], it.looks[1:]
    tests = [look.test for look in epochs]
    return (
        "What is left of a rating is noise. Early stopping lets the network in only where it beats MF on the "
        f"validation ratings by {branches.LUCK:g} standard errors of the difference. MF is at {mf.valid:.4f} stars "
        f"there, and the best of {len(epochs)} epochs at {min(look.valid for look in epochs):.4f}: that can be luck. "
        f"So epoch {it.kept.t} is kept, MF alone, with {it.test.both:.4f} stars on test. With the network it would be "
        f"anything from {min(tests):.4f} to {max(tests):.4f}, depending on luck."
    )


def _films() -> Judged:
    return _judged(watched.DATA, watched.of_films())


@cache
def _by_k() -> tuple[float, ...]:
    """Test RMSE of MF alone on the world with a limit, for every k."""
    train, _, test = branches.three(watched.ratings("limit"), 0)
    plans = [watched.of_world(k=k) for k in KS]
    return tuple(metrics.rmse(als.predict(branches.alone(train, p), test.i, test.j), test.r) for p in plans)


def _more_factors() -> str:
    errors, floor = _by_k(), watched.made("limit", 0).sigma
    if min(errors) < floor + 0.01:
        return "all"
    return "closer" if min(errors) < errors[0] - 0.05 else "same"


@cache
def _start() -> tuple[residual.State, residual.Config, embedding.Batch]:
    R = watched.ratings("limit")
    cfg = replace(watched.of_world().cfg, lam_net=0.0, dtype="float64")
    return residual.init(R, cfg, np.random.default_rng(0)), cfg, embedding.everything(R, cfg.mf())


@cache
def _first_moved() -> str:
    """Which of the network's parameters have a slope at the start."""
    s, cfg, x = _start()
    g = residual.gradient(s, x, cfg)
    moved = {name for name in s.params if np.abs(g[name]).max() > 0}
    last = {f"A{len(s.A) - 1}", f"a{len(s.A) - 1}"}
    return "last" if moved <= last else "all" if moved == set(s.params) else "nothing"


@cache
def _slipped() -> str:
    """What descent on r̂ − MF comes to from the start."""
    s, cfg, x = _start()
    g = residual.gradient(s, x, cfg, residual.rest_as_written)
    return "nothing" if all(np.abs(part).max() == 0 for part in g.values()) else "half"


def _layers() -> int:
    s, _, _ = _start()
    return sum(x.size for x in (*s.A, *s.a))


def _joint() -> str:
    """Whether the branches' shares are determined where both are trained together, by two runs' spread."""
    digest = watched.ratings("product").digest
    stages, together = (
        branches.best(watched.find(digest, watched.of_world(staged=staged)) or ())[0] for staged in (True, False)
    )
    return "sum" if together.spread > 3 * stages.spread and abs(together.test - stages.test) < 0.05 else "each"


QUESTIONS = (
    Question(
        "11-residual",
        "residual",
        f"A rating is ${RATING:g}$, MF says ${MF:g}$ and the network adds ${ANN:g}$. What is the network's *target*, "
        "the number that it should have said?",
        lambda: round(RATING - MF, 9),
        lambda: (
            f"What MF leaves of the rating: $r - \\text{{MF}} = {RATING:g} - {MF:g} = {RATING - MF:.1f}$. The network "
            f"says {ANN:g}, so it misses by {RATING - MF - ANN:.1f}."
        ),
        (
            "If the network said exactly this, the sum of both would be the rating.",
            f"MF says {MF:g} already. How much is missing to reach {RATING:g}?",
            f"{RATING:g} − {MF:g}.",
        ),
        (
            Mistake(lambda: ANN, "That is $\\hat r - \\text{MF}$, what the network says already (slip E6)."),
            Mistake(
                lambda: RATING - MF - ANN,
                "That is what the sum misses by. The target leaves the network's own output out.",
            ),
            Mistake(lambda: RATING, "That would be its target without MF beside it."),
        ),
        unit="stars",
    ),
    Question(
        "11-more-factors",
        "residual",
        f"In the world with a limit, MF alone has k = 1. Give it up to {KS[-1]} factors, and no network. Does its test "
        "error come down to the noise?",
        _more_factors,
        lambda: (
            "Test RMSE of MF alone: "
            + ", ".join(f"{error:.3f} at k = {k}" for k, error in zip(KS, _by_k(), strict=True))
            + f"; the noise is {watched.made('limit', 0).sigma:g}. An edge is a sum of ever finer waves, each of which "
            "takes a factor, and each factor has to be learnt from the same ratings."
        ),
        (
            "How many waves does it take to draw an edge?",
            "Each further factor takes a smaller part of what is left.",
            "And each costs N + M numbers that noise can be learnt with.",
        ),
        (
            Mistake(lambda: "all", "Factors are learnt from noisy ratings, and an edge needs very many of them."),
            Mistake(lambda: "same", "A second factor does help: the first wave is not all of the edge."),
        ),
        {
            "all": "Yes, all the way",
            "closer": "It comes closer, but stays above",
            "same": "No, further factors do not help at all",
        },
    ),
    Question(
        "11-bilinear",
        "residual",
        "Now the world is a product, and MF with k = 1 has found it. A network of many weights is trained on what is "
        "left. How much of MF's remaining error will it remove on *held-out* ratings?",
        lambda: _product().size,
        _stopped,
        (
            "What is left of a rating once MF has said all but the noise?",
            "Can noise in held-out ratings be predicted from others?",
            "No. The network can only learn the noise of the training ratings.",
        ),
        (
            Mistake(lambda: "half", "That is what it does where there is an edge to find. Here MF says it all."),
            Mistake(lambda: "little", "Not even that can be told apart from luck."),
        ),
        {"none": "Nothing beyond luck", "little": "A few percent", "half": "About half"},
    ),
    Question(
        "11-real-share",
        "residual",
        "Real films: how much of the squared error that MF leaves will the network remove on held-out ratings?",
        lambda: _films().size,
        lambda: (
            f"**{_films().test.explained:.1%}**: RMSE {_films().test.mf:.4f} becomes {_films().test.both:.4f}, a fall "
            f"of {_films().test.fall / _films().test.error:.1f} standard errors. Real, and small: the notes say that "
            "there may be nothing left, and there is little."
        ),
        (
            "Most of what MF leaves of a real rating is mood, mistakes and half stars.",
            "No model can predict those.",
            "Products, sums and λ have taken nearly all that there is.",
        ),
        (
            Mistake(lambda: "half", "In the planted world with a limit it does. Real tastes have no such edge."),
            Mistake(lambda: "none", "A little is there, several standard errors of it."),
        ),
        {"none": "Nothing beyond luck", "little": "A few percent at most", "half": "About half"},
    ),
    Question(
        "11-first-step",
        "residual",
        "The last layer starts at 0, so the network says 0. In the very first step, which of its weights have a slope "
        "other than 0 (λ aside)?",
        _first_moved,
        lambda: (
            "Backward, the slope arrives at the last layer with its inputs: $\\partial J/\\partial A_L = h^\\top g$, "
            "and $h$ is not 0. From there it goes on multiplied by $A_L = 0$. After one step $A_L$ is no longer 0, "
            "and the layers below begin to move."
        ),
        (
            "What is $\\partial J/\\partial A$ of a dense layer, and what is $\\partial J/\\partial x$?",
            "One is $x^\\top g$, the other $g A^\\top$.",
            "With $A = 0$ the second is 0, and that is all the layers below ever hear.",
        ),
        (
            Mistake(
                lambda: "nothing", "Then it could never learn. The last layer's slope needs its inputs, not itself."
            ),
            Mistake(lambda: "all", "The slope of what lies below passes through the last layer, which is 0."),
        ),
        {"nothing": "None of them", "last": "The last layer's alone", "all": "All of them"},
    ),
    Question(
        "11-slip",
        "residual",
        "The notes write the network's target as $\\hat r - \\text{MF}(x)$. Train on that from a network that says 0 "
        "(no charge for weights). What does it end up saying?",
        _slipped,
        lambda: (
            "$\\hat r$ is the whole prediction, so $\\hat r - \\text{MF} = \\text{ANN}$: the target is what the "
            "network says. It never misses, every slope is exactly 0, and it says 0 for ever."
        ),
        (
            "Put $\\hat r = \\text{MF} + \\text{ANN}$ into the target.",
            "The target is the network's own output. How large is the miss?",
            "Misses of 0 have slopes of 0.",
        ),
        (
            Mistake(lambda: "rest", "That is what it learns from $r - \\text{MF}$. There is no rating in this target."),
            Mistake(lambda: "half", "Nothing pulls it anywhere: it fits its target perfectly from the start."),
        ),
        {"rest": "What MF leaves of the ratings", "half": "About half of that", "nothing": "0, for ever"},
    ),
    Question(
        "11-layers",
        "residual",
        "With k = 1, $[p_i, q_j]$ holds 4 numbers. The layers are 4 → 32 → 16 → 1, each with its $A$ and its $a$. How "
        "many weights do the layers have in all?",
        _layers,
        lambda: f"$(4 + 1)\\cdot 32 + (32 + 1)\\cdot 16 + (16 + 1)\\cdot 1 = {_layers()}$.",
        (
            "A layer from p to q numbers has a $p \\times q$ matrix and q offsets.",
            "That is $(p + 1)\\,q$.",
            "$5 \\cdot 32 + 33 \\cdot 16 + 17$.",
        ),
        (
            Mistake(lambda: 4 * 32 + 32 * 16 + 16, "Those are the matrices. Each layer has its offsets too."),
            Mistake(lambda: 32 + 16 + 1, "Those are the offsets. Each layer has its matrix too."),
        ),
        tolerance=0.0,
    ),
    Question(
        "11-shares",
        "residual",
        "Both branches are trained together, from random starts, on the world that is a product. Which of these do the "
        "ratings determine?",
        _joint,
        lambda: (
            "The sum. Trained together the network takes over much of what MF could say, and nothing is gained. "
            "Trained in stages, MF has explained everything before the network starts. A large share is no proof of a "
            "nonlinearity: compare with MF alone."
        ),
        (
            "Add a number to one branch and take it off the other. What happens to $\\hat r$?",
            "A network can draw a plane as well as MF can.",
            "J charges both a little, and otherwise sees only $r - \\hat r$.",
        ),
        (Mistake(lambda: "each", "A network can say what a product says, so the border between them is arbitrary."),),
        {"sum": "Only the sum of both shares", "each": "Each branch's share"},
    ),
)
