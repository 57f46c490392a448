"""Asking: two real journeys of which the traveller's choice would teach most."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from mobiplan import times
from mobiplan.errors import InvalidQuery, MobiplanError, NoJourney
from mobiplan.journeys.language import Language
from mobiplan.journeys.languages import language
from mobiplan.timetable.arrays import Float64
from mobiplan.traveller.questions import information, undominated

if TYPE_CHECKING:
    from mobiplan.journeys import Journey
    from mobiplan.planner.places import PlaceLike
    from mobiplan.planner.planner import Planner
    from mobiplan.traveller.learning import ChoiceModel

Trip: TypeAlias = "tuple[PlaceLike, PlaceLike, times.TimeLike]"  # from, to, not before

N_TRIPS = 6  # sampled where none are given
BUSIEST = 40  # stations that trips are sampled among
HOURS = (6, 20)  # local, of sampled departures
WINDOW = "5 h"  # journeys that leave so long after the asked time are compared
PLANNED_DRAWS = 8  # travellers that may be, each of whom adds the own best journey
COST_DRAWS = 256
OPTIONS = "AB"

WORDS = {
    "en": {
        "question": "{origin} to {destination}, {date:%-d %b} from {clock}: would you rather take "
        "A ({0}) or B ({1})?",
        "fare": "{} €",
        "range": "{} to {} €",
        "unknown": "fare unknown",
        "waiting": "{} of waiting",
        "walking": "{} on foot",
        "co2": "{} kg of CO2",
        "on": "on {:%-d %b}",
    },
    "fr": {
        "question": "De {origin} à {destination}, le {date:%d/%m} à partir de {clock} : "
        "prendriez-vous plutôt A ({0}) ou B ({1}) ?",
        "fare": "{} €",
        "range": "de {} à {} €",
        "unknown": "prix inconnu",
        "waiting": "{} d'attente",
        "walking": "{} à pied",
        "co2": "{} kg de CO2",
        "on": "le {:%d/%m}",
    },
}


class Offer(NamedTuple):
    """The journeys of one trip that are a matter of taste: none is better in everything."""

    trip: Trip
    depart: dt.datetime
    journeys: tuple[Journey, ...]
    amounts: Float64  # (n_journeys, K)  of each feature of a model


@dataclass(frozen=True, eq=False)
class Dilemma:
    """Two journeys to choose from, neither better in everything; as text, the question.

    Attributes
    ----------
    journeys : tuple of two Journey
    depart : datetime
        The time asked for.
    features : mapping of feature to two amounts
    information : float
        Bits that the answer is expected to tell; at most 1.
    context : str or None
        In which the question is meant.
    words : str
        The code of its language.
    """

    journeys: tuple[Journey, Journey]
    depart: dt.datetime
    features: Mapping[str, tuple[float, float]]
    information: float
    context: str | None = None
    words: str = "en"

    @property
    def situation(self) -> str:
        """The name under which the answer is remembered, and can be forgotten."""
        return " or ".join(f"{one.departure:%Y-%m-%d %H:%M} {one.id}" for one in self.journeys)

    def answer(self, taken: str | int) -> dict[str, list[Any]]:
        """Return the answer as a table of choices, for `ChoiceModel.update` or `Memory.add`.

        Parameters
        ----------
        taken : {"A", "B", 0, 1}

        Raises
        ------
        InvalidQuery
            If it is neither.
        """
        chosen = OPTIONS.find(taken.upper()) if isinstance(taken, str) and taken else taken
        if chosen not in (0, 1):
            raise InvalidQuery(f"taken={taken!r}: answer 'A' or 'B' (or 0 or 1)")
        table: dict[str, list[Any]] = {
            "situation": [self.situation] * 2,
            "option": list(OPTIONS),
            "chosen": [int(chosen == k) for k in (0, 1)],
            **{name: list(amounts) for name, amounts in self.features.items()},
        }
        return table | ({"context": [self.context] * 2} if self.context else {})

    def sentence(self, code: str = "en") -> str:
        """Put the question in plain words.

        Parameters
        ----------
        code : {"en", "fr"}
            In English or in French.
        """
        words, tongue = WORDS[code if code in WORDS else "en"], language(code)
        asked = self.journeys[0].question
        return words["question"].format(
            *(self._option(k, words, tongue) for k in (0, 1)),
            origin=asked.origin.label,
            destination=asked.destination.label,
            date=self.depart,
            clock=tongue.at(self.depart),
        )

    def _option(self, k: int, words: Mapping[str, str], tongue: Language) -> str:
        """Say what an option is, and of the rest what the two differ in."""
        journey, phrases = self.journeys[k], tongue.phrases
        parts = [f"{tongue.at(journey.departure)} → {tongue.at(journey.arrival)}"]
        if journey.departure.date() != self.depart.date():
            parts[0] += f" {words['on'].format(journey.departure)}"
        elif journey.arrival.date() != journey.departure.date():
            parts[0] += f" {words['on'].format(journey.arrival)}"
        n = journey.transfers
        parts.append(phrases[f"changes {n if n < 2 else 'n'}"].format(n=n))
        price = journey.price
        if not price.is_known:
            parts.append(words["unknown"])
        elif price.low == price.high:
            parts.append(words["fare"].format(tongue.number(price.low, 0)))
        else:
            ends = (tongue.number(end, 0) for end in (price.low, price.high))
            parts.append(words["range"].format(*ends))
        for name, least in (("waiting", 3.0), ("walking", 1.0), ("co2", 0.5)):
            one, other = self.features.get(name, (0.0, 0.0))
            amount = (one, other)[k]
            if abs(one - other) >= least and amount > 0:
                said = tongue.number(amount, 1)
                if name != "co2":
                    said = tongue.duration(dt.timedelta(minutes=round(amount)))
                parts.append(words[name].format(said))
        return ", ".join(parts)

    def __str__(self) -> str:
        return self.sentence(self.words)

    __repr__ = __str__


def ask(
    planner: Planner,
    model: ChoiceModel,
    trips: Iterable[Trip] = (),
    *,
    asked: Sequence[Dilemma] = (),
    words: str = "en",
    random_state: int = 0,
) -> Dilemma:
    """Answer `Planner.ask`."""
    language(words)
    wanted = list(trips)
    if any(not isinstance(trip, tuple | list) or len(trip) != 3 for trip in wanted):
        raise InvalidQuery("trips: give (origin, destination, not before) for each")
    found = offers(planner, model, wanted) if wanted else sampled(planner, model, random_state)
    done = {dilemma.situation for dilemma in asked}
    costs = model.belief().alike_in_care(COST_DRAWS, model.random_state)
    best: Dilemma | None = None
    for offer in found:
        first, second = np.triu_indices(len(offer.journeys), 1)
        bits = information(offer.amounts[first] - offer.amounts[second], costs)
        for k in np.argsort(-bits, kind="stable").tolist():
            if best is not None and bits[k] <= best.information:
                break
            dilemma = _dilemma(offer, (first[k], second[k]), float(bits[k]), model, words)
            if dilemma.situation not in done:
                best = dilemma
                break
    if best is None:
        raise NoJourney(
            "these trips leave no choice that was not asked: on each, one journey is better than "
            "the others in everything; give other trips or times"
        )
    return best


def _dilemma(
    offer: Offer, pair: tuple[int, int], bits: float, model: ChoiceModel, words: str
) -> Dilemma:
    # The one that leaves first is A.
    one, other = sorted(pair, key=lambda k: offer.journeys[k].departure)
    amounts = zip(offer.amounts[one].tolist(), offer.amounts[other].tolist(), strict=True)
    return Dilemma(
        (offer.journeys[one], offer.journeys[other]),
        offer.depart,
        dict(zip(model.features_in_, amounts, strict=True)),
        bits,
        model.context,
        words,
    )


def offers(planner: Planner, model: ChoiceModel, trips: Iterable[Trip]) -> Iterator[Offer]:
    """Yield what there is to choose from on each trip; none where one journey is the best of all.

    Journeys that are the best for somebody whom `model` allows, and those of the next hours that
    no other beats in departure, arrival and changes.
    """
    for trip in trips:
        origin, destination, depart = trip
        planned = planner.plan(
            origin,
            destination,
            depart=depart,
            traveller=model,
            draws=PLANNED_DRAWS,
            most=PLANNED_DRAWS,
        )
        if not planned.itineraries:
            continue
        personal, asked = planned.personal, planned.asked
        assert personal is not None and asked is not None
        me = personal.traveller
        day = planner.profile(origin, destination, depart=depart, window=WINDOW, needs=me.needs)
        both = (planned, day)
        journeys = [journey for part in both for journey in part]
        amounts = np.zeros((len(journeys), len(model.features_in_)))
        parts = [part.features(me) for part in both]
        for k, name in enumerate(model.features_in_):
            if name in parts[0]:
                amounts[:, k] = np.concatenate([part[name] for part in parts])
        if "before_departure" in model.features_in_:  # a window's own answer does not count it
            k = model.features_in_.index("before_departure")
            amounts[:, k] = [(one.departure - asked).total_seconds() / 60 for one in journeys]
        kept = np.flatnonzero(undominated(amounts.round(6)))
        if len(kept) > 1:
            chosen = tuple(journeys[k] for k in kept.tolist())
            yield Offer(trip, asked, chosen, amounts[kept])


def sampled(
    planner: Planner, model: ChoiceModel, random_state: int, n: int = N_TRIPS
) -> Iterator[Offer]:
    """Yield offers of n trips between busy stations, on days and at hours of the timetable."""
    rng = np.random.default_rng(random_state)
    stations, dates = planner.timetable.stations, planner.timetable.dates
    busy = np.argsort(-np.asarray(stations.departures), kind="stable")[:BUSIEST]
    left = n
    for _ in range(10 * n):
        if not left:
            return
        start, end = (str(stations.name[k]) for k in rng.choice(busy, 2, replace=False))
        date, hour = dates[int(rng.integers(len(dates)))], int(rng.integers(*HOURS))
        try:
            for offer in offers(planner, model, [(start, end, f"{date} {hour:02d}:00")]):
                yield offer
                left -= 1
        except MobiplanError:  # one place, two of a name, or the calendar ends: another trip
            continue
