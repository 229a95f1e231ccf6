"""Chapters 14 and 15: one person more, and many more ratings."""

from mfview.chapters.entry import Chapter, Scenario

CHAPTERS: tuple[Chapter, ...] = (
    Chapter(
        14,
        "you",
        "You",
        "You rate a few films: what does the model make of you, why does it say so, and how sure is it?",
        "3, 4, 12",
        ("mfcore.fold_in", "mfcore.interpret"),
        ":material/person:",
        (
            Scenario(
                "Nobody yet",
                "With nothing rated the list is everybody's. Put one film on the shelf, and all ten move at once.",
                {"rated": "none"},
            ),
            Scenario(
                "Loves Titanic, gets asteroids",
                "A shelf of love stories, and by *most yours* the list begins with *Independence Day* and "
                "*Armageddon*: to these raters they are all blockbusters. The axes are nobody's genres.",
                {"rated": "597:5 1721:5 587:5 539:4 296:1 2571:2 2959:1 1214:2", "by": "wᵀu, most yours"},
            ),
            Scenario(
                "A rating nobody needed",
                "*Chinatown* got a 3, almost a star below everybody, and speaks against *Apocalypse Now* by 0.12. Take "
                "it away, and nothing moves: the other ratings had foreseen that 3.",
                {
                    "view": "Why this film?",
                    "rated": "597:5 1721:5 587:5 539:4 296:1 2571:2 2959:1 1214:2 1252:3",
                    "item": "Apocalypse Now (1979)",
                    "without": "Chinatown (1974)",
                },
            ),
        ),
    ),
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
