"""Chapters 1 to 5: from the table with holes to two thin tables, their biases and their price."""

from mfview.chapters.entry import Chapter, Scenario

CHAPTERS: tuple[Chapter, ...] = (
    Chapter(
        1,
        "ratings_matrix",
        "The ratings matrix",
        "How do you store, and then fill, a table of which fewer than two cells in a hundred are known?",
        "1, 18",
        ("mfcore.ratings", "mfcore.data", "mfcore.overview", "mfcore.storage"),
        ":material/grid_on:",
        (
            Scenario(
                "The notes' numbers: 130,000 × 26,000",
                "3.38 billion cells, 20 million ratings, and two tables of 1.56 million numbers in their place. "
                "Raise k until the tables are no longer smaller than the ratings.",
                {"view": "Two thin tables", "N": "130000", "M": "26000", "n": "20000000", "k": "10"},
            ),
            Scenario(
                "The same table, sorted",
                "With the busiest users and most rated films first, the ratings crowd into one corner. Nearly all of "
                "the table stays empty.",
                {"order": "by number of ratings"},
            ),
            Scenario(
                "A table that fits on a slide",
                "Six people, eight films, every number in sight: which cells are holes, and which are low ratings?",
                {"data": "tiny"},
            ),
        ),
    ),
    Chapter(
        2,
        "dot_product",
        "Taste times content",
        "What does it mean that a rating is a dot product?",
        "2, 3, 4",
        ("mfcore.interpret",),
        ":material/join_inner:",
        (
            Scenario(
                "Taste against content",
                "Four of the five products are negative: what this person likes, the film lacks. The vectors point in "
                "almost exactly opposite directions.",
                {"u1": "-1.0", "u2": "-1.0", "u3": "1.0", "u4": "0.0", "u5": "-1.0"},
            ),
            Scenario(
                "Other axes, same prediction",
                "W and U are turned by the same rotation. Every product changes, the sum does not: no axis had a "
                "meaning of its own (E10).",
                {"view": "A real user and film", "turn": "true"},
            ),
            Scenario(
                "When short vectors may grow",
                "With λ = 0.1 little holds back the vector of a film with a handful of ratings. Compare the picture "
                "and the two medians with those at λ = 5: the popular films have lost their lead.",
                {"view": "Neighbours", "lam": "0.1"},
            ),
        ),
    ),
    Chapter(
        3,
        "plain_mf",
        "Alternating least squares",
        "How do two random tables turn into tastes and contents, one small equation at a time?",
        "6",
        ("mfcore.als", "mfcore.ridge", "mfcore.run", "mfcore.kernels"),
        ":material/biotech:",
        (
            Scenario(
                "Half a sweep at a time",
                "Press Step and watch J. All of W, then all of U: J falls at every press and never rises, yet the "
                "first two sweeps do nearly all of the work.",
                {"stride": "Half sweep", "step": "6"},
            ),
            Scenario(
                "Fewer ratings than dimensions",
                "Fatou has rated three films, k is 4 and λ is 0: a whole line of vectors fits the three ratings "
                "exactly, and each predicts something different for the other films.",
                {"view": "Too few ratings", "k": "4"},
            ),
            Scenario(
                "Real films without λ",
                "The training error falls as it should. The test error leaves the scale of stars altogether: films "
                "with exactly k ratings are fitted exactly, by vectors thousands of units long.",
                {"view": "Real films", "lam": "0"},
            ),
        ),
    ),
    Chapter(
        4,
        "biases",
        "Biases",
        "How much of a rating can be predicted before anyone's taste comes into it?",
        "7",
        ("mfcore.explained", "mfcore.als"),
        ":material/balance:",
        (
            Scenario(
                "A matter of taste",
                "Titanic: its bias is near 0, its product differs by half a star from rater to rater. The cloud "
                "leans towards the dashed line. Then choose *The Shawshank Redemption*: its cloud stands upright.",
                {"view": "Everyone likes it", "item": "Titanic (1997)"},
            ),
            Scenario(
                "Vectors that take away",
                "At λ = 1 the vectors explain far more of the training ratings than at λ = 10, and less than nothing "
                "of the held-out ones: the third step goes down. The biases barely change.",
                {"lam": "1"},
            ),
            Scenario(
                "When w can do what b does",
                "Twelve dimensions and a small λ: w can do nearly everything that b can, so each step in turn leaves "
                "more for the next. Compare the first bars with those at k = 2.",
                {"view": "In turn or together", "k": "12", "lam": "1"},
            ),
        ),
    ),
    Chapter(
        5,
        "regularization",
        "Regularization",
        "How do you keep a model from learning its ratings by heart?",
        "8, 9",
        ("mfcore.regression", "mfcore.study", "mfcore.as_written", "mfcore.ridge"),
        ":material/compress:",
        (
            Scenario(
                "One point pulled away",
                "Degree 12, hardly any λ, and the seventh point moved up by hand: the whole curve swings to reach it. "
                "Raise λ and the others win it back.",
                {"degree": "12", "lam": "1e-05", "moved": "7: 6.5", "point": "7"},
            ),
            Scenario(
                "Ten folds instead of one split",
                "The same curve ten times over: the band is the spread of the test error. Several values of λ lie "
                "within it, and a single split would have picked one of them by chance.",
                {"view": "λ on real films", "folds": "10 folds"},
            ),
            Scenario(
                "A slip, with a larger λ",
                "At λ = 5 the written rule leaves a sixth of the mean residual in every bias, however many ratings it "
                "rests on. Watch both objectives, then unfold the derivations.",
                {"view": "A slip (E2)", "lam": "5"},
            ),
        ),
    ),
)
