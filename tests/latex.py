"""Reads the LaTeX of the equations and works it out on numbers, so that what is written can be held to what is done."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from mfcore import Ratings, als

SPACING = re.compile(r"\\,|\\[Bb]ig(?=[()])|\\\\|&|\s+|\{\}|\\(?:begin|end)\{aligned\}")
TOKEN = re.compile(
    r"\\sum_\{[^}]*\}|\\frac\{1\}|\\[|][WU]\\[|]_F\^2|\\[|][bc]\\[|]\^2|\\[|][wu]_[ij]\\[|]\^2|[|]\\(?:Psi_i|Omega_j)[|]"
    r"|[wubc]_[ij]|r_\{ij\}|\\lambda|\\mu|\^\{-1\}|\^\\top|\^2|[I12(){}+-]"
)


class Reader:
    """One side of an equation, on a State, for user i and film j. Vectors are columns; a 1×1 product is a number."""

    def __init__(self, s: als.State, R: Ratings, lam: float, i: int, j: int) -> None:
        self.s, self.R, self.lam, self.ij = s, R, lam, (i, j)
        self.rated = dict(zip(zip(R.i.tolist(), R.j.tolist(), strict=True), R.r.tolist(), strict=True))
        self.tokens: list[str] = []
        self.at = 0

    def value(self, latex: str) -> Any:
        text = SPACING.sub("", latex)
        self.tokens, self.at = TOKEN.findall(text), 0
        assert "".join(self.tokens) == text, f"cannot read {text}"
        found = self._sum_of_terms()
        assert self.at == len(self.tokens), f"left over: {self.tokens[self.at :]}"
        return np.squeeze(found)

    def _next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def _sum_of_terms(self) -> Any:
        total = self._signed_term()
        while self._next() in ("+", "-"):
            total = total + self._signed_term()
        return total

    def _signed_term(self) -> Any:
        sign = -1 if self._next() in ("+", "-") and self._take() == "-" else 1
        return sign * self._product()

    def _product(self) -> Any:
        if self._next().startswith(r"\sum"):
            return self._summed(self._take())
        left = self._factor()
        while self._next() not in ("", "+", "-", ")", "}"):
            right = self._product()
            left = left * right if 1 in (left.size, right.size) else left @ right
        return left

    def _summed(self, over: str) -> Any:
        start, total, here = self.at, 0.0, self.ij
        for pair in self._pairs(over):
            self.ij, self.at = pair, start
            total = total + self._product()
        self.ij = here
        return total

    def _pairs(self, over: str) -> Iterator[tuple[int, int]]:
        i, j = self.ij
        keep = {
            r"\sum_{(i,j)\in\Omega}": lambda a, b: True,
            r"\sum_{j\in\Psi_i}": lambda a, b: a == i,
            r"\sum_{i\in\Omega_j}": lambda a, b: b == j,
        }[over]
        return (pair for pair in self.rated if keep(*pair))

    def _factor(self) -> Any:
        found = self._atom(self._take())
        while self._next() in ("^{-1}", r"^\top", "^2"):
            power = self._take()
            found = found.T if power == r"^\top" else found**2 if power == "^2" else np.linalg.inv(found)
        return found

    def _atom(self, token: str) -> Any:
        s, (i, j) = self.s, self.ij
        if token in ("(", "{"):
            found = self._sum_of_terms()
            assert self._take() in (")", "}")
            return found
        if token == r"\frac{1}":
            return 1 / self._factor()
        vectors = {"w_i": s.W[i], "u_j": s.U[j]}
        if token in vectors:
            return vectors[token][:, None]
        if token == "I":
            return np.eye(s.W.shape[1])
        return np.array(
            [[self.rated[i, j]]] if token == "r_{ij}" else
            {
                "1": 1.0, "2": 2.0, r"\lambda": self.lam, r"\mu": s.mu, "b_i": s.b[i], "c_j": s.c[j],
                r"|\Psi_i|": len(self.R.Psi(i)), r"|\Omega_j|": len(self.R.Omega(j)),
                r"\|W\|_F^2": (s.W**2).sum(), r"\|U\|_F^2": (s.U**2).sum(),
                r"\|b\|^2": (s.b**2).sum(), r"\|c\|^2": (s.c**2).sum(),
                r"\|w_i\|^2": (s.W[i] ** 2).sum(), r"\|u_j\|^2": (s.U[j] ** 2).sum(),
            }[token]
        ).reshape(1, 1)  # fmt: skip
