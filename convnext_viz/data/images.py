"""The decoder of every image, for explaining and for training: a file's bytes become upright RGB,
or a sentence that says why not.

What a file is, its first bytes decide, never its name. Pillow's plugins are called by name rather
than through ``Image.open``, for three reasons: only formats that decode in this process are tried
(EPS would start Ghostscript), a file that is something else is named as such, and the size limits
are ours, without touching Pillow's global ``MAX_IMAGE_PIXELS``.
"""

import re
import threading
import warnings
from collections.abc import Callable, Iterator
from io import BytesIO
from os import PathLike
from pathlib import Path

from PIL import Image, ImageFile
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.DdsImagePlugin import DdsImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.IcoImagePlugin import IcoImageFile
from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PcxImagePlugin import PcxImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.PpmImagePlugin import PpmImageFile
from PIL.QoiImagePlugin import QoiImageFile
from PIL.SgiImagePlugin import SgiImageFile
from PIL.TgaImagePlugin import TgaImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from convnext_viz.data import tiff
from convnext_viz.data.deep_grey import DeepGrey
from convnext_viz.data.file_kinds import broken_image, ends_in_zeros, not_an_image
from convnext_viz.data.limits import (
    LARGEST_FILE,
    LARGEST_MB,
    LONGEST_ASPECT,
    LONGEST_SIDE,
    most_pixels,
)
from convnext_viz.data.metadata import without_metadata
from convnext_viz.text import t

DECODER = 4  # goes up when a file gives other pixels than before: what was cached is made anew
_STRIP_PIXELS = 2**22  # what is converted at a time, so that conversions never double the memory

_Plugin = Callable[[BytesIO], ImageFile.ImageFile]


def _heif(file: BytesIO) -> ImageFile.ImageFile:
    """A HEIC or HEIF photograph; the library with its decoders is loaded for the first one."""
    from pillow_heif import HeifImageFile

    opened: ImageFile.ImageFile = HeifImageFile(file)  # type: ignore[no-untyped-call]
    return opened


_PICTURES: tuple[tuple[bytes, _Plugin], ...] = (
    (rb"\xff\xd8", JpegImageFile),
    (rb"\x89PNG", PngImageFile),
    (rb"GIF8[79]a", GifImageFile),
    (rb"RIFF.{4}WEBP", WebPImageFile),
    (rb".{4}ftyp.{0,64}?avi[fs]", AvifImageFile),
    (rb".{4}ftyp(hei[cxms]|hev[cxms]|mif[12]|msf1)", _heif),
    (rb"II[*+]\0|MM\0[*+]", TiffImageFile),
    (rb"BM", BmpImageFile),
    (rb"\0\0\x01\0", IcoImageFile),
    (rb"P[1-6fF]\s", PpmImageFile),
    (rb"\xff\x4f\xff\x51|\0{3}\x0cjP {2}\r\n\x87\n", Jpeg2KImageFile),
    (rb"qoif", QoiImageFile),
    (rb"DDS ", DdsImageFile),
    (rb"\x01\xda", SgiImageFile),
    (rb"\x0a[\0\x02\x03\x05]\x01[\x01\x02\x04\x08]", PcxImageFile),
    (rb".[\0\x01][\x01-\x03\x09-\x0b].{13}[\x08\x0f\x10\x18\x20]", TgaImageFile),  # no signature
)

_TURNS = {  # EXIF's Orientation (tag 0x0112) and what undoes it
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# One picture is decoded at a time: however many visitors there are, the memory is that of one, and
# the warning filter below (which Python keeps for the process) has one owner.
_one_at_a_time = threading.Lock()


class ImageError(ValueError):
    """A file that gives no picture; the message says why, and what to do.

    ``reason`` is the same in one word, a key of ``images.reason``, for lists of many files.
    """

    def __init__(self, message: str, reason: str = "damaged") -> None:
        super().__init__(message)
        self.reason = reason


def read_image(data: bytes, name: str = "") -> Image.Image:
    """The picture in a file's bytes: RGB, upright, at most 2,048 pixels on its longer side.

    The first frame of an animation, the first page of several. EXIF rotation is applied,
    transparency is laid on white, CMYK, LAB, YCbCr and palettes are converted; an embedded colour
    profile is ignored, as it is by the pipelines the networks were trained with. Grey of 16 or 32
    bits, with a sign (of 8 bits, too) or of floats is scaled as a viewer does it, since a file does
    not say which of its values is white (12 bits in 16, floats of 0 … 1 or 0 … 255): the smallest
    value that occurs becomes 0 and the largest 255, or the other way in a TIFF that stores white as
    the smallest (a single value becomes mid-grey, NaN the smallest). Nothing is clipped. A camera's
    raw file is refused, not read as the small preview in it.

    ``name`` is for the message, and tells a camera's raw file from a TIFF where nothing else does.
    Raises ImageError, and nothing else, for whatever the bytes may be. Safe to call from many
    threads; one picture is decoded at a time.
    """
    file = _named(name)
    if not data:
        raise _refusal("images.error.empty", file)
    if len(data) > LARGEST_FILE:
        raise _refusal("images.error.large_file", file, limit=LARGEST_MB)
    if tiff.is_camera_raw(data, name):
        raise _refusal("images.error.raw", file)
    plugin = _plugin(data)
    if plugin is None:
        raise _refusal(not_an_image(data), file)
    with _one_at_a_time, warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"(PIL|pillow_heif)\.")
        try:
            return _pixels(plugin, data, file)
        except ImageError:
            raise
        except MemoryError as short:
            raise _refusal("images.error.memory", file) from short
        except Image.DecompressionBombError as bomb:
            raise _refusal("images.error.bomb", file) from bomb
        except Exception as defect:  # there is no telling what a plugin raises on broken bytes
            raise _refusal(broken_image(data, defect), file) from defect


