"""Pareto fronts against their definition: nobody on them is beaten, everybody else is."""

from hypothesis import given
from hypothesis import strategies as st

from convnext_viz.plans.pareto import front

# Few values, so that pairs are often equal in one or both.
PAIRS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=30)


def beaten(pair: tuple[float, float], by: tuple[float, float]) -> bool:
    return by[0] <= pair[0] and by[1] >= pair[1] and by != pair


@given(PAIRS)
def test_the_front_is_what_nobody_beats(pairs: list[tuple[int, int]]) -> None:
    expected = {
        number for number, pair in enumerate(pairs) if not any(beaten(pair, by) for by in pairs)
    }
    found = front(pairs)
    assert set(found) == expected and len(found) == len(expected)
    costs = [pairs[number][0] for number in found]
    assert costs == sorted(costs)


@given(PAIRS, st.tuples(st.integers(0, 6), st.integers(0, 6)))
def test_a_beaten_pair_changes_nothing(pairs: list[tuple[int, int]], more: tuple[int, int]) -> None:
    if any(beaten(more, by) for by in pairs):
        assert front([*pairs, more]) == front(pairs)


def test_by_hand() -> None:
    assert front([(1, 1), (2, 3), (3, 2), (2, 2), (4, 4), (1, 1)]) == (0, 5, 1, 4)
    assert front([]) == ()
