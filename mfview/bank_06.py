"""Questions of chapter 6: what k triplets take and lose, what holes do, what an axis means (notes §5, 10; E8–E10)."""

from functools import cache

import numpy as np

from mfcore import Ratings, als, fills, interpret, lowrank, rivals, svd
from mfcore.data import picture
from mfview.question import Mistake, Question

K = 8
VALUES = (3.0, 2.0, 1.0)
N, M = picture.HEIGHT, picture.WIDTH
HALF = 4.0


def _numbers() -> float:
    """Numbers in the two tables of the picture at rank K."""
    W, U = lowrank.folded(lowrank.decomposed(picture.lighthouse()).first(K))
    return float(W.size + U.size)


def _lost() -> float:
    """‖X − X_1‖²_F of a matrix with the singular values VALUES."""
    X = interpret.rotation(3, 0) @ np.diag(VALUES) @ interpret.rotation(3, 1)
    W, U = lowrank.folded(lowrank.decomposed(X).first(1))
    return round(rivals.distance("SVD", 1, X, W @ U.T).frobenius ** 2, 10)


@cache
def _half_empty() -> float:
    """What rank 1 says of a table of equal ratings, half of them known, with zeros in the holes: the mean over all."""
    rng = np.random.default_rng(0)
    seen = np.concatenate([(np.arange(40) + shift) % 40 < 20 for shift in range(40)]).reshape(40, 40)
    i, j = np.nonzero(seen[rng.permutation(40)])
    R = Ratings.from_codes(i, j, np.full(len(i), HALF), np.arange(40), np.arange(40))
    s = svd.fit_at_once(R, svd.Config(k=1, fill=fills.zeros))
    return round(float(svd.predict(s, *np.indices((40, 40))).mean()), 10)


@cache
def _nearer() -> str:
    """Whether ALS, given many sweeps on a full matrix, comes below truncated SVD."""
    X = np.random.default_rng(0).standard_normal((12, 8))
    by = {d.name: d.frobenius for d in rivals.on_a_full_matrix(X, (3,), sweeps=(300,))}
    best, other = by["SVD"], by["ALS, 300 sweeps"]
    return "equal" if abs(other - best) < 1e-6 * best else "below" if other < best else "above"


@cache
def _unchanged() -> str:
    """What a rotation of all factors leaves as it is."""
    rng = np.random.default_rng(0)
    s = als.State(0, rng.standard_normal((5, 3)), rng.standard_normal((4, 3)), np.zeros(5), np.zeros(4), 3.0)
    t = interpret.turned(s, interpret.rotation(3, 1))
    same = {
        "prediction": np.allclose(als.predict(s, 1, 2), als.predict(t, 1, 2)),
        "product": np.allclose(interpret.contributions(s.W[1], s.U[2]), interpret.contributions(t.W[1], t.U[2])),
        "end": np.array_equal(interpret.extremes(s.U, 0, 4)[0], interpret.extremes(t.U, 0, 4)[0]),
    }
    return next(word for word, kept in same.items() if kept)


