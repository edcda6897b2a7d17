"""Odd files that are pictures all the same, and must open."""

import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image, TiffImagePlugin

from tests.odd_making import (
    HEIGHT,
    WIDTH,
    OddFile,
    adam7,
    bmp,
    chunk,
    half_transparent,
    jpeg_with_segment,
    png,
    png_rows,
    ramp16,
    saved,
    scene,
    with_orientation,
    without_times,
)


def pictures() -> Iterator[OddFile]:
    """All that must open."""
    rgb, rgba, grey = scene(), half_transparent(), scene().convert("L")
    palette, lines = rgb.quantize(16), rgb.convert("1")

    for mode in ("L", "RGB", "CMYK", "YCbCr"):
        yield OddFile(f"{mode}.jpg", saved(rgb.convert(mode), "JPEG", quality=95))
    yield OddFile("progressive.jpg", saved(rgb, "JPEG", quality=95, progressive=True))
    yield OddFile("worst quality.jpg", saved(rgb, "JPEG", quality=1))
    yield OddFile("no chroma subsampling.jpg", saved(rgb, "JPEG", quality=95, subsampling=0))
    yield OddFile("restart markers.jpg", saved(rgb, "JPEG", restart_marker_rows=1))

    for mode in ("1", "L", "LA", "P", "RGB", "RGBA"):
        yield OddFile(f"{mode}.png", saved(rgba.convert(mode), "PNG"))
    yield OddFile("palette, one colour transparent.png", saved(palette, "PNG", transparency=3))
    yield OddFile(
        "palette, alpha a colour.png",
        saved(palette, "PNG", transparency=bytes(range(0, 256, 16))),
    )
    yield OddFile("grey, one value transparent.png", saved(grey, "PNG", transparency=7))
    yield OddFile("colour, one value transparent.png", saved(rgb, "PNG", transparency=(0, 0, 0)))
    for suffix in ("pcx", "dds", "sgi"):
        yield OddFile(f"old.{suffix}", saved(rgb, suffix.upper()))
    yield OddFile("16-bit grey.png", saved(ramp16(), "PNG"))
    yield OddFile("12 bits in 16.png", saved(ramp16(4095), "PNG"))
    deep = np.asarray(rgb).astype(">u2") * 257
    yield OddFile("16-bit colour.png", png(WIDTH, HEIGHT, png_rows(deep), depth=16))
    deep_alpha = np.dstack([deep[..., :1], np.full_like(deep[..., :1], 65535)]).astype(">u2")
    yield OddFile(
        "16-bit grey and alpha.png", png(WIDTH, HEIGHT, png_rows(deep_alpha), depth=16, colour=4)
    )
    yield OddFile("interlaced.png", png(WIDTH, HEIGHT, adam7(np.asarray(rgb)), interlaced=1))
    yield OddFile("two bits.png", png(4, 2, b"\0\x1b\0\xe4", depth=2, colour=0))
    frames = [rgb, grey.convert("RGB"), rgb.rotate(180)]
    animated = {"save_all": True, "append_images": frames[1:], "duration": 40}
    yield OddFile("animated.png", saved(rgb, "PNG", **animated))
    yield OddFile("animated.gif", saved(rgb, "GIF", **animated))
    yield OddFile("animated.webp", saved(rgb, "WEBP", lossless=True, **animated))
    yield OddFile("animated.avif", without_times(saved(rgb, "AVIF", **animated)))

    yield OddFile("still.gif", saved(palette, "GIF"))
    yield OddFile("interlaced.gif", saved(palette, "GIF", interlace=1))
    yield OddFile("transparent.gif", saved(palette, "GIF", transparency=0))
    small = bytearray(saved(scene(20, 10).quantize(8), "GIF"))
    small[6:10] = struct.pack("<HH", WIDTH, HEIGHT)  # the screen grows, the frame does not
    yield OddFile("frame smaller than its screen.gif", bytes(small))

    yield OddFile("lossy.webp", saved(rgb, "WEBP", quality=90))
    yield OddFile("lossless.webp", saved(rgb, "WEBP", lossless=True))
    yield OddFile("transparent.webp", saved(rgba, "WEBP", lossless=True))
    yield OddFile("still.avif", saved(rgb, "AVIF", quality=95))
    yield OddFile("transparent.avif", saved(rgba, "AVIF", quality=95))

    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        yield OddFile(f"{compression}.tif", saved(rgb, "TIFF", compression=compression))
    yield OddFile("fax.tif", saved(lines, "TIFF", compression="group4"))
    for mode in ("1", "L", "LA", "P", "RGBA", "RGBX", "CMYK", "YCbCr"):
        yield OddFile(f"{mode}.tif", saved(rgba.convert(mode), "TIFF"))
    no_colour = Image.new("L", grey.size, 128)
    lab = Image.merge("LAB", [grey, no_colour, no_colour])
    yield OddFile("LAB.tif", saved(lab, "TIFF"))
    yield OddFile("16-bit.tif", saved(ramp16(), "TIFF"))
    big_endian = Image.frombytes(
        "I;16B", ramp16().size, np.asarray(ramp16()).astype(">u2").tobytes()
    )
    yield OddFile("16-bit big-endian.tif", saved(big_endian, "TIFF"))
    signed = np.tile(np.linspace(-70000, 70000, WIDTH).astype(np.int32), (HEIGHT, 1))
    yield OddFile("32-bit.tif", saved(Image.fromarray(signed), "TIFF"))
    floats = np.tile(np.linspace(-1, 1, WIDTH, dtype=np.float32), (HEIGHT, 1))
    yield OddFile("floats.tif", saved(Image.fromarray(floats), "TIFF"))
    floats[0, 0], floats[1, 1], floats[2, 2] = np.nan, np.inf, -np.inf
    yield OddFile("floats with NaN.tif", saved(Image.fromarray(floats), "TIFF"))
    yield OddFile(
        "nothing but NaN.tif", saved(Image.fromarray(np.full_like(floats, np.nan)), "TIFF")
    )
    signalling = Image.frombytes("F", (64, 1), struct.pack("<I", 0x7F800001) * 64)
    yield OddFile("signalling NaN.tif", saved(signalling, "TIFF"))
    flat = Image.fromarray(np.full((HEIGHT, WIDTH), 40000, np.uint16))
    yield OddFile("one 16-bit value.png", saved(flat, "PNG"))
    yield OddFile("pages.tif", saved(rgb, "TIFF", save_all=True, append_images=frames[1:]))
    yield OddFile("big.tif", saved(rgb, "TIFF", big_tiff=True))

    for mode in ("1", "L", "P", "RGB", "RGBA"):
        yield OddFile(f"{mode}.bmp", saved(rgba.convert(mode), "BMP"))
    top_down = bmp(WIDTH, -HEIGHT, np.asarray(rgb)[..., ::-1].tobytes())
    yield OddFile("top down.bmp", top_down)
    yield OddFile("icon of a PNG.ico", saved(rgba, "ICO", sizes=[(32, 32), (48, 48)]))
    yield OddFile("icon of a BMP.ico", saved(rgba, "ICO", sizes=[(32, 32)], bitmap_format="bmp"))
    for mode, suffix in (("1", "pbm"), ("L", "pgm"), ("RGB", "ppm"), ("F", "pfm")):
        yield OddFile(f"{mode}.{suffix}", saved(rgb.convert(mode), "PPM"))
    yield OddFile("plain.ppm", b"P3\n# two pixels\n2 1\n255\n255 0 0  0 0 255\n")
    yield OddFile("plain.pbm", b"P1\n4 2\n0 1 0 1\n1 0 1 0\n")
    yield OddFile("16-bit.pgm", b"P5 2 1 65535\n\x00\x00\xff\xff")
    for mode in ("L", "P", "RGB", "RGBA"):
        yield OddFile(f"{mode}.tga", saved(rgba.convert(mode), "TGA"))
    yield OddFile("packed.tga", saved(rgb, "TGA", compression="tga_rle"))
    yield OddFile("RGB.jp2", saved(rgb, "JPEG2000"))
    yield OddFile("codestream.j2k", saved(rgb, "JPEG2000", no_jp2=True))
    yield OddFile("RGB.qoi", saved(rgb, "QOI"))

    for width, height in ((1, 1), (2, 1), (1, 100), (100, 1), (3, 3)):
        yield OddFile(f"{width} by {height}.png", saved(scene(width, height), "PNG"))
    yield OddFile("one pixel.jpg", saved(scene(1, 1), "JPEG"))
    yield OddFile("one pixel.gif", saved(scene(1, 1), "GIF"))
    yield OddFile("one pixel.webp", saved(scene(1, 1), "WEBP"))

    yield OddFile("really a PNG.jpg", saved(rgb, "PNG"))
    yield OddFile("really a JPEG.png", saved(rgb, "JPEG"))
    yield OddFile("really a WebP.gif", saved(rgb, "WEBP"))
    yield OddFile("really an AVIF.heic", saved(rgb, "AVIF"))
    yield OddFile("no ending", saved(rgb, "PNG"))
    yield OddFile("猫 (副本).png", saved(rgb, "PNG"))
    yield OddFile("{name} %s {0}.png", saved(rgb, "PNG"))
    yield OddFile("long " * 40 + ".png", saved(rgb, "PNG"))

    whole_png, whole_jpeg = saved(rgb, "PNG"), saved(rgb, "JPEG", quality=95)
    yield OddFile("no end chunk.png", whole_png[:-12])
    yield OddFile("more behind the end.png", whole_png + b"more" * 100)
    yield OddFile("more behind the end.jpg", whole_jpeg + bytes(1000))
    comment = chunk(b"tEXt", b"Comment\0" + b"blah " * 1000)
    yield OddFile("talkative.png", png(WIDTH, HEIGHT, png_rows(np.asarray(rgb)), extra=comment))
    talk = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(2**26), 9))
    yield OddFile("bomb of words.png", png(4, 4, bytes(4 * 13), extra=talk))
    many = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(2**20 - 1), 9)) * 80
    yield OddFile("many bombs of words.png", png(4, 4, bytes(4 * 13), extra=many))
    unknown = chunk(b"vpAg", bytes(9))
    yield OddFile("unknown chunk.png", png(WIDTH, HEIGHT, png_rows(np.asarray(rgb)), extra=unknown))
    yield OddFile("broken profile.jpg", saved(rgb, "JPEG", icc_profile=b"no profile at all"))
    yield OddFile("broken profile.png", saved(rgb, "PNG", icc_profile=b"no profile at all"))
    bad_icc = chunk(b"iCCP", b"name\0\0" + b"this is not zlib")
    yield OddFile("broken iCCP.png", png(WIDTH, HEIGHT, png_rows(np.asarray(rgb)), extra=bad_icc))
    yield OddFile("broken EXIF.jpg", jpeg_with_segment(b"Exif\0\0II*\0\xff\xff\xff\x7f"))
    yield OddFile("EXIF of noise.jpg", jpeg_with_segment(b"Exif\0\0" + bytes(range(256)) * 8))
    yield OddFile("cut EXIF.jpg", jpeg_with_segment(b"Exif\0\0MM\0*\0\0\0\x08\0\x05\x01\x12"))
    yield OddFile("broken EXIF.png", saved(rgb, "PNG", exif=b"Exif\0\0II*\0\xff\xff\xff\x7f"))
    yield OddFile("broken EXIF.webp", saved(rgb, "WEBP", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x05"))
    yield OddFile("broken Adobe.jpg", jpeg_with_segment(b"Adobe\0", marker=0xEE))
    yield OddFile("broken MPF.jpg", jpeg_with_segment(b"MPF\0II*\0\x08\0\0\0\x01", marker=0xE2))
    yield OddFile("broken Photoshop.jpg", jpeg_with_segment(b"Photoshop 3.0\08BIM\4", marker=0xED))


def turned() -> Iterator[OddFile]:
    """Pictures that say how they are to be turned."""
    for orientation in range(1, 9):
        exif = with_orientation(orientation)
        yield OddFile(f"turned {orientation}.jpg", saved(scene(), "JPEG", quality=95, exif=exif))
    for orientation in (0, 9, 65535):
        exif = with_orientation(orientation)
        yield OddFile(f"turned {orientation}.png", saved(scene(), "PNG", exif=exif))
    six = with_orientation(6)
    yield OddFile("turned 6.png", saved(scene(), "PNG", exif=six))
    yield OddFile("turned 6.webp", saved(scene(), "WEBP", lossless=True, exif=six))
    yield OddFile("turned 6.avif", saved(scene(), "AVIF", quality=100, exif=six))
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[0x0112] = 6
    yield OddFile("turned 6.tif", saved(scene(), "TIFF", tiffinfo=tags))
