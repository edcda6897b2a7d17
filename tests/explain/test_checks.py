"""Which nets can be explained: those with a classifier, whatever else is in their head."""

from dataclasses import replace

import pytest

from convnext_viz.explain.checks import check_net
from convnext_viz.nets import build
from convnext_viz.specs import CIFAR

SPEC = CIFAR["cifar_ln_gelu"]


@pytest.mark.parametrize("hidden", [None, 8])
def test_a_hidden_layer_is_no_classifier(hidden: int | None) -> None:
    classifier = build(replace(SPEC, head_hidden=hidden)).eval()
    features = build(replace(SPEC, head_hidden=hidden, num_classes=0)).eval()
    check_net(classifier, classifies=True)
    check_net(features)
    with pytest.raises(ValueError, match="no classifier"):
        check_net(features, classifies=True)
