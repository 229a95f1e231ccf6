"""The table of contents. Navigation, the README's map and the tests are made from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Scenario:
    """A state of a chapter's page worth visiting, and what to notice there.

    params: query parameters of the page.
    """

    title: str
    notice: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chapter:
    """A page `pages/NN_slug.py`, a lesson `lessons/NN_slug` and the modules they show."""

    number: int
    slug: str
    title: str
    question: str
    notes: str
    modules: tuple[str, ...]
    icon: str
    scenarios: tuple[Scenario, ...]

    @property
    def name(self) -> str:
        return f"{self.number:02d}_{self.slug}"

    @property
    def page(self) -> str:
        return f"pages/{self.name}.py"

    @property
    def lesson(self) -> str:
        return f"lessons/{self.name}.ipynb"


CHAPTERS = (
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
                "Four of the five products are negative: what this person likes, the film lacks. The vectors point "
                "almost exactly apart.",
                {"u1": "-1.0", "u2": "-1.0", "u3": "1.0", "u4": "0.0", "u5": "-1.0"},
            ),
            Scenario(
                "Other axes, same prediction",
                "W and U are turned by one rotation. Every product changes, the sum does not: no axis had a meaning "
                "of its own (E10).",
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
                "exactly, and each predicts something else for the other films.",
                {"view": "Too few ratings", "k": "4"},
            ),
            Scenario(
                "Real films without λ",
                "Train falls as it should. Test leaves the scale of stars altogether: films with "
                "exactly k ratings are fitted exactly, by vectors thousands of units long.",
                {"view": "Real films", "lam": "0"},
            ),
        ),
    ),
    Chapter(
        4,
        "biases",
        "Biases",
        "How much of a rating is said before anybody's taste is asked?",
        "7",
        ("mfcore.explained", "mfcore.als"),
        ":material/balance:",
        (
            Scenario(
                "A matter of taste",
                "Titanic: its bias is near 0, its product differs by half a star from rater to rater. The cloud "
                "leans towards the dashed line. Then choose The Shawshank Redemption: it stands upright.",
                {"view": "Everyone likes it", "item": "Titanic (1997)"},
            ),
            Scenario(
                "Vectors that take away",
                "At λ = 1 the vectors explain far more of train than at λ = 10, and less than nothing of what was held "
                "out: the third stair leads down. The biases hardly mind.",
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
                "Ten folds in place of one split",
                "The same curve ten times over: the band is the spread of the test error. Several values of λ lie "
                "within it, and a single split would have picked one of them by luck.",
                {"view": "λ on real films", "folds": "10 folds"},
            ),
            Scenario(
                "A slip, with a larger λ",
                "At λ = 5 the written rule leaves a sixth of the mean residual in every bias, however many ratings it "
                "is made of. Watch both objectives, then unfold the derivations.",
                {"view": "A slip (E2)", "lam": "5"},
            ),
        ),
    ),
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
                "what last, and what does each triplet look like by itself?",
                {"k": "1"},
            ),
            Scenario(
                "Half of a picture",
                "The same holes filled with zeros, with means, and again and again with what was predicted: four "
                "answers, and the last can be looked at (E9).",
                {"view": "Holes (E9)", "k": "10"},
            ),
            Scenario(
                "Axes that are genres, and axes that are not",
                "In planted data five genres were put in, and varimax brings them out. Then choose ml-small: the same "
                "evidence is hardly stronger than chance (E10).",
                {"view": "Axes turn (E10)", "data": "planted"},
            ),
        ),
    ),
    Chapter(
        7,
        "pmf",
        "Probabilistic factorization",
        "Why squares, and where does λ come from?",
        "11",
        ("mfcore.pmf", "mfcore.ascent", "mfcore.surface"),
        ":material/landscape:",
        (
            Scenario(
                "Two mountains, one rating",
                "One rating of 4, w and u both unknown: a whole curve is likeliest. The prior leaves two points of it, "
                "and takes λσ² off the rating. Raise λ_prior until both tops meet at 0.",
                {"view": "Two parameters", "plane": "one rating, w and u", "prior": "5"},
            ),
            Scenario(
                "Steps too long",
                "Bo has more ratings, so the hill is steeper, and steps that were fine for Fatou lead away. What you "
                "see is where it still went well. Take η = 0.01, and let each step look at one rating.",
                {"view": "Two parameters", "user": "Bo", "rate": "0.1"},
            ),
            Scenario(
                "A prior that is certain of nothing",
                "σ and λ learnt along on planted ratings come to rest near the truth. Then choose ml-small: the log "
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
                "as the one of Alien. The orange curve hardly notices, because noise is most of it.",
                {"user": "218", "item": "The Eye (Gin gwai) (Jian gui) (2002)"},
            ),
            Scenario(
                "Intervals that keep their word",
                "Eight of ten held-out ratings lie inside the 80% intervals. Those that MAP would give by its "
                "training error promise more than they hold, and at every level.",
                {"view": "Do they keep their word?"},
            ),
            Scenario(
                "A factor that never settles",
                "The chains agree about the prediction and about σ. About the first entry of w they never will: its "
                "sign and its axis are free (E10).",
                {"view": "Chains"},
            ),
        ),
    ),
    Chapter(
        15,
        "at_scale",
        "At scale",
        "How does a sweep over 20 million ratings take a fraction of a second, and not an hour?",
        "1, 18",
        ("mfcore.ladder", "mfcore.scaling", "mfcore.storage", "mfcore.kernels"),
        ":material/speed:",
        (
            Scenario(
                "All the cells against all the ratings",
                "Every rung is set against 3.38 billion cells. Even the fastest spends more than a hundred times as "
                "long on the holes as on the ratings.",
                {"view": "3.38 billion cells"},
            ),
            Scenario(
                "The same result, to the last bits",
                "Real films, five dimensions: in float64 the rungs differ in the sixteenth digit, in float32 in the "
                "seventh. Ratings come in half stars.",
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


def by_slug(slug: str) -> Chapter:
    """The chapter of that slug. Raises LookupError if there is none."""
    for chapter in CHAPTERS:
        if chapter.slug == slug:
            return chapter
    raise LookupError(f"no chapter is called {slug!r}")
