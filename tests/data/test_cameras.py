"""What cameras, phones and microscopes store: HEIC, raw files, deep TIFFs, and much metadata."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image, TiffImagePlugin

from convnext_viz.data import ImageError, read_image
from convnext_viz.data.images import read_image_file
from convnext_viz.data.limits import LARGEST_FILE
from convnext_viz.text import use_language
from tests.odd_making import chunk, png, png_rows, saved, scene, tiff, with_orientation

PIXELS = np.asarray(scene()).astype(int)


def heic(image: Image.Image, **options: object) -> bytes:
    out = BytesIO()
    pillow_heif.from_pillow(image).save(out, quality=95, **options)
    return out.getvalue()


def seen(data: bytes, name: str = "") -> np.ndarray:
    return np.asarray(read_image(data, name)).astype(int)


@pytest.mark.parametrize("name", ["IMG_0001.HEIC", "IMG_0001.jpg"])
def test_a_heic_photograph_is_read_whatever_its_name(name: str) -> None:
    assert np.abs(seen(heic(scene()), name) - PIXELS).mean() < 2


@pytest.mark.parametrize(("orientation", "turns"), [(1, 0), (3, 2), (6, -1), (8, 1)])
def test_a_heic_photograph_is_turned_once(orientation: int, turns: int) -> None:
    data = heic(scene(), exif=with_orientation(orientation))
    assert np.abs(seen(data) - np.rot90(PIXELS, turns)).mean() < 2


def test_heic_transparency_is_white_and_grey_is_grey() -> None:
    hidden = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    assert (seen(heic(hidden)) >= 253).all()
    grey = seen(heic(scene().convert("L")))
    assert np.abs(grey - np.asarray(scene().convert("L"))[..., None]).mean() < 2


def test_a_heic_photograph_cut_off_is_incomplete() -> None:
    whole = heic(scene(200, 150))
    for end in range(24, len(whole), len(whole) // 9):
        with pytest.raises(ImageError) as refused:
            read_image(whole[:end], "a.heic")
        assert refused.value.reason == "incomplete"


def directory(tags: dict[int, tuple[int, int, int]], place: int, after: int = 0) -> bytes:
    """A TIFF directory for ``place`` bytes into the file."""
    entries = b"".join(struct.pack("<HHII", tag, *rest) for tag, rest in sorted(tags.items()))
    return struct.pack("<H", len(tags)) + entries + struct.pack("<I", after)


def raw_tiff(
    first: dict[int, tuple[int, int, int]], inner: dict[int, tuple[int, int, int]]
) -> bytes:
    """A preview of 8×8 that opens as a TIFF, and the sensor's data in a directory below it."""
    preview = {256: (4, 1, 8), 257: (4, 1, 8), 258: (3, 1, 8), 259: (3, 1, 1), 262: (3, 1, 1)}
    preview |= {273: (4, 1, 400), 277: (3, 1, 1), 278: (4, 1, 8), 279: (4, 1, 64), 330: (4, 1, 240)}
    head = b"II*\0" + struct.pack("<I", 8) + directory(preview | first, 8)
    return (head.ljust(240, b"\0") + directory(inner, 240)).ljust(400, b"\0") + bytes(range(64))


SENSOR = {256: (4, 1, 6000), 257: (4, 1, 4000), 262: (3, 1, 32803)}
RAW = {
    "a.nef": raw_tiff({254: (4, 1, 1)}, SENSOR),
    "a.dng": raw_tiff({50706: (1, 4, 0x0401)}, {}),
    "linear.dng": raw_tiff({}, {262: (3, 1, 34892)}),
    "a.arw": raw_tiff({}, SENSOR),
    "old.pef": raw_tiff({}, {}),  # nothing but its name tells
    "a.cr2": b"II*\0\x10\0\0\0CR\x02\0" + bytes(200),
    "a.cr3": b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom" + bytes(200),
    "a.raf": b"FUJIFILMCCD-RAW 0201" + bytes(200),
    "a.orf": b"IIRO\x08\0\0\0" + bytes(200),
    "a.rw2": b"IIU\0\x18\0\0\0" + bytes(200),
}


@pytest.mark.parametrize("name", RAW)
def test_camera_raw_is_named_and_its_preview_is_not_taken(name: str) -> None:
    with pytest.raises(ImageError, match="camera raw") as refused:
        read_image(RAW[name], name)
    assert refused.value.reason == "raw"
    if name != "old.pef":
        with pytest.raises(ImageError, match="camera raw"):
            read_image(RAW[name], "photo.tif")
    with use_language("zh"), pytest.raises(ImageError, match="RAW"):
        read_image(RAW[name], name)


