"""How many of something, in words: one thing is not "1 things"."""

from __future__ import annotations


def counted(n: int, one: str, several: str = "") -> str:
    """Write how many there are.

    Parameters
    ----------
    n : int
    one : str
        The noun in the singular.
    several : str, optional
        In the plural; `one` with an s if left out.

    Examples
    --------
    >>> counted(1, "trip"), counted(0, "trip"), counted(4923, "trip")
    ('1 trip', '0 trips', '4,923 trips')
    >>> counted(1, "person", "people"), counted(2, "person", "people")
    ('1 person', '2 people')
    """
    return f"{n:,} {one if n == 1 else several or f'{one}s'}"
