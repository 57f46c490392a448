"""`Explanation`: what each feature of a journey costs a traveller, as a table and in a sentence.

The amounts and weights are those that the search added up, so the contributions are the cost.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from mobiplan.attributes.amount import Amount, Label
from mobiplan.journeys.facts import access_of, access_sources_of, price_of, through_fare_of
from mobiplan.journeys.language import Language
from mobiplan.journeys.languages import language
from mobiplan.journeys.leg import CITY_CHANGE, NO_TICKET, UNKNOWN_TICKET
from mobiplan.journeys.personal import Personal
from mobiplan.journeys.terminal import amount_text, clock, day, euros, heading, shown_duration
from mobiplan.traveller.preferences import KNOWN_NO
from mobiplan.traveller.preferences import feature as known_feature

if TYPE_CHECKING:
    import pandas as pd

    from mobiplan.journeys.journey import Journey

WHY_COLUMNS = ("feature", "amount", "unit", "weight", "contribution", "source")

#: Contributions below this are not spoken of [equivalent minutes].
SMALL_MIN = 0.5
PARTS_SPOKEN = 3

NOT_AN_OFFER = "a range, not an offer"


class Contribution(NamedTuple):
    """What one feature adds to the cost."""

    feature: str
    amount: float  # NaN where it is unknown: `contribution` is then what it was ranked as
    unit: str
    weight: float  # equivalent minutes per unit
    contribution: float  # equivalent minutes
    source: str  # of the amount and of the weight, each "label: where from"


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """Why a journey costs a traveller what it does; made by `Journey.why`.

    Attributes
    ----------
    journey : Journey
    personal : Personal
        Amounts and weights, a single row.

    Examples
    --------
    >>> import mobiplan as mp
    >>> planner = mp.Planner(mp.sample(), data=mp.sample_data())
    >>> journeys = planner.plan("Rennes", "Grenoble", depart="2026-03-24 08:00")
    >>> why = journeys.best.why()
    >>> bool(abs(why.to_frame()["contribution"].sum() - journeys.best.cost) < 1e-9)
    True
    """

    journey: Journey
    personal: Personal

    @property
    def planned(self) -> bool:
        """Whether the journey was planned for this traveller."""
        mine = self.journey.personal
        return mine is not None and mine.traveller == self.personal.traveller

    @property
    def cost(self) -> float:
        """Equivalent minutes: the sum of the contributions."""
        return self.personal.cost(0)

    @cached_property
    def price(self) -> Amount:
        """The fares of the rides for this traveller, added up."""
        return price_of(self.journey, self.personal.traveller.passenger)

    @cached_property
    def contributions(self) -> tuple[Contribution, ...]:
        """What the journey has, the dearest feature first; also what costs nothing."""
        parts = []
        for name, (amount, weight, cost) in self.personal.contributions(0).items():
            if amount == 0 and cost == 0:
                continue
            figure = {"euros": self.price, "co2": self.journey.co2}.get(name)
            known = figure is None or figure.is_known
            source = f"{self._origin(name)}; weight {self.personal.traveller.source(name)}"
            parts.append(
                Contribution(
                    name, amount if known else math.nan, self._unit(name), weight, cost, source
                )
            )
        return tuple(sorted(parts, key=lambda part: -part.contribution))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per feature, the dearest first.

        Returns
        -------
        pandas.DataFrame
            feature (str), amount (float64, NaN unknown), unit (str), weight (float64, equivalent
            minutes per unit), contribution (float64, equivalent minutes; they add up to `cost`)
            and source: how the amount came about and from what, then the same of the weight.
            An unknown fare or emission contributes what it was ranked as: dear, never free.
        """
        import pandas as pd

        frame = pd.DataFrame(self.contributions, columns=list(WHY_COLUMNS))
        texts = dict.fromkeys(("feature", "unit", "source"), "str")
        numbers = dict.fromkeys(("amount", "weight", "contribution"), "float64")
        return frame.astype(texts | numbers)

    def sentence(self, language: str = "en") -> str:
        """Return one plain sentence.

        Parameters
        ----------
        language : {"en", "fr"}

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample(), data=mp.sample_data())
        >>> journeys = planner.plan("Rennes", "Lyon", depart="2026-03-24 10:00")
        >>> print(journeys.best.why().sentence("fr").partition(" ; ")[0])
        3 h 53 en 1 train, sans changement
        """
        words = _language(language)
        spoken = [part for part in self.contributions if part.contribution >= SMALL_MIN]
        journey = _in_words(self.journey, words)
        if not spoken:
            return words.phrases["free"].format(journey=journey)
        first, *others = [self._part(part, words) for part in spoken[:PARTS_SPOKEN]]
        parts = first
        if others:
            parts += words.phrases["then"].format(words.joined(others))
        total = words.minutes(self.cost)
        return words.phrases["explained"].format(journey=journey, parts=parts, total=total)

    @property
    def notes(self) -> list[str]:
        """What has to be said beside the table: what prices and emissions are, and are not."""
        journey, notes = self.journey, list[str]()
        price = self.price
        crossing = any(leg.kind == CITY_CHANGE for leg in journey.legs)
        if not journey.itinerary.rides:
            return [UNKNOWN_TICKET] if crossing else []
        ticket = [f"{NO_TICKET} across the city"] if crossing else []
        if price.is_known:
            text = NOT_AN_OFFER if price.low != price.high else "not an offer"
            notes.append(f"fare {euros(price)}, {price.label.text}: {text}")
        else:
            notes.append("fare unknown; ranked as a dear one, never as free")
        notes += ticket
        through = through_fare_of(journey, self.personal.traveller.passenger)
        if through.is_known and len(journey.itinerary.rides) > 1:
            notes.append(
                f"one fare for the whole way: {euros(through)}, {through.label.text}; it ranks "
                "nothing"
            )
        if journey.co2.is_known:
            text = f"CO2 {journey.co2.middle:.1f} kg, {journey.co2.label.text}"
        else:
            text = "CO2 unknown"
        others = [
            f"{name} {amount.middle:.0f} kg"
            for name, amount in journey.co2_alternatives.items()
            if amount.is_known
        ]
        text += f", {journey.planner.attributes.emissions.perimeter}"
        notes.append(text + (f"; by {', '.join(others)}" if others else ""))
        return notes + access_of(journey, self.personal.traveller.needs)

    @property
    def title(self) -> str:
        """Which journey, and whom it costs how much."""
        journey, traveller = self.journey, self.personal.traveller
        date = journey.departure.date()
        who = f"the {traveller.name} traveller" if traveller.name else "you"
        if not self.planned:
            who += " (nobody planned it)" if journey.personal is None else " (planned for another)"
        return (
            f"{heading(journey.legs)}, {day(date)}, {clock(journey.departure, date)} – "
            f"{clock(journey.arrival, date, up=True)}: costs {who} {self.cost:.0f} min"
        )

    def __str__(self) -> str:
        return f"{self.title}\n{self.sentence()}\n\n{self._table()}"

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        from mobiplan.journeys.notebook import explanation_html

        return explanation_html(self)

    def _table(self) -> str:
        rows = [
            (
                part.feature,
                amount_text(part.amount, part.unit),
                f"× {part.weight:.3g}",
                f"{part.contribution:.1f} min",
            )
            for part in self.contributions
        ]
        rows.append(("cost", "", "", f"{self.cost:.1f} min"))
        widths = [max(len(row[k]) for row in rows) for k in range(4)]
        lines = [
            f"  {row[0]:<{widths[0]}}" + "".join(f"  {row[k]:>{widths[k]}}" for k in (1, 2, 3))
            for row in rows
        ]
        return "\n".join([*lines, *([""] if self.notes else []), *self.notes])

    def _unit(self, name: str) -> str:
        for criterion in self.journey.question.criteria:
            if criterion.name == name:
                return criterion.unit
        return known_feature(name).unit

    def _origin(self, name: str) -> str:
        """How an amount came about, and from what."""
        journey = self.journey
        timetable = f"timetable ({', '.join(s.name for s in journey.graph.timetable.sources)})"
        if name == "euros":
            return _told(self.price, "no fare is known; ranked as a dear one")
        if name == "co2":
            return _told(journey.co2, "no emission is known; ranked as a car")
        if name == "unsuited":
            tables = [source.dataset for source in access_sources_of(journey)]
            counted = f"unknown counts once, a known no {KNOWN_NO:.0f} times"
            return f"modelled: {counted}, by {', '.join([timetable, *tables])}"
        if any(criterion.name == name for criterion in journey.question.criteria):
            return "stated: a criterion of the caller's own"
        if name == "walking" or name.startswith("short_transfer"):
            return f"modelled: ways and times to change by mobiplan.TransferRules, {timetable}"
        crossing = any(leg.kind == CITY_CHANGE for leg in journey.legs)
        if crossing and name == self._crossing:
            return f"modelled: {timetable} and the table of changes across a city"
        return f"published: {timetable}"

    @property
    def _crossing(self) -> str:
        """The feature under which a way across a city by its metro counts."""
        suburban = "riding_suburban"
        return suburban if suburban in self.personal.traveller.preferences else "riding"

    def _part(self, part: Contribution, words: Language) -> str:
        """Say one contribution."""
        phrases, noun = words.phrases, words.noun(part.feature)
        cost = words.minutes(part.contribution)
        if math.isnan(part.amount):
            return phrases["not known"].format(noun=noun, cost=cost)
        if part.feature == "euros":
            price, label = self.price, words.label(self.price.label)
            low, high = (words.euros(end, price.label) for end in (price.low, price.high))
            if low == high:
                return phrases["fare"].format(noun=noun, amount=low, label=label, cost=cost)
            end = phrases[self.personal.traveller.price]
            return phrases["fare range"].format(
                noun=noun, low=low, high=high, label=label, end=end, cost=cost
            )
        if part.unit == "min":
            key = "minutes" if part.weight == 1 else "minutes weighed"
            amount = words.minutes(part.amount)
            return phrases[key].format(noun=noun, amount=amount, cost=cost)
        if part.unit == "1":
            amount, weight = words.number(part.amount), words.number(part.weight, 1)
            return phrases["count"].format(noun=noun, amount=amount, weight=weight)
        amount = words.number(part.amount)
        text = phrases["amount"].format(noun=noun, amount=amount, unit=part.unit, cost=cost)
        return text.replace("  ", " ")


def _told(amount: Amount, otherwise: str) -> str:
    """An amount's label and data sets."""
    if not amount.is_known:
        return f"{Label.UNKNOWN.word}: {otherwise}"
    sets = [
        f"{source.dataset} ({source.date})" if source.date else source.dataset
        for source in amount.sources
    ]
    return f"{amount.label.word}: {', '.join(sets) or 'nothing to pay or to emit'}"


def _in_words(journey: Journey, words: Language) -> str:
    """Say how long a journey takes, by what, with how many changes."""
    duration = words.duration(shown_duration(journey))
    modes: dict[str, int] = {}
    for leg in journey.legs:
        if not leg.is_walk and not leg.in_seat:
            modes[leg.mode] = modes.get(leg.mode, 0) + 1
    if not modes:
        across = any(leg.kind == CITY_CHANGE for leg in journey.legs)
        return words.phrases["across" if across else "on foot"].format(duration=duration)
    vehicles = words.joined([words.many(mode, n) for mode, n in modes.items()])
    n = journey.transfers
    changes = words.phrases[f"changes {n if n < 2 else 'n'}"].format(n=n)
    return words.phrases["journey"].format(duration=duration, vehicles=vehicles, changes=changes)


_language = language  # `sentence` has a parameter of that name
