"""Checkpoint files, whoever wrote them, read as nets that run; and our own format of one."""

import dataclasses
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor, nn

from convnext_viz.nets.checkpoints.files import read_tensors
from convnext_viz.nets.checkpoints.rename import rename, spec_of
from convnext_viz.nets.preprocess import Preprocess
from convnext_viz.nets.weights import Pretrained, WeightsError, fill
from convnext_viz.specs import Spec, from_dict, to_dict
from convnext_viz.text import t


def load_checkpoint(
    file: bytes | str | os.PathLike[str],
    *,
    name: str = "",
    spec: Spec | None = None,
    labels: Sequence[str] | None = None,
) -> Pretrained:
    """The net in a file of weights: safetensors or ``.pth``/``.pt``/``.bin``, bytes or a path.

    Reads the dialects of ``rename``, whatever wrapped them, in any floating-point type. A file
    that ``save_net`` wrote brings its spec, labels and preprocessing; for others the spec is
    recognised from the shapes, unless it is given. ``name`` is only for messages. Nothing in the
    file is ever run. Raises WeightsError, and nothing else, for whatever the file may be.
    """
    if not isinstance(file, bytes):
        file = Path(file)
    tensors = read_tensors(file, name=name)
    notes = _notes(tensors.metadata)
    spec = spec or notes.get("spec") or spec_of(tensors.state)
    net = fill(spec, rename(tensors.state))
    names = tuple(labels) if labels is not None else notes.get("labels", ())
    if names and len(names) != spec.num_classes:
        raise WeightsError(t("nets.error.labels", labels=len(names), classes=spec.num_classes))
    return Pretrained(
        net=net,
        spec=spec,
        labels=names,
        preprocess=notes.get("preprocess") or Preprocess(),
        licence=notes.get("card", {}).get("licence", ""),
        source=notes.get("card", {}).get("source", ""),
    )


def save_net(
    net: nn.Module,
    spec: Spec,
    path: str | os.PathLike[str],
    *,
    labels: Sequence[str] = (),
    preprocess: Preprocess | None = None,
    half: bool = False,
    **card: Any,
) -> None:
    """Writes a net as safetensors that ``load_checkpoint`` needs no further word for.

    ``half`` stores matrices and kernels as float16; vectors stay float32, as layer scale may be
    too small and a running variance too large for it. ``card`` is any JSON (``licence`` and
    ``source`` come back with the net). The file appears complete or not at all.
    """
    state = {name: _stored(tensor, half) for name, tensor in net.state_dict().items()}
    notes: dict[str, Any] = {"spec": to_dict(spec), "labels": list(labels), "card": card}
    if preprocess is not None:
        notes["preprocess"] = dataclasses.asdict(preprocess)
    metadata = {"format": "pt"} | {key: _json(value) for key, value in notes.items()}
    path = Path(path)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        part = Path(folder) / path.name
        safetensors.torch.save_file(state, part, metadata)
        part.replace(path)


def _stored(tensor: Tensor, half: bool) -> Tensor:
    tensor = tensor.detach().cpu().contiguous()
    if half and tensor.is_floating_point() and tensor.ndim > 1:
        smaller = tensor.to(torch.float16)
        return smaller if smaller.isfinite().all() else tensor
    return tensor.clone()


def _json(values: Any) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def _notes(metadata: Mapping[str, str]) -> dict[str, Any]:
    """Our notes in a safetensors file's metadata; those of other programs are ignored."""
    if "spec" not in metadata:
        return {}
    try:
        spec = from_dict(json.loads(metadata["spec"]))
        notes: dict[str, Any] = {"spec": spec, "card": json.loads(metadata.get("card", "{}"))}
        notes["labels"] = tuple(map(str, json.loads(metadata.get("labels", "[]"))))
        if "preprocess" in metadata:
            notes["preprocess"] = preprocess_of(json.loads(metadata["preprocess"]))
    except (TypeError, ValueError, AttributeError) as defect:
        raise WeightsError(t("nets.error.notes", reason=str(defect))) from defect
    return notes


def preprocess_of(values: Mapping[str, Any]) -> Preprocess:
    """The preprocessing of a JSON object; raises TypeError or ValueError where it is none."""
    fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    return Preprocess(**fields)
