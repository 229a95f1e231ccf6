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
)


def by_slug(slug: str) -> Chapter:
    """The chapter of that slug. Raises LookupError if there is none."""
    for chapter in CHAPTERS:
        if chapter.slug == slug:
            return chapter
    raise LookupError(f"no chapter is called {slug!r}")
