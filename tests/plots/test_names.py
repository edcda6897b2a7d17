"""Names of classes in the reader's language."""

from itertools import chain

from convnext_viz.data.drawn_shapes import CLASSES
from convnext_viz.nets import load_card
from convnext_viz.nets.checkpoints import BUNDLED
from convnext_viz.plots.names import class_names
from convnext_viz.text import use_language


def test_known_classes_are_translated_and_others_left_alone() -> None:
    cifar = load_card(BUNDLED[0]).classes
    assert class_names(cifar) == cifar
    with use_language("zh"):
        chinese = class_names(cifar)
        assert chinese[cifar.index("cat")] == "猫" and chinese[cifar.index("ship")] == "船"
        for name in chain(chinese, class_names(CLASSES)):
            assert all("\u3400" <= letter <= "\u9fff" for letter in name)
        assert class_names(("bar", "half disc", "ring")) == ("长条", "半圆", "圆环")
        assert class_names(("mouse", "modem")) == ("mouse", "modem")  # a computer's
        assert class_names(()) == ()
