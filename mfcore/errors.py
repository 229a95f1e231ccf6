"""What mfcore raises and warns of, beyond Python's own."""


class DataError(ValueError):
    """Ratings that cannot be used as given; the message names the rows and what to do."""


class LeastNormWarning(UserWarning):
    """Some rows had no unique solution (λ = 0 and too few ratings): the least-norm one was taken (E11)."""


def outgrown(dtype: object) -> DataError:
    """The error of arithmetic that left the range of its numbers, which would go on as inf and NaN."""
    return DataError(f"the numbers grew beyond what {dtype} holds: scale the ratings down, or take a wider dtype")


class DivergedError(ArithmeticError):
    """Steps by the gradient left all bounds: the learning rate was too large.

    t: the epoch, or sweep, in which it happened.  last: the State before it, which this error keeps for those who were
    given no other; None where it is not known.
    """

    def __init__(self, t: int, last: object = None) -> None:
        super().__init__(f"learning rate too large at epoch {t}" + ("" if last is None else "; the one before is kept"))
        self.t, self.last = t, last
