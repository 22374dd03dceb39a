"""What the signs of a contradiction weigh, and how many are found in a set that had no part in the weighing.

    python -m evals.conflict_weights

Each set of `evals/conflicts.py` is left out once: the weights are fitted to the others, the threshold is set so that there are at most
five false alarms on 100 of their pages, and the set that was left out is counted. The last line is fitted to all and is what
`assistant/drafting/conflicts.py` has. Seats takes no part in the weighing: nobody has looked at what is missed there.
Contradictions with the Statement of Applicability are found without weights and are not counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.drafting import conflicts
from assistant.drafting.conflicts import Pair
from assistant.drafting.rulings import Ruling
from evals import conflicts as cases
from evals.conflicts import Planted

ALARMS = 5.0
"""False alarms on 100 pages that are put up with."""
_NEVER_WEIGHED = ("seats", "cables")
_ROUNDS = 4
_STATEMENT = ("implemented", "missing", "excluded")


@dataclass(frozen=True)
class Case:
    """The rulings and pairs of one set, its pages, and which contradiction each pair is: its number from 1, 0 for none, -1 for one that does not count."""

    said: Sequence[Ruling]
    pairs: Sequence[Pair]
    pages: float
    labels: np.ndarray
    planted: int

    @property
    def signs(self) -> np.ndarray:
        """A row of signs for each pair, with a one at its end."""
        return np.array([(*pair.signs, 1.0) for pair in self.pairs])

    def stand(self, weights: np.ndarray) -> list[tuple[float, int, int]]:
        """(score, label, place) of the pairs that are for each other the nearest and differ, one for two quotes."""
        scores = self.signs @ weights
        places = {id(pair): place for place, pair in enumerate(self.pairs)}
        best: dict[frozenset[str], tuple[float, int, int]] = {}
        for score, pair in conflicts.about_the_same(self.said, zip(scores.tolist(), self.pairs, strict=True)):
            quotes = frozenset((self.said[pair.one].quote, self.said[pair.other].quote))
            place = places[id(pair)]
            best[quotes] = max(best.get(quotes, (-np.inf, 0, 0)), (score, int(self.labels[place]), place))
        return list(best.values())


def case(name: str) -> Case:
    """A set, read and compared once."""
    with cases.SETS[name]() as (store, planted, known):
        said, pages = cases.said(store), cases.pages(store)
    pairs = list(conflicts.pairs(said, cases.ENCODE))
    counted = [one for one in planted if one.kind not in _STATEMENT]
    labels = np.array([_label(said[pair.one], said[pair.other], counted, known) for pair in pairs])
    return Case(said, pairs, pages, labels, len(counted))


def _label(one: Ruling, other: Ruling, planted: Sequence[Planted], known: Sequence[Planted]) -> int:
    number = next((number for number, this in enumerate(planted, 1) if this.is_between(one, other)), 0)
    return number or (-1 if any(this.is_between(one, other) for this in known) else 0)


def fitted(some: Sequence[Case]) -> np.ndarray:
    """Weights by logistic regression over the pairs that come through, and a bias that keeps to the false alarms put up with."""
    weights = np.zeros(some[0].signs.shape[1])
    chosen = [
        [place for place, pair in enumerate(one.pairs) if one.said[pair.one].value.differs(one.said[pair.other].value)] for one in some
    ]
    for _ in range(_ROUNDS):
        rows = np.vstack([one.signs[places] for one, places in zip(some, chosen, strict=True)])
        labels = np.concatenate([one.labels[places] for one, places in zip(some, chosen, strict=True)])
        weights = _regression(rows[labels >= 0], labels[labels >= 0] > 0)
        chosen = [[place for _, _, place in one.stand(weights)] for one in some]
    alarms = sorted((score for one in some for score, label, _ in one.stand(weights) if label == 0), reverse=True)
    allowed = int(ALARMS * sum(one.pages for one in some) / 100)
    weights[-1] -= alarms[allowed] + 1e-6 if len(alarms) > allowed else 0.0
    return weights


def _regression(rows: np.ndarray, positive: np.ndarray, ridge: float = 1.0) -> np.ndarray:
    weights = np.zeros(rows.shape[1])
    penalty = ridge * np.diag([*np.ones(rows.shape[1] - 1), 1e-6])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (chance - positive) + penalty @ weights
        weights -= np.linalg.solve((rows * (chance * (1 - chance))[:, None]).T @ rows + penalty, slope)
    return weights


def counted(one: Case, weights: np.ndarray) -> tuple[int, int]:
    """(planted contradictions found, false alarms)."""
    found = [label for score, label, _ in one.stand(weights) if score >= 0]
    return len({label for label in found if label > 0}), found.count(0)


def main() -> None:
    """Print the figures of each set with the weights of the others, and the weights of all."""
    made = {name: case(name) for name in cases.SETS}
    print(f"{'set':10} {'left out':>20} {'fitted to all':>20}")
    weighed = {name: one for name, one in made.items() if name not in _NEVER_WEIGHED}
    whole = fitted(list(weighed.values()))
    total = np.zeros(5)
    for name, one in made.items():
        apart = counted(one, fitted([other for key, other in weighed.items() if key != name]))
        along = counted(one, whole)
        total += [*apart, *along, one.planted]
        print(
            f"{name:10} {apart[0]:3} of {one.planted:3}, {apart[1]:2} alarms {along[0]:3} of {one.planted:3}, {along[1]:2} alarms   {one.pages:.0f} pages"
        )
    print(
        f"{'all':10} {total[0]:3.0f} of {total[4]:3.0f}, {total[1]:2.0f} alarms {total[2]:3.0f} of {total[4]:3.0f}, {total[3]:2.0f} alarms"
    )
    print("weights:", ", ".join(f"{weight:.2f}" for weight in whole))


if __name__ == "__main__":
    main()