def read_image_file(file: str | PathLike[str]) -> Image.Image:
    """The image in a file, as :func:`read_image` gives it.

    Raises ImageError, and nothing else: for a file that is not there, cannot be read or is larger
    than :data:`LARGEST_FILE`, too.
    """
    path = Path(file)
    try:
        with path.open("rb") as stream:
            data = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        raise ImageError(t("explain_subjects.set.gone", path=path), "gone") from error
    return read_image(data, path.name)


def _refusal(key: str, file: str, **values: object) -> ImageError:
    return ImageError(t(key, file=file, **values), key.rpartition(".")[2])


def _plugin(data: bytes) -> _Plugin | None:
    """What reads bytes that begin like these."""
    for pattern, plugin in _PICTURES:
        if re.match(pattern, data, re.DOTALL):
            return plugin
    return None


def _pixels(plugin: _Plugin, data: bytes, file: str) -> Image.Image:
    """As :func:`_decoded`; what metadata spoils is read without them."""
    try:
        return _decoded(plugin, data, file)
    except (ImageError, MemoryError, Image.DecompressionBombError):
        raise
    except Exception:
        bare = without_metadata(data)
        if len(bare) == len(data):
            raise
        return _decoded(plugin, bare, file)


def _decoded(plugin: _Plugin, data: bytes, file: str) -> Image.Image:
    negative, signed, bits = tiff.numbers(data)
    negative &= bits > 8 or signed  # others Pillow turns around itself
    if negative:
        data = tiff.black_is_zero(data)
    image = plugin(BytesIO(data))  # reads the header only
    _check_size(image, file)
    if image.format == "JPEG":
        image.draft(None, _fitted(image.size))  # at 1/2, 1/4 or 1/8
    image.load()
    _check_size(image, file)  # an icon's true size is known only now
    if ends_in_zeros(data):
        raise _refusal("images.error.incomplete", file)
    picture = _rgb(image, _deep(image, negative, signed, bits))
    turn = _TURNS.get(_orientation(image))
    return picture if turn is None else picture.transpose(turn)


def _deep(image: Image.Image, negative: bool, signed: bool, bits: int) -> DeepGrey | None:
    """How grey of more than eight bits, or with a sign, is stored; None of other pictures."""
    if image.mode == "I" and bits == 32 and not signed:
        return DeepGrey(negative, "u4")
    if image.mode == "L" and bits == 8 and signed:
        return DeepGrey(negative, "i1")
    is_deep = image.mode == "F" or image.mode.startswith("I")
    return DeepGrey(negative) if is_deep else None


def _check_size(image: ImageFile.ImageFile, file: str) -> None:
    width, height = image.size
    baseline = image.format == "JPEG" and "progressive" not in image.info
    limit = most_pixels(image.format, baseline=baseline)
    if width * height > limit:
        size = {"width": width, "height": height}
        pixels = {"megapixels": width * height / 1e6, "limit": limit / 1e6}
        raise _refusal("images.error.too_large", file, **size, **pixels)
    if max(width, height) > LONGEST_ASPECT * min(width, height):
        size = {"width": width, "height": height, "limit": LONGEST_ASPECT}
        raise _refusal("images.error.too_thin", file, **size)


def _fitted(size: tuple[int, int]) -> tuple[int, int]:
    """The size scaled down so that its longer side is at most LONGEST_SIDE."""
    scale = min(1.0, LONGEST_SIDE / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _rgb(image: Image.Image, deep: DeepGrey | None) -> Image.Image:
    """Converted and reduced strip by strip: a box filter first, Lanczos for the rest."""
    width, height = image.size
    factor = max(1, max(image.size) // (2 * LONGEST_SIDE))
    rows = factor * max(1, _STRIP_PIXELS // (width * factor))
    low, high = deep.range(strip for _, strip in _strips(image, rows)) if deep else (0.0, 0.0)
    picture = Image.new("RGB", (-(-width // factor), -(-height // factor)))
    for top, strip in _strips(image, rows):
        colour = deep.stretched(strip, low, high) if deep else _on_white(strip)
        picture.paste(colour.reduce(factor), (0, top // factor))
    fitted = _fitted(image.size)
    return picture if fitted == picture.size else picture.resize(fitted, Image.Resampling.LANCZOS)


def _strips(image: Image.Image, rows: int) -> Iterator[tuple[int, Image.Image]]:
    for top in range(0, image.height, rows):
        yield top, image.crop((0, top, image.width, min(top + rows, image.height)))


def _on_white(strip: Image.Image) -> Image.Image:
    if not strip.has_transparency_data:
        return strip.convert("RGB")
    if strip.mode == "La":  # grey times alpha, which Pillow converts to this only
        strip = strip.convert("LA")
    colour = strip.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", colour.size, "white"), colour).convert("RGB")


def _orientation(image: Image.Image) -> int:
    """EXIF's Orientation; 1 (upright) where there is none, or none that can be read."""
    try:
        return int(image.getexif().get(0x0112, 1))
    except Exception:  # broken EXIF is no reason to refuse a complete image
        return 1


def _named(name: str) -> str:
    """The file as a sentence names it: on one line, and no longer than a line holds."""
    words = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    if not words:
        return t("images.file.unnamed")
    return t("images.file.named", name=words if len(words) <= 60 else f"{words[:40]}…{words[-16:]}")
