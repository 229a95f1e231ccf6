"""Words and numbers as they are shown: titles that stay text, amounts and bytes that can be read aloud."""

_MARKDOWN = str.maketrans({c: f"\\{c}" for c in r"\`*_{}[]()<>#+-.!|~$:"})


def plain(text: object) -> str:
    """Text that Plotly shows as it is: it would read <b> and <a> in labels as formatting."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def markdown(text: object) -> str:
    """Text that Markdown shows as it is."""
    return " ".join(str(text).split()).translate(_MARKDOWN)


def short(text: object, most: int = 28) -> str:
    """At most `most` characters, the last an ellipsis where something was left out."""
    whole = str(text)
    return whole if len(whole) <= most else whole[: most - 1].rstrip() + "…"


def amount(n: float) -> str:
    """A count: in full below a million, else in millions or billions with three digits."""
    for power, word in ((1e9, "billion"), (1e6, "million")):
        if abs(n) >= power:
            return f"{_three_digits(n / power)} {word}"
    return f"{n:,.0f}"


def size(n: float) -> str:
    """Bytes in powers of 1000 with three digits: 384 bytes, 1.2 MB, 27 GB."""
    for power, unit in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if n >= power:
            return f"{_three_digits(n / power)} {unit}"
    return f"{n:,.0f} bytes"


def decimal(x: float, digits: int = 2) -> str:
    """A number rounded, with a true minus sign and never a minus before 0."""
    return f"{round(float(x), digits) + 0.0:.{digits}f}".replace("-", "−")


def counted(n: int, what: str) -> str:
    """A count with its noun: 1 film, 2 films."""
    return f"{n:,} {what}" + ("" if n == 1 else "s")


def _three_digits(x: float) -> str:
    return f"{x:.3g}" if abs(x) < 999.5 else f"{x:,.0f}"
