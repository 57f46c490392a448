"""Why there is no answer, in words that a traveller understands, and what would give one."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from mobiplan.journeys.journey import Journey
    from mobiplan.journeys.language import Phrase
    from mobiplan.traveller.needs import Limit, Needs


class Relaxation(NamedTuple):
    """The least by which a limit has to give way, tried: there is a journey then.

    Attributes
    ----------
    field : str
        Which limit, as `Needs.limits` names it, or "depart", "arrive", "date" of the question;
        with " + " between limits that have to give way together.
    needs : Needs
        With the relaxed value. One step less (a minute, a change) and there is no journey.
    change : Phrase
        What it says, in no language yet; see `sentence`.
    journey : Journey
        What it gives.
    """

    field: str
    needs: Needs
    change: Phrase
    journey: Journey

    @property
    def words(self) -> str:
        """What it says in English, for example "at most 2 changes"."""
        return self.sentence()

    def sentence(self, language: str = "en") -> str:
        """Return what it says.

        Parameters
        ----------
        language : {"en", "fr"}
        """
        from mobiplan.journeys import languages

        return languages.language(language).say(self.change)


class Explanation(NamedTuple):
    """All that can be said of an empty answer."""

    reason: str | Phrase
    conflicts: tuple[Limit, ...] = ()
    relaxations: tuple[Relaxation, ...] = ()


class Diagnosis:
    """What kept a question from having an answer; false when there is one.

    Parameters
    ----------
    reason : str or Phrase
        One sentence, "" when journeys were found. Text stays as it is in every language.
    explain : callable, optional
        Instead of `reason`: finds it, by asking again. Called when it is first looked at.

    Examples
    --------
    >>> diagnosis = Diagnosis("no train from Rennes arrives in Grenoble before 2026-03-25")
    >>> bool(diagnosis), str(diagnosis)
    (True, 'no train from Rennes arrives in Grenoble before 2026-03-25')
    >>> bool(Diagnosis())
    False

    An answer that is empty because of needs names the limits, and what would be enough:

    >>> import mobiplan as mp
    >>> planner, direct = mp.Planner(mp.sample()), mp.Needs(max_transfers=0)
    >>> none = planner.profile("Rennes", "Grenoble", date="2026-03-24", needs=direct)
    >>> [limit.words for limit in none.diagnosis.conflicts]
    ['no change']
    >>> none.diagnosis.relaxations[0].words
    'at most 1 change'
    >>> print(none.diagnosis.sentence("fr").partition(" (")[0])
    aucun trajet entre Rennes et Grenoble avec ces limites : aucun changement, départ le \
24/03/2026 ; ce qui suffirait : au plus 1 changement
    """

    def __init__(
        self, reason: str | Phrase = "", explain: Callable[[], Explanation] | None = None
    ) -> None:
        self._reason = reason
        self._explain = explain

    @cached_property
    def _explanation(self) -> Explanation:
        return Explanation(self._reason) if self._explain is None else self._explain()

    @property
    def reason(self) -> str:
        """One sentence in English, "" when journeys were found."""
        return self.sentence()

    def sentence(self, language: str = "en") -> str:
        """Return one plain sentence, "" when journeys were found.

        Parameters
        ----------
        language : {"en", "fr"}

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner, day = mp.Planner(mp.sample()), "2026-03-24"
        >>> none = planner.earliest_arrival(
        ...     "Rennes", "Brest", depart=f"{day} 08:00", arrive=f"{day} 09:00"
        ... )
        >>> print(none.diagnosis.sentence("fr").partition(", ")[0])
        on atteint Brest au plus tôt le 24/03/2026 à 10 h 38
        """
        from mobiplan.journeys import languages

        words, reason = languages.language(language), self._explanation.reason
        return reason if isinstance(reason, str) else words.say(reason)

    @property
    def conflicts(self) -> tuple[Limit, ...]:
        """The limits of which it takes one alone to give way, or all of them together.

        Together where `relaxations` is one that names them all. Empty where no limit is to blame.
        """
        return self._explanation.conflicts

    @property
    def relaxations(self) -> tuple[Relaxation, ...]:
        """For each conflict the least that gives an answer."""
        return self._explanation.relaxations

    def __bool__(self) -> bool:
        return self._explain is not None or bool(self._reason)

    def __str__(self) -> str:
        return self.reason

    def __repr__(self) -> str:
        return f"Diagnosis({self.reason!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Diagnosis):
            return NotImplemented
        return self.reason == other.reason

    def __hash__(self) -> int:
        return hash(self.reason)
