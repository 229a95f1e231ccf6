"""Chapters 6 to 8: singular values, likelihoods, posteriors."""

from mfview.chapters.entry import Chapter, Scenario

CHAPTERS: tuple[Chapter, ...] = (
    Chapter(
        6,
        "svd",
        "Singular value decomposition",
        "How much of a table do k columns keep, and what if the table is full of holes?",
        "5, 10",
        ("mfcore.svd", "mfcore.impute", "mfcore.fills", "mfcore.lowrank", "mfcore.rotation", "mfcore.rivals"),
        ":material/blur_on:",
        (
            Scenario(
                "One triplet after the other",
                "At k = 1 the picture is one column times one row. Step k up with the arrow keys: what arrives first, "
                "what comes last, and what does each triplet look like by itself?",
                {"k": "1"},
            ),
            Scenario(
                "Half of a picture",
                "The same holes filled with zeros, with means, and again and again with what was predicted: four "
                "answers, one picture each (E9).",
                {"view": "Holes (E9)", "k": "10"},
            ),
            Scenario(
                "Axes that are genres, and axes that are not",
                "In planted data five genres were put in, and varimax brings them out. Then choose ml-small, with "
                "biases: axes load on fewer films, and agree with genres hardly better than by chance (E10).",
                {"view": "Axes turn (E10)", "data": "planted", "fit": "without"},
            ),
        ),
    ),
    Chapter(
        7,
        "pmf",
        "Probabilistic factorization",
        "Why squares, and where does λ come from?",
        "11",
        ("mfcore.pmf", "mfcore.ascent", "mfcore.surface", "mfcore.growth"),
        ":material/landscape:",
        (
            Scenario(
                "Two mountains, one rating",
                "One rating of 4, w and u both unknown: a whole curve is likeliest. The prior leaves two points of it, "
                "and takes λσ² off the rating. Raise λ until the two peaks merge at 0.",
                {"view": "Two parameters", "plane": "one rating, w and u", "prior": "5"},
            ),
            Scenario(
                "Steps too long",
                "Bo has more ratings, so the hill is steeper, and steps that worked for Fatou diverge. The plot shows "
                "the path up to that point. Take η = 0.01, and let each step look at one rating.",
                {"view": "Two parameters", "user": "Bo", "rate": "0.1"},
            ),
            Scenario(
                "A prior that is certain of nothing",
                "On planted ratings σ and λ, learnt too, settle near the truth. Then choose ml-small: the log "
                "posterior climbs to infinity, and the predictions get worse.",
                {"view": "σ and λ learnt (E4)", "data": "planted"},
            ),
        ),
    ),
    Chapter(
        8,
        "bayesian_mf",
        "Bayesian factorization",
        "How sure is a prediction, and how would you find out whether it is right to be?",
        "12",
        ("mfcore.bpmf", "mfcore.chain", "mfcore.predictive", "mfcore.calibration", "mfcore.diagnostics"),
        ":material/query_stats:",
        (
            Scenario(
                "A film that three people rated",
                "The same user, and a film about which next to nothing is known: the blue histogram is twice as wide "
                "as that of *Alien*. The orange one hardly changes, because most of it is noise.",
                {"user": "218", "item": "The Eye (Gin gwai) (Jian gui) (2002)"},
            ),
            Scenario(
                "Intervals that keep their word",
                "Eight of ten held-out ratings lie inside the 80% intervals. Those that MAP would give from its "
                "training error hold fewer than they promise, at every level.",
                {"view": "Do they keep their word?"},
            ),
            Scenario(
                "A factor that never settles",
                "The chains agree about the prediction at once. σ takes longer: after the burn-in it is still coming "
                "down, and R̂ says so. They will never agree about the first entry of w: its sign and its axis are "
                "free (E10).",
                {"view": "Chains"},
            ),
        ),
    ),
)
