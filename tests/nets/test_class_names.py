"""Class names in a visitor's file: every form that people have, and what is wrong with others."""

import json

import pytest

from convnext_viz.nets.checkpoints.class_names import LONGEST, read_class_names
from convnext_viz.nets.weights import WeightsError

NAMES = ("tench", "great white shark", "crane", "crane")  # two classes may share a name


@pytest.mark.parametrize(
    "given",
    [
        "\n".join(NAMES),
        "\ufeff" + "\r\n".join(NAMES) + "\r\n\n",
        json.dumps(NAMES),
        json.dumps({str(i): name for i, name in reversed(list(enumerate(NAMES)))}),
        json.dumps({str(i): [f"n{i:08}", name] for i, name in enumerate(NAMES)}),
    ],
    ids=["lines", "Windows", "list", "object", "Keras"],
)
def test_every_form_gives_the_same_names(given: str) -> None:
    assert read_class_names(given.encode(), 4) == NAMES


def test_names_with_their_numbers() -> None:
    assert read_class_names('{"dog": 1, "cat": 0}', 2) == ("cat", "dog")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (b"cat\ndog", "There are 2 class names, but the network has 3 classes"),
        (b"", "There are 0 class names"),
        (b"cat\n\ndog", "Class name 2 is empty"),
        (b"\xff\xfe\x00cat", "not a text file"),
        (b'["cat", "dog"', "cannot be read as JSON"),
        (b"[" * 100_000, "cannot be read as JSON"),
        (b'["cat", 2, "dog"]', "one text per class"),
        (b'{"0": "cat", "1": "dog", "3": "cow"}', "from 0 to 2"),
        (b'{"cat": 0, "dog": 0, "cow": 2}', "from 0 to 1"),
        (b"x" * (LONGEST + 1), "more than 2 MB"),
    ],
)
def test_what_is_wrong_is_said(given: bytes, said: str) -> None:
    with pytest.raises(WeightsError, match=said):
        read_class_names(given, 3)
