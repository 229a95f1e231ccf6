"""Chapters 9 to 13: the same factors as embeddings and networks, and an honest test of them all."""

from mfview.chapters.entry import Chapter, Scenario

CHAPTERS: tuple[Chapter, ...] = (
    Chapter(
        11,
        "residual",
        "Residual learning",
        "What is left once products have said all they can, and who can say it?",
        "15",
        ("mfcore.residual", "mfcore.branches", "mfcore.data.worlds"),
        ":material/merge:",
        (
            Scenario(
                "An edge that products blur",
                "Truth is an edge between what people like and what is too much for them. MF draws a slope; the "
                "network's share is what sharpens it. Then raise k: MF draws finer waves, and leaves less to do.",
                {"view": "Two worlds", "world": "a limit"},
            ),
            Scenario(
                "A large share that proves nothing",
                "A world that is a product, both branches trained together: the network says a good part of every "
                "rating, and the error is no lower than MF's alone. Now train in stages.",
                {"view": "Two worlds", "world": "a product", "trained": "together"},
            ),
            Scenario(
                "A target without a rating in it",
                "Trained on r̂ − MF, as the notes write it, the network never misses and never learns (E6).",
                {"view": "A slip (E6)"},
            ),
        ),
    ),
)
