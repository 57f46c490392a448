"""`Language`: the words in which a journey is explained; one file and a line in `languages` each.

Names of features and units follow `mobiplan.traveller.preferences`; nothing here knows a journey.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mobiplan.attributes.amount import Label
from mobiplan.times import format_duration
from mobiplan.traveller.needs import Limit, Needs
from mobiplan.traveller.preferences import RIDING_KIND

_SHORT = re.compile(r"short_transfer_(\d+)")


@dataclass(frozen=True)
class Language:
    """Words and templates of one language.

    Attributes
    ----------
    nouns : mapping
        Feature -> what costs something: "the fare".
    units : mapping
        Feature -> one unit of it: "a change".
    kinds : mapping
        Kind of vehicle -> vehicles in the plural.
    modes : mapping
        Mode of a leg -> one, and several.
    labels : mapping
        Word of a `Label` -> an adjective.
    phrases : mapping
        Templates of sentences and their parts.
    limits : mapping
        Limit of a traveller's needs -> how it is said; without a word of its own, in English.
    """

    nouns: Mapping[str, str]
    units: Mapping[str, str]
    kinds: Mapping[str, str]
    modes: Mapping[str, tuple[str, str]]
    labels: Mapping[str, str]
    phrases: Mapping[str, str]
    limits: Mapping[str, str]
    point: str  # of decimals
    clock: str

    def noun(self, feature: str) -> str:
        """Return what costs something.

        >>> from mobiplan.journeys.english import ENGLISH
        >>> from mobiplan.journeys.french import FRENCH
        >>> ENGLISH.noun("riding_coach"), FRENCH.noun("euros")
        ('the time in coaches', 'le prix')
        """
        return self._word(self.nouns, feature)

    def unit(self, feature: str) -> str:
        """Return one unit of a feature.

        >>> from mobiplan.journeys.english import ENGLISH
        >>> from mobiplan.journeys.french import FRENCH
        >>> ENGLISH.unit("transfers"), FRENCH.unit("short_transfer_3")
        ('a change', 'une correspondance avec moins de 3 min de marge')
        """
        return self._word(self.units, feature)

    def _word(self, words: Mapping[str, str], feature: str) -> str:
        if feature in RIDING_KIND:
            return words["riding_kind"].format(self.kinds[RIDING_KIND[feature]])
        step = _SHORT.fullmatch(feature)
        if step:
            return words["short_transfer"].format(step[1])
        return words.get(feature, words["own"].format(feature))

    def number(self, value: float, digits: int = 2) -> str:
        """Write a number with at most so many decimals.

        >>> from mobiplan.journeys.english import ENGLISH
        >>> from mobiplan.journeys.french import FRENCH
        >>> FRENCH.number(72.5), ENGLISH.number(290.0), ENGLISH.number(0.348)
        ('72,5', '290', '0.35')
        """
        text = f"{value:.{digits}f}"
        if "." in text:
            text = text.rstrip("0").rstrip(".")
        return text.replace(".", self.point)

    def euros(self, value: float, label: Label) -> str:
        """Write a sum; one that nobody published in whole euros.

        >>> from mobiplan.journeys.french import FRENCH
        >>> words = FRENCH
        >>> words.euros(72.5, Label.PUBLISHED), words.euros(72.6, Label.MODELLED)
        ('72,50', '73')
        """
        digits = 2 if label.word == "published" else 0
        text = f"{value:.{digits}f}".removesuffix(".00")
        return text.replace(".", self.point)

    def minutes(self, value: float) -> str:
        """Write equivalent minutes, whole from 10 on.

        >>> from mobiplan.journeys.english import ENGLISH
        >>> from mobiplan.journeys.french import FRENCH
        >>> ENGLISH.minutes(84.5), FRENCH.minutes(8.04), FRENCH.minutes(7.96)
        ('84', '8', '8')
        """
        return self.number(value, 0 if abs(value) >= 9.95 else 1)

    def duration(self, duration: dt.timedelta) -> str:
        """Write a duration the way timetables do; both languages write "5 h 50"."""
        return format_duration(duration.total_seconds())

    def at(self, time: dt.datetime) -> str:
        """Write a time of day.

        >>> from mobiplan.journeys.french import FRENCH
        >>> FRENCH.at(dt.datetime(2026, 3, 24, 9, 5))
        '9 h 05'
        """
        return self.clock.format(hour=time.hour, minute=time.minute)

    def many(self, mode: str, n: int) -> str:
        """Write how many vehicles of a mode.

        >>> from mobiplan.journeys.french import FRENCH
        >>> FRENCH.many("coach", 2)
        '2 cars'
        """
        return f"{n} {self.modes.get(mode, self.modes['other'])[n > 1]}"

    def limit(self, needs: Needs, limit: Limit) -> str:
        """Say one limit of needs.

        >>> from mobiplan.journeys.french import FRENCH
        >>> needs = Needs(max_transfers=1, avoid={"brands": ["OUIGO"]})
        >>> [FRENCH.limit(needs, limit) for limit in needs.limits()]
        ['au plus 1 changement', 'sans les marques OUIGO']
        """
        field, _, key = limit.field.partition(".")
        value = needs.to_dict()[field]
        words = self.limits.get(f"{limit.field} {value}", self.limits.get(limit.field))
        if words is None:
            return limit.words
        return words.format(", ".join(getattr(needs, field)[key]) if key else value)

    def label(self, label: Label) -> str:
        """Write how a figure came about."""
        return self.labels[label.word]

    def joined(self, parts: Sequence[str], word: str = "and") -> str:
        """Join parts with commas and a last word.

        >>> from mobiplan.journeys.french import FRENCH
        >>> FRENCH.joined(["a", "b", "c"], "and")
        'a, b et c'
        """
        if len(parts) < 2:
            return "".join(parts)
        return f"{', '.join(parts[:-1])} {self.phrases[word]} {parts[-1]}"
