"""Probe images and confusions: numbers and words that can be read, in the order of the arms."""

import numpy as np
import pytest

from convnext_viz.plots import theme
from convnext_viz.plots.training_confusion import confusion, describe_confusion
from convnext_viz.plots.training_probes import describe_arms, probe_images
from convnext_viz.results import ProbeImages
from convnext_viz.text import use_language

READABLE = 4.5  # WCAG 2.2, AA


def luminance(colour: str) -> float:
    """Of "#rrggbb", by WCAG's definition."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def test_confusion_colours_the_share_of_a_row_and_names_the_worst() -> None:
    pictures = np.array([[8, 2], [1, 0]])
    heat, numbers = confusion(pictures, ("cat", "dog")).data
    assert [list(row) for row in heat.z] == [[0.8, 0.2], [1, 0]]
    places = dict(zip(zip(numbers.y, numbers.x, strict=True), numbers.text, strict=True))
    assert places == {(0, 0): "8", (0, 1): "2", (1, 0): "1", (1, 1): "0"}
    said = describe_confusion(pictures, ("cat", "dog"))
    assert "cat" in said and "dog" in said and "72.7%" in said


def test_every_number_can_be_read_on_its_colour() -> None:
    rows = np.arange(20)
    for start in range(5):  # every half per cent of rows of 200
        pictures = np.zeros((20, 20), int)
        pictures[rows, rows] = 5 * rows + start
        pictures[rows, rows - 1] = 200 - 5 * rows - start
        heat, numbers = confusion(pictures, [str(row) for row in rows]).data
        stops, colours = zip(*heat.colorscale, strict=True)
        channels = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in colours]).T
        for share, ink in zip(np.ravel(heat.z), numbers.textfont.color, strict=True):
            mixed = [round(float(np.interp(share, stops, channel))) for channel in channels]
            ground = luminance("#" + "".join(f"{one:02x}" for one in mixed))
            dark, light = sorted((ground, luminance(ink)))
            assert (light + 0.05) / (dark + 0.05) >= READABLE, share


def given(classes: tuple[str, ...] = ("cat", "dog")) -> ProbeImages:
    return ProbeImages(
        images=np.zeros((16, 8, 8, 3), np.uint8),
        labels=(0, 1) * 8,
        classes=classes,
        step={"BN · ReLU": 25, "kernel_size 3": 25},
        predicted={"BN · ReLU": (0,) * 16, "kernel_size 3": (0, 1) * 8},
        probability={"BN · ReLU": (0.75,) * 15 + (np.nan,), "kernel_size 3": (0.5,) * 16},
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_each_row_below_an_image_says_whose_it_is(lang: str) -> None:
    with use_language(lang):
        figure = probe_images(given())
        first, second = describe_arms(given())
    assert len(figure.layout.images) == 16
    notes = list(figure.layout.annotations)
    assert all(note.font.size >= theme.SMALL for note in notes)
    words = [note.text for note in notes]
    assert sum(word.startswith("1 ✓") for word in words) == 8
    assert sum(word.startswith("1 ✗") for word in words) == 8
    assert sum(word.startswith("2 ✓") for word in words) == 16
    assert sum("75%" in word for word in words) == 15
    assert "BN · ReLU" in first and "8" in first and "25" in first
    assert {"en": "Kernel size 3", "zh": "卷积核大小 3"}[lang] in second and "16" in second


def test_a_class_that_is_called_like_a_tag_stays_a_name() -> None:
    words = [note.text for note in probe_images(given(("<a href=x>", "dog"))).layout.annotations]
    assert not [word for word in words if "<a" in word]
