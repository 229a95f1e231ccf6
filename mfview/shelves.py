"""Films to begin with where somebody rates their own (notes §3, 4): shelves as different people might fill them."""

from collections.abc import Mapping, Sequence

import numpy as np

from mfcore import Ratings
from mfcore.rotation import common_genres

FIRST = "A mixed shelf"
REAL: Mapping[str, Mapping[str, float]] = {
    FIRST: {
        "Pulp Fiction (1994)": 5,
        "Fargo (1996)": 5,
        "Fight Club (1999)": 4,
        "The Lord of the Rings: The Fellowship of the Ring (2001)": 3,
        "Titanic (1997)": 2,
        "Independence Day (a.k.a. ID4) (1996)": 2,
        "Pretty Woman (1990)": 2,
        "Ace Ventura: Pet Detective (1994)": 1,
    },
    "Loves romance": {
        "Pretty Woman (1990)": 5,
        "Titanic (1997)": 5,
        "Ghost (1990)": 5,
        "Sleepless in Seattle (1993)": 4,
        "Pulp Fiction (1994)": 1,
        "The Matrix (1999)": 2,
        "Fight Club (1999)": 1,
        "Alien (1979)": 2,
    },
    "Loves space and swords": {
        "Star Wars: Episode IV - A New Hope (1977)": 5,
        "Star Wars: Episode V - The Empire Strikes Back (1980)": 5,
        "The Lord of the Rings: The Fellowship of the Ring (2001)": 5,
        "The Matrix (1999)": 5,
        "Pretty Woman (1990)": 2,
        "Titanic (1997)": 2,
        "Fargo (1996)": 3,
        "American Beauty (1999)": 2,
    },
    "Hates blockbusters": {
        "Independence Day (a.k.a. ID4) (1996)": 1,
        "Armageddon (1998)": 1,
        "Batman Forever (1995)": 1,
        "Twister (1996)": 1,
        "Taxi Driver (1976)": 5,
        "2001: A Space Odyssey (1968)": 5,
        "A Clockwork Orange (1971)": 5,
        "Casablanca (1942)": 4,
    },
}
HALF = 4  # films loved, and films not loved, on a shelf made from genres
GENRES = 3
MOST_LEVELS = 11


def levels(R: Ratings) -> tuple[float, ...]:
    """What a film can be rated with: stars from 1 to 5, or what the ratings say where they are on another scale."""
    low, high = float(R.r.min()), float(R.r.max())
    if low > -2 and 1.5 < float(np.quantile(R.r, 0.99)) < 6.5:
        return (1.0, 2.0, 3.0, 4.0, 5.0)
    given = np.unique(R.r)
    if len(given) > MOST_LEVELS:
        given = np.linspace(low, high, 5)
    return tuple(dict.fromkeys(float(f"{x:.3g}") for x in given))


def shelves(R: Ratings, names: Sequence[str], genres: Sequence[Sequence[str]]) -> dict[str, dict[int, float]]:
    """{what the shelf is called: {item j: rating}}, the first of them to open with.

    names, genres: of each of the M items. Real films where they are all there; else films by genre, the most rated;
    without genres the most rated films, liked and not liked in turn.
    """
    number = {name: j for j, name in enumerate(names)}
    if all(name in number for shelf in REAL.values() for name in shelf):
        return {what: {number[name]: stars for name, stars in shelf.items()} for what, shelf in REAL.items()}
    often = [int(j) for j in np.argsort(-R.items_counts, kind="stable") if R.items_counts[j]]
    scale = levels(R)
    high, low = scale[-1], scale[min(1, len(scale) - 1)]
    found = {}
    for genre in common_genres([genres[j] for j in often[:60]])[:GENRES]:
        has, has_not = ([j for j in often if (genre in genres[j]) == own] for own in (True, False))
        found[f"Loves {genre}"] = dict.fromkeys(has[:HALF], high) | dict.fromkeys(has_not[:HALF], low)
    return found or {FIRST: {j: (high, low)[n % 2] for n, j in enumerate(often[: 2 * HALF])}}