def test_a_tiff_with_an_inner_directory_is_no_raw() -> None:
    assert seen(raw_tiff({}, {256: (4, 1, 4)}), "scan.tif").shape == (8, 8, 3)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("kind", "sample"), [("i1", 2), ("u2", 1), ("i2", 2), ("i4", 2), ("f4", 3), ("u4", 1)]
)
@pytest.mark.parametrize("white_is_zero", [False, True])
def test_deep_tiffs_keep_their_meaning(
    order: str, kind: str, sample: int, white_is_zero: bool
) -> None:
    """TIFF 6.0: PhotometricInterpretation says which end is white, SampleFormat which sign.
    The ramp spans the type's whole range: of the other sign, it would break in the middle."""
    if (order, kind) == (">", "u4"):
        pytest.skip("Pillow does not read it; it is refused")
    low, high = (-1, 1) if kind == "f4" else (np.iinfo(kind).min, np.iinfo(kind).max)
    ramp = np.linspace(low, high, 16).astype(order + kind)
    tags = {256: 16, 257: 1, 258: 8 * ramp.itemsize, 259: 1, 262: int(not white_is_zero)}
    tags |= {273: 200, 277: 1, 278: 1, 279: ramp.nbytes, 339: sample}
    entries = b"".join(
        struct.pack(order + "HHIHH", tag, 3, 1, value, 0) for tag, value in tags.items()
    )
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HIH", 42, 8, len(tags))
    data = (head + entries + bytes(4)).ljust(200, b"\0") + ramp.tobytes()
    expected = np.linspace(255, 0, 16) if white_is_zero else np.linspace(0, 255, 16)
    assert np.abs(seen(data)[0, :, 0] - expected).max() <= 1


def test_a_big_tiff_that_stores_white_as_zero_is_turned_around() -> None:
    ramp = np.linspace(0, 65535, 16).astype("<u2")
    tags = {256: 16, 257: 1, 258: 16, 259: 1, 262: 0, 273: 300, 277: 1, 278: 1, 279: 32, 339: 1}
    entries = b"".join(struct.pack("<HHQQ", tag, 3, 1, value) for tag, value in tags.items())
    head = struct.pack("<2sHHHQQ", b"II", 43, 8, 0, 16, len(tags))
    data = (head + entries + bytes(8)).ljust(300, b"\0") + ramp.tobytes()
    assert np.abs(seen(data)[0, :, 0] - np.linspace(255, 0, 16)).max() <= 1


def test_grey_times_alpha_is_laid_on_white() -> None:
    tags = {256: (3, 1, 1), 257: (3, 1, 1), 258: (3, 2, 0x00080008), 259: (3, 1, 1)}
    tags |= {262: (3, 1, 1), 273: (4, 1, 200), 277: (3, 1, 2), 278: (3, 1, 1), 279: (4, 1, 2)}
    data = tiff({**tags, 338: (3, 1, 1)}).ljust(200, b"\0") + bytes([64, 128])
    assert np.abs(seen(data) - (64 + 127)).max() <= 1  # 64 is already times alpha


LONG = np.random.default_rng(0).integers(32, 127, 3_000_000, dtype=np.uint8).tobytes()


@pytest.mark.parametrize(
    "extra",
    [
        chunk(b"iCCP", b"name\0\0" + zlib.compress(LONG)),
        chunk(b"iCCP", b"name\0\7" + LONG[:100]),
        chunk(b"tEXt", b"Comment\0" + LONG),
        chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(80_000_000))),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(LONG)),
        b"".join(chunk(b"zTXt", b"a%d\0\0" % i + zlib.compress(bytes(10**6))) for i in range(70)),
        chunk(b"tEXt", b"Comment\0words")[:-4] + b"\0\0\0\0",
        chunk(b"eXIf", LONG),
    ],
    ids=["profile", "strange profile", "text", "bomb", "XMP", "many", "checksum", "EXIF"],
)  # fmt: skip
@pytest.mark.parametrize("turned", [False, True])
def test_no_metadata_refuse_a_sound_png(extra: bytes, turned: bool) -> None:
    exif = chunk(b"eXIf", with_orientation(6)[6:]) if turned else b""
    data = png(64, 48, png_rows(np.asarray(scene())), extra=exif + extra)
    if turned and extra[4:8] == b"eXIf":
        pytest.skip("one EXIF only")
    np.testing.assert_array_equal(seen(data), np.rot90(PIXELS, -1) if turned else PIXELS)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "WEBP", "AVIF"])
def test_no_metadata_refuse_a_sound_picture_of_other_formats(kind: str) -> None:
    options: dict[str, object] = {"icc_profile": LONG, "quality": 95}
    if kind == "TIFF":
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags[700], tags.tagtype[700] = LONG, 1
        options = {"icc_profile": LONG, "tiffinfo": tags}
    elif kind != "JPEG":
        options |= {"exif": b"Exif\0\0II*\0\x08\0\0\0\0\0" + LONG, "xmp": LONG}
    else:
        options |= {
            "exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0" + LONG[:60_000],
            "comment": LONG[:60_000],
        }
    assert np.abs(seen(saved(scene(), kind, **options)) - PIXELS).mean() < 4


def test_what_is_too_large_is_too_large_for_bytes_and_for_a_file(tmp_path: Path) -> None:
    (tmp_path / "film.png").write_bytes(saved(scene(), "PNG"))
    with (tmp_path / "film.png").open("r+b") as file:
        file.truncate(LARGEST_FILE + 1)  # a hole: no disk is used
    with pytest.raises(ImageError, match="larger than 100 MB") as refused:
        read_image_file(tmp_path / "film.png")
    assert refused.value.reason == "large_file"
    with pytest.raises(ImageError) as same:
        read_image((tmp_path / "film.png").read_bytes(), "film.png")
    assert str(same.value) == str(refused.value)