QUESTIONS = (
    Question(
        "06-numbers",
        "svd",
        f"A picture of {N} × {M} grey values is kept at rank $k = {K}$, with $S$ folded into $U$. How many numbers are "
        "stored?",
        _numbers,
        lambda: f"$k(N + M) = {K} \\cdot ({N} + {M}) = {_numbers():,.0f}$, against {N * M:,} cells.",
        (
            "Two tables are stored. What is the shape of each?",
            f"$W = US$ has {N} rows, $V$ has {M}, and both have {K} columns.",
            f"${K} \\cdot {N} + {K} \\cdot {M}$.",
        ),
        (
            Mistake(lambda: float(N * M), "That is the whole picture. At rank k only two thin tables are kept."),
            Mistake(lambda: float(K * N * M), f"The {K} triplets are added up, and none is stored as {N} × {M}."),
            Mistake(
                lambda: float(K * N),
                "That is one of the two tables. The other has one row for each column of the picture.",
            ),
            Mistake(
                lambda: float(K * M),
                "That is one of the two tables. The other has one row for each row of the picture.",
            ),
            Mistake(
                lambda: float(K * (N + M) + K),
                f"Those are the three tables with the {K} singular values apart. Folded in, they take no room.",
            ),
            Mistake(lambda: float(K * (N + M) + K**2), "S is diagonal, and here it is folded into the left table."),
        ),
        tolerance=0.0,
    ),
    Question(
        "06-index",
        "svd",
        f"A matrix has the singular values {', '.join(f'{s:g}' for s in VALUES)}. How large is $\\|X - X_1\\|_F^2$, "
        "the squared error of its best approximation of rank 1?",
        _lost,
        lambda: f"The singular values left out, squared and added: ${VALUES[1]:g}^2 + {VALUES[2]:g}^2 = {_lost():g}$.",
        (
            "Which triplets are left out at $k = 1$?",
            "They are at right angles to one another, so their squares add up.",
            "$s_2^2 + s_3^2$.",
        ),
        (
            Mistake(lambda: VALUES[1] + VALUES[2], "Squares add up where things are at right angles, not the values."),
            Mistake(lambda: VALUES[0] ** 2, "That is what is kept."),
            Mistake(lambda: float(sum(s**2 for s in VALUES)), "That is all of $\\|X\\|_F^2$. One triplet is kept."),
            Mistake(lambda: VALUES[1], "That is the worst direction, $\\|X - X_1\\|_2 = s_2$. Here all errors count."),
            Mistake(
                lambda: round(float(np.hypot(VALUES[1], VALUES[2])), 2), "You took the root. The square was asked for."
            ),
        ),
    ),
    Question(
        "06-zeros",
        "svd",
        f"Everybody gives every film {HALF:g} stars, and half of the cells are known, the same number in every row and "
        "column. The holes are filled with 0. What does rank 1 predict, on average over all cells?",
        _half_empty,
        lambda: (
            f"The filled matrix is {HALF:g} in half of its cells and 0 in the others, and rank 1 finds their mean, "
            f"{_half_empty():g}. A hole was taken for the worst rating there is (E9)."
        ),
        (
            "To SVD a filled hole is a cell like any other.",
            "With equal rows and columns, the best single pattern is the same number everywhere.",
            f"The mean of {HALF:g} and 0.",
        ),
        (
            Mistake(lambda: HALF, "That would be right if the holes did not count. SVD charges for every cell."),
            Mistake(lambda: 0.0, "Half of the cells pull up: the best single number lies between."),
            Mistake(lambda: HALF / np.sqrt(2), "The root of the mean square does not come nearest; the mean does."),
        ),
        tolerance=0.05,
        unit="stars",
    ),
    Question(
        "06-best",
        "svd",
        "A matrix without holes; $k = 3$. ALS without λ alternates for hundreds of sweeps. How does its error over all "
        "cells compare with that of truncated SVD?",
        _nearer,
        lambda: (
            "On a full matrix both minimise the same sum, and SVD is its lowest point (Eckart and Young): ALS comes "
            "down to it and never below."
        ),
        (
            "What does each of the two minimise, if no cell is missing?",
            "Truncated SVD is the best there is at rank k.",
            "ALS can only come near to it from above, and with enough sweeps it gets there.",
        ),
        (
            Mistake(lambda: "below", "Nothing of rank k can be below: truncated SVD is the minimum itself."),
            Mistake(lambda: "above", "After a few sweeps, yes. After hundreds the difference is gone."),
        ),
        {"equal": "They become equal", "below": "ALS ends below SVD", "above": "ALS stays clearly above SVD"},
    ),
    Question(
        "06-axes",
        "svd",
        "$W$ and $U$ are multiplied by the same rotation $Q$. What stays exactly as it was?",
        _unchanged,
        lambda: (
            "$(WQ)(UQ)^\\top = WQQ^\\top U^\\top = WU^\\top$: predictions never change. Everything said of a single "
            "axis does (E10)."
        ),
        (
            "Write out $(WQ)(UQ)^\\top$.",
            "$QQ^\\top = I$ stands in the middle.",
            "It is about the sum over all axes, not about one of them.",
        ),
        (
            Mistake(lambda: "product", "Each single product changes. Their sum does not."),
            Mistake(lambda: "end", "Other axes have other ends: that is why an axis means nothing by itself."),
        ),
        {
            "prediction": "Every prediction",
            "product": "Every product of a user's and a film's entry on one axis",
            "end": "The films at the ends of axis 1",
        },
    ),
)
