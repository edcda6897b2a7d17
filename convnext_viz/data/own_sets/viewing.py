"""Pictures of a set to look at: one as it is stored, all as thumbnails."""

from contextlib import suppress
from pathlib import Path

from PIL import Image

from convnext_viz.data.images import ImageError, read_image_file
from convnext_viz.data.own_sets.encoding import THUMBNAIL, thumbnail
from convnext_viz.data.own_sets.manifest import folder, read
from convnext_viz.data.own_sets.sets import Picture
from convnext_viz.text import t

THUMBNAIL_SUFFIX = ".thumb.jpg"


def image(id: str, picture_id: str, *, home: Path | None = None) -> Image.Image:
    """A picture as it is stored: RGB, at most 512 pixels on its longer side.

    Raises ValueError where there is no such set or picture, or its file cannot be read.
    """
    found = next((one for one in read(id, home=home).pictures if one.id == picture_id), None)
    if found is None:
        raise ValueError(t("own_sets.error.no_picture"))
    return stored(folder(id, home), found)


def stored(place: Path, picture: Picture) -> Image.Image:
    """A picture of the set that lies in ``place``. Raises ValueError, without the path, which is
    nobody's business, where its file is not there or damaged."""
    try:
        return read_image_file(place / picture.file)
    except ImageError as error:
        raise ValueError(t("own_sets.error.picture_damaged", name=picture.name)) from error


def thumbnails(id: str, *, side: int = THUMBNAIL, home: Path | None = None) -> dict[str, bytes]:
    """The middle square of every picture as JPEG of (side, side) pixels, by the picture's id.

    Those of 96 pixels were made when the picture was added; others are made of the stored picture,
    which takes some milliseconds each. Raises ValueError where there is no such set.
    """
    found: dict[str, bytes] = {}
    place = folder(id, home)
    for one in read(id, home=home).pictures:
        with suppress(OSError, ValueError):  # removed a moment ago
            if side == THUMBNAIL:
                found[one.id] = (place / f"{one.id}{THUMBNAIL_SUFFIX}").read_bytes()
            else:
                found[one.id] = thumbnail(stored(place, one), side)
    return found
