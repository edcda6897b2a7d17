"""What a checkpoint, or a file beside it, states of a network's classes and images.

Read are plain values only: what training scripts put into the checkpoint, timm's ``config.json``,
transformers' ``config.json`` and ``preprocessor_config.json``, and files of class names.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path, PurePath
from typing import Any, get_args

from torch import Tensor

from convnext_viz.nets.checkpoints.class_names import LONGEST, names_in, read_class_names
from convnext_viz.nets.preprocess import Interpolation
from convnext_viz.nets.weights import WeightsError
from convnext_viz.text import t

_NAMES = (  # where class names stand; idx_to_class and id2label number them
    *("class_to_idx", "idx_to_class", "id2label", "label2id", "label_names", "class_names"),
    *("classes", "CLASSES", "categories", "labels"),
)
_FILES_BESIDE = (  # in this order: what comes later counts
    *("preprocessor_config.json", "config.json", "labels.txt", "classes.txt", "class_names.txt"),
    *("classes.json", "class_names.json", "class_indices.json", "class_to_idx.json"),
)
_RESAMPLING = ("nearest", "lanczos", "bilinear", "bicubic", "box", "hamming")  # Pillow's numbers
_PLACEHOLDER = re.compile(r"LABEL_\d+")  # transformers' for classes without names
_ACTIVATIONS = {  # transformers' names for ours
    "gelu_new": "gelu_tanh",
    "gelu_pytorch_tanh": "gelu_tanh",
    "gelu_fast": "gelu_tanh",
    "swish": "silu",
}
_MEANS = ("mean", "pixel_mean", "image_mean", "img_mean", "input_mean")
_COLOURS = (1, 3, 4)  # numbers that such a mean has
_DEEPEST = 5  # mappings in mappings
_MOST = 2000  # of them that are looked at
_MAX_SIDE = 4096  # pixels


@dataclass(frozen=True)
class Stated:
    """Class names, none or many, fields of the preprocessing, and the activation function."""

    labels: tuple[str, ...] = ()
    preprocess: Mapping[str, Any] = field(default_factory=dict)
    activation: str = ""

    def __or__(self, later: "Stated") -> "Stated":
        """Both, where they differ what is later."""
        return Stated(
            later.labels or self.labels,
            {**self.preprocess, **later.preprocess},
            later.activation or self.activation,
        )


def stated(data: object, classes: int) -> Stated:
    """What plain data states; ``classes``: the network's outputs, which names have to fit."""
    found = Stated()
    for one in _mappings(data):
        found = Stated(_labels(one, classes), _preprocess(one), _activation(one)) | found
    return found


def read_beside(name: str, data: bytes, classes: int) -> Stated:
    """What a file beside the weights states: a configuration, or class names for ``classes``
    classes. Raises WeightsError, which says what is wrong."""
    if len(data) > LONGEST:
        raise WeightsError(t("nets.names.large", limit=LONGEST / 1e6))
    if PurePath(name).suffix.lower() == ".json":
        try:
            given = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise WeightsError(t("nets.names.json", reason=error)) from error
        found = stated(given, classes)
        if found != Stated():
            return found
        if isinstance(given, Mapping) and not _are_names(given):
            raise WeightsError(t("nets.names.nothing", file=PurePath(name).name[:60]))
    return Stated(labels=read_class_names(data, classes))


def beside(weights: Path, classes: int) -> Stated:
    """What the files in the folder of a checkpoint state; those that cannot be read say nothing."""
    found = Stated()
    for name in _FILES_BESIDE:
        file = weights.parent / name
        try:
            if file.is_file() and file.stat().st_size <= LONGEST:
                found |= read_beside(name, file.read_bytes(), classes)
        except (OSError, WeightsError):
            continue
    return found


def _are_names(given: Mapping[str, Any]) -> bool:
    """Whether a JSON object numbers classes, either way round, and is no configuration."""
    numbers = all(type(value) is int for value in given.values())
    return numbers or all(name.isdecimal() for name in given)


def _mappings(data: object) -> Iterator[Mapping[str, Any]]:
    """Every mapping with names in nested data, the outermost first; objects that hold arguments
    count as mappings."""
    level, left = [data], _MOST
    for _ in range(_DEEPEST):
        inside: list[object] = []
        for one in level:
            one = _as_mapping(one)
            if isinstance(one, Mapping):
                left -= 1
                if left < 0:
                    return
                yield {name: value for name, value in one.items() if isinstance(name, str)}
                inside += [v for v in one.values() if not isinstance(v, Tensor)]
        level = inside


def _as_mapping(one: object) -> object:
    return vars(one) if type(one).__name__ == "Namespace" else one


def _labels(one: Mapping[str, Any], classes: int) -> tuple[str, ...]:
    for key in _NAMES:
        if key in one:
            try:
                names = names_in(one[key], classes)
            except WeightsError:
                continue
            if not all(_PLACEHOLDER.fullmatch(name) for name in names):
                return names
    return ()


