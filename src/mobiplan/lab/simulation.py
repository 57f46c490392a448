"""Simulated travellers: their weights are known, so what is learned of them can be checked.

A traveller takes the option of least cost, where each cost is blurred by a Gumbel error: the logit.
A violation bends that rule on purpose, as people do. A new simulated population is a function that
returns travellers and a line in `POPULATIONS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from mobiplan.traveller.belief import COST_OF_A_MINUTE, COST_SPREAD, WEIGHT_SPREAD
from mobiplan.traveller.choices import Booleans, Floats

if TYPE_CHECKING:
    import pandas as pd

# A preset in all but name: round figures among those of the published studies.
TYPICAL: Mapping[str, float] = {
    "riding": 1.0,
    "waiting": 1.5,
    "walking": 2.0,
    "transfers": 15.0,
    "euros": 4.0,
}


def offers(
    n_situations: int, random_state: int = 0, *, n_options: int = 4, context: str | None = None
) -> pd.DataFrame:
    """Return situations to choose in: rail journeys of one trip, none better in every respect.

    Parameters
    ----------
    n_situations : int
    random_state : int
    n_options : int
        At most, per situation: dominated journeys are left out, and at least two remain.
    context : str, optional

    Returns
    -------
    DataFrame
        situation, option, context if given, and the features of `TYPICAL`.

    Examples
    --------
    >>> sorted(offers(3, 1).columns)
    ['euros', 'option', 'riding', 'situation', 'transfers', 'waiting', 'walking']
    """
    import pandas as pd

    rng = np.random.default_rng(random_state)
    shape = (n_situations, n_options)
    drawn, kept = np.zeros((*shape, len(OFFERED))), np.zeros(shape, np.bool_)
    while (again := kept.sum(axis=1) < 2).any():
        size = (int(again.sum()), n_options)
        direct = rng.uniform(45, 240, (size[0], 1))
        transfers = rng.integers(0, 4, size).astype(np.float64)
        drawn[again] = np.stack(
            [
                direct * rng.uniform(0.7, 1.3, size),
                transfers * rng.uniform(3, 30, size),
                rng.uniform(0, 20, size),
                transfers,
                direct * rng.uniform(0.1, 0.4, size),
            ],
            axis=2,
        ).round(1)
        one, other = drawn[again][:, :, None], drawn[again][:, None, :]
        beaten = (other <= one).all(axis=3) & (other < one).any(axis=3)
        kept[again] = ~beaten.any(axis=2)
    situation, option = np.nonzero(kept)
    table = pd.DataFrame({"situation": situation, "option": option})
    table[list(OFFERED)] = drawn[kept]
    if context is not None:
        table["context"] = context
    return table


OFFERED = ("riding", "waiting", "walking", "transfers", "euros")
CONTEXT_SPREAD = 0.8  # of weights at leisure around those at work: a factor of 3.7 at 90 %


@dataclass(frozen=True)
class SimulatedTraveller:
    """A traveller whose weights are known.

    Parameters
    ----------
    weights : mapping
        Equivalent minutes per unit of each feature.
    cost_of_a_minute : float
        How sharply options are told apart: utility per equivalent minute.
    contexts : mapping of context to weights
        Weights that differ in a context.
    violation : str
        How the logit is violated, a key of `VIOLATIONS`; "" for not at all.

    Examples
    --------
    >>> import pandas as pd
    >>> hasty = SimulatedTraveller({"riding": 1, "transfers": 5}, cost_of_a_minute=10)
    >>> offered = pd.DataFrame({"situation": [1, 1], "riding": [60, 40], "transfers": [0, 1]})
    >>> hasty.choose(offered)["chosen"].tolist()
    [0, 1]
    """

    weights: Mapping[str, float]
    cost_of_a_minute: float = COST_OF_A_MINUTE
    contexts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    violation: str = ""

    def in_context(self, context: str | None) -> dict[str, float]:
        """Return the weights that hold in a context.

        Parameters
        ----------
        context : str or None
            One that has no weights of its own, or None: the traveller's own.

        Examples
        --------
        >>> with_bags = {"bags": {"transfers": 40}}
        >>> one = SimulatedTraveller({"riding": 1, "transfers": 15}, contexts=with_bags)
        >>> one.in_context("bags")
        {'riding': 1, 'transfers': 40}
        """
        return {**self.weights, **self.contexts.get(context or "", {})}

    def choose(self, table: pd.DataFrame, random_state: int = 0) -> pd.DataFrame:
        """Return what the traveller takes of each situation.

        Parameters
        ----------
        table : DataFrame
            situation, the features of `weights`, and context if wanted; a row per option.
        random_state : int
            Seed of the Gumbel errors, and of the violation.

        Returns
        -------
        pandas.DataFrame
            The table with ``chosen`` (0 or 1), and each option's true cost in equivalent minutes
            as ``_minutes``.

        Examples
        --------
        >>> import pandas as pd
        >>> one = SimulatedTraveller({"riding": 1, "transfers": 15})
        >>> offered = pd.DataFrame({"situation": [1, 1], "riding": [60, 40], "transfers": [0, 1]})
        >>> one.choose(offered)["_minutes"].tolist()
        [60.0, 55.0]
        """
        rng = np.random.default_rng(random_state)
        answered = table.copy()
        contexts = table["context"].tolist() if "context" in table else [None] * len(table)
        by_context = {context: self.in_context(context) for context in set(contexts)}
        minutes = np.zeros(len(table))
        for name in self.weights:
            weight = np.array([by_context[context][name] for context in contexts])
            minutes += weight * table[name].to_numpy(np.float64)
        answered["_minutes"] = minutes
        blur = rng.gumbel(size=len(table)) / self.cost_of_a_minute
        appeal = blur - minutes
        if self.violation:
            appeal = VIOLATIONS[self.violation](table, minutes, blur, rng)
        best = answered.assign(_appeal=appeal).groupby("situation")["_appeal"].transform("max")
        answered["chosen"] = (appeal == best.to_numpy()).astype(int)
        return answered


def _stays_with_fewest_transfers(
    table: pd.DataFrame, minutes: Floats, blur: Floats, rng: np.random.Generator
) -> Floats:
    """Half of the time nothing but transfers is looked at."""
    lazy = _per_situation(table, rng.random(len(table)) < 0.5)
    return np.where(lazy, blur - 1_000.0 * table["transfers"].to_numpy(np.float64), blur - minutes)


def _at_random(
    table: pd.DataFrame, minutes: Floats, blur: Floats, rng: np.random.Generator
) -> Floats:
    """One choice in five is made without looking."""
    absent = _per_situation(table, rng.random(len(table)) < 0.2)
    return np.where(absent, blur, blur - minutes)


def _by_the_first_shown(
    table: pd.DataFrame, minutes: Floats, blur: Floats, rng: np.random.Generator
) -> Floats:
    """What stands first on the screen seems 15 minutes better."""
    first = ~table["situation"].duplicated().to_numpy()
    return np.asarray(blur - minutes + 15.0 * first)


def _with_thresholds(
    table: pd.DataFrame, minutes: Floats, blur: Floats, rng: np.random.Generator
) -> Floats:
    """Differences below 5 equivalent minutes go unnoticed."""
    return np.asarray(blur - 5.0 * np.floor(minutes / 5.0))


def _per_situation(table: pd.DataFrame, values: Booleans) -> Booleans:
    """Return the first row's value in all rows of its situation."""
    import pandas as pd

    drawn = pd.Series(values).groupby(table["situation"].to_numpy()).transform("first")
    return np.asarray(drawn)


