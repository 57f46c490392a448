"""Why there is no answer, in words that a traveller understands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Diagnosis:
    """What kept a question from having an answer; false when there is one.

    Attributes
    ----------
    reason : str
        One sentence, "" when journeys were found.

    Examples
    --------
    >>> diagnosis = Diagnosis("no train from Rennes arrives in Grenoble before 2026-03-25")
    >>> bool(diagnosis), str(diagnosis)
    (True, 'no train from Rennes arrives in Grenoble before 2026-03-25')
    >>> bool(Diagnosis())
    False
    """

    reason: str = ""

    def __bool__(self) -> bool:
        return bool(self.reason)

    def __str__(self) -> str:
        return self.reason
