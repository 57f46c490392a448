"""Use cases: people, what they answered first, and what is to be foretold of them.

A new use case is a function that returns a `UseCase` and a line in `USE_CASES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mobiplan.errors import InvalidQuery
from mobiplan.lab.simulation import POPULATIONS, TYPICAL, offers

if TYPE_CHECKING:
    import pandas as pd

    from mobiplan.lab.planned import PlannedTrips


@dataclass(frozen=True, eq=False)
class Person:
    """One person's choices: those to learn from, in their order, and those to foretell.

    Attributes
    ----------
    name : str
        Told apart by it in tables.
    answered, held_out : DataFrame
        Tidy tables of choices (`mobiplan.traveller.choices.read`). A column ``_minutes`` of
        `held_out` is the true cost of each option, in equivalent minutes.
    weights : mapping of str to float, optional
        The true weights in equivalent minutes per unit, where they are known.

    Examples
    --------
    >>> people = next(simulated("two", n_people=2, first=4, held_out=10).splits()).people
    >>> people[0].answered["situation"].nunique(), people[0].held_out["situation"].nunique()
    (4, 10)
    """

    name: str
    answered: pd.DataFrame
    held_out: pd.DataFrame
    weights: Mapping[str, float] | None = None


@dataclass(frozen=True, eq=False)
class Split:
    """People to foretell, and all choices of other people, to learn from what people are like.

    Attributes
    ----------
    others : list of DataFrame
        A tidy table of choices for each other person.
    people : list of Person
        Whose held-out choices are foretold.

    Examples
    --------
    >>> split = next(simulated("two", n_people=2, n_others=3).splits())
    >>> len(split.people), len(split.others)
    (2, 3)
    """

    others: list[pd.DataFrame]
    people: list[Person]


@dataclass(frozen=True, eq=False)
class UseCase:
    """A name, and the splits that a run goes through.

    Parameters
    ----------
    name : str
        For the report.
    splits : function
        Called by each run; yields `Split`.
    yardstick : str
        The feature that weights are measured by.
    trips : PlannedTrips, optional
        Trips that are planned for each person too, where the true weights are known.

    Examples
    --------
    A use case of one's own is a name and people:

    >>> borrowed = next(simulated("two", n_people=2).splits())
    >>> mine = UseCase("mine", lambda: iter([borrowed]))
    >>> [len(split.people) for split in mine.splits()]
    [2]
    """

    name: str
    splits: Callable[[], Iterator[Split]]
    yardstick: str = "riding"
    trips: PlannedTrips | None = None


def replay(
    name: str,
    table: pd.DataFrame,
    *,
    first: int = 8,
    folds: int = 5,
    seeds: int = 5,
    yardstick: str = "riding",
) -> UseCase:
    """Return a public table as a use case: each person's later answers, from the first and others'.

    Parameters
    ----------
    name : str
        For the report.
    table : DataFrame
        Tidy, with a column ``person``; situations in the order in which they were answered.
    first : int
        So many answers of each person may be learned, the rest are foretold.
    folds : int
        People are dealt into so many parts; each part is foretold with the other parts known.
    seeds : int
        How many times people are dealt anew.
    yardstick : str
        The feature, in minutes, that weights are measured by.

    Returns
    -------
    UseCase
        Of `seeds` times `folds` splits.

    Raises
    ------
    InvalidQuery
        If there are fewer people than folds, or nobody has more than `first` answers.

    Examples
    --------
    >>> import pandas as pd
    >>> people = next(simulated("six", n_people=6, first=4).splits()).people
    >>> survey = pd.concat([one.answered.assign(person=one.name) for one in people])
    >>> splits = list(replay("again", survey, first=2, folds=3, seeds=1).splits())
    >>> [(len(split.people), len(split.others)) for split in splits]
    [(2, 4), (2, 4), (2, 4)]
    """
    if "person" not in table:
        raise InvalidQuery("a replay needs the column 'person'")
    people = []
    for person, own in table.groupby("person", sort=True):
        place = own["situation"].map({s: i for i, s in enumerate(own["situation"].unique())})
        tidy = own.drop(columns="person")
        people.append(Person(str(person), tidy[place < first], tidy[place >= first]))
    everything = [own.drop(columns="person") for _, own in table.groupby("person", sort=True)]
    if len(people) < folds or all(person.held_out.empty for person in people):
        raise InvalidQuery(
            f"{name}: {len(people)} people; give at least {folds}, some with more than "
            f"{first} answers"
        )

    def splits() -> Iterator[Split]:
        for seed in range(seeds):
            fold = np.empty(len(people), np.int64)
            fold[np.random.default_rng(seed).permutation(len(people))] = (
                np.arange(len(people)) % folds
            )
            for k in range(folds):
                yield Split(
                    [own for own, f in zip(everything, fold, strict=True) if f != k],
                    [
                        person
                        for person, f in zip(people, fold, strict=True)
                        if f == k and len(person.held_out)
                    ],
                )

    return UseCase(name, splits, yardstick)


def simulated(
    name: str,
    population: str = "alike",
    *,
    n_people: int = 200,
    n_others: int = 0,
    first: int = 20,
    held_out: int = 30,
    contexts: tuple[str, ...] = (),
    trips: PlannedTrips | None = None,
    random_state: int = 0,
) -> UseCase:
    """Return simulated travellers as a use case.

    Parameters
    ----------
    name : str
        For the report.
    population : str
        A key of `POPULATIONS`.
    n_people, n_others : int
        Travellers to foretell, and others, whose answers may be learned from.
    first, held_out : int
        Answers of each to learn from and to foretell (per context where there are contexts).
    contexts : tuple of str
        Contexts that answers are given in, in turn.
    trips : PlannedTrips, optional
        They choose among the journeys of these (`mobiplan.lab.planned_trips`); among made-up ones
        if left out.
    random_state : int
        Seed of the travellers and of what they choose.

    Returns
    -------
    UseCase
        Of one split.

    Raises
    ------
    InvalidQuery
        If there is no such population.

    Examples
    --------
    >>> split = next(simulated("two groups", "taste groups", n_people=4).splits())
    >>> [round(float(one.weights["euros"])) for one in split.people]  # minutes per euro
    [10, 2, 9, 1]
    """
    shown = offers if trips is None else trips.situations
    around = TYPICAL if trips is None else trips.weights
    if population not in POPULATIONS:
        raise InvalidQuery(f"population={population!r}: one of {', '.join(POPULATIONS)}")

    def splits() -> Iterator[Split]:
        import pandas as pd

        def answers(i: int, n: int, start: int) -> pd.DataFrame:
            seed = [random_state, i, start]
            draw = int(np.random.default_rng(seed).integers(2**31))
            parts = []
            for c, context in enumerate(contexts or (None,)):
                part = shown(n, draw + c, context=context)
                part["situation"] = start + part["situation"] * max(len(contexts), 1) + c
                parts.append(part)
            table = pd.concat(parts).sort_values("situation", kind="stable", ignore_index=True)
            return travellers[i].choose(table, draw)

        travellers = POPULATIONS[population](n_people + n_others, random_state, around=around)
        people = [
            Person(
                str(i),
                answers(i, first, 0),
                answers(i, held_out, 10**6),
                None if contexts else travellers[i].weights,
            )
            for i in range(n_people)
        ]
        others = [answers(i, first, 0) for i in range(n_people, n_people + n_others)]
        yield Split(others, people)

    return UseCase(name, splits, trips=trips)


def on_the_sample_feed(name: str, population: str = "alike", *, n_people: int = 20) -> UseCase:
    """Return simulated travellers who choose among journeys planned on the bundled timetable."""
    from mobiplan.lab.planned import planned_trips

    return simulated(name, population, n_people=n_people, trips=planned_trips())


USE_CASES: dict[str, Callable[[], UseCase]] = {
    "travellers around a preset": lambda: simulated("travellers around a preset"),
    "two taste groups": lambda: simulated("two taste groups", "taste groups", n_others=100),
    "commute and leisure": lambda: simulated(
        "commute and leisure", "two contexts", first=10, contexts=("commute", "leisure")
    ),
    "not quite a logit": lambda: simulated("not quite a logit", "violating"),
    "journeys that run": lambda: on_the_sample_feed("journeys that run"),
    "journeys that run, not quite a logit": lambda: on_the_sample_feed(
        "journeys that run, not quite a logit", "violating"
    ),
}
