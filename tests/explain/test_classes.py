"""Classes of two lists are the same by their names alone."""

import pytest

from convnext_viz.explain.classes import first_known, matched


@pytest.mark.parametrize(
    ("names", "labels", "expected"),
    [
        (("cat", "dog"), ("dog", "bird", "cat"), (2, 0)),
        (("Cat", "half disc"), ("half_disc", "cat"), (1, 0)),
        (("pickup_truck",), ("Pickup-Truck ",), (0,)),
        (("cat", "star"), ("cat", "dog"), None),  # all of them, or none
        (("cat",), (), None),
        ((), ("cat",), None),
        (("cat",), ("cat", "cat"), (0,)),
    ],
)
def test_by_name(
    names: tuple[str, ...], labels: tuple[str, ...], expected: tuple[int, ...] | None
) -> None:
    assert matched(names, labels) == expected


def test_the_first_name_that_a_network_has_is_found() -> None:
    labels = ("Egyptian cat", "tabby", "motor-scooter")
    assert first_known(("cat", "tabby", "Egyptian cat"), labels) == 1
    assert first_known(("motor scooter",), labels) == 2
    assert first_known(("coin",), labels) is None and first_known((), labels) is None
