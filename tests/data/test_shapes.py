import time

import pytest
import torch
from torch import nn

from convnext_viz.data import shapes
from convnext_viz.data.drawn_shapes import CLASSES
from convnext_viz.nets import build
from convnext_viz.specs import ConvNeXtSpec
from convnext_viz.train import Recipe, evaluate, lockstep, prepare


@pytest.fixture(scope="module")
def learned():
    return shapes(train=3000, test=500)


def test_same_arguments_same_pictures():
    one, two, other = shapes(train=30, test=20), shapes(train=30, test=20), shapes(train=30, seed=1)
    assert torch.equal(one.train_images, two.train_images)
    assert torch.equal(one.test_images, two.test_images)
    assert not torch.equal(one.train_images, other.train_images)
    assert not torch.equal(one.train_images[:20], one.test_images)


@pytest.mark.parametrize("size", [16, 32, 48])
def test_form_of_the_set(size):
    data = shapes(train=105, test=50, image_size=size)
    assert data.train_images.shape == (105, 3, size, size)
    assert data.train_images.dtype == torch.uint8
    assert data.train_images.is_contiguous(memory_format=torch.channels_last)
    counts = torch.bincount(data.train_labels, minlength=len(CLASSES))
    assert counts.max() - counts.min() <= 1
    assert all(0.15 < std < 0.4 for std in data.std)


def test_ten_thousand_pictures_take_seconds():
    begun = time.process_time()
    shapes(train=10_000, test=10)
    assert time.process_time() - begun < 20


@pytest.mark.slow
def test_a_convnet_learns_it_and_a_linear_model_does_not(learned):
    recipe = Recipe(
        batch_size=64, epochs=4, lr=4e-3, label_smoothing=0.0, crop_padding=2, evaluate_every=0
    )
    spec = ConvNeXtSpec(
        name="small",
        depths=(1, 1),
        dims=(24, 48),
        num_classes=10,
        patch_size=2,
        norm="batch",
        norm_eps=1e-5,
        layer_scale=None,
    )
    nets = {"conv": build(spec, seed=0), "linear": nn.Sequential(nn.Flatten(), nn.Linear(3072, 10))}
    arms = prepare(nets, recipe)
    for _ in lockstep(arms, learned, recipe, seed=0):
        pass
    accuracy = {arm.label: evaluate(arm.net, learned).accuracy for arm in arms}
    assert 0.15 < accuracy["linear"] < 0.5
    assert accuracy["conv"] > 0.6
