"""Pareto fronts: which of many pairs of cost and benefit no other pair beats in both."""

from collections.abc import Iterable


def front(pairs: Iterable[tuple[float, float]]) -> tuple[int, ...]:
    """Numbers of the pairs (cost, benefit) on the front, by rising cost.

    A pair is on it if no other costs as little or less and brings as much or more, one of both
    strictly. Of equal pairs all are.
    """
    known = list(pairs)
    cheapest_first = sorted(range(len(known)), key=lambda i: (known[i][0], -known[i][1]))
    found: list[int] = []
    for i in cheapest_first:
        if not found or known[i][1] > known[found[-1]][1] or known[i] == known[found[-1]]:
            found.append(i)
    return tuple(found)
