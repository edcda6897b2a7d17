"""The photographs of scikit-image: there without a network, credited, and fit for every network."""

import socket

import numpy as np
import pytest
import skimage.data

from convnext_viz.data import preprocess
from convnext_viz.data.images import ImageError
from convnext_viz.data.samples import SAMPLES, sample_image
from convnext_viz.nets.preprocess import Preprocess
from convnext_viz.text import LANGUAGES, t, use_language


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object) -> None:
        raise AssertionError("a sample photograph must not need a network")

    monkeypatch.setattr(socket.socket, "connect", unreachable)


def skimages_own(name: str) -> np.ndarray:
    if name == "motorcycle":
        return skimage.data.stereo_motorcycle()[0]
    return getattr(skimage.data, name)()


@pytest.mark.parametrize("name", SAMPLES)
def test_equals_what_skimage_reads(name: str) -> None:
    expected = skimages_own(name)
    if expected.ndim == 2:
        expected = np.repeat(expected[..., None], 3, axis=-1)
    np.testing.assert_array_equal(np.asarray(sample_image(name)), expected[..., :3])


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_is_spoken_of(name: str, language: str) -> None:
    sample = SAMPLES[name]
    with use_language(language):
        assert 0 < len(t(sample.label)) < 20
        assert len(t(sample.shows)) > 10
        assert "scikit-image" in t(sample.credit)


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize(
    "how",
    [Preprocess(), Preprocess(image_size=(32, 32), crop_fraction=1.0, interpolation="bicubic")],
    ids=["ImageNet", "CIFAR"],
)
def test_becomes_an_input(name: str, how: Preprocess) -> None:
    x, shown = preprocess(sample_image(name), how)
    assert x.shape == (1, 3, *how.image_size)
    assert np.asarray(shown).std() > 10  # something is on it


def test_an_unknown_name_is_told_the_known_ones() -> None:
    with pytest.raises(ImageError, match=r"lena.*chelsea, coffee"):
        sample_image("lena")