def _activation(one: Mapping[str, Any]) -> str:
    name = one.get("hidden_act")
    return _ACTIVATIONS.get(name, name) if isinstance(name, str) else ""


def _preprocess(one: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that a configuration states, in any of the three ways of saying it."""
    found: dict[str, Any] = {}
    if "image_mean" in one or "do_resize" in one or "crop_size" in one:
        return _of_transformers(one)
    if _is_timm(one):
        if (size := _size(one.get("input_size"))) is not None:
            found["image_size"] = size
        if one.get("crop_mode") in ("center", "squash"):
            found["crop_mode"] = one["crop_mode"]
        if one.get("interpolation") in get_args(Interpolation):
            found["interpolation"] = one["interpolation"]
    for key in ("img_size", "image_size", "imgsz"):
        if "image_size" not in found and (size := _size(one.get(key))) is not None:
            found["image_size"] = size
    if _is_share(one.get("crop_pct")):
        found["crop_fraction"] = float(one["crop_pct"])
    return found | _constants(one)


def _constants(one: Mapping[str, Any]) -> dict[str, Any]:
    """Mean and standard deviation that stand side by side, also those of a layer of the network's
    that normalises its input; mmpretrain's are of 0 … 255."""
    for name, value in one.items():
        if name.rpartition(".")[2] in _MEANS:
            mean, std = _numbers(value), _numbers(one.get(f"{name.removesuffix('mean')}std"))
            if len(mean) in _COLOURS:
                return _normalised(mean, std, 255.0 if max(*mean, *std, 0) > 2 else 1.0)
    return {}


def _normalised(
    mean: Sequence[float], std: Sequence[float], scale: float
) -> dict[str, tuple[float, ...]]:
    """Both for an image from 0 to 1; nothing where they are not as many, or no deviations."""
    if not mean or len(mean) != len(std) or min(std) <= 0 or scale <= 0:
        return {}
    return {
        "mean": tuple(number / scale for number in mean),
        "std": tuple(number / scale for number in std),
    }


def _is_timm(one: Mapping[str, Any]) -> bool:
    return "crop_pct" in one or "input_size" in one


def _of_transformers(one: Mapping[str, Any]) -> dict[str, Any]:
    """``preprocessor_config.json``. An image processor of ConvNeXt below 384 pixels resizes the
    short side to size / crop_pct and cuts; from 384 on, and where no crop follows, both sides are
    brought to the size."""
    found: dict[str, Any] = {}
    factor = one.get("rescale_factor", 1 / 255) if one.get("do_rescale", True) else 1.0
    mean, std = _numbers(one.get("image_mean")), _numbers(one.get("image_std"))
    if not one.get("do_normalize", True):
        mean, std = (0.0,) * max(1, len(mean)), (1.0,) * max(1, len(mean))
    if isinstance(factor, int | float) and isfinite(factor):
        found |= _normalised(mean, std, 255 * factor)
    resample = one.get("resample")
    if type(resample) is int and 0 <= resample < len(_RESAMPLING):
        found["interpolation"] = _RESAMPLING[resample]
    size, crop = one.get("size"), _size(one.get("crop_size"))
    short = size.get("shortest_edge") if isinstance(size, Mapping) else None
    if one.get("crop_pct") is None and type(size) is int and crop and one.get("do_center_crop"):
        short = size  # older files of CLIP and BiT
    if _is_share(one.get("crop_pct")) and (side := _size(short or size)) is not None:
        cut = side[0] < 384
        found |= {"image_size": side, "crop_mode": "center" if cut else "squash"}
        found["crop_fraction"] = float(one["crop_pct"]) if cut else 1.0
    elif crop and one.get("do_center_crop") and type(short) is int and short >= min(crop):
        found |= {"image_size": crop, "crop_fraction": min(crop) / short, "crop_mode": "center"}
    elif (side := _size(size)) is not None:
        found |= {"image_size": side, "crop_fraction": 1.0, "crop_mode": "squash"}
    return found


def _size(value: object) -> tuple[int, int] | None:
    """(height, width) of 224, [224, 224], [3, 224, 224] or {"height": 224, "width": 224}."""
    if isinstance(value, Mapping):
        value = [value.get("height"), value.get("width")]
    if type(value) is int:
        value = [value, value]
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) not in (2, 3):
        return None
    height, width = value[-2:]
    if type(height) is not int or type(width) is not int:
        return None
    return (height, width) if min(height, width) > 0 and max(height, width) <= _MAX_SIDE else None


def _numbers(value: object) -> tuple[float, ...]:
    """A list of finite numbers, or a tensor that holds one for each channel."""
    if isinstance(value, Tensor) and value.ndim and value.numel() <= 1024:
        value = value.flatten().tolist()
    if not isinstance(value, Sequence) or isinstance(value, str):
        return ()
    real = [v for v in value if isinstance(v, int | float) and isfinite(v)]
    return tuple(map(float, real)) if len(real) == len(value) else ()


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1
