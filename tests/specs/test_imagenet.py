"""Printed accuracies: torchvision's own metadata, and what must hold between rows."""

import pytest
from torchvision import models

from convnext_viz.specs import SWIN, VARIANTS
from convnext_viz.specs.imagenet import IMAGENET, imagenet

# torchvision trained the networks of 2015 to 2017 as their papers did.
ORIGINAL = [row for row in IMAGENET if row.training == "original" and row.name != "resnet200"]


@pytest.mark.parametrize("row", ORIGINAL, ids=lambda row: row.name)
def test_accuracies_of_resnets_are_torchvisions(row: object) -> None:
    weights = models.get_model_weights(row.name)["IMAGENET1K_V1"]  # type: ignore[attr-defined]
    assert float(row.top1) == weights.meta["_metrics"]["ImageNet-1K"]["acc@1"]  # type: ignore[attr-defined]


def test_every_row_is_of_a_named_network_and_stands_once() -> None:
    sources = {(row.name, row.image_size): row.source for row in IMAGENET}
    assert all(sources[row.name, row.image_size] == row.source for row in IMAGENET)
    keys = [(row.name, row.image_size, row.training) for row in IMAGENET]
    assert len(keys) == len(set(keys)) == 98
    assert {row.name for row in IMAGENET} <= set(VARIANTS)


def test_more_data_and_more_pixels_help() -> None:
    found = {(row.name, row.image_size, row.training): float(row.top1) for row in IMAGENET}
    more = {"in1k": "in22k", "fcmae": "fcmae_in22k", "original": "modern"}
    for (name, size, training), top1 in found.items():
        if name in SWIN:
            continue  # its authors' small networks gained nothing from more data
        assert found.get((name, size, more.get(training, "")), 100) > top1
        assert found.get((name, 384, training), 100) >= top1 or size != 224


def test_the_figures_of_the_abstract() -> None:
    # "attaining 87.8% ImageNet top-1 accuracy" (Liu et al. 2022), "from an efficient 3.7M-parameter
    # Atto model with 76.7% top-1" and "a 650M Huge model with 88.9%" (Woo et al. 2023).
    assert [row.top1 for row in imagenet("convnext_xlarge", 384)] == ["87.8"]
    assert [row.top1 for row in imagenet("convnextv2_atto", 224)] == ["76.7"]
    assert [row.top1 for row in imagenet("convnextv2_huge", 512)] == ["88.9"]
    assert imagenet("convnext_tiny", 100) == ()
