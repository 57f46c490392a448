"""What is believed about a traveller's weights: centres and doubts, a mixture of Gaussians.

A cost is what one unit of a feature takes off an option's appeal (the negative of a utility); a
weight is a cost in equivalent minutes, the cost divided by that of the yardstick (a minute in an
ordinary train). How sharply a person tells options apart is in the yardstick's cost alone.

Costs known to be positive are believed in logarithms: weights then stay positive, "twice as much"
and "half as much" are equally far, and an interval is exact. Other costs are believed as they are.

Mostly there is one Gaussian. A population may have several taste groups (who saves money, who
saves effort); what is believed of one of its people is then a mixture, whose shares choices shift.
Notation: G groups, K features.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from mobiplan.errors import InvalidChoices
from mobiplan.traveller.choices import Booleans, Floats
from mobiplan.traveller.preferences import feature, is_known

# Assumed. The Dutch train choices of 1987 give 0.03 a minute for all as one and about 0.06 for a
# typical person, the Swissmetro survey of 1998 gives 0.013; the spread spans them twice over.
COST_OF_A_MINUTE = 0.05
COST_SPREAD = 1.0  # standard deviation of its logarithm: a factor of 5 either way at 90 %

# Assumed. Published transfer penalties run from 8 to 30 minutes among rail and urban studies.
WEIGHT_SPREAD = 0.6  # standard deviation of a weight's logarithm: a factor of 2.7 at 90 %

# Assumed. A minute costs about as much in one kind of vehicle as in another: a factor of 1.5.
KIND_SPREAD = 0.25

# Assumed. Standard deviation of a weight that is believed to be 0, but not for sure, in its unit:
# about what it is to people who do mind. Of the caller's own features nobody has a notion.
ZERO_SPREAD = {"min/min": 1.0, "min": 15.0, "min/€": 4.0, "min/kg": 3.0}
UNKNOWN_WEIGHT = 60.0  # minutes per unit

N_DRAWS = 4_000  # for intervals that have no closed form

_ONE_UNIT = {"transfers": "1 transfer", "euros": "1 €", "co2": "1 kg of CO2"}


@dataclass(frozen=True, eq=False)
class Belief:
    """A mixture of G Gaussians, mostly one, over the parameters of K features.

    Parameters
    ----------
    features : tuple of str
        K names.
    yardstick : str
        The feature, in minutes, that the others are measured by.
    positive : (K,) bool
        Whether the parameter is the logarithm of the cost.
    means : (G, K) float64
    covariances : (G, K, K) float64
    shares : (G,) float64
        Of each group; they add up to 1.

    Examples
    --------
    >>> belief = Belief.of_weights({"riding": 1.0, "transfers": 15.0}, spread=0.5)
    >>> print(belief.summary())
    1 transfer ≈ 15 min (90 %: 6.6 to 34)
    """

    features: tuple[str, ...]
    yardstick: str
    positive: Booleans
    means: Floats
    covariances: Floats
    shares: Floats = field(default_factory=lambda: np.ones(1))

    @classmethod
    def of_weights(
        cls,
        weights: Mapping[str, float],
        *,
        yardstick: str = "riding",
        spread: float | Mapping[str, float] = WEIGHT_SPREAD,
        cost_of_a_minute: float = COST_OF_A_MINUTE,
    ) -> Belief:
        """Return the belief that a traveller's weights are roughly these.

        Parameters
        ----------
        weights : mapping of feature to minutes per unit
            One of 0 is believed to be about 0, of either sign: choices may teach otherwise.
        yardstick : str
            Taken to weigh 1 if it is not among the weights.
        spread : float or mapping of feature to float
            Standard deviation of each weight's logarithm; of a kind of vehicle (``riding_coach``)
            `KIND_SPREAD` unless it is named.
        cost_of_a_minute : float
            Median of the yardstick's cost per minute, utility per minute.

        Raises
        ------
        InvalidChoices
            If a weight is negative or not finite, or a spread not positive.
        """
        known = {yardstick: 1.0} | {str(k): float(v) for k, v in weights.items()}
        wrong = [k for k, v in known.items() if not (math.isfinite(v) and v >= 0)]
        if wrong or not known[yardstick] > 0:
            raise InvalidChoices(
                f"the prior's weights {wrong or [yardstick]}: give finite minutes, 0 or more, "
                f"and more than 0 for the yardstick {yardstick!r}"
            )
        features = tuple(sorted(known))
        stated = spread if isinstance(spread, Mapping) else {}
        general = WEIGHT_SPREAD if isinstance(spread, Mapping) else float(spread)
        wide = np.array(
            [
                float(stated.get(n, KIND_SPREAD if n.startswith(f"{yardstick}_") else general))
                for n in features
            ]
        )
        if not (np.isfinite(wide).all() and (wide > 0).all()):
            raise InvalidChoices("the spread of a weight is a finite number above 0")
        wide[features.index(yardstick)] = 0.0
        relative = np.array([known[name] / known[yardstick] for name in features])
        positive = relative > 0
        means = np.zeros(len(features))
        means[positive] = np.log(cost_of_a_minute * relative[positive])
        variances = np.where(positive, wide, cost_of_a_minute * _size(features)) ** 2
        covariance = COST_SPREAD**2 * np.outer(positive, positive) + np.diag(variances)
        return cls(features, yardstick, positive, means[None], np.array(covariance[None]))

    def covering(self, features: Sequence[str]) -> Belief:
        """Return the belief about these features too.

        A kind of the yardstick (``riding_coach``) is believed to weigh about as the yardstick
        does; of any other new feature not even the sign is known.
        """
        new = sorted(set(features) - set(self.features))
        if not new:
            return self
        size, groups = len(self.features), len(self.shares)
        scale, yard = COST_OF_A_MINUTE, None
        if self.yardstick in self.features:
            yard = self.features.index(self.yardstick)
            scale = float(abs(self.centre[yard]))
        means = np.concatenate([self.means, np.zeros((groups, len(new)))], axis=1)
        positive = np.append(self.positive, np.zeros(len(new), np.bool_))
        wide = np.diag((scale * _size([*self.features, *new])) ** 2)
        covariances = np.tile(wide, (groups, 1, 1))
        covariances[:, :size, :size] = self.covariances
        for k, name in enumerate(new, size):
            if yard is not None and positive[yard] and name.startswith(f"{self.yardstick}_"):
                means[:, k], positive[k] = means[:, yard], True
                covariances[:, k, :] = covariances[:, yard, :]
                covariances[:, :, k] = covariances[:, :, yard]
                covariances[:, k, k] = covariances[:, yard, yard] + KIND_SPREAD**2
        return replace(
            self,
            features=(*self.features, *new),
            positive=positive,
            means=means,
            covariances=covariances,
        )

    def costs(self, parameters: Floats) -> Floats:
        """Return the cost per unit at each parameter vector, (..., K)."""
        return np.where(self.positive, np.exp(np.where(self.positive, parameters, 0.0)), parameters)

    @property
    def centre(self) -> Floats:
        """Cost per unit at the centre of the belief, (K,): that of each group, by its share."""
        return np.asarray(self.shares @ self.costs(self.means))

    @property
    def covariance_of_costs(self) -> Floats:
        """Covariance of the costs, (K, K); to first order where they are believed in logarithms."""
        costs = self.costs(self.means)
        slope = np.where(self.positive, costs, 1.0)
        within = self.covariances * slope[:, :, None] * slope[:, None, :]
        apart = costs - self.centre
        between = apart[:, :, None] * apart[:, None, :]
        return np.asarray(np.einsum("g,gkl->kl", self.shares, within + between))

    def sample(self, n: int, random_state: int = 0) -> Floats:
        """Return n draws of the costs, (n, K); in opposite pairs, which steadies their mean."""
        rng = np.random.default_rng(random_state)
        half = rng.standard_normal(((n + 1) // 2, len(self.features)))
        # Every group gets its share of the draws, not that share by chance.
        place = (rng.permutation(len(half)) + 0.5) / len(half)
        group = np.searchsorted(np.cumsum(self.shares)[:-1], place)
        values, vectors = np.linalg.eigh(self.covariances)
        root = vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]
        away = np.einsum("nk,njk->nj", half, root[group])
        centre = self.means[group]
        both = np.stack([centre + away, centre - away], axis=1).reshape(-1, len(self.features))
        return self.costs(both[:n])

    def draws(self, n: int, random_state: int = 0) -> Floats:
        """Return possible travellers.

        Where a cost is believed to be of either sign, a negative draw counts as 0: a planner's
        costs are never negative. Draws in which a minute costs nothing are drawn again.

        Parameters
        ----------
        n : int
            How many.
        random_state : int
            Seed.

        Returns
        -------
        (n, K) float64
            Weights in equivalent minutes per unit, in the order of `features`, none negative.

        Raises
        ------
        InvalidChoices
            If the yardstick's cost is hardly ever positive.
        """
        return np.maximum(self._ratios(n, random_state), 0.0)

    def alike_in_care(self, n: int, random_state: int = 0) -> Floats:
        """Return n draws of the costs of travellers who differ in their weights alone, (n, K).

        All tell options apart as sharply as is typical: what an answer says of a slip or of care
        is no matter of taste, and a question that sought it would be wasted.
        """
        return np.asarray(self._ratios(n, random_state) * self.centre[self._yardstick()])

    def _ratios(self, n: int, random_state: int) -> Floats:
        k = self._yardstick()
        # Below a hundredth of its typical size a minute is no yardstick: ratios only blow up.
        typical = math.hypot(self.centre[k], self.covariance_of_costs[k, k] ** 0.5)
        floor = 0.0 if self.positive[k] else 0.01 * typical
        found: list[Floats] = []
        for attempt in range(8):
            costs = self.sample(2 * n, random_state + 7919 * attempt)
            costs = costs[costs[:, k] > floor]
            found.append(costs / costs[:, k : k + 1])
            if sum(map(len, found)) >= n:
                return np.concatenate(found)[:n]
        raise InvalidChoices(
            f"{self.yardstick!r} does not cost this traveller anything: name another yardstick"
        )

    def _yardstick(self) -> int:
        if self.yardstick not in self.features:
            raise InvalidChoices(
                f"no feature {self.yardstick!r} to measure by; name one of "
                f"{', '.join(self.features)} with yardstick=..."
            )
        return self.features.index(self.yardstick)

    @property
    def weights(self) -> dict[str, float]:
        """Feature to equivalent minutes per unit, at the centre of the belief."""
        costs = self.centre
        scale = costs[self._yardstick()]
        if not scale > 0:
            raise InvalidChoices(
                f"{self.yardstick!r} does not cost this traveller anything: name another yardstick"
            )
        return {name: float(c / scale) for name, c in zip(self.features, costs, strict=True)}

    @property
    def mean_weights(self) -> dict[str, float]:
        """Feature to expected equivalent minutes per unit, above the centre where one is in doubt.

        Whoever weighs a change at 15 min within a factor of 2.7 loses more by being asked too
        many than too few. The mean of a quotient of logarithms is exact; where the yardstick's
        cost is not believed in logarithms that mean does not exist, and the centre stands for it.
        """
        k = self._yardstick()
        if not self.positive[k]:
            return self.weights
        less = self.means - self.means[:, k : k + 1]  # (G, K)
        variances = np.diagonal(self.covariances, axis1=1, axis2=2)
        with_yard, of_yard = self.covariances[:, :, k], variances[:, k : k + 1]
        plain = (self.means - with_yard) * np.exp(0.5 * of_yard - self.means[:, k : k + 1])
        ratio = np.exp(np.where(self.positive, less + 0.5 * (variances + of_yard) - with_yard, 0.0))
        mean = self.shares @ np.where(self.positive, ratio, plain)
        return dict(zip(self.features, mean.tolist(), strict=True))

    def intervals(self, level: float = 0.9) -> dict[str, tuple[float, float]]:
        """Return for each feature the central interval of its weight, in equivalent minutes.

        Exact for logarithms in one group; otherwise quantiles of draws whose yardstick costs.

        Parameters
        ----------
        level : float
            Probability that a weight lies in its interval.

        Examples
        --------
        >>> low, high = Belief.of_weights({"transfers": 15.0}, spread=0.5).intervals()["transfers"]
        >>> round(low, 1), round(high, 1)
        (6.6, 34.1)
        """
        k = self._yardstick()
        tails = np.array([(1 - level) / 2, (1 + level) / 2])
        quantiles: Floats | None = None
        found = {}
        for j, name in enumerate(self.features):
            if self.positive[j] and self.positive[k] and len(self.shares) == 1:
                covariance = self.covariances[0]
                variance = covariance[j, j] + covariance[k, k] - 2 * covariance[j, k]
                reach = _normal_quantile((1 + level) / 2) * math.sqrt(max(variance, 0.0))
                centre = self.means[0, j] - self.means[0, k]
                low, high = math.exp(centre - reach), math.exp(centre + reach)
            else:
                if quantiles is None:
                    quantiles = np.quantile(self._ratios(N_DRAWS, 0), tails, axis=0)
                low, high = quantiles[:, j].tolist()
            found[name] = (low, high)
        return found

    def summary(self, level: float = 0.9, only: Sequence[str] | None = None) -> str:
        """Say each weight and its interval, a line each: "1 transfer ≈ 14 min (90 %: 8 to 23)".

        Parameters
        ----------
        level : float
            Probability that a weight lies in its interval.
        only : sequence of str, optional
            The features to speak of; all if left out.
        """
        weights, intervals = self.weights, self.intervals(level)
        return "\n".join(
            f"{_one_unit(name)} ≈ {_minutes(weights[name])} min "
            f"({level:.0%}: {_minutes(low)} to {_minutes(high)})".replace("%:", " %:")
            for name, (low, high) in sorted(intervals.items())
            if name != self.yardstick and (only is None or name in only)
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists and text, for a file; numbers survive exactly."""
        return {
            "features": list(self.features),
            "yardstick": self.yardstick,
            "positive": self.positive.tolist(),
            "shares": self.shares.tolist(),
            "means": self.means.tolist(),
            "covariances": self.covariances.tolist(),
        }

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Belief:
        """Return what `to_dict` wrote.

        Parameters
        ----------
        given : mapping
            Plain lists and text.

        Raises
        ------
        InvalidChoices
            If a part is missing or of the wrong shape, or the covariance is none.
        """
        try:
            belief = cls(
                tuple(map(str, given["features"])),
                str(given["yardstick"]),
                np.array(given["positive"], np.bool_),
                np.array(given["means"], np.float64),
                np.array(given["covariances"], np.float64),
                np.array(given["shares"], np.float64),
            )
            groups, size = len(belief.shares), len(belief.features)
            for part, shape in (
                (belief.positive, (size,)),
                (belief.means, (groups, size)),
                (belief.covariances, (groups, size, size)),
            ):
                if part.shape != shape:
                    raise ValueError(f"a part has shape {part.shape}, not {shape}")
            np.linalg.cholesky(belief.covariances)
            if not (np.isfinite(belief.means).all() and abs(belief.shares.sum() - 1) < 1e-9):
                raise ValueError("means are finite, shares add up to 1")
        except (KeyError, TypeError, ValueError, np.linalg.LinAlgError) as error:
            raise InvalidChoices(f"this is no belief about a traveller: {error!r}") from None
        return belief


def _size(features: Sequence[str]) -> Floats:
    """Return how large the weight of each feature is to people who mind, minutes per unit."""
    return np.array(
        [
            ZERO_SPREAD[feature(name).weight_unit] if is_known(name) else UNKNOWN_WEIGHT
            for name in features
        ]
    )


def _one_unit(name: str) -> str:
    """Say one unit of a feature.

    >>> _one_unit("transfers"), _one_unit("walking"), _one_unit("noise")
    ('1 transfer', '1 minute on foot', '1 noise')
    """
    if name in _ONE_UNIT or not is_known(name):
        return _ONE_UNIT.get(name, f"1 {name}")
    return feature(name).words.replace("a ", "1 ", 1)


def _minutes(value: float) -> str:
    """Two figures where they tell something.

    >>> _minutes(14.2), _minutes(6.58), _minutes(0.123)
    ('14', '6.6', '0.12')
    """
    return f"{value:.0f}" if abs(value) >= 10 else f"{value:.2g}"


def _normal_quantile(probability: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(probability)
