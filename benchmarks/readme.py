"""What a command printed, put into the README between the marks that bear its name."""

import re
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def put(name: str, text: str, path: Path = README) -> None:
    """Replaces what stands between <!-- name --> and <!-- end -->. Raises LookupError if there is no such place."""
    before = path.read_text(encoding="utf-8")
    place = re.compile(rf"(<!-- {re.escape(name)} -->\n).*?(?=<!-- end -->)", re.DOTALL)
    after, found = place.subn(lambda match: f"{match[1]}{text}\n", before)
    if not found:
        raise LookupError(f"{path.name} has no place for this: a line <!-- {name} -->, and below it <!-- end -->")
    path.write_text(after, encoding="utf-8")
