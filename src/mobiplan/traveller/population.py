"""What a population is like: how weights are spread and hang together among people.

Everyone's costs are a draw from a Gaussian of full covariance: who minds transfers may care less
for money, and who chooses carefully has larger costs all over. With people enough there are two
such groups, for tastes are not one heap. Centres, covariances and shares are found by expectation
and maximisation with Laplace's approximation for each person (Dempster, Laird, Rubin 1977; for
choices: Train, "Discrete Choice Methods with Simulation", chapter 14), which makes the spread of
people with few answers somewhat too small. Costs are believed as they are, not in logarithms: on
the Dutch train choices people whom a feature leaves cold, or pleases, are common, and after 8
answers the logarithm foretells the rest worse (log-loss 0.73 with Laplace's approximation, 0.575
with simulated integrals, against 0.564; two groups make it 0.547).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike
from typing import Any, NamedTuple, cast

import numpy as np

from mobiplan.errors import InvalidChoices
from mobiplan.traveller.belief import Belief
from mobiplan.traveller.choices import Choices, ChoicesLike, Floats, Integers, Table, read
from mobiplan.traveller.logit import Differences, Fit, differences, maximise, most_likely

# As if so many people more had been seen whose costs, of features standardised to a typical
# difference of 1, are independent with this standard deviation: three people alone do not tell a
# covariance. The figures change little from 0 to 20 people on the Dutch choices.
ASSUMED_PEOPLE = 5.0
ASSUMED_SPREAD = 0.7
MOST_ROUNDS = 100
ENOUGH_FOR_GROUPS = 40
CONVERGED = 1e-3  # change of centre and covariance, of standardised costs


class _Groups(NamedTuple):
    """Taste groups, in standardised costs."""

    means: Floats  # (G, K)
    covariances: Floats  # (G, K, K)
    shares: Floats  # (G,)


def population(
    people: ChoicesLike | Iterable[ChoicesLike | str | PathLike[str]],
    *,
    person: str | None = None,
    yardstick: str = "riding",
    groups: int | None = None,
) -> Belief:
    """Return what a population is like, as a prior for one more of its people.

    Parameters
    ----------
    people : table, or several tables or files
        One table of choices with a column that says whose each is, or a table or memory file
        (`Memory.save`) per person.
    person : str, optional
        That column's name, where `people` is one table.
    yardstick : str
        The feature, in minutes, in whose unit weights are read.
    groups : int, optional
        Taste groups; 2 from `ENOUGH_FOR_GROUPS` people on if left out, else 1.

    Returns
    -------
    Belief
        Centre and covariance of people's costs, in each group.

    Raises
    ------
    InvalidChoices
        If there are fewer than two people, or their choices together determine no weights.

    Examples
    --------
    >>> offers = {"situation": [1, 1, 2, 2], "riding": [50, 40, 60, 45], "transfers": [0, 1, 0, 2]}
    >>> patient = offers | {"chosen": [1, 0, 1, 0]}
    >>> hasty = offers | {"chosen": [0, 1, 0, 1]}
    >>> other = offers | {"chosen": [0, 1, 1, 0]}
    >>> population([patient, hasty, other]).features
    ('riding', 'transfers')
    """
    everyone = [read(table) for table in _tables(people, person)]
    if len(everyone) < 2:
        raise InvalidChoices("a population is two people or more; for one, learn(choices)")
    features = tuple(sorted({name for each in everyone for name in each.features}))
    data = _joined(everyone, features)
    spread = np.sqrt(np.mean(data.amounts**2, axis=0)) if len(data.amounts) else np.zeros(0)
    pooled = most_likely(_one_block(data), features).mode[0] * spread
    standard = data._replace(amounts=data.amounts / spread)
    n_people, size = len(everyone), len(features)
    one = _Groups(pooled[None], ASSUMED_SPREAD**2 * np.eye(size)[None], np.ones(1))
    found = _expectation_maximisation(standard, n_people, one, None)
    wanted = groups or (2 if n_people >= ENOUGH_FOR_GROUPS else 1)
    if wanted > 1:
        parted = _parted(found, wanted)
        found = _expectation_maximisation(standard, n_people, parted, found.means[0])
    return Belief(
        features,
        yardstick,
        np.zeros(size, np.bool_),
        found.means / spread,
        found.covariances / (spread[:, None] * spread),
        found.shares,
    )


def _parted(one: _Groups, wanted: int) -> _Groups:
    """Return several groups in place of one, along the longest axis of its spread."""
    values, vectors = np.linalg.eigh(one.covariances[0])
    longest = vectors[:, -1] * np.sqrt(values[-1])
    longest *= np.sign(longest[np.argmax(np.abs(longest))])  # the same way on any machine
    return _Groups(
        one.means[0] + np.linspace(-1, 1, wanted)[:, None] * longest,
        np.tile(0.7 * one.covariances[0], (wanted, 1, 1)),
        np.full(wanted, 1 / wanted),
    )


def _expectation_maximisation(
    data: Differences, n_people: int, now: _Groups, around: Floats | None
) -> _Groups:
    """Improve groups, block p being person p, until they stay.

    `ASSUMED_PEOPLE` more are counted to each group, spread around `around` where that is given.
    """
    n_groups, size = now.means.shape
    held = 0.0 if around is None else ASSUMED_PEOPLE
    anchor = np.zeros(size) if around is None else around
    assumed = ASSUMED_PEOPLE * ASSUMED_SPREAD**2 * np.eye(size)
    linear = np.zeros(size, np.bool_)
    fits: list[Fit] = []
    for _ in range(MOST_ROUNDS):
        fits = [
            maximise(
                data,
                linear,
                now.means[g],
                np.asarray(np.linalg.inv(now.covariances[g])),
                people=n_people,
                start=fits[g].mode if len(fits) == n_groups else None,
            )
            for g in range(n_groups)
        ]
        height = np.log(now.shares)[:, None] + np.array([fit.log_evidence for fit in fits])
        member = np.exp(height - height.max(axis=0))
        member /= member.sum(axis=0)  # (G, P)
        means, covariances = np.empty_like(now.means), np.empty_like(now.covariances)
        for g, fit in enumerate(fits):
            n_members = member[g].sum()
            means[g] = (member[g] @ fit.mode + held * anchor) / (n_members + held)
            apart = fit.mode - means[g]
            within = np.einsum("p,pkl->kl", member[g], np.linalg.inv(fit.curvature))
            between = np.einsum("p,pk,pl->kl", member[g], apart, apart)
            covariances[g] = (within + between + assumed) / (n_members + ASSUMED_PEOPLE)
        shares = (member.sum(axis=1) + 2.0) / (n_people + 2.0 * n_groups)
        change = max(np.abs(means - now.means).max(), np.abs(covariances - now.covariances).max())
        now = _Groups(means, covariances, shares)
        if change < CONVERGED:
            break
    return now


def _tables(people: Any, person: str | None) -> Iterable[ChoicesLike]:
    if person is not None:
        table = cast(Table, people)
        columns = {str(name): np.asarray(table[name]) for name in table.keys()}  # noqa: SIM118
        if person not in columns:
            raise InvalidChoices(f"the table of choices has no column {person!r} of people")
        who = columns.pop(person)
        order = np.argsort(who, kind="stable")
        for rows in np.split(order, np.flatnonzero(who[order][1:] != who[order][:-1]) + 1):
            yield {name: values[rows] for name, values in columns.items()}
        return
    if isinstance(people, Mapping) or hasattr(people, "keys"):
        raise InvalidChoices("one table: say in which column people stand, with person=...")
    for each in people:
        if isinstance(each, str | PathLike):
            from mobiplan.traveller.memory import Memory

            yield Memory.load(each).table()
        else:
            yield each


def _joined(everyone: list[Choices], features: tuple[str, ...]) -> Differences:
    """Return all choices, block p being person p."""
    parts = [
        differences(each, features, np.full(len(each.situations), p, np.int64))
        for p, each in enumerate(everyone)
    ]
    first: list[Integers] = []
    seen = 0
    for part in parts:
        first.append(part.first + seen)
        seen += len(part.amounts)
    return Differences(
        np.concatenate([part.amounts for part in parts]),
        np.concatenate(first),
        np.concatenate([part.block for part in parts]),
        np.concatenate([part.weight for part in parts]),
    )


def _one_block(data: Differences) -> Differences:
    return data._replace(block=np.zeros_like(data.block))
