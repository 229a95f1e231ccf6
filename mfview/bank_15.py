"""Questions of chapter 15: what grows how, and what the full table would cost (notes §1, 2, 6, 18)."""

from dataclasses import replace

from mfcore import scaling, storage
from mfview.question import Mistake, Question

SIZE = storage.NOTES
TWICE = replace(SIZE, N=2 * SIZE.N, M=2 * SIZE.M)
SIZES = f"{SIZE.N:,} users, {SIZE.M:,} films, {SIZE.n / 1e6:g} million ratings, $k = {SIZE.k}$"


def _ratio(**changed: int) -> float:
    """How many times the multiplications of the notes' sweep another size takes."""
    return scaling.operations(replace(SIZE, **changed)) / scaling.operations(SIZE)


def _dense() -> float:
    return storage.cells(TWICE) / storage.cells(SIZE)


QUESTIONS = (
    Question(
        "15-n-doubles",
        "at_scale",
        f"{SIZES}. The same users rate as many films again: $n$ doubles. How many **times** the multiplications does "
        "a sweep take?",
        lambda: _ratio(n=2 * SIZE.n),
        lambda: (
            f"{_ratio(n=2 * SIZE.n):.2f}: nearly all of the work is done once for every rating, and only solving the "
            "$N + M$ systems stays as it was. On log axes that is a line of slope 1, the same for every rung."
        ),
        (
            "The cost is $2n(k^2 + k) + (N + M)\\,k^3/3$. In which part does $n$ stand?",
            "Compare the two parts: $n$ is far larger than $N + M$.",
            "If the second part were nothing at all, the answer would be exactly 2.",
        ),
        (
            Mistake(lambda: 4.0, "That would be a cost like $n^2$, as if every rating met every other one."),
            Mistake(lambda: 1.0, "Every rating has to be looked at in every sweep, so more of them take longer."),
        ),
        tolerance=0.05,
        unit="times",
    ),
    Question(
        "15-k-doubles",
        "at_scale",
        f"{SIZES}. Now $k$ doubles, to {2 * SIZE.k}. How many **times** the multiplications?",
        lambda: _ratio(k=2 * SIZE.k),
        lambda: (
            f"{_ratio(k=2 * SIZE.k):.2f}: each rating adds a $k \\times k$ matrix, so the work grows like $k^2$, and "
            "solving, which grows like $k^3$, is still too small a part to show."
        ),
        (
            "What does one rating add to $A$, and how many numbers is that?",
            f"$k^2 + k$ at {2 * SIZE.k}, divided by $k^2 + k$ at {SIZE.k}.",
            "A little below 4.",
        ),
        (
            Mistake(
                lambda: 2.0,
                "$W$ and $U$ double. But a rating adds a whole matrix $u_j u_j^\\top$, with $k$ times $k$ entries.",
            ),
            Mistake(
                lambda: 8.0,
                "That is how solving one system grows, $k^3$. Building the systems takes most of the time.",
            ),
        ),
        tolerance=0.2,
        unit="times",
    ),
    Question(
        "15-both-double",
        "at_scale",
        f"{SIZE.N:,} users and {SIZE.M:,} films. A few years on there are twice as many users, films and ratings. "
        "How many **times** the bytes does the full table take?",
        _dense,
        lambda: (
            f"{_dense():.0f} times: rows times columns. What is stored only doubles, so the share of cells that are "
            f"known falls from {SIZE.n / storage.cells(SIZE):.2%} to {2 * SIZE.n / storage.cells(TWICE):.2%}. Growing "
            "tables get emptier, and the full one gets ever further out of reach."
        ),
        (
            "How many cells does a table of N rows and M columns have?",
            "The number of ratings does not matter to a full table.",
            "$2N \\cdot 2M$, divided by $N \\cdot M$.",
        ),
        (
            Mistake(lambda: 2.0, "That is how the ratings grow. A full table has a cell for every pair."),
            Mistake(lambda: 8.0, "The ratings are no third direction: a table has rows and columns only."),
            Mistake(lambda: 1.0, "There are more rows and more columns, and every new cell takes its bytes."),
        ),
        tolerance=0.0,
        unit="times",
    ),
    Question(
        "15-every-cell",
        "at_scale",
        f"{SIZES}. Somebody fills the holes with zeros and sweeps over every cell. How many **times** the "
        "multiplications is that?",
        lambda: _ratio(n=storage.cells(SIZE)),
        lambda: (
            f"About {_ratio(n=storage.cells(SIZE)):.0f} times, one divided by the share of cells that are known. And "
            "the answer would be worse: a hole is not a rating of 0."
        ),
        (
            "Every cell now counts as a rating.",
            "Cost is in proportion to the number of ratings, nearly.",
            "Divide the cells by the ratings.",
        ),
        (
            Mistake(lambda: SIZE.n / storage.cells(SIZE), "That is the share that is known. Invert it."),
            Mistake(lambda: float(SIZE.M), "Nobody has rated just one film. Divide all cells by all ratings."),
            Mistake(
                lambda: _ratio(n=storage.cells(SIZE)) ** 2,
                "The cost grows like $n$, not like $n^2$.",
            ),
        ),
        tolerance=3.0,
        unit="times",
    ),
    Question(
        "15-order",
        "at_scale",
        "The compiled rung adds up the same products as the loop, in another order. How far apart do you expect the "
        "vectors of the two, in float64, relative to their size?",
        lambda: "rounding",
        lambda: (
            "Floating-point addition rounds every sum to 53 bits, so $(a + b) + c$ and $a + (b + c)$ may differ in "
            "the last one. A few hundred additions leave some units in the last place, far below any rating's noise."
        ),
        (
            "Is $(a + b) + c$ always the same number as $a + (b + c)$ on a computer?",
            "A float64 keeps about 16 decimal digits.",
            "Not exactly equal, but nowhere near one percent.",
        ),
        (
            Mistake(
                lambda: "equal",
                "They would be in exact arithmetic. On a computer each sum is rounded, so the order leaves a trace.",
            ),
            Mistake(
                lambda: "percent",
                "That would be another algorithm. These solve the same systems, and only rounding differs.",
            ),
        ),
        options={
            "equal": "Not at all: bit for bit equal",
            "rounding": "About one part in 10¹⁵",
            "percent": "About one part in 100",
        },
    ),
)
