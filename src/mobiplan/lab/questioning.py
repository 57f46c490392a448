"""Asking well: how many answers until plans suit, by who chooses the questions.

A chooser is a function that picks the next question, and a line in `CHOOSERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from mobiplan.lab.simulation import SimulatedTraveller
from mobiplan.traveller.choices import Booleans, Floats
from mobiplan.traveller.learning import ChoiceModel, learn
from mobiplan.traveller.questions import information

if TYPE_CHECKING:
    from mobiplan.lab.planned import PlannedTrips

#: ``chooser(model, apart, open, rng) -> question``: `apart` (P, K) has what the options of each
#: question differ in, `open` (P,) says which were not asked yet.
Chooser: TypeAlias = Callable[[ChoiceModel, Floats, Booleans, np.random.Generator], int]


def at_random(model: ChoiceModel, apart: Floats, left: Booleans, rng: np.random.Generator) -> int:
    """Pick any question."""
    return int(rng.choice(np.flatnonzero(left)))


def by_information(
    model: ChoiceModel, apart: Floats, left: Booleans, rng: np.random.Generator
) -> int:
    """Pick the question of the greatest expected information, as `Planner.ask` does."""
    bits = information(apart, model.belief().alike_in_care(256))
    return int(np.argmax(np.where(left, bits, -1.0)))


CHOOSERS: dict[str, Chooser] = {"random": at_random, "information": by_information}


def regret_by_questions(
    trips: PlannedTrips,
    people: Sequence[SimulatedTraveller],
    choosers: Mapping[str, Chooser] = CHOOSERS,
    *,
    n_questions: int = 20,
    random_state: int = 0,
) -> dict[str, Floats]:
    """Return how well plans suit each traveller after each question, by chooser.

    Questions are pairs of journeys of every other trip; the regret is that of the best journey
    for the mean weights, on the trips between, under the true weights.

    Parameters
    ----------
    trips : PlannedTrips
        Trips that questions and plans are about.
    people : sequence of SimulatedTraveller
        Who answer; they weigh the features of the trips.
    choosers : mapping of str to function
        Name to chooser; see `CHOOSERS`.
    n_questions : int
        How many are asked of each.
    random_state : int
        Seed of the answers, and of choosers that draw.

    Returns
    -------
    dict of str to (n_people, 1 + n_questions) float64
        By chooser: average regret in equivalent minutes before the first question and after each.

    Examples
    --------
    >>> from mobiplan.lab import planned_trips
    >>> from mobiplan.lab.simulation import alike
    >>> trips = planned_trips(4, 1)
    >>> people = alike(2, around=trips.weights)
    >>> regret_by_questions(trips, people, n_questions=3)["information"].shape
    (2, 4)
    """
    first, second = [], []
    for offer in trips.offers[::2]:
        one, other = np.triu_indices(len(offer.amounts), 1)
        first.append(offer.amounts[one])
        second.append(offer.amounts[other])
    pairs = np.stack([np.concatenate(first), np.concatenate(second)], axis=1)  # (P, 2, K)
    plans = [offer.amounts for offer in trips.offers[1::2]]
    return {
        name: np.array(
            [
                _regrets(trips, person, chooser, pairs, plans, n_questions, [random_state, i])
                for i, person in enumerate(people)
            ]
        )
        for name, chooser in choosers.items()
    }


def _regrets(
    trips: PlannedTrips,
    person: SimulatedTraveller,
    chooser: Chooser,
    pairs: Floats,
    plans: Sequence[Floats],
    n_questions: int,
    seed: Sequence[int],
) -> Floats:
    names = trips.features
    truly = np.array([person.weights[name] for name in names])
    blur = np.random.default_rng(seed).gumbel(size=(n_questions, 2)) / person.cost_of_a_minute
    rng = np.random.default_rng([*seed, 1])
    apart, left = pairs[:, 0] - pairs[:, 1], np.ones(len(pairs), np.bool_)
    model = learn(None, prior=trips.weights)
    regrets = np.empty(1 + n_questions)
    for n in range(1 + n_questions):
        mean = model.belief().mean_weights
        weights = np.array([max(mean[name], 0.0) for name in names])
        regrets[n] = np.mean([p[(p @ weights).argmin()] @ truly - (p @ truly).min() for p in plans])
        if n == n_questions:
            break
        asked = chooser(model, apart, left, rng)
        left[asked] = False
        taken = int(np.argmax(blur[n] - pairs[asked] @ truly))
        table = {name: pairs[asked, :, k] for k, name in enumerate(names)}
        chosen = [int(taken == k) for k in (0, 1)]
        model.update({"situation": [n, n], "chosen": chosen, **table})
    return regrets
