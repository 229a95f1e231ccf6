"""What mfcore raises and warns of, beyond Python's own."""


class DataError(ValueError):
    """Ratings that cannot be used as given; the message names the rows and what to do."""


class LeastNormWarning(UserWarning):
    """Some rows had no unique solution (λ = 0 and too few ratings): the least-norm one was taken (E11)."""
