"""Learners to compare: each is shown other people's choices, then a person's own, and foretells.

A learner is ``learner(others, yardstick) -> (own or None) -> model``, and a model anything with
``predict_proba(table)``; with ``belief(context)`` its intervals are checked too. Your own learner
or planner goes into `run` by the same door.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol, TypeAlias

from mobiplan.lab.simulation import TYPICAL
from mobiplan.traveller.choices import Floats
from mobiplan.traveller.learning import ChoiceModel, learn
from mobiplan.traveller.population import population
from mobiplan.traveller.traveller import Traveller

if TYPE_CHECKING:
    import pandas as pd


class Foretells(Protocol):
    """What a learner returns: a probability per row of a table of choices."""

    def predict_proba(self, choices: pd.DataFrame, /) -> Floats:
        """Return the probability of each row being taken."""
        ...


Learner: TypeAlias = (
    "Callable[[list[pd.DataFrame], str], Callable[[pd.DataFrame | None], Foretells]]"
)


def pooled(
    others: list[pd.DataFrame], yardstick: str
) -> Callable[[pd.DataFrame | None], ChoiceModel]:
    """One logit of all other people; a person's own answers are not looked at."""
    import pandas as pd

    together = pd.concat(
        [
            own.assign(situation=[f"{i} {s}" for s in own["situation"]])
            for i, own in enumerate(others)
        ]
    )
    model = learn(together, yardstick=yardstick)
    return lambda own: model


def with_population(
    others: list[pd.DataFrame], yardstick: str
) -> Callable[[pd.DataFrame | None], ChoiceModel]:
    """The person's own answers, with what other people are like as prior."""
    prior = population(others, yardstick=yardstick)
    return lambda own: learn(own, prior)


def with_traveller(weights: Mapping[str, float] = TYPICAL, **settings: float) -> Learner:
    """The person's own answers, with a traveller (a preset) as prior."""

    def learner(
        others: list[pd.DataFrame], yardstick: str
    ) -> Callable[[pd.DataFrame | None], ChoiceModel]:
        return lambda own: learn(own, weights, yardstick=yardstick, **settings)

    return learner


def traveller_alone(weights: Mapping[str, float] = TYPICAL) -> Learner:
    """A traveller (a preset), whatever the person answers."""

    def learner(
        others: list[pd.DataFrame], yardstick: str
    ) -> Callable[[pd.DataFrame | None], ChoiceModel]:
        model = learn(None, weights, yardstick=yardstick)
        return lambda own: model

    return learner


def without_contexts(learner: Learner) -> Learner:
    """Return the learner, blind to contexts."""

    def blind(
        others: list[pd.DataFrame], yardstick: str
    ) -> Callable[[pd.DataFrame | None], Foretells]:
        personal = learner([_plain(own) for own in others], yardstick)
        return lambda own: _Blind(personal(None if own is None else _plain(own)))

    return blind


class _Blind:
    def __init__(self, model: Foretells) -> None:
        self.model = model

    def predict_proba(self, choices: pd.DataFrame) -> Floats:
        return self.model.predict_proba(_plain(choices))


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop(columns="context", errors="ignore")


STANDARD = Traveller.preset("standard").weights

LEARNERS: dict[str, Learner] = {
    "pooled": pooled,
    "population": with_population,
    "traveller": traveller_alone(),
    "learned": with_traveller(),
    "preset": traveller_alone(STANDARD),
    "learned from the preset": with_traveller(STANDARD),
}
