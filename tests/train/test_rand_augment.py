"""Every operation against timm's on the same picture, drawn by chance as it should be."""

import dataclasses
import math

import numpy as np
import pytest
import torch
from PIL import Image
from timm.data import auto_augment
from torchvision.transforms.v2 import InterpolationMode, functional

from convnext_viz.data.randomness import generator
from convnext_viz.train import augment
from convnext_viz.train.rand_augment import OPERATIONS, Policy, policy, rand_augment
from convnext_viz.train.recipe import Recipe

FILL = (0.5, 0.25, 0.75)
HPARAMS = {"img_mean": tuple(round(255 * c) for c in FILL), "interpolation": Image.BILINEAR}
MOVES = ("Rotate", "ShearX", "ShearY", "TranslateXRel", "TranslateYRel")
ALWAYS = {"AutoContrast", "Equalize", "Invert"}  # they know no magnitude
MAGNITUDES = (-10.0, -9.0, -4.3, -0.5, 0.0, 0.7, 3.0, 8.6, 10.0)

every_operation = pytest.mark.parametrize("name", OPERATIONS)


@pytest.fixture(scope="module")
def images():
    """Smooth pictures with noise on them, a flat one, a dark one: 32×28 pixels."""
    gen = torch.Generator().manual_seed(0)
    coarse = torch.rand(9, 3, 5, 4, generator=gen) * 255
    smooth = torch.nn.functional.interpolate(coarse, (32, 28), mode="bicubic").clamp(0, 255)
    noisy = (smooth + 8 * torch.randn(smooth.shape, generator=gen)).clamp(0, 255)
    noisy[7] = 77
    noisy[8] *= 0.3
    return noisy.to(torch.uint8).contiguous(memory_format=torch.channels_last)


def ours(images, name, magnitudes):
    levels = torch.tensor([magnitudes], dtype=torch.float64) / 10
    number = list(OPERATIONS).index(name)
    return rand_augment(images, Policy(torch.full(levels.shape, number), levels), fill=FILL)


def timms(image, name, magnitude, monkeypatch):
    """timm's own operation; its coin for the side is given."""
    monkeypatch.setattr(auto_augment, "_randomly_negate", lambda v: math.copysign(v, magnitude))
    hparams = {**HPARAMS, "magnitude_std": 0}
    operation = auto_augment.AugmentOp(name, prob=1.0, magnitude=abs(magnitude), hparams=hparams)
    picture = Image.fromarray(image.permute(1, 2, 0).contiguous().numpy())
    return torch.from_numpy(np.array(operation(picture))).permute(2, 0, 1)


def test_the_operations_are_timms_increasing_ones():
    assert list(OPERATIONS) == auto_augment._RAND_INCREASING_TRANSFORMS


@every_operation
def test_an_operation_is_timms(images, name, monkeypatch):
    found = ours(images, name, MAGNITUDES).int()
    inside = _inside(images, name) if name in MOVES else torch.ones(images.shape).bool()
    for i, magnitude in enumerate(MAGNITUDES):
        if name == "PosterizeIncreasing":  # of no bits at all Pillow knows no picture
            magnitude = math.copysign(min(9.9, abs(magnitude)), magnitude)
        oracle = timms(images[i], name, magnitude, monkeypatch).int()
        away = (found[i] - oracle).abs()[inside[i]]
        # Pillow cuts where we round, and takes the mean grey as a whole number.
        assert away.max() <= (2 if name == "ContrastIncreasing" else 1), (name, magnitude)
        assert away.float().mean() < 0.6
    if name not in ALWAYS:
        assert not torch.equal(found[1], images[1].int())


def _inside(images, name):
    """Where no gap is near: at the border Pillow repeats half a pixel where we fill."""
    white = ours(torch.full_like(images, 255), name, MAGNITUDES)
    gap = (ours(torch.zeros_like(images), name, MAGNITUDES) > 0) | (white < 255)
    near = torch.nn.functional.max_pool2d(gap.float(), 3, 1, 1) > 0
    near[:, :, [0, -1]] = near[:, :, :, [0, -1]] = True
    return ~near


