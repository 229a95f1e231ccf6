"""Questions of chapter 1: cells, ratings, and the numbers that take their place (notes §1, 2, 18)."""

from functools import cache

from mfcore import Ratings, data, storage
from mfview.question import Mistake, Question

N, M, n, k = storage.NOTES.N, storage.NOTES.M, storage.NOTES.n, storage.NOTES.k
MILLION = 1e6
SIZES = f"{N:,} users, {M:,} films"

WHO, FILM = "Fatou", "Wrong Tuba"


@cache
def _tiny() -> Ratings:
    return data.load("tiny")[0]


def _row() -> dict[int, float]:
    R = _tiny()
    j, r = R.of_user(R.user_ids.tolist().index(WHO))
    return dict(zip(j.tolist(), r.tolist(), strict=True))


def _drawn() -> str:
    row = _row()
    cells = [f"{row[j]:g}" if j in row else "·" for j in range(_tiny().M)]
    return f"`{'  '.join(cells)}`"


def _three() -> Ratings:
    return Ratings.from_arrays(["Ana", "Ana", "Bo"], ["Goat Holiday", FILM, FILM], [4.0, 0.0, 2.5])


def _largest_k() -> float:
    return int(storage.break_even(storage.NOTES))


QUESTIONS = (
    Question(
        "01-density",
        "ratings_matrix",
        f"{SIZES}, {n / MILLION:g} million ratings. What **percentage** of the cells is known?",
        lambda: 100 * n / storage.cells(storage.NOTES),
        lambda: f"{n:,} of {storage.cells(storage.NOTES):,} cells: fewer than one in a hundred.",
        (
            "The table has one cell for every pair of a user and a film.",
            "Divide the ratings by $N \\cdot M$.",
            f"$N \\cdot M$ is {storage.cells(storage.NOTES) / 1e9:.2f} billion. The answer is below 1.",
        ),
        (
            Mistake(
                lambda: n / storage.cells(storage.NOTES),
                "That is the share as a fraction. The question asks for a percentage: multiply by 100.",
            ),
            Mistake(
                lambda: 100 * n / (N + M),
                "You divided by $N + M$. A table has $N \\cdot M$ cells, one for every pair.",
            ),
            Mistake(lambda: n / N, "That is the mean number of ratings per user. Divide by all cells, $N \\cdot M$."),
            Mistake(
                lambda: 100 - 100 * n / storage.cells(storage.NOTES),
                "That is the share of the cells that are missing.",
            ),
        ),
        tolerance=0.01,
        unit="%",
    ),
    Question(
        "01-parameters",
        "ratings_matrix",
        f"{SIZES}, $k = {k}$. How many **million** numbers do $W$ and $U$ hold together?",
        lambda: storage.parameters(storage.NOTES) / MILLION,
        lambda: (
            f"$Nk + Mk = (N + M)\\,k$ is {storage.parameters(storage.NOTES):,}, "
            f"about 1/{n / storage.parameters(storage.NOTES):.0f} of the number of ratings."
        ),
        (
            f"$W$ is a table of {N:,} rows and {k} columns.",
            "$U$ has one row for each film, and as many columns as $W$.",
            "Add the two sizes: $Nk + Mk$.",
        ),
        (
            Mistake(
                lambda: N * M * k / MILLION,
                "You multiplied $N \\cdot M \\cdot k$. The two sizes are added: $(N + M)\\,k$.",
            ),
            Mistake(lambda: N * M / MILLION, "That is the full table $N \\cdot M$, which is never formed."),
            Mistake(lambda: N * k / MILLION, "That is $W$ alone. $U$ holds $Mk$ more."),
            Mistake(lambda: M * k / MILLION, "That is $U$ alone. $W$ holds $Nk$ more."),
            Mistake(lambda: (N + M) / MILLION, "That is one number for every user and film. Each has $k$ of them."),
        ),
        unit="million",
    ),
    Question(
        "01-largest-k",
        "ratings_matrix",
        f"{SIZES}, {n / MILLION:g} million ratings. Up to which whole $k$ do $W$ and $U$ hold no more numbers than "
        "there are ratings?",
        _largest_k,
        lambda: f"$n / (N + M)$ is {storage.break_even(storage.NOTES):.1f}, so $k$ = {_largest_k():.0f} is the last.",
        (
            "Write down how many numbers $W$ and $U$ hold for any $k$.",
            "Solve $(N + M)\\,k \\le n$ for $k$.",
            f"Divide {n:,} by {N + M:,} and round down.",
        ),
        (
            Mistake(lambda: _largest_k() + 1, "Round down: at this $k$ the tables are larger."),
            Mistake(lambda: n // N, "You divided by $N$ alone. The films need their vectors too: $N + M$."),
            Mistake(lambda: n // M, "You divided by $M$ alone. The users need their vectors too: $N + M$."),
            Mistake(lambda: k, "That is the $k$ of the notes. There is room for far more."),
        ),
        tolerance=0.0,
    ),
    Question(
        "01-zero",
        "ratings_matrix",
        f"Ana gave *Goat Holiday* 4 and *{FILM}* 0; Bo gave *{FILM}* 2.5. How many ratings are there, $|\\Omega|$?",
        lambda: _three().n,
        lambda: "A pair that is stored was rated, whatever its value. Ana has seen the film and gave it 0 stars.",
        (
            "A rating is a pair that was observed, with a value.",
            "Is a 0 that somebody gave the same as a cell that nobody filled?",
            "Count the pairs. Do not look at the values.",
        ),
        (
            Mistake(
                lambda: float((_three().r != 0).sum()),
                "You left out the 0. It was given, so it counts: whether a rating is missing is read from the "
                "structure, never from the value.",
            ),
            Mistake(
                lambda: float(_three().N * _three().M),
                "That is all the cells. Bo has not rated *Goat Holiday*.",
            ),
        ),
        tolerance=0.0,
    ),
    Question(
        "01-psi",
        "ratings_matrix",
        f"{WHO}'s row of the tiny table is {_drawn()}. How many elements does $\\Psi_i$ have for this user?",
        lambda: len(_row()),
        lambda: "$\\Psi_i$ is the set of films that user $i$ rated, and $|\\Psi_i|$ is their number.",
        (
            "$\\Psi_i$ is a set of films, not of ratings' values.",
            "A dot is a film without a rating.",
            "Count the numbers in the row.",
        ),
        (
            Mistake(lambda: _tiny().M, "That is $M$, all the films. $\\Psi_i$ holds those that this user rated."),
            Mistake(lambda: _tiny().M - len(_row()), "Those are the holes. $\\Psi_i$ holds the others."),
        ),
        tolerance=0.0,
    ),
)
