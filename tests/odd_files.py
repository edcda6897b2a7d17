"""Odd files of every kind, made in memory: what people really drop on a page, and worse.

``ODD_FILES()`` gives the same bytes at every call. An odd file knows its name, its bytes, and
whether it is a picture (``refused == ""``) or is to be refused, and with which sentence: the last
part of a key ``images.error.…``. A few may end either way (``refused == "either"``): whatever
happens must be a picture or a sentence.
"""

import struct
from collections.abc import Iterator
from functools import cache

import numpy as np

from tests.odd_making import (
    PNG,
    OddFile,
    bmp,
    box,
    chunk,
    png,
    saved,
    scene,
    tga,
    tiff,
)
from tests.odd_pictures import pictures, turned


@cache
def ODD_FILES() -> tuple[OddFile, ...]:
    files = (*pictures(), *turned(), *strangers(), *broken(), *huge())
    assert len({file.name for file in files}) == len(files)
    return files


def strangers() -> Iterator[OddFile]:
    """Whole files of other kinds, under their own names and under a picture's."""
    html = b"<!DOCTYPE html><html><head><title>Cat</title></head><body><svg></svg></body></html>"
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="4"/></svg>'
    declared = b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- drawn by hand -->\n<!DOCTYPE svg>\n' + svg
    pdf = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
    heic = box(b"ftyp", b"heic\0\0\0\0mif1heic") + box(b"mdat", bytes(64))
    mif1 = box(b"ftyp", b"mif1\0\0\0\0mif1heic") + box(b"mdat", bytes(64))
    mp4 = box(b"ftyp", b"isom\0\0\2\0isomiso2mp41") + box(b"mdat", bytes(64))
    noise = np.random.default_rng(0).integers(0, 256, 5000, dtype=np.uint8).tobytes()

    yield OddFile("empty.png", b"", "empty")
    yield OddFile("empty.jpg", b"", "empty")
    yield OddFile("notes.txt", b"Dear diary,\nno picture today.\n", "text")
    yield OddFile("notes.png", b"Dear diary,\nno picture today.\n", "text")
    yield OddFile("日记.jpg", "亲爱的日记，今天没有照片。\n".encode() * 50, "text")
    yield OddFile("wide.txt", "Dear diary".encode("utf-16"), "text")
    yield OddFile("BMW.txt", b"BMW builds cars.\n", "text")
    yield OddFile("P5 is a rail line.txt", b"P5 is a rail line in Queensland.\n", "text")
    yield OddFile("page.html", html, "text")
    yield OddFile("page.jpg", html, "text")
    yield OddFile("table.csv", b"a,b\n1,2\n", "text")
    yield OddFile("picture in base64.txt", b"data:image/png;base64,iVBORw0KGgo=", "text")
    yield OddFile("drawing.svg", svg, "svg")
    yield OddFile("drawing.png", declared, "svg")
    yield OddFile("paper.pdf", pdf, "pdf")
    yield OddFile("paper.jpg", pdf, "pdf")
    yield OddFile("figure.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "pdf")
    yield OddFile("no boxes.heic", heic, "damaged")
    yield OddFile("no boxes.jpg", mif1, "damaged")
    yield OddFile("only its beginning.heic", heic[:24], "incomplete")
    yield OddFile("film.mp4", mp4, "video")
    yield OddFile("film.png", mp4, "video")
    yield OddFile("film.webm", b"\x1aE\xdf\xa3" + bytes(60), "video")
    yield OddFile("film.avi", b"RIFF\x40\0\0\0AVI " + bytes(60), "video")
    yield OddFile("pictures.zip", b"PK\x03\x04" + bytes(60), "archive")
    yield OddFile("report.docx", b"PK\x03\x04" + bytes(60), "archive")
    yield OddFile("weights.pth", b"PK\x03\x04" + bytes(60), "archive")
    yield OddFile("drawing.svgz", b"\x1f\x8b\x08\0" + noise[:60], "archive")
    yield OddFile("pictures.rar", b"Rar!\x1a\x07\x01\0" + bytes(60), "archive")
    yield OddFile("pictures.7z", b"7z\xbc\xaf\x27\x1c" + bytes(60), "archive")
    yield OddFile("layers.psd", b"8BPS\0\1" + bytes(60), "layers")
    yield OddFile("array.npy", b"\x93NUMPY\1\0\x76\0{'descr': '<f4'}" + bytes(60), "unknown")
    yield OddFile("weights.safetensors", struct.pack("<Q", 2) + b"{}", "unknown")
    yield OddFile("pickle.png", b"\x80\x04\x95\x10\0\0\0\0\0\0\0\x8c\x05hello\x94.", "unknown")
    yield OddFile("sound.wav", b"RIFF\x40\0\0\0WAVEfmt " + bytes(56), "unknown")
    yield OddFile("zeros.png", bytes(5000), "unknown")
    yield OddFile("ones.jpg", b"\xff" * 5000, "unknown")
    yield OddFile("noise.jpg", noise, "unknown")
    yield OddFile("one byte.png", b"\x89", "unknown")


def broken() -> Iterator[OddFile]:
    """Pictures that were cut off, knocked about, or lie about themselves."""
    rgb = scene(160, 120)
    wholes = {
        "jpg": saved(rgb, "JPEG", quality=95),
        "png": saved(rgb, "PNG"),
        "gif": saved(rgb, "GIF"),
        "webp": saved(rgb, "WEBP", lossless=True),
        "avif": saved(rgb, "AVIF", quality=95),
        "tif": saved(rgb, "TIFF"),
        "bmp": saved(rgb, "BMP"),
        "ppm": saved(rgb, "PPM"),
        "tga": saved(rgb, "TGA"),
        "qoi": saved(rgb, "QOI"),
    }
    for suffix, intact in wholes.items():
        yield OddFile(f"half.{suffix}", intact[: len(intact) // 2], "incomplete")
    for suffix, start in (
        ("jpg", 2),
        ("png", 8),
        ("gif", 13),
        ("webp", 12),
        ("bmp", 30),
        ("tif", 8),
    ):
        yield OddFile(f"only the beginning.{suffix}", wholes[suffix][:start], "incomplete")
    progressive = saved(rgb, "JPEG", quality=95, progressive=True)
    yield OddFile("half, progressive.jpg", progressive[: len(progressive) // 2], "incomplete")
    yield OddFile("last bytes missing.jpg", wholes["jpg"][:-40], "incomplete")
    yield OddFile("last bytes missing.png", wholes["png"][:-40], "incomplete")
    yield OddFile("second half zeros.jpg", wholes["jpg"][:1500] + bytes(9000), "incomplete")
    half_jp2 = saved(rgb, "JPEG2000")
    yield OddFile("half.jp2", half_jp2[: len(half_jp2) // 2], "either")
    icon = saved(rgb, "ICO", sizes=[(48, 48)])
    yield OddFile("half.ico", icon[: len(icon) // 2], "incomplete")

    def knocked(intact: bytes, at: int, by: bytes) -> bytes:
        return intact[:at] + by + intact[at + len(by) :]

    image = wholes["png"]
    data = image.index(b"IDAT")
    yield OddFile("wrong checksum of IHDR.png", knocked(image, 29, b"\1\2\3\4"), "damaged")
    yield OddFile("wrong checksum of IDAT.png", knocked(image, len(image) - 16, b"zz"), "either")
    yield OddFile("wrong bytes in IDAT.png", knocked(image, data + 40, bytes(60)), "damaged")
    yield OddFile("text-mode transfer.png", image.replace(b"\r\n", b"\n"), "damaged")
    yield OddFile("no IDAT.png", image[:33] + chunk(b"IEND", b""), "damaged")
    yield OddFile("no IHDR.png", PNG + image[33:], "damaged")
    yield OddFile("depth of 3.png", png(4, 4, bytes(20), depth=3, colour=0), "damaged")
    yield OddFile("0 by 0.png", png(0, 0, b""), "damaged")
    yield OddFile("0 wide.bmp", bmp(0, 4, b""), "damaged")
    yield OddFile("says more rows than it has.png", png(4, 40, bytes(4 * 13)), "either")
    end = chunk(b"IEND", b"")
    yield OddFile("not zlib.png", image[:33] + chunk(b"IDAT", b"no") + end, "damaged")
    yield OddFile("palette without colours.png", png(4, 4, bytes(20), colour=3), "either")

    photo = wholes["jpg"]
    tables = photo.index(b"\xff\xc4")
    yield OddFile("wrong Huffman table.jpg", knocked(photo, tables + 4, b"\xff" * 40), "damaged")
    yield OddFile("no Huffman table.jpg", knocked(photo, tables, b"\xff\xfe"), "either")
    scan = photo.index(b"\xff\xda")
    yield OddFile("noise in the scan.jpg", knocked(photo, scan + 60, bytes(range(200))), "either")
    yield OddFile("end marker too early.jpg", photo[:1500] + b"\xff\xd9", "either")
    yield OddFile("no end marker.jpg", photo[:-2], "incomplete")
    yield OddFile("only markers.jpg", b"\xff\xd8\xff\xd9", "damaged")
    components = photo.index(b"\xff\xc0") + 9
    yield OddFile("17 components.jpg", knocked(photo, components, b"\x11"), "damaged")
    yield OddFile("no frame.gif", wholes["gif"][:13] + b";", "damaged")
    yield OddFile(
        "noise in the frame.gif", knocked(wholes["gif"], 900, bytes(range(200))), "either"
    )
    yield OddFile("noise inside.webp", knocked(wholes["webp"], 30, bytes(60)), "either")
    yield OddFile("noise inside.avif", knocked(wholes["avif"], 300, bytes(60)), "either")
    yield OddFile("no entries.ico", b"\0\0\1\0\0\0", "damaged")
    entry = struct.pack("<BBBBHHII", 9, 9, 0, 0, 1, 32, 40, 999_999)
    yield OddFile("points nowhere.ico", b"\0\0\1\0\1\0" + entry, "damaged")
    yield OddFile("directory behind the end.tif", b"II*\0\xff\xff\xff\x7f", "incomplete")
    yield OddFile("directory of nothing.tif", b"II*\0\x08\0\0\0\0\0\0\0\0\0", "damaged")
    yield OddFile("directory at itself.tif", b"II*\0\0\0\0\0\0\0\0\0", "damaged")
    tags = {256: (3, 1, 8), 257: (3, 1, 8), 258: (3, 1, 8), 259: (3, 1, 1), 262: (3, 1, 1)}
    yield OddFile("no strips.tif", tiff(tags), "damaged")
    nowhere = {**tags, 273: (4, 1, 10**9), 278: (3, 1, 8), 279: (4, 1, 64)}
    yield OddFile("strips behind the end.tif", tiff(nowhere), "incomplete")
    strange = {**tags, 259: (3, 1, 4711), 273: (4, 1, 8), 278: (3, 1, 8), 279: (4, 1, 64)}
    yield OddFile("unknown compression.tif", tiff(strange, bytes(64)), "damaged")
    yield OddFile("negative.bmp", bmp(-5, 5, bytes(100)), "too_large")
    yield OddFile("no largest value.ppm", b"P6 2 2 0\n" + bytes(12), "damaged")
    yield OddFile("words for numbers.ppm", b"P6 two by two\n\0\1\2", "damaged")
    yield OddFile("letters for pixels.pgm", b"P2 2 2 255\n1 2 x 4\n", "either")


def huge() -> Iterator[OddFile]:
    """Sizes that would fill the memory, told by a few bytes; strips; and one honest giant."""
    jpeg = bytearray(saved(scene(), "JPEG"))
    frame = jpeg.index(b"\xff\xc0")
    jpeg[frame + 5 : frame + 9] = b"\xff\xff\xff\xff"
    gif = bytearray(saved(scene(), "GIF"))
    gif[6:10] = b"\xff\xff\xff\xff"
    jp2 = bytearray(saved(scene(), "JPEG2000", no_jp2=True))
    jp2[8:16] = struct.pack(">II", 100_000, 100_000)
    tags = {256: (4, 1, 100_000), 257: (4, 1, 100_000), 258: (3, 1, 8), 259: (3, 1, 1)}
    tags |= {262: (3, 1, 1), 273: (4, 1, 8), 279: (4, 1, 64)}
    vp8x = b"VP8X" + struct.pack("<I", 10) + bytes(4) + (16382).to_bytes(3, "little") * 2
    webp = b"RIFF" + struct.pack("<I", 4 + len(vp8x)) + b"WEBP" + vp8x

    side = 100_000
    yield OddFile("bomb.png", png(side, side, bytes(2**16), depth=1, colour=0), "too_large")
    yield OddFile("largest of all.png", png(2**31 - 1, 2**31 - 1, bytes(9)), "too_large")
    yield OddFile("bomb.jpg", bytes(jpeg), "too_large")
    yield OddFile("bomb.gif", bytes(gif), "too_large")
    yield OddFile("bomb.bmp", bmp(side, side, bytes(64)), "too_large")
    yield OddFile("bomb.tif", tiff(tags, bytes(64)), "too_large")
    yield OddFile("bomb.ppm", b"P6 1000000 1000000 255\n" + bytes(64), "too_large")
    yield OddFile("bomb.tga", tga(65535, 65535, bytes(64)), "too_large")
    yield OddFile("bomb.j2k", bytes(jp2), "too_large")
    yield OddFile("bomb.qoi", b"qoif" + struct.pack(">IIBB", side, side, 3, 0), "too_large")
    yield OddFile("bomb.webp", webp, "either")
    icon_png = png(side, side, bytes(64), depth=8, colour=6)
    entry = struct.pack("<BBBBHHII", 32, 32, 0, 0, 1, 32, len(icon_png), 22)
    yield OddFile("bomb.ico", b"\0\0\1\0\1\0" + entry + icon_png, "bomb")
    yield OddFile("1 by 5000.png", png(1, 5000, bytes(2 * 5000), colour=0), "too_thin")
    yield OddFile("5000 by 1.png", png(5000, 1, bytes(5001), colour=0), "too_thin")
    yield OddFile("2 by 201.png", png(2, 201, bytes(3 * 201), colour=0), "too_thin")
    yield OddFile("says 100 megapixels.png", png(10_000, 10_000, bytes(100)), "incomplete")
    yield OddFile("100 megapixels.png", png(10_000, 10_000, bytes(10_001 * 10_000), colour=0))
    yield OddFile("4000 by 3000.jpg", saved(scene(4000, 3000), "JPEG", quality=80))
    yield OddFile("4001 by 2999.webp", saved(scene(4001, 2999), "WEBP", quality=50, method=0))
