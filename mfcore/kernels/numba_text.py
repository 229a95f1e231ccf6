"""Three columns of numbers out of a large text, compiled: what nearly every table of ratings is, on all threads.

The text is cut into pieces at line ends. A first pass counts lines, so that in the second every piece knows where in
the columns its own belong; a thread reads two pieces side by side. Whatever is not plain (quotes, blank lines,
exponents, text for an id) is left to others.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numba import get_num_threads, njit

from mfcore.ids import Floats, Ints
from mfcore.kernels.bytes import Bytes, after_digits, byte_at, digits_at

Places = tuple[int, int, int]

PIECE = 1 << 21  # bytes of text, two of which are read side by side
PAD = 8  # bytes that may be looked at beyond the last
MINUS, POINT, ZERO, NEWLINE, RETURN, QUOTE = b'-.0\n\r"'
MOST_DIGITS = 15  # whose number, and the power of ten below it, are whole in float64
LARGEST = 2**31 - 1
TENS = 10 ** np.arange(9)
POWERS = 10.0 ** np.arange(MOST_DIGITS + 1)


@njit(cache=True, nogil=True, error_model="numpy")
def _count_lines(text: Bytes) -> int:
    lines = 0
    for byte in text:
        lines += byte == NEWLINE
    return lines


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _integer(p: int) -> tuple[int, int, bool]:
    """Where the integer at p ends, what it is, and whether it is one that fits into 32 bits."""
    sign = 1
    count, number = digits_at(p)
    if count == 0 and byte_at(p) == MINUS:
        sign, p = -1, p + 1
        count, number = digits_at(p)
    total = count
    p += count
    if count == 8:
        count, more = digits_at(p)
        number = number * TENS[count] + more
        total += count
        p += count
    return p, sign * number, 0 < total <= MOST_DIGITS and number <= LARGEST


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _decimal(p: int) -> tuple[int, float, bool]:
    """Where the decimal at p ends, what it is, and whether it has few enough digits to be exactly that.

    The three bytes after it may be looked at.
    """
    sign, number, count, below = 1, 0, 0, 0
    digit = byte_at(p) - ZERO
    tenth = byte_at(p + 2) - ZERO  # nearly every rating is a digit, a point and a digit
    if 0 <= digit <= 9 and byte_at(p + 1) == POINT and 0 <= tenth <= 9 and not 0 <= byte_at(p + 3) - ZERO <= 9:
        return p + 3, (10 * digit + tenth) / 10.0, True
    if digit == MINUS - ZERO:
        sign, p = -1, p + 1
        digit = byte_at(p) - ZERO
    while 0 <= digit <= 9 and count <= MOST_DIGITS:  # one after the other: most ratings look alike, and branches guess
        number, count, p = 10 * number + digit, count + 1, p + 1
        digit = byte_at(p) - ZERO
    if digit == POINT - ZERO:
        p += 1
        digit = byte_at(p) - ZERO
        while 0 <= digit <= 9 and count <= MOST_DIGITS:
            number, count, below, p = 10 * number + digit, count + 1, below + 1, p + 1
            digit = byte_at(p) - ZERO
    return p, sign * number / POWERS[min(below, MOST_DIGITS)], 0 < count <= MOST_DIGITS


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _line(p: int, separator: int, width: int, at: Places) -> tuple[int, int, int, float, bool]:
    """Where the line at address p ends, its user, item and rating, and whether it is plain and they fit."""
    i, j, r, plain = 0, 0, 0.0, True
    for column in range(width):
        fits = True
        if column == at[0]:
            p, i, fits = _integer(p)
        elif column == at[1]:
            p, j, fits = _integer(p)
        elif column == at[2]:
            p, r, fits = _decimal(p)
        else:
            p = after_digits(p)
            byte = byte_at(p)
            while byte not in (separator, NEWLINE, RETURN, QUOTE, 0):
                p += 1
                byte = byte_at(p)
        plain &= fits
        if column < width - 1:
            plain &= byte_at(p) == separator
            p += 1
        if not plain:
            return p, i, j, r, False
    if byte_at(p) == RETURN:
        p += 1
    return p + 1, i, j, r, byte_at(p) == NEWLINE


@njit(cache=True, nogil=True, error_model="numpy")
def _lines(
    p: int, q: int, middle: int, separator: int, width: int, at: Places, i: Ints, j: Ints, r: Floats
) -> tuple[int, int]:
    """Fill i, j, r from as many lines: the first `middle` of them at address p, the others at q.

    Returns the addresses where both end, or −1, −1 if a line is not plain or a number does not fit. A line begins where
    the one before it ends, so a processor has to wait for it; of two at a time it reads one while the other waits.
    """
    both = min(middle, len(i) - middle)
    for t in range(both):
        p, i[t], j[t], value, plain = _line(p, separator, width, at)
        r[t] = value
        u = middle + t
        q, i[u], j[u], other, also = _line(q, separator, width, at)
        r[u] = other
        if not (plain and also and np.float64(r[t]) == value and np.float64(r[u]) == other):
            return -1, -1
    for t in range(both, middle):
        p, i[t], j[t], value, plain = _line(p, separator, width, at)
        r[t] = value
        if not (plain and np.float64(r[t]) == value):
            return -1, -1
    for t in range(middle + both, len(i)):
        q, i[t], j[t], value, plain = _line(q, separator, width, at)
        r[t] = value
        if not (plain and np.float64(r[t]) == value):
            return -1, -1
    return p, q


def read(data: Any, start: int, separator: str, width: int, at: Places) -> tuple[Ints, Ints, Floats] | None:
    """User ids, item ids (int32) and ratings of the lines from byte `start` on, of `width` fields each; or None.

    data: bytes, or a file mapped to memory.  separator: one character.  at: the columns of user, item and rating.
    The ratings are float32 if each is the same number in it, else float64.
    """
    text = np.frombuffer(data, np.uint8)
    cuts = [start]
    while (end := data.find(b"\n", cuts[-1] + PIECE) + 1) and end + PAD <= len(text):
        cuts.append(end)
    rest = text[cuts[-1] :]
    end_of_line = rest[len(rest) :] if len(rest) and rest[-1] == NEWLINE else np.full(1, NEWLINE, np.uint8)
    pieces = [text[a:] for a in cuts[:-1]] + [np.concatenate([rest, end_of_line, np.zeros(PAD, np.uint8)])]
    sizes = [*np.diff(cuts).tolist(), len(rest) + len(end_of_line)]
    with ThreadPoolExecutor(get_num_threads()) as pool:
        counts = pool.map(lambda piece, size: _count_lines(piece[:size]), pieces, sizes)
        ends = [0, *np.cumsum(list(counts)).tolist()]
        i, j = np.empty(ends[-1], np.int32), np.empty(ends[-1], np.int32)
        for dtype in (np.float32, np.float64):
            r = np.empty(ends[-1], dtype)

            def read_two(m: int, r: Floats = r) -> bool:
                own = slice(ends[m], ends[min(m + 2, len(pieces))])
                p, q = (piece.ctypes.data for piece in (pieces[m], pieces[min(m + 1, len(pieces) - 1)]))
                after = _lines(p, q, ends[m + 1] - ends[m], ord(separator), width, at, i[own], j[own], r[own])
                return after == (p + sizes[m], q + sum(sizes[m + 1 : m + 2]))

            if all(pool.map(read_two, range(0, len(pieces), 2))):
                return i, j, r
    return None
