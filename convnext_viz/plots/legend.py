"""A map as one picture that explains itself: input, overlay, colour bar, and what it is of."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from convnext_viz.plots import attribution as maps
from convnext_viz.plots import names, theme
from convnext_viz.results import Attribution
from convnext_viz.text import language, t, use_language

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_SIDE = 448  # pixels of the longer side of each of the two pictures, at least
_GAP = 24  # pixels around and between
_BAR = 18  # pixels of the colour bar's height
_LETTERS = 20  # pixels of a line's letters

# Where letters for both languages may be, by the names under which systems keep them.
_FONTS = (
    ("NotoSansCJK-Regular.ttc", 2),  # the third one is the simplified Chinese
    ("NotoSansSC-Regular.otf", 0),
    ("SourceHanSansSC-Regular.otf", 0),
    ("PingFang.ttc", 0),
    ("Hiragino Sans GB.ttc", 0),  # not shown
    ("msyh.ttc", 0),
    ("wqy-microhei.ttc", 0),
)


def legend(
    attribution: Attribution,
    image: Image.Image,
    *,
    opacity: float,
    network: str,
    labels: Sequence[str] = (),
) -> Image.Image:
    """An RGB picture with input and overlay side by side and the legend below them.

    ``network``: its name, as a person reads it; ``labels``: of its classes. Of a map that shows
    nothing the picture has no colours, and says why. Where the system has no Chinese letters, the
    words are English.
    """
    font = _chinese(_LETTERS)
    with use_language(language() if font is not None else "en"):
        lines = _lines(attribution, network, labels)
    letters = font or ImageFont.load_default(_LETTERS)
    factor = max(1, -(-_SIDE // max(image.size)))
    size = (image.width * factor, image.height * factor)
    ground = image.convert("RGB").resize(size, Image.Resampling.NEAREST)
    pair = (ground, maps.overlay_image(attribution, ground, opacity=opacity))
    longest = max(round(letters.getlength(line)) for line in lines)
    wide = max(3 * _GAP + 2 * size[0], 2 * _GAP + longest)
    below = _GAP + size[1] + _GAP
    high = below + _BAR + round(1.5 * _LETTERS) * (len(lines) + 1) + _GAP
    page = Image.new("RGB", (wide, high), theme.PAPER)
    for number, one in enumerate(pair):
        page.paste(one, (_GAP + number * (size[0] + _GAP), _GAP))
    if not attribution.nothing:
        _bar(page, attribution, letters, below)
    draw = ImageDraw.Draw(page)
    for number, line in enumerate(lines, 1):
        top = below + _BAR + round(1.5 * _LETTERS) * number + _GAP // 3
        draw.text((_GAP, top), line, fill=theme.INK, font=letters)
    return page


def _lines(attribution: Attribution, network: str, labels: Sequence[str]) -> list[str]:
    """What it is of: method and stage, class, network, and how far the colours reach."""
    colours = t(f"explain_maps.legend.{'around' if maps.signed(attribution) else 'from'}_zero")
    return [
        t(
            "explain_maps.legend.method",
            method=t(f"methods.name.{attribution.method}"),
            stage=names.stage(attribution.stage),
            rows=attribution.values.shape[0],
            columns=attribution.values.shape[1],
        ),
        t(
            "explain_maps.legend.score",
            label=attribution.label(labels),
            score=f"{attribution.score:.3g}",
        ),
        t("explain_maps.legend.network", network=network),
        maps.nothing(attribution) or colours,
    ]


def _bar(page: Image.Image, attribution: Attribution, letters: Font, top: int) -> None:
    """The colours from the lowest to the highest value, with the numbers at ends and middle."""
    across = page.width - 2 * _GAP
    row = maps.ramp(maps.signed(attribution))[np.linspace(0, 255, across).round().astype(int)]
    page.paste(Image.fromarray(np.repeat(row[None], _BAR, axis=0)), (_GAP, top))
    low, high = maps.limits(attribution)
    draw = ImageDraw.Draw(page)
    for share, anchor in ((0.0, "la"), (0.5, "ma"), (1.0, "ra")):
        value = f"{low + share * (high - low):.3g}"
        at = (_GAP + share * across, top + _BAR + _GAP // 4)
        draw.text(at, value, fill=theme.INK, font=letters, anchor=anchor)


@cache
def _chinese(size: int) -> ImageFont.FreeTypeFont | None:
    for file, place in _FONTS:
        try:
            return ImageFont.truetype(file, size, index=place)
        except OSError:
            continue
    return None
