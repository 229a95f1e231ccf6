"""What a chapter is, and a scenario of it."""

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
