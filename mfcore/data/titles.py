"""Invented film titles: a beginning and an end for each genre of notes §3, put together so that no two are equal."""

from itertools import product

import numpy as np

GENRES = ("action", "comedy", "romance", "horror", "animation")

_PARTS = {
    "action": (
        "Copper|Granite|Redline|Northbound|Ninth|Falcon|Saltwater|Burning|Thunder|Broken|Amber|Winter|Borrowed|Desert",
        "Convoy|Harbour|Signal|Pursuit|Outpost|Cargo|Frontier|Protocol|Ransom|Summit|Gambit|Courier|Runway|Turbine",
    ),
    "comedy": (
        "The Wrong|My Uncle's|Grandma's Other|The Reluctant|The Mayor's|Nobody's|Our Neighbour's|One More|Half a"
        "|The Accidental|Somebody's|A Perfectly Good|The Unlikely|Not My",
        "Trombone|Goat|Casserole|Caravan|Bookkeeper|Parrot|Lawnmower|Choir|Moustache|Picnic|Sofa|Tuba|Wedding Cake"
        "|Marathon",
    ),
    "romance": (
        "Letters to|A Waltz in|Rain over|Lanterns over|A Window on|The Ferry to|Evenings in|Apricots in|Tea in"
        "|The Florist of|A Bench in|Slow Train to|First Snow in|Postcards from",
        "Marigold Bay|Elder Street|Saint Orla|Lindenau|Pomegranate Hill|Willow Quay|Old Varna Road|Petrel Island"
        "|Rosmarin Square|Calle Luna|Juniper Lane|Bellamar|Quince Court|Harrow Bridge",
    ),
    "horror": (
        "The Hollow|The Drowned|The Whispering|Beneath the|The Crooked|Behind the|The Patient|It Came up the|The Sunken"
        "|The Unlit|Never Enter the|The Thirteenth|The Hungry|Alone in the",
        "Cellar|Orchard|Belfry|Marsh|Staircase|Chapel|Well|Greenhouse|Corridor|Mill|Nursery|Lift|Quarry|Boathouse",
    ),
    "animation": (
        "Pip and the|Captain Noodle and the|The Hedgehog and the|Little Lumi and the|Otto's|Professor Penguin and the"
        "|The Sleepy|Once upon a|Biscuit and the|The Flying|Mina and the|The Smallest|The Snail and the|The Singing",
        "Paper Dragon|Cloud Bakery|Lost Balloon|Moon Tram|Teapot|Jelly Castle|Umbrella|Star Kite|Button Forest"
        "|Velvet Whale|Acorn|Marble River|Toy Lighthouse|Snow Piano",
    ),
}


def invent(genres: list[str], rng: np.random.Generator) -> list[str]:
    """One title for each of these genres, all different; sequels (2, 3, …) once a genre's combinations run out."""
    waiting = {genre: _shuffled(genre, rng) for genre in dict.fromkeys(genres)}
    given = dict.fromkeys(waiting, 0)
    titles = []
    for genre in genres:
        volume, place = divmod(given[genre], len(waiting[genre]))
        titles.append(waiting[genre][place] + (f" {volume + 1}" if volume else ""))
        given[genre] += 1
    return titles


def _shuffled(genre: str, rng: np.random.Generator) -> list[str]:
    first, second = (part.split("|") for part in _PARTS[genre])
    combinations = [f"{a} {b}" for a, b in product(first, second)]
    return [combinations[t] for t in rng.permutation(len(combinations))]
