"""Every odd file ends in an upright RGB picture or in a sentence; nothing else ever comes out."""

import re
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from convnext_viz import text
from convnext_viz.data.images import ImageError, read_image
from convnext_viz.data.limits import LONGEST_SIDE
from tests import odd_files
from tests.odd_files import ODD_FILES
from tests.odd_making import HEIGHT, WIDTH, OddFile, saved, scene

BY_NAME = {file.name: file for file in ODD_FILES()}


@pytest.fixture(autouse=True)
def no_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.fixture
def silence(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """No word on stdout or stderr, C libraries' included."""
    yield
    assert capfd.readouterr() == ("", "")


def picture_or_sentence(data: bytes, name: str = "") -> Image.Image | str:
    """Any other exception goes through, and fails the test."""
    try:
        return read_image(data, name)
    except ImageError as refusal:
        return str(refusal)


def key_of(message: str) -> str:
    """Which label a message was made from, by its words around the placeholders."""
    keys = [
        key.removeprefix("error.")
        for key, words in text._labels(text.language(), "images").items()
        if key.startswith("error.")
        and re.fullmatch(".*".join(map(re.escape, re.split(r"\{[^}]*\}", words))), message)
    ]
    assert len(keys) == 1, message
    return keys[0]


def test_there_are_enough_odd_files_and_they_never_change() -> None:
    refused = sum(not file.is_picture for file in ODD_FILES())
    assert len(ODD_FILES()) >= 100
    assert refused >= 50
    again = odd_files.ODD_FILES.__wrapped__()
    assert again == ODD_FILES()


@pytest.mark.usefixtures("silence")
@pytest.mark.parametrize("file", ODD_FILES(), ids=lambda file: ascii(file.name[:50]))
def test_odd_file(file: OddFile) -> None:
    image = picture_or_sentence(file.data, file.name)
    if isinstance(image, str):
        assert file.refused in (key_of(image), "either"), image
        assert "\n" not in image
        with text.use_language("zh"):
            chinese = picture_or_sentence(file.data, file.name)
            assert isinstance(chinese, str)
            assert file.refused in (key_of(chinese), "either")
    else:
        assert file.refused in ("", "either")
        assert type(image) is Image.Image
        assert image.mode == "RGB"
        assert max(image.size) <= LONGEST_SIDE


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF", "QOI"])
def test_truncated_at_every_tenth_byte(kind: str) -> None:
    intact = saved(scene(40, 30), kind)
    for end in range(0, len(intact), 10):
        image = picture_or_sentence(intact[:end])
        if not isinstance(image, str):  # nothing but the marks behind the pixels is missing
            assert end >= len(intact) - 16
        elif kind in ("JPEG", "PNG") and end:
            assert key_of(image) in ("incomplete" if end >= 10 else "unknown")


@given(st.binary(max_size=2000))
def test_random_bytes(data: bytes) -> None:
    picture_or_sentence(data)


@settings(max_examples=400)
@given(st.data())
def test_random_mutations(data: st.DataObject) -> None:
    small = [file for file in ODD_FILES() if file.is_picture and 100 < len(file.data) < 20_000]
    intact = bytearray(data.draw(st.sampled_from(small)).data)
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(intact) - 1) | st.integers(0, min(len(intact), 100) - 1))
        intact[at] = data.draw(st.sampled_from([0, 1, 127, 128, 255]) | st.integers(0, 255))
    picture_or_sentence(bytes(intact))


@given(
    st.sampled_from(
        [
            b"\xff\xd8\xff",
            b"\x89PNG\r\n\x1a\n",
            b"GIF89a",
            b"II*\0",
            b"MM\0*",
            b"BM",
            b"\0\0\1\0",
            b"P6 ",
            b"qoif",
            b"RIFF\x40\0\0\0WEBP",
            b"\xff\x4f\xff\x51",
            b"\0\0\0\x1cftypavif",
            b"<?xml ",
            b"<!--" * 50,
        ]
    ),
    st.binary(max_size=500),
)
def test_random_bytes_behind_a_signature(start: bytes, rest: bytes) -> None:
    picture_or_sentence(start + rest)


def test_comments_without_end_take_no_time() -> None:
    with pytest.raises(ImageError):
        read_image(b"<!---->" * 20_000 + b"<html>")


def test_memory_stays_bounded() -> None:
    """100 megapixels of colour, in a process of their own: 4 bytes each, and little more."""
    program = (
        "import resource\n"
        "from convnext_viz.data.images import read_image\n"
        "from tests.odd_making import png\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "data = png(12000, 8400, bytes(8400 * 36001))\n"
        "import gc; gc.collect()\n"
        "before = peak()\n"
        "assert read_image(data).size == (2048, 1434)\n"
        "print((peak() - before) / 1024)\n"
    )
    pytest.importorskip("resource")  # not on Windows
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 4 * 12000 * 8400 / 2**20 + 150


def test_a_photograph_of_100_megapixels_opens() -> None:
    image = read_image(saved(scene(11_600, 8_700), "JPEG", quality=75))
    assert image.size == (2048, 1536)
    assert np.abs(np.asarray(image).astype(int) - np.asarray(scene(2048, 1536))).mean() < 2


def test_nothing_global_changes() -> None:
    names = ("MAX_IMAGE_PIXELS", "WARN_POSSIBLE_FORMATS")
    before = [getattr(Image, name) for name in names], ImageFile.LOAD_TRUNCATED_IMAGES
    filters = list(warnings.filters)
    for file in ODD_FILES()[::7]:
        picture_or_sentence(file.data)
    assert ([getattr(Image, name) for name in names], ImageFile.LOAD_TRUNCATED_IMAGES) == before
    assert warnings.filters == filters


def test_pillows_own_limit_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another library may have set it to anything."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    assert read_image(BY_NAME["RGB.png"].data).size == (WIDTH, HEIGHT)
    assert read_image(BY_NAME["RGB.jpg"].data).size == (WIDTH, HEIGHT)


def test_many_threads_get_what_one_gets() -> None:
    files = [file for file in ODD_FILES() if len(file.data) < 20_000]

    def outcome(file: OddFile) -> bytes | str:
        image = picture_or_sentence(file.data, file.name)
        return image if isinstance(image, str) else image.tobytes()

    alone = [outcome(file) for file in files]
    filters = list(warnings.filters)
    start = threading.Barrier(8)

    def visitor(_: int) -> list[bytes | str]:
        start.wait()
        return [outcome(file) for file in files]

    with ThreadPoolExecutor(8) as pool:
        for together in pool.map(visitor, range(8)):
            assert together == alone
    assert warnings.filters == filters


@pytest.mark.parametrize(
    ("name", "spoken"),
    [("", "The file is empty"), ("a\nb\t.png", 'The file “a b .png”'), ("{x}", 'The file “{x}”'),
     ("n" * 300 + ".png", "n…nnnnnnnnnnnn.png"), ("猫.png", "猫.png")],
)  # fmt: skip
def test_the_message_names_the_file(name: str, spoken: str) -> None:
    with pytest.raises(ImageError, match=re.escape(spoken)) as refusal:
        read_image(b"", name)
    assert len(str(refusal.value)) < 250
