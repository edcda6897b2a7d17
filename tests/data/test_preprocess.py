"""``preprocess`` does what timm's evaluation transform does, to the last rounding."""

import itertools
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from convnext_viz.data import preprocess
from convnext_viz.nets.preprocess import CropMode, Interpolation, Preprocess
from convnext_viz.text import use_language
from tests.odd_making import scene

TIMMS = [one for one in get_args(Interpolation) if one != "area"]  # our own
SIZES = [(1, 1), (1, 7), (31, 32), (32, 32), (33, 50), (224, 224), (255, 256), (256, 341),
         (257, 640), (451, 300), (640, 427), (1000, 99)]  # fmt: skip


def textured(width: int, height: int) -> Image.Image:
    """Noise over the scene: with it, an offset of one pixel is far from equal."""
    noise = np.random.default_rng(width * 9999 + height).integers(0, 90, (height, width, 3))
    return Image.fromarray((np.asarray(scene(width, height)) * 0.6 + noise).astype(np.uint8))


def timms(image: Image.Image, how: Preprocess) -> torch.Tensor:
    transform = pytest.importorskip("timm.data").create_transform(
        input_size=(3, *how.image_size),
        is_training=False,
        interpolation=how.interpolation,
        mean=how.mean,
        std=how.std,
        crop_pct=how.crop_fraction,
        crop_mode=how.crop_mode,
    )
    return transform(image)[None]


HOWS = [
    Preprocess(),
    Preprocess(crop_fraction=0.95),
    Preprocess(image_size=(384, 384), crop_fraction=1.0, crop_mode="squash"),
    Preprocess(image_size=(224, 224), crop_fraction=0.9, crop_mode="squash"),
    Preprocess(image_size=(288, 288), crop_fraction=1.0),
    Preprocess(image_size=(32, 32), crop_fraction=1.0, mean=(0.5,) * 3, std=(0.25,) * 3),
    Preprocess(image_size=(33, 33), crop_fraction=0.77),
    Preprocess(image_size=(160, 224)),
    Preprocess(image_size=(65, 32), crop_fraction=0.9),
    Preprocess(image_size=(48, 64), crop_fraction=0.8, crop_mode="squash"),
]


@pytest.mark.parametrize("how", HOWS, ids=str)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_equals_timm(how: Preprocess, size: tuple[int, int]) -> None:
    image = textured(*size)
    x, _ = preprocess(image, how)
    assert x.dtype == torch.float32
    assert x.shape == (1, 3, *how.image_size)
    assert x.is_contiguous()
    torch.testing.assert_close(x, timms(image, how), rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("interpolation", "mode"),
    list(itertools.product(TIMMS, get_args(CropMode))),
)
def test_every_interpolation_equals_timms(interpolation: str, mode: str) -> None:
    how = Preprocess(image_size=(96, 96), interpolation=interpolation, crop_mode=mode)
    for size in ((60, 45), (300, 451)):
        image = textured(*size)
        torch.testing.assert_close(preprocess(image, how)[0], timms(image, how), rtol=0, atol=1e-6)


@settings(max_examples=150)
@given(
    st.integers(1, 300),
    st.integers(1, 300),
    st.integers(1, 90),
    st.integers(1, 90),
    st.floats(0.3, 1.0),
    st.sampled_from(["center", "squash"]),
)
def test_any_size_equals_timms(
    width: int, height: int, rows: int, columns: int, fraction: float, mode: str
) -> None:
    how = Preprocess(
        image_size=(rows, columns), crop_fraction=fraction, crop_mode=mode, interpolation="bilinear"
    )
    image = textured(width, height)
    x, shown = preprocess(image, how)
    assert shown.size == (columns, rows)
    torch.testing.assert_close(x, timms(image, how), rtol=0, atol=1e-6)


@pytest.mark.parametrize("how", HOWS, ids=str)
def test_what_is_shown_is_what_the_network_gets(how: Preprocess) -> None:
    x, shown = preprocess(textured(200, 130), how)
    assert shown.mode == "RGB"
    mean, std = (np.array(values)[:, None, None] for values in (how.mean, how.std))
    back = (x[0].numpy() * std + mean) * 255
    np.testing.assert_allclose(back, np.asarray(shown).transpose(2, 0, 1), atol=1e-3)


@pytest.mark.parametrize(("side", "alike"), [(64, "box"), (12, "bicubic")])
def test_area_averages_where_an_image_shrinks_and_is_bicubic_where_it_grows(
    side: int, alike: str
) -> None:
    image = textured(side, side)
    area = Preprocess(image_size=(16, 16), crop_fraction=1.0, interpolation="area")
    found, same = preprocess(image, area)[0], preprocess(image, replace(area, interpolation=alike))
    assert torch.equal(found, same[0])
    if side == 64:  # by hand: the mean of 4×4 pixels, rounded twice (rows, then columns)
        means = np.asarray(image, float).reshape(16, 4, 16, 4, 3).mean((1, 3))
        assert np.abs(np.asarray(same[1]) - means).max() <= 1


def test_the_middle_is_kept_or_everything_is() -> None:
    """Left third red, middle green, right blue; three times as wide as high."""
    image = Image.new("RGB", (300, 100))
    for third, colour in enumerate(("red", "lime", "blue")):
        image.paste(colour, (100 * third, 0, 100 * third + 100, 100))
    how = Preprocess(image_size=(30, 30), crop_fraction=1.0, interpolation="box")
    _, centre = preprocess(image, how)
    assert (np.asarray(centre) == (0, 255, 0)).all()
    squash = Preprocess(
        image_size=(30, 30), crop_fraction=1.0, interpolation="box", crop_mode="squash"
    )
    _, warped = preprocess(image, squash)
    assert [warped.getpixel((x, 15)) for x in (5, 15, 25)] == [
        (255, 0, 0),
        (0, 255, 0),
        (0, 0, 255),
    ]


def test_the_picture_given_stays_as_it_is() -> None:
    image = textured(50, 40)
    before = image.tobytes()
    x, shown = preprocess(image, Preprocess(image_size=(40, 40), crop_fraction=1.0))
    x.zero_()
    shown.paste("black", (0, 0, 40, 40))
    assert image.tobytes() == before
    grey, _ = preprocess(image.convert("L"), Preprocess(mean=(0.5,) * 3, std=(0.5,) * 3))
    torch.testing.assert_close(grey[:, 0], grey[:, 2])


@pytest.mark.parametrize(
    ("field", "value"),
    [("mean", ()), ("std", (0.5, 0.5)), ("std", (1.0, 0.0, 1.0)), ("image_size", (0, 32)),
     ("image_size", (32,)), ("crop_fraction", 0.0), ("crop_fraction", 1.1),
     ("interpolation", "cubic"), ("crop_mode", "border")],
)  # fmt: skip
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_wrong_value_is_named(field: str, value: object, language: str) -> None:
    with use_language(language), pytest.raises(ValueError) as refusal:
        Preprocess(**{field: value})
    assert field in str(refusal.value)
    assert str(value) in str(refusal.value)
