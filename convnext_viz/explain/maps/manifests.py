"""What a map was made of, as JSON, and the map made again from it by one call."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from math import isnan
from pathlib import Path
from typing import Any

from PIL import Image

from convnext_viz import __version__
from convnext_viz.data.images import read_image
from convnext_viz.data.limits import LONGEST_SIDE
from convnext_viz.data.preprocessing import preprocess
from convnext_viz.data.samples import SAMPLES, sample_image
from convnext_viz.explain.classes import class_labels
from convnext_viz.explain.maps.attribute import attribute, checked_parameters
from convnext_viz.explain.maps.methods import METHODS
from convnext_viz.nets import (
    BUNDLED,
    Preprocess,
    Pretrained,
    fingerprint,
    load_bundled,
    load_checkpoint,
    load_pretrained,
)
from convnext_viz.nets.checkpoints.checkpoint import preprocess_of
from convnext_viz.results import Attribution
from convnext_viz.specs import from_dict, to_dict
from convnext_viz.text import t

FORMAT = "convnext-viz map 1"

Picture = Image.Image | bytes | str | os.PathLike[str]
Weights = Pretrained | bytes | str | os.PathLike[str]

_PACKAGES = ("torch", "captum", "timm", "pillow", "numpy")  # whose numbers a map depends on


def manifest(
    found: Attribution,
    image: Image.Image,
    pretrained: Pretrained,
    *,
    network: tuple[str, str],
    picture: str = "",
    parameters: Mapping[str, float | None] | None = None,
    **known: str,
) -> dict[str, Any]:
    """What ``found`` was made of, in the types JSON has: ``reproduce`` makes it again from that.

    ``image`` is the full picture, as ``read_image`` gives it, ``picture`` its name. ``network``:
    its kind ("bundled", "pretrained", or any other where the weights have to be given again) and
    its name. ``parameters`` are the method's own, where they are not the default ones. ``known``:
    SHA-256 of files where they are known, as ``picture_sha256`` and ``weights_file_sha256``.
    """
    return {
        "format": FORMAT,
        "method": found.method,
        "stage": found.stage,
        "target": found.target,
        "against": found.contrast,
        "label": found.label(class_labels(pretrained.labels, pretrained.spec.num_classes)),
        "score": found.score,
        "parameters": {**METHODS[found.method].parameters, **(parameters or {})},
        "picture": {
            "name": picture,
            "size": list(image.size),
            "sha256": known.get("picture_sha256"),
            "pixels_sha256": _pixels(image),
        },
        "network": {
            "kind": network[0],
            "name": network[1],
            "weights_sha256": fingerprint(pretrained.net),
            "file_sha256": known.get("weights_file_sha256"),
            "licence": pretrained.licence,
            "source": pretrained.source,
            "taken": pretrained.taken,
            "spec": to_dict(pretrained.spec),
        },
        "preprocess": asdict(pretrained.preprocess),
        "map": {
            "cells": list(found.values.shape),
            "smallest": float(found.values.min()),
            "largest": float(found.values.max()),
            "nothing": found.nothing or None,
            "remaining": None if isnan(found.remaining) else found.remaining,
        },
        "made_with": {"convnext-viz": __version__} | {name: _version(name) for name in _PACKAGES},
    }


def reproduce(
    manifest: Mapping[str, Any] | bytes | str | os.PathLike[str],
    image: Picture | None = None,
    *,
    weights: Weights | None = None,
) -> Attribution:
    """The map that a manifest tells of, made again.

    ``manifest``: the JSON, its file or its mapping. ``image``: the picture, as its file or as
    ``read_image`` gives it; None where it was one of the samples. ``weights``: the file of the
    weights, or the loaded net, unless the network was bundled or published. Raises ValueError where
    the manifest is none, or picture or weights are others than those it tells of.
    """
    record = _read(manifest)
    method = _field(record, "method", str)
    if method not in METHODS:
        raise ValueError(t("methods.error.method", method=method, known=", ".join(METHODS)))
    parameters = checked_parameters(method, _field(record, "parameters", dict))
    how = _preprocess(_field(record, "preprocess", dict))
    shown = _picture(_field(record, "picture", dict), image)
    pretrained = _network(_field(record, "network", dict), weights)
    x, _ = preprocess(shown, how)
    found = attribute(
        pretrained.net,
        x,
        method,
        stage=_field(record, "stage", str),
        target=_field(record, "target", int),
        contrast=None if record.get("against") is None else _field(record, "against", int),
        **parameters,
    )
    return found.attribution


def _read(manifest: Mapping[str, Any] | bytes | str | os.PathLike[str]) -> Mapping[str, Any]:
    if isinstance(manifest, str) and not manifest.lstrip().startswith(("{", "[")):
        manifest = Path(manifest)
    if isinstance(manifest, os.PathLike):
        manifest = _bytes(manifest)
    if isinstance(manifest, bytes | str):
        try:
            manifest = json.loads(manifest)
        except (ValueError, RecursionError) as defect:
            raise ValueError(t("explain_maps.manifest.no_json")) from defect
    if not isinstance(manifest, Mapping):
        raise ValueError(t("explain_maps.manifest.no_json"))
    if manifest.get("format") != FORMAT:
        found = str(manifest.get("format", "–"))[:60]
        raise ValueError(t("explain_maps.manifest.format", found=found, known=FORMAT))
    return manifest


def _field(record: Mapping[str, Any], name: str, kind: type) -> Any:
    """What a field holds; a ValueError where it is missing or of another kind."""
    value = record.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(t("explain_maps.manifest.field", name=name, value=str(value)[:60]))
    return value


def _preprocess(record: Mapping[str, Any]) -> Preprocess:
    try:
        how = preprocess_of(record)
        if all(isinstance(side, int) and side <= LONGEST_SIDE for side in how.image_size):
            return how
        raise ValueError(str(how.image_size))
    except (TypeError, ValueError) as defect:
        reason = str(defect)
        raise ValueError(t("explain_maps.manifest.preprocess", reason=reason)) from defect


def _picture(record: Mapping[str, Any], image: Picture | None) -> Image.Image:
    name = _field(record, "name", str)
    if image is None and name in SAMPLES:
        image = sample_image(name)
    if image is None:
        raise ValueError(t("explain_maps.manifest.no_picture", name=name or "–"))
    if not isinstance(image, Image.Image):
        data = image if isinstance(image, bytes) else _bytes(image)
        image = read_image(data, name)
        if hashlib.sha256(data).hexdigest() == record.get("sha256"):
            return image  # another release of Pillow may decode a file a little differently
    if _pixels(image) != record.get("pixels_sha256"):
        raise ValueError(t("explain_maps.manifest.other_picture", name=name or "–"))
    return image


def _network(record: Mapping[str, Any], weights: Weights | None) -> Pretrained:
    kind, name = _field(record, "kind", str), _field(record, "name", str)
    if isinstance(weights, Pretrained):
        pretrained = weights
    elif weights is not None:
        # Its activation, say, is in no weight: the description says which was assumed or given.
        which, spec = record.get("taken") or None, _field(record, "spec", dict)
        pretrained = load_checkpoint(weights, name=name, which=which, spec=from_dict(spec))
    elif kind == "bundled" and name in BUNDLED:
        pretrained = load_bundled(name)
    elif kind == "pretrained":
        pretrained = load_pretrained(name)
    else:
        raise ValueError(t("explain_maps.manifest.no_weights", name=name or "–"))
    if fingerprint(pretrained.net) != record.get("weights_sha256"):
        raise ValueError(t("explain_maps.manifest.other_weights", name=name or "–"))
    return pretrained


def _bytes(file: str | os.PathLike[str]) -> bytes:
    try:
        return Path(file).read_bytes()
    except (OSError, ValueError) as defect:  # a path may be no path at all
        raise ValueError(t("explain_maps.manifest.no_file", file=str(file)[:200])) from defect


def _pixels(image: Image.Image) -> str:
    """SHA-256 of size and RGB values: the same for the same picture, whatever file it was in."""
    size = f"{image.width}x{image.height}\n".encode()
    return hashlib.sha256(size + image.convert("RGB").tobytes()).hexdigest()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
