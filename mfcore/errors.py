"""What mfcore raises and warns of, beyond Python's own."""


class DataError(ValueError):
    """Ratings that cannot be used as given; the message names the rows and what to do."""


class LeastNormWarning(UserWarning):
    """Some rows had no unique solution (λ = 0 and too few ratings): the least-norm one was taken (E11)."""


def outgrown(dtype: object) -> DataError:
    """The error of arithmetic that left the range of its numbers, which would go on as inf and NaN."""
    return DataError(f"the numbers grew beyond what {dtype} holds: scale the ratings down, or take a wider dtype")
