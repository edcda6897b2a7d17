"""Perceptual hash of a picture: 64 bits that hardly change when it is resized, recompressed or made
a little brighter.

pHash, as C. Zauner describes it (Implementation and Benchmarking of Perceptual Image Hash
Functions, 2010): the picture in grey at 32 × 32, the 8 × 8 lowest frequencies of its discrete
cosine transform, and of each whether it is above their median.
"""

import numpy as np
from PIL import Image

_SIDE, _LOW = 32, 8

# DCT-II without factors: (frequency, pixel); factors would change what is above the median.
_COSINES = np.cos(np.pi * np.arange(_LOW)[:, None] * (np.arange(_SIDE) + 0.5) / _SIDE)


def fingerprint(picture: Image.Image) -> int:
    """The hash of an RGB picture; its bits, the highest first, are the frequencies row by row."""
    grey = picture.convert("L").resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    low = _COSINES @ np.asarray(grey, dtype=np.float64) @ _COSINES.T  # (8, 8)
    # A picture of one grey has rounding noise in its higher frequencies.
    bits = low.ravel() > np.median(low) + 1e-6
    return int.from_bytes(np.packbits(bits).tobytes(), "big")
