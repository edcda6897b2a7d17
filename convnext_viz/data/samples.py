"""Sample photographs, out of the installed scikit-image: no network connection is needed."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType

from PIL import Image

from convnext_viz.data.images import ImageError, read_image
from convnext_viz.text import t


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One photograph: its file in ``skimage.data``, and the keys of what is said about it."""

    file: str
    label: str  # a word or two, for a list
    shows: str  # what is on it, for an alt text
    credit: str  # who took it and under which licence
    classes: tuple[str, ...] = ()  # what it shows, as CIFAR's and ImageNet's lists of classes say
    near: tuple[str, ...] = ()  # their classes that are nearly that


SAMPLES: Mapping[str, Sample] = MappingProxyType(
    {
        "chelsea": Sample(
            file="chelsea.png",
            label="images.sample.chelsea",
            shows="images.shows.chelsea",
            credit="images.credit.chelsea",
            classes=("cat", "tabby", "tiger cat", "Egyptian cat"),
        ),
        "coffee": Sample(
            file="coffee.png",
            label="images.sample.coffee",
            shows="images.shows.coffee",
            credit="images.credit.coffee",
            classes=("espresso", "coffee mug", "cup"),
        ),
        "motorcycle": Sample(
            file="motorcycle_left.png",
            label="images.sample.motorcycle",
            shows="images.shows.motorcycle",
            credit="images.credit.motorcycle",
            classes=("motorcycle",),
            near=("moped", "motor scooter", "automobile"),
        ),
        "astronaut": Sample(
            file="astronaut.png",
            label="images.sample.astronaut",
            shows="images.shows.astronaut",
            credit="images.credit.astronaut",
            classes=("astronaut",),
        ),
        "rocket": Sample(
            file="rocket.jpg",
            label="images.sample.rocket",
            shows="images.shows.rocket",
            credit="images.credit.rocket",
            classes=("rocket", "space rocket"),
            near=("missile",),
        ),
        "camera": Sample(
            file="camera.png",
            label="images.sample.camera",
            shows="images.shows.camera",
            credit="images.credit.camera",
            classes=("tripod", "reflex camera"),
        ),
        "coins": Sample(
            file="coins.png",
            label="images.sample.coins",
            shows="images.shows.coins",
            credit="images.credit.coins",
        ),
        "retina": Sample(
            file="retina.jpg",
            label="images.sample.retina",
            shows="images.shows.retina",
            credit="images.credit.retina",
        ),
    }
)


def sample_image(name: str) -> Image.Image:
    """The photograph ``name`` of :data:`SAMPLES` in RGB.

    Raises ImageError where there is none of that name, or the installed scikit-image lacks it.
    """
    if name not in SAMPLES:
        raise ImageError(t("images.error.sample", name=name, known=", ".join(SAMPLES)))
    try:
        data = (files("skimage.data") / SAMPLES[name].file).read_bytes()
    except (ImportError, OSError) as missing:
        raise ImageError(t("images.error.sample_missing", name=name)) from missing
    return read_image(data, SAMPLES[name].file)
