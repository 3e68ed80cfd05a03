"""Combinatorial auctions: winner determination over random bids of the CATS scheme "arbitrary"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.families import any_rng
from coplug.problems.milp.families.parameters import later, recorded
from coplug.problems.milp.files import PROGRAMS
from coplug.problems.milp.instance import MilpInstance


class _Bid(NamedTuple):
    items: tuple[int, ...]
    price: float


@dataclass(frozen=True)
class CombinatorialAuction:
    """Accept bids of greatest total price such that no item is sold twice: max p'x, Ax <= 1, x binary.

    Bidders come one after the other. Each has private values for the items, bids on a bundle that grows by
    one item with probability ``add_item_prob``, and on up to ``max_n_sub_bids`` substitutes of the same
    size that share an item with it. A price is the sum of the private values plus ``size ** (1 +
    additivity)``. A substitute must cost at most ``budget_factor`` times the first bundle's price, and be
    worth at least ``resale_factor`` times its common value. A bidder with more than two bids gets one more
    row: at most one of them is accepted.

    Sources: K. Leyton-Brown, M. Pearson and Y. Shoham, Towards a universal test suite for combinatorial
    auction algorithms, EC 2000, section 4.3. The order of the random draws, the parameters and the sizes
    easy, medium and hard are those of ``01_generate_instances.py`` in ``ds4dm/learn2branch`` (Gasse et al.,
    NeurIPS 2019): a seed gives the bids that this script gives for it. This holds for one peculiarity too:
    the script indexes the compatibility matrix with a 0/1 integer mask, so the next item is drawn by its
    compatibility with items 0 and 1 (weighted by the bundle's size) and not with the bundle. All published
    instances have it, so it stays.

    The size tiny is coplug's own, for tests and first steps.

    Attributes
    ----------
    n_items : int
        Items for sale, at least 2.
    n_bids : int
        Bids, at least 1.
    min_value : float
        Least common value of an item, at least 0.
    max_value : float
        Largest common value of an item.
    value_deviation : float
        Half-width of the private values around the common ones, as a fraction of ``max_value``; at least 0.
    add_item_prob : float
        Probability that a bundle grows by one more item, in [0, 1].
    max_n_sub_bids : int
        Substitutes that a bidder bids on at most, at least 0.
    additivity : float
        What a bundle is worth beyond its items: ``size ** (1 + additivity)``.
    budget_factor : float
        What a substitute may cost, over the first bundle's price; at least 0.
    resale_factor : float
        What a substitute must be worth to others, over the first bundle's common value; at least 0.
    integers : bool
        Round prices down to whole numbers, before they are compared with anything.

    Raises
    ------
    UsageError
        If a parameter is out of range.
    """

    name: ClassVar[str] = "auctions"
    draws: ClassVar = PROGRAMS
    version: ClassVar[int] = 1
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {"n_items": 50, "n_bids": 250},
        "easy": {"n_items": 100, "n_bids": 500},
        "medium": {"n_items": 200, "n_bids": 1000},
        "hard": {"n_items": 300, "n_bids": 1500},
    }

    n_items: int = 100
    n_bids: int = 500
    min_value: float = 1.0
    max_value: float = 100.0
    value_deviation: float = 0.5
    add_item_prob: float = 0.7
    max_n_sub_bids: int = 5
    additivity: float = 0.2
    budget_factor: float = 1.5
    resale_factor: float = 0.5
    integers: bool = later(False)

    def __post_init__(self) -> None:
        if self.n_items < 2 or self.n_bids < 1:
            raise UsageError(
                f"auction of {self.n_items} items and {self.n_bids} bids is too small; "
                "take n_items >= 2 and n_bids >= 1"
            )
        if not 0 <= self.min_value <= self.max_value < np.inf:
            raise UsageError(
                f"auction values {self.min_value}..{self.max_value} are no range; "
                "take 0 <= min_value <= max_value"
            )
        if not 0 <= self.add_item_prob <= 1:
            raise UsageError(f"auction add_item_prob {self.add_item_prob} is out of range; take it in [0, 1]")
        for key in ("value_deviation", "max_n_sub_bids", "budget_factor", "resale_factor"):
            if not 0 <= getattr(self, key) < np.inf:
                raise UsageError(f"auction {key} {getattr(self, key)} is out of range; take it >= 0")
        if not np.isfinite(self.additivity):
            raise UsageError(f"auction additivity {self.additivity} is not finite; 0.2 is usual")

    @any_rng
    def generate(
        self, rng: np.random.RandomState, report: Callable[[str], None] | None = None
    ) -> MilpInstance:
        """Draw one instance.

        Parameters
        ----------
        rng : numpy.random.RandomState or numpy.random.Generator
            Advanced by the draws; nothing else is random.
        report : callable or None
            Called with a line for every bundle that is drawn and not bid on. Many of them say why the drawing
            takes long.

        Returns
        -------
        MilpInstance
            Variables ``x1..``, one a bid; rows ``item_k`` for each item that has a bid and ``bidder_k`` for
            each bidder with more than two bids (bidders counted without those who made no bid).
        """
        market = _Market.open(self, rng, report or _ignore)
        bids: list[_Bid] = []
        exclusive: list[tuple[str, range]] = []
        n_bidders = 0
        while len(bids) < self.n_bids:
            bidder_bids = market.draw_bidder(rng, limit=self.n_bids - len(bids))
            if not bidder_bids:
                continue
            n_bidders += 1
            if len(bidder_bids) > 2:
                exclusive.append((f"bidder_{n_bidders}", range(len(bids), len(bids) + len(bidder_bids))))
            bids.extend(bidder_bids)
        return self._build(bids, exclusive)

    def _build(self, bids: list[_Bid], exclusive: list[tuple[str, range]]) -> MilpInstance:
        bids_of_item: list[list[int]] = [[] for _ in range(self.n_items)]
        for j, bid in enumerate(bids):
            for item in bid.items:
                bids_of_item[item].append(j)
        rows = [(f"item_{k + 1}", columns) for k, columns in enumerate(bids_of_item) if columns]
        rows += [(name, list(columns)) for name, columns in exclusive]
        columns = np.concatenate([row for _, row in rows])
        ends = np.cumsum([0, *(len(row) for _, row in rows)])
        matrix = scipy.sparse.csr_array((np.ones(len(columns)), columns, ends), shape=(len(rows), len(bids)))
        return MilpInstance(
            name=self.name,
            family=self.name,
            sense="max",
            objective=np.array([bid.price for bid in bids]),
            matrix=matrix,
            row_lhs=np.full(len(rows), -np.inf),
            row_rhs=np.ones(len(rows)),
            lower=np.zeros(len(bids)),
            upper=np.ones(len(bids)),
            integral=np.ones(len(bids), dtype=np.bool_),
            variable_names=tuple(f"x{j + 1}" for j in range(len(bids))),
            row_names=tuple(name for name, _ in rows),
            parameters=recorded(self),
            generator_version=self.version,
        )


def _ignore(line: str) -> None:
    """Report nothing."""


@dataclass(frozen=True)
class _Market:
    """What all bidders of one auction share.

    Attributes
    ----------
    rules : CombinatorialAuction
    values : float64, shape (n_items,)
        Common (resale) values.
    pull : float64, shape (2, n_items)
        Compatibilities of items 0 and 1 with all items.
    report : callable
        Told of every bundle that is left out.
    """

    rules: CombinatorialAuction
    values: NDArray[np.float64]
    pull: NDArray[np.float64]
    report: Callable[[str], None]

    @classmethod
    def open(
        cls, rules: CombinatorialAuction, rng: np.random.RandomState, report: Callable[[str], None]
    ) -> _Market:
        """Draw the common values and the compatibilities."""
        n = rules.n_items
        values = rules.min_value + (rules.max_value - rules.min_value) * rng.rand(n)
        above = np.triu(rng.rand(n, n), k=1)
        symmetric = above + above.T
        return cls(rules, values, symmetric[:2] / symmetric.sum(axis=1), report)

    def draw_bidder(self, rng: np.random.RandomState, limit: int) -> list[_Bid]:
        """Draw one bidder's bids, at most ``limit``; none if the first bundle has a negative price."""
        rules = self.rules
        interests = rng.rand(rules.n_items)
        private = self.values + rules.max_value * rules.value_deviation * (2 * interests - 1)

        bundle = {int(rng.choice(rules.n_items, p=interests / interests.sum()))}
        # The coin is tossed before the look at the size: a full bundle still takes its draw from the stream.
        while rng.rand() < rules.add_item_prob and len(bundle) < rules.n_items:
            bundle.add(self._draw_item(rng, interests, bundle))
        first = self._price(bundle, private)
        if first.price < 0:
            self.report(f"a first bundle has the negative price {first.price:g}; another bidder is drawn")
            return []

        candidates = []
        for item in first.items:
            substitute = {item}
            while len(substitute) < len(first.items):
                substitute.add(self._draw_item(rng, interests, substitute))
            candidates.append(self._price(substitute, private))
        return self._select(first, candidates, min(limit, rules.max_n_sub_bids + 1))

    def _draw_item(self, rng: np.random.RandomState, interests: NDArray[np.float64], bundle: set[int]) -> int:
        n, size = self.rules.n_items, len(bundle)
        weight = interests * (((n - size) * self.pull[0] + size * self.pull[1]) / n)
        weight[list(bundle)] = 0.0
        return int(rng.choice(n, p=weight / weight.sum()))

    def _price(self, bundle: set[int], private: NDArray[np.float64]) -> _Bid:
        items = tuple(sorted(bundle))
        price = private[list(items)].sum() + len(items) ** (1 + self.rules.additivity)
        return _Bid(items, float(np.floor(price) if self.rules.integers else price))

    def _select(self, first: _Bid, candidates: list[_Bid], limit: int) -> list[_Bid]:
        """Keep the first bid and the dearest acceptable substitutes, ``limit`` bids in all."""
        budget = self.rules.budget_factor * first.price
        least_value = self.rules.resale_factor * self.values[list(first.items)].sum()
        chosen = {first.items: first}
        for bid in sorted(candidates, key=lambda bid: -bid.price):
            if len(chosen) >= limit:
                break
            worth = self.values[list(bid.items)].sum()
            if not 0 <= bid.price <= budget:
                self.report(f"a substitute's price {bid.price:g} is not in 0..{budget:g}")
            elif worth < least_value:
                self.report(f"a substitute's resale value {worth:g} is below {least_value:g}")
            elif bid.items in chosen:
                self.report("a substitute is the same bundle as another bid of its bidder")
            else:
                chosen[bid.items] = bid
        return list(chosen.values())
