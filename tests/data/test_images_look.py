"""What is read looks as it should: pixels against values known in advance."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from convnext_viz.data.images import read_image
from tests.odd_files import ODD_FILES
from tests.odd_making import WIDTH, half_transparent, saved, scene, with_orientation

BY_NAME = {file.name: file for file in ODD_FILES()}


def opened(name: str) -> np.ndarray:
    return np.asarray(read_image(BY_NAME[name].data, name)).astype(int)


@pytest.mark.parametrize(
    "name",
    ["RGB.png", "RGB.bmp", "RGB.ppm", "RGB.tga", "packed.tga", "RGB.qoi", "raw.tif",
     "tiff_lzw.tif", "packbits.tif", "big.tif", "pages.tif", "lossless.webp", "animated.webp",
     "animated.png", "interlaced.png", "16-bit colour.png", "top down.bmp", "RGBX.tif",
     "really a PNG.jpg", "no end chunk.png", "talkative.png", "broken iCCP.png", "RGB.jp2",
     "broken EXIF.png", "turned 0.png", "turned 9.png"],
)  # fmt: skip
def test_lossless_formats_keep_every_pixel(name: str) -> None:
    expected = scene()
    if name.startswith("RGB") and not name.startswith(("RGBX", "RGB.jp2", "RGB.qoi")):
        expected = half_transparent().convert("RGB")  # its colours are the scene's
    np.testing.assert_array_equal(opened(name), np.asarray(expected))


@pytest.mark.parametrize("name", ["RGBA.png", "RGBA.tif", "transparent.webp", "RGBA.tga"])
def test_what_is_invisible_is_white(name: str) -> None:
    values = opened(name)
    np.testing.assert_array_equal(values[:, : WIDTH // 2], np.asarray(scene())[:, : WIDTH // 2])
    assert (values[:, WIDTH // 2 :] == 255).all()


def test_half_visible_is_half_white() -> None:
    black = Image.new("RGBA", (4, 4), (0, 0, 0, 128))
    values = np.asarray(read_image(saved(black, "PNG")))
    assert (values == 127).all()
    grey = Image.new("LA", (4, 4), (0, 0))
    assert (np.asarray(read_image(saved(grey, "PNG"))) == 255).all()


def test_transparent_palette_entries_are_white() -> None:
    palette = scene().quantize(16)
    values, index = opened("palette, one colour transparent.png"), np.asarray(palette)
    assert (values[index == 3] == 255).all()
    visible = np.asarray(palette.convert("RGB"))[index != 3]
    np.testing.assert_array_equal(values[index != 3], visible)

    alpha = np.arange(0, 256, 16)[index][..., None]  # one for each of the 16 entries
    over_white = np.asarray(palette.convert("RGB")) * (alpha / 255) + 255 * (1 - alpha / 255)
    assert np.abs(opened("palette, alpha a colour.png") - over_white).max() <= 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_pictures_stand_upright(orientation: int) -> None:
    """The camera's turn, done here by hand on the stored pixels, is what EXIF asks to undo."""
    stored = np.asarray(scene())
    upright = {
        1: stored,
        2: stored[:, ::-1],
        3: stored[::-1, ::-1],
        4: stored[::-1],
        5: stored.transpose(1, 0, 2),
        6: np.rot90(stored, -1),
        7: stored[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(stored, 1),
    }[orientation]
    exif = with_orientation(orientation)
    image = read_image(saved(scene(), "PNG", exif=exif))
    np.testing.assert_array_equal(np.asarray(image), upright)
    photo = np.asarray(Image.open(BytesIO(saved(scene(), "JPEG", quality=95))))
    turns = {1: 0, 3: 2, 6: -1, 8: 1}
    if orientation in turns:
        values = opened(f"turned {orientation}.jpg")
        np.testing.assert_array_equal(values, np.rot90(photo, turns[orientation]))


@pytest.mark.parametrize("name", ["turned 6.webp", "turned 6.tif", "turned 6.avif"])
def test_each_format_turns_once(name: str) -> None:
    difference = np.abs(opened(name) - np.rot90(np.asarray(scene()), -1))
    assert difference.mean() < (3 if name.endswith("avif") else 1e-9)


def test_a_huge_turned_photograph_stands_upright() -> None:
    """Reduced while it is decoded, and turned after: the corners tell."""
    exif = with_orientation(6)
    image = read_image(saved(scene(5000, 4000), "JPEG", quality=90, exif=exif))
    assert image.size == (1638, 2048)
    expected = np.rot90(np.asarray(scene(2048, 1638)).astype(int), -1)
    assert np.abs(np.asarray(image) - expected).max() <= 8


@pytest.mark.parametrize(
    "name", ["16-bit grey.png", "12 bits in 16.png", "16-bit.tif", "16-bit big-endian.tif",
             "32-bit.tif", "floats.tif", "16-bit.pgm"]
)  # fmt: skip
def test_deep_ramps_rise_from_0_to_255(name: str) -> None:
    values = opened(name)
    assert (values == values[..., :1]).all()
    row = values[0, :, 0]
    assert (np.diff(row) >= 0).all()
    assert (row[0], row[-1]) == (0, 255)
    np.testing.assert_array_equal(row, np.rint(np.linspace(0, 255, len(row))))


def test_deep_pictures_without_a_range() -> None:
    assert (opened("one 16-bit value.png") == 128).all()
    assert (opened("nothing but NaN.tif") == 128).all()
    values = opened("floats with NaN.tif")[..., 0]
    assert [values[0, 0], values[1, 1], values[2, 2]] == [0, 255, 0]
    assert (values[3:, 0].max(), values[3:, -1].min()) == (0, 255)


@pytest.mark.parametrize(
    ("ink", "colour"),
    [((255, 0, 0, 0), (0, 255, 255)), ((0, 255, 0, 0), (255, 0, 255)),
     ((0, 0, 255, 0), (255, 255, 0)), ((0, 0, 0, 255), (0, 0, 0)), ((0, 0, 0, 0), (255,) * 3)],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_inks_become_lights(kind: str, ink: tuple[int, ...], colour: tuple[int, ...]) -> None:
    """Pillow writes CMYK JPEGs as Adobe does: inverted, with Adobe's marker."""
    values = np.asarray(read_image(saved(Image.new("CMYK", (16, 16), ink), kind))).astype(int)
    assert np.abs(values - colour).max() <= 3


def test_grey_lab_is_grey() -> None:
    """L* = 50 is 119 in sRGB; Pillow keeps a* = b* = 0, no colour, as 128."""
    bands = [Image.new("L", (4, 4), value) for value in (128, 128, 128)]
    values = np.asarray(read_image(saved(Image.merge("LAB", bands), "TIFF"))).astype(int)
    assert np.abs(values - 119).max() <= 3


@pytest.mark.parametrize("name", ["RGB.jpg", "progressive.jpg", "lossy.webp", "still.avif",
                                  "YCbCr.jpg", "YCbCr.tif", "jpeg.tif", "broken EXIF.jpg",
                                  "broken profile.jpg", "codestream.j2k"])  # fmt: skip
def test_lossy_formats_stay_close(name: str) -> None:
    assert np.abs(opened(name) - np.asarray(scene())).mean() < 4


@pytest.mark.parametrize("name", ["animated.gif", "animated.avif"])
def test_the_first_frame_is_shown(name: str) -> None:
    assert np.abs(opened(name) - np.asarray(scene())).mean() < 12  # the others are over 50 away


def test_two_bits_are_four_greys() -> None:
    np.testing.assert_array_equal(
        opened("two bits.png")[..., 0], [[0, 85, 170, 255], [255, 170, 85, 0]]
    )
    np.testing.assert_array_equal(opened("plain.ppm"), [[[255, 0, 0], [0, 0, 255]]])
    assert set(np.unique(opened("fax.tif"))) == {0, 255}


@pytest.mark.parametrize(
    ("size", "fitted"),
    [((2048, 10 * 64), (2048, 640)), ((2049, 2049), (2048, 2048)), ((6000, 100), (2048, 34)),
     ((100, 9000), (23, 2048)), ((4096, 3072), (2048, 1536))],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_large_pictures_are_reduced(
    kind: str, size: tuple[int, int], fitted: tuple[int, int]
) -> None:
    image = read_image(saved(scene(*size), kind, **({"quality": 95} if kind == "JPEG" else {})))
    assert image.size == fitted
    assert np.abs(np.asarray(image).astype(int) - np.asarray(scene(*fitted))).mean() < 4


def test_strips_join_without_a_seam() -> None:
    """9000 rows come in many strips; a smooth picture must stay smooth over their borders."""
    values = np.asarray(read_image(saved(scene(6000, 9000).convert("L"), "PNG"))).astype(int)
    assert np.abs(np.diff(values, axis=0)).max() <= 2