@pytest.mark.parametrize("name", MOVES)
def test_what_moves_in_is_the_fill_and_what_stays_is_torchvisions(images, name):
    level = 0.86
    found = ours(images, name, [10 * level] * len(images))
    how = {"angle": 0.0, "translate": [0, 0], "shear": [0.0, 0.0], "center": [0.0, 0.0]}
    match name:
        case "Rotate":
            how |= {"angle": -30 * level, "center": None}
        case "ShearX":
            how["shear"] = [math.degrees(math.atan(0.3 * level)), 0.0]
        case "ShearY":
            how["shear"] = [0.0, math.degrees(math.atan(0.3 * level))]
        case "TranslateXRel":
            how["translate"] = [-0.45 * 28 * level, 0]
        case _:
            how["translate"] = [0, -0.45 * 32 * level]
    how |= {"scale": 1.0, "interpolation": InterpolationMode.BILINEAR}
    oracle = functional.affine(images, **how, fill=[255 * c for c in FILL])
    # Where half a pixel is a gap torchvision weighs the picture twice; elsewhere they must agree.
    uncut = functional.affine(torch.full_like(images, 255), **how, fill=[0.0]) == 255
    assert uncut.double().mean() > 0.5
    assert (found.int() - oracle.int()).abs()[uncut].max() <= 1
    gap = torch.tensor(HPARAMS["img_mean"])
    corners = found[:, :, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert ((corners - gap[None, :, None]).abs().amax(1) <= 1).any(1).all()


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("ColorIncreasing", functional.adjust_saturation),
        ("ContrastIncreasing", functional.adjust_contrast),
        ("BrightnessIncreasing", functional.adjust_brightness),
        ("SharpnessIncreasing", functional.adjust_sharpness),
    ],
)
def test_a_blend_is_torchvisions(images, name, theirs):
    found = ours(images, name, MAGNITUDES)
    for i, magnitude in enumerate(MAGNITUDES):
        oracle = theirs(images[i], max(0.1, 1 + 0.09 * magnitude)).int()
        assert (found[i].int() - oracle).abs().max() <= 1


def test_a_batch_is_what_happens_to_each_picture_alone(images):
    many = images.repeat(12, 1, 1, 1)
    chosen = policy(len(many), magnitude=7, spread=2, probability=0.9, gen=generator("test"))
    together = rand_augment(many, chosen, fill=FILL)
    for i in range(len(many)):
        alone = Policy(chosen.operations[:, i : i + 1], chosen.levels[:, i : i + 1])
        assert torch.equal(rand_augment(many[i : i + 1], alone, fill=FILL)[0], together[i])


def test_layers_follow_each_other(images):
    two = policy(9, magnitude=9, probability=1, gen=generator("test"))
    once = rand_augment(images, Policy(two.operations[:1], two.levels[:1]), fill=FILL)
    twice = rand_augment(once, Policy(two.operations[1:], two.levels[1:]), fill=FILL)
    assert torch.equal(rand_augment(images, two, fill=FILL), twice)


def test_operations_are_uniform_and_magnitudes_gaussian():
    n = 40_000
    drawn = policy(n, magnitude=6, spread=0.5, layers=3, gen=generator("test"))
    left = drawn.operations == -1
    assert left.double().mean() == pytest.approx(0.5, abs=0.01)
    counts = torch.bincount(drawn.operations[~left], minlength=15).double()
    expected = counts.sum() / 15
    assert ((counts - expected) ** 2 / expected).sum() < 29.1  # chi-squared, 14 degrees: 1 %
    strengths = 10 * drawn.levels.abs()
    assert strengths.mean() == pytest.approx(6, abs=0.01)
    assert strengths.std() == pytest.approx(0.5, abs=0.01)
    assert (drawn.levels < 0).double().mean() == pytest.approx(0.5, abs=0.01)
    held = policy(n, magnitude=9.5, spread=2, gen=generator("test")).levels.abs()
    assert held.max() == 1  # no stronger than timm's strongest


def test_with_probability_zero_nothing_happens(images):
    none = policy(9, magnitude=9, probability=0, gen=generator("test"))
    assert torch.equal(rand_augment(images, none, fill=FILL), images)


@pytest.mark.parametrize("name", sorted(OPERATIONS.keys() - ALWAYS - {"PosterizeIncreasing"}))
def test_magnitude_zero_changes_nothing(images, name):
    assert torch.equal(ours(images, name, [0.0] * 9), images)


def test_it_happens_within_a_batch_and_changes_nothing_else_that_is_drawn(dataset):
    source = augment.source(dataset, torch.device("cpu"))
    plain = Recipe(batch_size=16, random_erasing=0.5, mixup=0.4)
    on = dataclasses.replace(plain, rand_augment=9.0)
    without, batch = (augment.draw(source, r, seed=1, step=3) for r in (plain, on))
    again = augment.draw(source, on, seed=1, step=3)
    assert torch.equal(batch.x, again.x)
    assert torch.equal(batch.targets, without.targets)
    assert batch.x.is_contiguous(memory_format=torch.channels_last)
    assert not torch.equal(batch.x, without.x)
    off = dataclasses.replace(plain, rand_augment=0.0, rand_augment_spread=3.0)
    assert torch.equal(augment.draw(source, off, seed=1, step=3).x, without.x)
