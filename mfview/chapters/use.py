"""Chapter 15: many more ratings. Chapter 14 is not written yet."""

from mfview.chapters.entry import Chapter, Scenario

CHAPTERS: tuple[Chapter, ...] = (
    Chapter(
        15,
        "at_scale",
        "At scale",
        "How does a sweep over 20 million ratings take a fraction of a second, and not minutes?",
        "1, 18",
        ("mfcore.ladder", "mfcore.scaling", "mfcore.storage", "mfcore.kernels"),
        ":material/speed:",
        (
            Scenario(
                "All the cells against all the ratings",
                "Every rung is set against 3.38 billion cells. Even the fastest spends about a hundred times as long "
                "on the holes as on the ratings.",
                {"view": "3.38 billion cells"},
            ),
            Scenario(
                "The same result, to the last bits",
                "Real films, five dimensions: in float64 and in float32 alike the rungs differ by a few times what "
                "the dotted line marks, the spacing of numbers near 1. Ratings come in half stars.",
                {"view": "The same result", "data": "ml-small"},
            ),
            Scenario(
                "The code that ran",
                "Three loops, then one, then a sparse product. Find the line in which the k × k matrix is built.",
                {"view": "Code", "rung": "product"},
            ),
        ),
    ),
)
