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

from convnext_viz.nets.checkpoints.adapt import adapted, ignored
from convnext_viz.nets.checkpoints.assumptions import assumptions, unsaid
from convnext_viz.nets.checkpoints.files import Tensors, read_tensors
from convnext_viz.nets.checkpoints.rename import rename, spec_of
from convnext_viz.nets.checkpoints.stated import Stated, beside, stated
from convnext_viz.nets.checkpoints.usual import usual_preprocess
from convnext_viz.nets.preprocess import Preprocess
from convnext_viz.nets.weights import Assumption, Pretrained, WeightsError, fill
from convnext_viz.specs import Spec, from_dict, to_dict
from convnext_viz.specs.fields import described
from convnext_viz.text import t


def load_checkpoint(
    file: bytes | str | os.PathLike[str],
    *,
    name: str = "",
    spec: Spec | None = None,
    labels: Sequence[str] | None = None,
    which: str | None = None,
    given: Mapping[str, Any] | None = None,
) -> Pretrained:
    """The net in a file of weights: safetensors or ``.pth``/``.pt``/``.bin``, bytes or a path.

    Reads the dialects of ``rename``, whatever wrapped them, in any floating-point type. A file
    that ``save_net`` wrote brings its spec, labels and preprocessing; for others the spec is
    recognised from the shapes, unless it is given; then tables of positions are interpolated to
    its sizes, and ``notes`` say so. ``which`` chooses one of the networks in the file (``found``),
    ``given`` are fields of the spec that overrule what is ``assumed``, as the file does not say it.
    Labels and preprocessing are those that the file or, of a path, the files beside it state.
    ``name`` is only for messages. Nothing in the file is ever run, and of a path no more is read
    than the network. Raises WeightsError, and nothing else, for whatever the file may be.
    """
    if not isinstance(file, bytes):
        file = Path(file)
    tensors = read_tensors(file, name=name, which=which)
    notes, state = _notes(tensors.metadata), rename(tensors.state)
    said = tensors.said + ignored(tensors.state)
    known = spec or notes.get("spec")
    spec = known or spec_of(tensors.state, **(given or {}))
    says = _said(tensors, notes, spec, file if isinstance(file, Path) else None)
    acts = known is None and says.activation in described(spec)["act"].choices
    if acts and "act" not in (given or {}):
        spec = dataclasses.replace(spec, act=says.activation)
    assumed: tuple[Assumption, ...] = ()
    if known is None:
        assumed = assumptions(tensors.state, spec)
        said += unsaid(spec)
    state, fitted = adapted(state, spec)
    net = fill(spec, state)
    names = tuple(labels) if labels is not None else says.labels
    if names and len(names) not in (spec.num_classes, 2 if spec.num_classes == 1 else 0):
        raise WeightsError(t("nets.error.labels", labels=len(names), classes=spec.num_classes))
    return Pretrained(
        net=net,
        spec=spec,
        labels=names,
        preprocess=usual_preprocess(spec, says.preprocess),
        licence=notes.get("card", {}).get("licence", ""),
        source=notes.get("card", {}).get("source", ""),
        notes=said + fitted,
        found=tensors.found,
        taken=tensors.taken,
        assumed=assumed,
        stated=(
            *(["labels"] if says.labels else []),
            *(["act"] if acts else []),
            *says.preprocess,
        ),
    )


def _said(tensors: Tensors, notes: Mapping[str, Any], spec: Spec, file: Path | None) -> Stated:
    """Class names and preprocessing: of our own notes, else in the file, else beside it."""
    if notes:
        how = notes.get("preprocess")
        return Stated(notes["labels"], {} if how is None else dataclasses.asdict(how))
    found = stated(tensors.whole, spec.num_classes)
    return found if file is None else beside(file, spec.num_classes) | found


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
