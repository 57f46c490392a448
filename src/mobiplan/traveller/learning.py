"""Learning a traveller from choices: this was taken, so a transfer is worth 14 min."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

import numpy as np

from mobiplan.errors import InvalidChoices, InvalidQuery
from mobiplan.timetable.counting import counted
from mobiplan.traveller.belief import COST_OF_A_MINUTE, WEIGHT_SPREAD, Belief
from mobiplan.traveller.choices import (
    NOTHING,
    Booleans,
    ChoicesLike,
    Floats,
    read,
)
from mobiplan.traveller.fitting import Fitted, blocks_of, contexts_of, solved
from mobiplan.traveller.logit import differences, joined

if TYPE_CHECKING:
    from mobiplan.traveller.traveller import Traveller

YARDSTICK = "riding"
N_PROBABILITY_DRAWS = 256  # of the weights, that probabilities are averaged over


@runtime_checkable
class HasWeights(Protocol):
    """A traveller: weights in equivalent minutes."""

    @property
    def weights(self) -> Mapping[str, float]:
        """Feature to minutes per unit."""
        ...


PriorLike: TypeAlias = "Belief | ChoiceModel | HasWeights | Mapping[str, float] | None"


def learn(choices: ChoicesLike | None, prior: PriorLike = None, **settings: Any) -> ChoiceModel:
    """Learn weights in equivalent minutes, with their doubt, from choices.

    Parameters
    ----------
    choices : DataFrame, mapping of columns, or sequence of (journeys, chosen)
        See `mobiplan.traveller.choices.read`. None: nothing was seen yet.
    prior : Traveller, mapping of weights, population, model or None
        What is believed before: a traveller's weights, what a population is like (`population`),
        or an earlier model's posterior. None is plain maximum likelihood.
    **settings
        Further parameters of `ChoiceModel`.

    Returns
    -------
    ChoiceModel
        Fitted.

    Raises
    ------
    InvalidChoices
        If the table is not one of choices, or, without a prior, has no finite best weights.

    Examples
    --------
    Twice the traveller takes the longer train without a transfer, once a transfer that saves much:

    >>> choices = {
    ...     "situation": ["mon", "mon", "tue", "tue", "wed", "wed"],
    ...     "chosen": [1, 0, 1, 0, 0, 1],
    ...     "riding": [100, 88, 120, 110, 150, 100],
    ...     "transfers": [0, 1, 0, 1, 0, 1],
    ... }
    >>> model = learn(choices, prior={"riding": 1, "transfers": 10})
    >>> print(model.summary())
    1 transfer ≈ 13 min (90 %: 3.9 to 45)
    >>> model.predict_proba({"situation": [1, 1], "riding": [60, 55], "transfers": [0, 1]}).round(2)
    array([0.7, 0.3])
    """
    return ChoiceModel(prior, **settings).fit(choices)


@dataclass(eq=False)
class ChoiceModel:
    """A conditional logit of one traveller, or of many as one, with a Laplace posterior.

    Contexts (commute, leisure, luggage, ...) are pooled partially: each context's weights lie
    around the traveller's own, so that choices in one inform the others and do not erase them.
    Without a prior there is nothing to pool by: contexts are then disregarded.

    Parameters
    ----------
    prior : Traveller, mapping of weights, Belief, ChoiceModel or None
        See `learn`.
    yardstick : str, optional
        The feature, in minutes, in whose unit weights are given; the prior's, else "riding".
    spread : float or mapping of feature to float
        Where the prior is a traveller: standard deviation of each weight's logarithm.
    cost_of_a_minute : float
        Where the prior is a traveller: median of how much a minute counts, in utility.
    context_spread : float
        How much contexts differ, relative to the prior's standard deviations.
    random_state : int
        Seed of the draws that probabilities are averaged over.
    context : str, optional
        The context spoken of where none is named; see `in_context`.
    person : Traveller, optional
        Whose limits and facts (class, age, cards, ...) `traveller` has; the prior's if left out.

    Attributes
    ----------
    features_in_ : tuple of str
        K features: those of the prior and those of the choices.
    contexts_ : tuple of str
    coef_ : (K,) float64
        Utility per unit of each feature, negative where it costs.
    covariance_ : (K, K) float64
        Of `coef_`; `standard_errors_` are the roots of its diagonal.
    log_likelihood_ : float
        Of the choices, at `coef_` (of each context).
    log_evidence_ : float
        Laplace's approximation of the choices' probability under the prior; -inf without one.
    n_situations_ : int
        Situations that offered more than one option.
    weights_ : dict
        Equivalent minutes per unit.

    Examples
    --------
    Nothing is known but a preset; then two answers are:

    >>> import mobiplan as mp
    >>> model = ChoiceModel(mp.Traveller.preset("commuter")).fit(None)
    >>> model.n_situations_, round(model.weights_["transfers"], 1)
    (0, 16.0)
    >>> offered = {"situation": [1, 1, 2, 2], "riding": [60, 45, 90, 70], "transfers": [0, 1, 0, 1]}
    >>> model.update({**offered, "chosen": [1, 0, 1, 0]}).n_situations_
    2
    >>> model.weights_["transfers"] > 16
    True
    """

    prior: PriorLike = None
    yardstick: str | None = None
    spread: float | Mapping[str, float] = WEIGHT_SPREAD
    cost_of_a_minute: float = COST_OF_A_MINUTE
    context_spread: float = 0.7
    random_state: int = 0
    context: str | None = None
    person: Traveller | None = None
    _fitted: Fitted | None = field(default=None, init=False, repr=False)

    def fit(self, choices: ChoicesLike | None) -> ChoiceModel:
        """Learn from these choices alone (and the prior); what was learned before is dropped.

        Parameters
        ----------
        choices : DataFrame, mapping of columns, or sequence of (journeys, chosen)
            See `mobiplan.traveller.choices.read`; None: nothing was seen yet.

        Returns
        -------
        ChoiceModel
            This one.

        Raises
        ------
        InvalidChoices
            If the table is not one of choices, or, without a prior, has no finite best weights.

        Examples
        --------
        >>> model = ChoiceModel({"riding": 1, "transfers": 15})
        >>> round(model.fit(None).weights_["transfers"], 3)
        15.0
        """
        prior = self.belief_before()
        if choices is None:
            if prior is None:
                raise InvalidChoices("neither choices nor a prior: there is nothing to go by")
            data = differences(NOTHING, prior.features)
            self._fitted = solved(prior.features, prior, (), data, self.context_spread)
            return self
        given = read(choices)
        features = given.features
        if prior is not None:
            prior = prior.covering(features)
            features = prior.features
        elif not features:
            raise InvalidChoices("the table of choices has no feature")
        contexts = contexts_of(given) if prior is not None else ()
        data = differences(given, features, blocks_of(given, contexts))
        self._fitted = solved(features, prior, contexts, data, self.context_spread)
        return self

    def update(self, choices: ChoicesLike) -> ChoiceModel:
        """Learn from these choices too: the same as one `fit` to all, for the price of a few steps.

        Parameters
        ----------
        choices : DataFrame, mapping of columns, or sequence of (journeys, chosen)
            As `fit` takes them, with the features that were learned.

        Returns
        -------
        ChoiceModel
            This one.

        Raises
        ------
        InvalidChoices
            If a feature is new (fit again, with all choices) or the choices are none.

        Examples
        --------
        >>> model = learn(None, prior={"riding": 1, "transfers": 15})
        >>> offered = {"situation": [1, 1], "riding": [60, 45], "transfers": [0, 1]}
        >>> model.update({**offered, "chosen": [1, 0]}).n_situations_
        1
        """
        before = self._state()
        given = read(choices)
        new = sorted(set(given.features) - set(before.features))
        if new:
            raise InvalidChoices(f"{', '.join(map(repr, new))} were not learned before: fit again")
        contexts = before.contexts
        if before.prior is not None:
            contexts += tuple(c for c in contexts_of(given) if c not in contexts)
        data = joined(before.data, differences(given, before.features, blocks_of(given, contexts)))
        starts = [fit.mode for fit in before.fits]
        added = len(contexts) - len(before.contexts)
        if added:  # a new context begins where the traveller stands
            own = slice(len(before.features))
            starts = [np.concatenate([s] + [s[:, own]] * added, axis=1) for s in starts]
        self._fitted = solved(
            before.features, before.prior, contexts, data, self.context_spread, starts
        )
        return self

    def belief_before(self) -> Belief | None:
        """Return the prior as a belief, before any choice; None where there is none.

        Returns
        -------
        Belief or None
            In the unit of `yardstick`.

        Raises
        ------
        InvalidQuery
            If the prior is nothing that one can begin with.

        Examples
        --------
        >>> learn(None, prior={"riding": 1, "transfers": 15}).belief_before().features
        ('riding', 'transfers')
        """
        prior = self.prior
        if isinstance(prior, ChoiceModel):
            prior = prior.belief()
        if isinstance(prior, Belief):
            return replace(prior, yardstick=self.yardstick or prior.yardstick)
        if prior is None:
            return None
        weights = prior if isinstance(prior, Mapping) else getattr(prior, "weights", None)
        if not isinstance(weights, Mapping):
            raise InvalidQuery(
                f"prior={prior!r}: give a traveller, a mapping of feature to minutes per unit, "
                "a population, an earlier model, or None"
            )
        return Belief.of_weights(
            weights,
            yardstick=self.yardstick or YARDSTICK,
            spread=self.spread,
            cost_of_a_minute=self.cost_of_a_minute,
        )

    def _state(self) -> Fitted:
        if self._fitted is None:
            raise InvalidQuery("this model has learned nothing yet: call fit(choices)")
        return self._fitted

    def belief(self, context: str | None = None) -> Belief:
        """Return what is believed now: of the traveller, or of the traveller in a context.

        A context that was never seen is believed to differ as much as contexts do.

        Parameters
        ----------
        context : str, optional
            The model's own `context` if left out, else the traveller in general.

        Returns
        -------
        Belief
            Over the costs of the K features.

        Examples
        --------
        >>> model = learn(None, prior={"riding": 1, "transfers": 15})
        >>> low, high = model.belief().intervals(0.9)["transfers"]
        >>> round(low, 1), round(high, 1)
        (5.6, 40.2)
        """
        context = self.context if context is None else context
        features, prior, contexts, _, fits, shares = self._state()
        size = len(features)
        block = 1 + contexts.index(context) if context in contexts else 0
        part = slice(block * size, (block + 1) * size)
        means = np.array([fit.mode[0, part] for fit in fits])
        covariances = np.array([np.linalg.inv(fit.curvature[0])[part, part] for fit in fits])
        if prior is None:
            linear = np.zeros(size, np.bool_)
            return Belief(features, self.yardstick or YARDSTICK, linear, means, covariances)
        if context and not block:
            covariances = covariances + self.context_spread**2 * prior.covariances
        return Belief(features, prior.yardstick, prior.positive, means, covariances, shares)

    def predict_proba(self, choices: ChoicesLike) -> Floats:
        """Return how likely each option is to be taken.

        With a prior the doubt about the weights is averaged over; without, the best fit is taken.

        Parameters
        ----------
        choices : DataFrame, mapping of columns, or sequence of (journeys, chosen)
            As `fit` takes them; what was chosen is not needed and not looked at.

        Returns
        -------
        (N,) float64
            In the order of the table; those of a situation add up to 1.

        Raises
        ------
        InvalidChoices
            If the table lacks a feature that was learned or has one that was not.

        Examples
        --------
        >>> model = learn(None, prior={"riding": 1, "transfers": 15})
        >>> offered = {"situation": [1, 1], "riding": [60, 45], "transfers": [0, 1]}
        >>> model.predict_proba(offered).round(2)
        array([0.54, 0.46])
        """
        state = self._state()
        given = read(choices, answered=False)
        differ = set(given.features) ^ set(state.features)
        if state.prior is not None:  # what only the prior knows may be absent: 0 everywhere
            differ = set(given.features) - set(state.features)
        if differ:
            raise InvalidChoices(
                f"{', '.join(map(repr, sorted(differ)))}: the model was learned on "
                f"{', '.join(state.features)}"
            )
        place = [state.features.index(name) for name in given.features]
        probability = np.empty(len(given.amounts))
        sizes = np.diff(given.first)
        contexts = np.array([*given.contexts, ""])[:-1]
        for context in set(given.contexts):
            here = contexts == context
            rows = np.repeat(here, sizes)
            belief = self.belief(context or None)
            if state.prior is None:
                costs = belief.centre[None]
            else:
                costs = belief.sample(N_PROBABILITY_DRAWS, self.random_state)
            first = np.cumsum(sizes[here]) - sizes[here]
            gain = -given.amounts[rows] @ costs[:, place].T  # (rows, draws)
            gain -= np.repeat(np.maximum.reduceat(gain, first), sizes[here], axis=0)
            odds = np.exp(gain)
            odds /= np.repeat(np.add.reduceat(odds, first), sizes[here], axis=0)
            probability[rows] = odds.mean(axis=1)
        found = np.empty_like(probability)
        found[given.row] = probability
        return found

    def in_context(self, context: str | None) -> ChoiceModel:
        """Return the same model speaking of one context: what it plans, asks and says is there.

        Parameters
        ----------
        context : str or None
            "commute", "leisure", ...; None: the traveller in general.

        Examples
        --------
        >>> model = learn(None, prior={"riding": 1, "transfers": 15})
        >>> model.in_context("leisure").summary() == model.summary("leisure")
        True
        """
        there = replace(self, context=context)
        there._fitted = self._fitted
        return there

    def draws(self, n: int, random_state: int | None = None, context: str | None = None) -> Floats:
        """Return travellers that the choices allow: what a planner plans for under doubt.

        Parameters
        ----------
        n : int
            How many.
        random_state : int, optional
            Seed; the model's own if left out.
        context : str, optional
            As in `belief`.

        Returns
        -------
        (n, K) float64
            Weights in equivalent minutes per unit, in the order of `features_in_`, none negative.
            What nobody said a word on, neither the prior nor a choice, costs nothing.

        Examples
        --------
        >>> model = learn(None, prior={"riding": 1, "transfers": 15})
        >>> model.draws(64).shape
        (64, 2)
        """
        seed = self.random_state if random_state is None else random_state
        weights = self.belief(context).draws(n, seed)
        weights[:, ~self._heard_of()] = 0.0
        return weights

    def _heard_of(self) -> Booleans:
        """Whether a feature weighs something in the prior, or ever differed in a choice, (K,)."""
        prior, data = self._state().prior, self._state().data
        heard: Booleans = (data.amounts != 0).any(axis=0)
        if prior is None:
            return np.ones_like(heard)
        return np.asarray(heard | prior.positive | (prior.means != 0).any(axis=0))

    def traveller(self, context: str | None = None) -> Traveller:
        """Return the traveller of mean weights, none negative: who has the least expected cost.

        Limits and facts are those of `person`, else of the traveller who is the prior.

        Parameters
        ----------
        context : str, optional
            As in `belief`.

        Examples
        --------
        A doubtful weight is taken at its mean, which lies above its centre:

        >>> model = learn(None, prior={"riding": 1, "transfers": 15})
        >>> round(model.traveller().weights["transfers"], 1)
        18.0
        """
        from mobiplan.traveller.traveller import Traveller

        weights = {
            name: max(weight, 0.0) for name, weight in self.belief(context).mean_weights.items()
        }
        source = f"modelled: learned from {counted(self.n_situations_, 'choice')}"
        model = self
        while model.person is None and isinstance(model.prior, ChoiceModel):
            model = model.prior
        person = model.person or model.prior
        if not isinstance(person, Traveller):
            return Traveller.from_weights(weights, source=source)
        facts = ("needs", "class_", "age", "cards", "luggage", "price")
        same = {fact: getattr(person, fact) for fact in facts}
        if model.person is not None or not self.n_situations_:
            same["name"] = person.name  # who has learned is the preset no more
        return Traveller.from_weights(weights, source=source, **same)

    def ask(self, planner: Any, trips: Iterable[Any] = (), **settings: Any) -> Any:
        """Return the pair of real journeys whose choice would teach most; see `Planner.ask`.

        Parameters
        ----------
        planner : Planner
            On whose timetable.
        trips : iterable of (origin, destination, depart)
            Trips that the question may be about; some between busy stations if left out.
        **settings
            `asked`, `words` and `random_state` of `Planner.ask`.

        Returns
        -------
        Dilemma
            As text, the question. Its answer is learned by
            ``model.update(question.answer("A"))``.

        Examples
        --------
        >>> import mobiplan as mp
        >>> model = learn(None, prior=mp.Traveller.preset("standard"))
        >>> trips = [("Rennes", "Grenoble", "2026-03-24 08:00")]
        >>> question = model.ask(mp.Planner(mp.sample()), trips)
        >>> len(question.journeys)
        2
        """
        return planner.ask(self, trips, **settings)

    def summary(self, context: str | None = None, level: float = 0.9) -> str:
        """Say each weight with its interval, a line each.

        Parameters
        ----------
        context : str, optional
            As in `belief`.
        level : float
            Probability that a weight lies in its interval.

        Examples
        --------
        >>> model = learn(None, prior={"riding": 1, "transfers": 15})
        >>> print(model.summary(level=0.5))
        1 transfer ≈ 15 min (50 %: 10 to 22)
        """
        heard_of = zip(self.features_in_, self._heard_of(), strict=True)
        return self.belief(context).summary(level, [name for name, heard in heard_of if heard])

    @property
    def features_in_(self) -> tuple[str, ...]:
        """Names of the K features, sorted.

        >>> learn(None, prior={"riding": 1, "transfers": 15}).features_in_
        ('riding', 'transfers')
        """
        return self._state().features

    @property
    def contexts_(self) -> tuple[str, ...]:
        """The contexts told apart, by name; none where no choice names one."""
        return self._state().contexts

    @property
    def n_situations_(self) -> int:
        """How many situations were learned that offered more than one option."""
        return len(self._state().data.first)

    @property
    def log_likelihood_(self) -> float:
        """Natural logarithm of the choices' probability at the best fit.

        Each context at its own, in the likeliest group; 0 of no choices.
        """
        state = self._state()
        return float(state.fits[int(np.argmax(state.shares))].log_likelihood[0])

    @property
    def log_evidence_(self) -> float:
        """Natural logarithm of the choices' probability under the prior (Laplace); -inf without."""
        state = self._state()
        if state.prior is None:
            return -math.inf
        heights = np.log(state.prior.shares) + [fit.log_evidence[0] for fit in state.fits]
        return float(np.logaddexp.reduce(heights))

    @property
    def coef_(self) -> Floats:
        """Utility per unit of each feature, (K,) float64; negative where it costs.

        >>> model = learn(None, prior={"riding": 1, "transfers": 15})
        >>> (model.coef_ / model.coef_[0]).round(1)
        array([ 1., 15.])
        """
        return -self.belief().centre

    @property
    def covariance_(self) -> Floats:
        """Covariance of `coef_`, (K, K) float64.

        To first order where a cost is believed in logarithms.
        """
        return self.belief().covariance_of_costs

    @property
    def standard_errors_(self) -> Floats:
        """Roots of the diagonal of `covariance_`, (K,) float64."""
        return np.asarray(np.sqrt(np.diag(self.covariance_)))

    @property
    def weights_(self) -> dict[str, float]:
        """Feature to equivalent minutes per unit, at the centre of what is believed.

        >>> model = learn(None, prior={"riding": 1, "transfers": 15})
        >>> round(model.weights_["transfers"], 3)
        15.0
        """
        return self.belief().weights

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name, as scikit-learn asks.

        Parameters
        ----------
        deep : bool
            Without effect: a model holds no other estimators.

        Examples
        --------
        >>> ChoiceModel().get_params()["context_spread"]
        0.7
        """
        return {each.name: getattr(self, each.name) for each in fields(self) if each.init}

    def set_params(self, **parameters: Any) -> ChoiceModel:
        """Set parameters by name, as scikit-learn asks; they hold from the next `fit` on.

        Parameters
        ----------
        **parameters
            Of `ChoiceModel`, by name.

        Returns
        -------
        ChoiceModel
            This one.

        Raises
        ------
        InvalidQuery
            If there is no parameter of that name.

        Examples
        --------
        >>> ChoiceModel().set_params(context_spread=0.5).context_spread
        0.5
        """
        unknown = parameters.keys() - self.get_params().keys()
        if unknown:
            raise InvalidQuery(f"ChoiceModel has no parameter {', '.join(sorted(unknown))}")
        for name, value in parameters.items():
            setattr(self, name, value)
        return self
