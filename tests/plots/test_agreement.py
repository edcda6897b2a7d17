"""The table says every number once in its cell and every pair in words."""

import numpy as np
import pytest

from convnext_viz.plots import agreement

NAMES = ("LN", "BN <b>", "ResNet-50")
NUMBERS = np.array([[1, 0.625, np.nan], [0.625, 1, -0.104], [np.nan, -0.104, np.nan]])


def test_every_cell_has_its_number_and_both_names() -> None:
    figure = agreement.table(NUMBERS, NAMES)
    (heat,) = figure.data
    assert (heat.zmin, heat.zmax) == (-1, 1)
    np.testing.assert_array_equal(heat.z, NUMBERS)
    written = [
        [note.text for note in figure.layout.annotations][3 * i : 3 * i + 3] for i in range(3)
    ]
    assert written == [["1.00", "0.62", "–"], ["0.62", "1.00", "−0.10"], ["–", "−0.10", "–"]]
    assert heat.customdata[1][2] == "BN <b><br>ResNet-50"


def test_every_pair_is_said_once() -> None:
    words = agreement.describe(NUMBERS, NAMES)
    for pair in ("LN and BN <b>: 0.62", "LN and ResNet-50: –", "BN <b> and ResNet-50: −0.10"):
        assert words.count(pair) == 1


@pytest.mark.parametrize(("value", "word"), [(-0.0, "−0.00"), (0.999, "1.00"), (np.nan, "–")])
def test_numbers(value: float, word: str) -> None:
    assert agreement.number(value) == word
