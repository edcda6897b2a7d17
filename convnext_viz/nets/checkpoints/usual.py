"""The usual preprocessing of a network of whose images nothing is stated: what is assumed then."""

from collections.abc import Mapping
from typing import Any

from convnext_viz.nets.preprocess import IMAGENET_MEAN, IMAGENET_STD, Preprocess, in_channels
from convnext_viz.plans import plan
from convnext_viz.specs import Spec, default_size

_LOOKED_AT = 512  # pixels: more than any network reduces to one position
_OPAQUE = (0.0, 1.0)  # mean and standard deviation of alpha: it is read as it is
_OF_IMAGENET, _OF_TINY, _OF_CIFAR = 224, 64, 32  # pixels


def usual_preprocess(spec: Spec, stated: Mapping[str, Any] | None = None) -> Preprocess:
    """ImageNet's preprocessing in the network's channels and at the side that suits it, with what
    is ``stated`` in place of that; means of another number of channels are brought to its own."""
    channels, known = spec.in_chans, dict(stated or {})
    for name, usual, alpha in zip(
        ("mean", "std"), (IMAGENET_MEAN, IMAGENET_STD), _OPAQUE, strict=True
    ):
        values = known.get(name, usual)
        known[name] = values if len(values) == channels else in_channels(values, channels, alpha)
    side = usual_side(spec)
    if side < _OF_IMAGENET:
        known.setdefault("crop_fraction", 1.0)  # small images are not cut
    known.setdefault("image_size", (side, side))
    return Preprocess(**known)


def usual_side(spec: Spec) -> int:
    """The side of the images in pixels: what the tables of positions were made for, else by how far
    the network reduces an image. By 32 is ImageNet's way, by 8 and less the way for small images.
    """
    if hasattr(spec, "image_size"):
        return default_size(spec)
    stages = plan(spec, _LOOKED_AT).stages[:-1]
    first, last = (_LOOKED_AT // stages[i].map_shape[1] for i in (0, -1))
    if last >= 32 or (len(stages) == 2 and first >= 8):  # one stage: isotropic
        return _OF_IMAGENET
    return _OF_TINY if last == 16 else _OF_CIFAR
