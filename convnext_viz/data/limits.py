"""Limits of pictures, files, folders and archives: the same wherever one is read or uploaded."""

LARGEST_MB = 100  # MiB of a file, as an uploader counts them
LARGEST_FILE = LARGEST_MB * 2**20  # bytes; what is larger is no photograph
LONGEST_SIDE = 2048  # pixels; a network looks at 224 to 384, so nothing it could see is lost
LONGEST_ASPECT = 100  # a longer strip would be blown up to gigabytes before its middle is cut out

# Pillow takes four bytes a pixel, so 2^27 pixels are 512 MiB: more than the largest cameras give
# (100 to 120 megapixels), and what one server can spare for one visitor at a time. A baseline JPEG
# is decoded at a fraction of its size, so that the 200 megapixels of some phones open, too.
# The decoders of WebP, AVIF, HEIC, JPEG 2000 and progressive JPEG keep several copies: at these
# limits they take about a gigabyte.
MOST_PIXELS = 2**27
MOST_PIXELS_OF = {"WEBP": 2**26, "JPEG2000": 2**25}
MOST_PIXELS_OF_BASELINE_JPEG = 2**28

MOST_FILES = 20_000  # of a set of labelled images to look at

# What an archive may unpack to. Photographs hardly shrink; drawings saved as BMP to a hundredth.
MOST_UNPACKED = 20 * 2**30  # bytes
MOST_UNPACKED_TIMES = 100  # times the archive's own size, and one file on top
LARGEST_DIRECTORY = 64 * 2**20  # bytes of an archive's list of files


def most_pixels(kind: str | None, *, baseline: bool = False) -> int:
    """How many pixels a picture of Pillow's format ``kind`` may have; ``baseline``: of a JPEG."""
    return MOST_PIXELS_OF_BASELINE_JPEG if baseline else MOST_PIXELS_OF.get(kind or "", MOST_PIXELS)


def most_unpacked(size: int) -> int:
    """Bytes that an archive of ``size`` bytes may unpack to."""
    return min(MOST_UNPACKED, MOST_UNPACKED_TIMES * size + LARGEST_FILE)
