"""Chapters 9 to 13: the same factors as embeddings and networks, and an honest test of them all."""

from mfview.chapters.entry import Chapter, Scenario

CHAPTERS: tuple[Chapter, ...] = (
    Chapter(
        9,
        "embeddings",
        "Embeddings",
        "How does a word, or a film, become a list of numbers, and what can be read off it?",
        "13",
        ("mfcore.words", "mfcore.nearness", "mfcore.nn", "mfcore.interpret"),
        ":material/scatter_plot:",
        (
            Scenario(
                "Right for the wrong reason",
                "With a window of 1 a name sees only its adjective and its verb: age, but no palace and no her. Four "
                "words fall on nearly the same spot, and yet queen wins, because the rule excludes every other "
                "candidate. Widen h.",
                {"view": "King − man + woman", "window": "1"},
            ),
            Scenario(
                "Two dimensions for three features",
                "At k = 2 the loudest patterns of the table fill both columns: the slots of the sentences, and the "
                "weather. Step k up: when does the queen arrive, and when does the last of the 48?",
                {"view": "King − man + woman", "k": "2"},
            ),
            Scenario(
                "A story about films, counted",
                "You can always pick three films that make a fine sum. Answer the question below them: how many sums "
                "work, and how many would by chance? Then choose planted films.",
                {"view": "Film − film + film", "data": "ml-small"},
            ),
        ),
    ),
    Chapter(
        10,
        "mf_as_network",
        "Factorization as a network",
        "What does a network make of the same two tables, and what does its way of learning cost?",
        "14",
        ("mfcore.embedding", "mfcore.nn", "mfcore.descent"),
        ":material/hub:",
        (
            Scenario(
                "A step too far",
                "Press Step: η = 0.5 carries the prediction past the rating, and further away than it began. A few "
                "steps later the tables diverge, and the last good ones are kept. Then take η = 0.1.",
                {"rate": "0.5"},
            ),
            Scenario(
                "The same descent, twice",
                "Momentum at η = 0.03 goes where SGD goes at 0.3: steps that agree add up to ten times as much. "
                "Compare its valley of rates with that of SGD, and then with Adam's.",
                {"view": "Learning rate", "optimizer": "momentum", "rate": "0.03"},
            ),
            Scenario(
                "By the clock",
                "By epochs Adam is not far behind ALS. By seconds it is: an epoch is hundreds of small steps, one "
                "after the other, and a sweep is one product and a small solve for every row.",
                {"view": "Descent against ALS", "by": "seconds"},
            ),
        ),
    ),
    Chapter(
        11,
        "residual",
        "Residual learning",
        "What is left once products have said all they can, and can a network predict it?",
        "15",
        ("mfcore.residual", "mfcore.branches", "mfcore.data.worlds"),
        ":material/merge:",
        (
            Scenario(
                "An edge that products blur",
                "The truth is an edge between what people like and what is too much for them. MF draws a slope; the "
                "network's share is what sharpens it. Then raise k: MF draws finer waves, and leaves less to do.",
                {"view": "Two worlds", "world": "a limit"},
            ),
            Scenario(
                "A large share that proves nothing",
                "A world that is a product, both branches trained together: the network contributes a good part of "
                "every rating, and the error is no lower than MF's alone. Now train in stages.",
                {"view": "Two worlds", "world": "a product", "trained": "together"},
            ),
            Scenario(
                "A target without a rating in it",
                "Trained on r̂ − MF, as the notes write it, the network never misses and never learns (E6).",
                {"view": "A slip (E6)"},
            ),
        ),
    ),
    Chapter(
        12,
        "autoencoder",
        "Autoencoders",
        "What does a network learn when all it has to do is reproduce its input?",
        "16, 17, 18",
        ("mfcore.autorec", "mfcore.denoise", "mfcore.trials", "mfcore.nn"),
        ":material/repeat:",
        (
            Scenario(
                "Nine tenths of a face",
                "One pixel in ten is left. The network trained without noise passes the holes on; one trained with "
                "three quarters hidden still finds eyes, mouth and light. Then try less damage.",
                {"view": "Pictures", "share": "90", "noise": "0.75"},
            ),
            Scenario(
                "A code of one number",
                "All that is known of a user is one number, and still the held-out ratings are predicted better than "
                "by μ. Double the hidden size, and again: where does the test error stop falling?",
                {"hidden": "1"},
            ),
            Scenario(
                "The majority of holes",
                "No mask, nothing subtracted: more than sixty holes for every rating say 0 stars. Look where "
                "the purple predictions lie, and where the ratings do.",
                {"view": "The mask", "hidden": "50"},
            ),
            Scenario(
                "Where noise does not help",
                "With films as rows noise pays off: most have few ratings, and those are learnt by heart. Here users "
                "are the rows. The two curves come closer here too, but the test curve barely falls.",
                {"view": "Dropout", "by": "a user"},
            ),
        ),
    ),
    Chapter(
        13,
        "test_error",
        "An honest test",
        "How do you find out what a model knows of ratings it has never seen?",
        "19",
        ("mfcore.trap", "mfcore.leaks", "mfcore.contest", "mfcore.entrants"),
        ":material/fact_check:",
        (
            Scenario(
                "As wide as its input",
                "As many hidden units as columns: the framework's loss is 0, and the test error is that of μ. Move h "
                "down and watch the two errors part ways at the star.",
                {"hidden": "120"},
            ),
            Scenario(
                "Noise takes the copy away",
                "The same full width, trained with part of its input dropped. The framework's loss gets worse and "
                "worse while the predictions get better.",
                {"capacity": "noise on the input", "rho": "0.6"},
            ),
            Scenario(
                "A curve that turns",
                "Embeddings learn fast and then go on to learn by heart. The dots mark where training stopped, without "
                "looking at this curve. Compare Bayesian MF, whose mean of draws never turns.",
                {"view": "Every model", "curve": "embeddings"},
            ),
        ),
    ),
)