Violation = Callable[["pd.DataFrame", Floats, Floats, np.random.Generator], Floats]

VIOLATIONS: dict[str, Violation] = {
    "fewest transfers half of the time": _stays_with_fewest_transfers,
    "one in five at random": _at_random,
    "first shown": _by_the_first_shown,
    "thresholds": _with_thresholds,
}


def alike(
    n: int,
    random_state: int = 0,
    *,
    around: Mapping[str, float] = TYPICAL,
    spread: float = WEIGHT_SPREAD,
    cost_spread: float = COST_SPREAD,
    violation: str = "",
) -> list[SimulatedTraveller]:
    """Return travellers whose weights are log-normal around one traveller's.

    Examples
    --------
    >>> [round(one.weights["transfers"]) for one in alike(3, random_state=1)]
    [18, 21, 10]
    """
    rng = np.random.default_rng(random_state)
    return [
        SimulatedTraveller(
            {
                name: weight * (1.0 if name == "riding" else np.exp(spread * rng.normal()))
                for name, weight in around.items()
            },
            COST_OF_A_MINUTE * float(np.exp(cost_spread * rng.normal())),
            violation=violation,
        )
        for _ in range(n)
    ]


def taste_groups(
    n: int, random_state: int = 0, *, around: Mapping[str, float] = TYPICAL
) -> list[SimulatedTraveller]:
    """Return two groups: those who save money and those who save effort."""
    savers = {**around, "euros": 10.0, "transfers": 6.0, "walking": 1.2}
    comfortable = {**around, "euros": 1.5, "transfers": 35.0, "walking": 4.0}
    half = alike(n, random_state, around=savers, spread=0.3, cost_spread=0.4)
    other = alike(n, random_state + 1, around=comfortable, spread=0.3, cost_spread=0.4)
    return [pair[i % 2] for i, pair in enumerate(zip(half, other, strict=True))]


def two_contexts(
    n: int, random_state: int = 0, *, around: Mapping[str, float] = TYPICAL
) -> list[SimulatedTraveller]:
    """Return travellers who weigh otherwise at leisure than on the way to work."""
    rng = np.random.default_rng(random_state)
    people = []
    for one in alike(n, random_state, around=around):
        leisure = {
            name: weight * float(np.exp(CONTEXT_SPREAD * rng.normal()))
            for name, weight in one.weights.items()
            if name != "riding"
        }
        people.append(
            SimulatedTraveller(
                one.weights, one.cost_of_a_minute, {"commute": {}, "leisure": leisure}
            )
        )
    return people


def violating(
    n: int, random_state: int = 0, *, around: Mapping[str, float] = TYPICAL
) -> list[SimulatedTraveller]:
    """Return travellers who do not choose by a logit, each violation in turn."""
    kinds = list(VIOLATIONS)
    return [
        alike(1, random_state + i, around=around, violation=kinds[i % len(kinds)])[0]
        for i in range(n)
    ]


class Population(Protocol):
    """Simulated travellers: so many, of this seed, around one traveller's weights."""

    def __call__(
        self, n: int, random_state: int = 0, /, *, around: Mapping[str, float] = TYPICAL
    ) -> list[SimulatedTraveller]:
        """Return the travellers."""
        ...


POPULATIONS: dict[str, Population] = {
    "alike": alike,
    "taste groups": taste_groups,
    "two contexts": two_contexts,
    "violating": violating,
}
