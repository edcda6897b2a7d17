"""Starting from trained weights: everything but the classifier is taken over, that one is new.

Its initial weights are drawn from the seed and scaled down to almost nothing, so that the first
steps do not shake what was taken over (the paper's ``head_init_scale``, appendix A.2).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from convnext_viz.nets import Preprocess, build
from convnext_viz.nets.checkpoints.adapt import adapted
from convnext_viz.specs import ConvNeXtSpec, Spec, ViTSpec
from convnext_viz.text import t
from convnext_viz.train.arms import Learning
from convnext_viz.train.experiment import Arm
from convnext_viz.train.layer_decay import rates

HEAD_INIT_SCALE = 0.001
_CLASSIFIER = "head.fc."
_NAMED = 3  # names that an error lists
_CHANNELS = 3  # of every data set's pictures


@dataclass(frozen=True, kw_only=True)
class Takeover:
    """What a network takes over from the weights that it starts from."""

    taken: int  # parameters
    new: tuple[str, ...]  # names of those that start fresh


def starting_spec(spec: Spec, *, classes: int, image_size: int) -> Spec:
    """The network of an arm that starts from weights of ``spec``: with another classifier, and
    position embeddings for (square) images of ``image_size`` pixels.

    Windows and everything else stay as they are. Raises ValueError where it reads no RGB pictures
    or the image is too small.
    """
    if spec.in_chans != _CHANNELS:
        raise ValueError(t("train.error.start_channels", channels=spec.in_chans))
    if isinstance(spec, ViTSpec):
        return replace(spec, num_classes=classes, image_size=image_size)
    if isinstance(spec, ConvNeXtSpec):
        return replace(spec, num_classes=classes, head_init_scale=HEAD_INIT_SCALE)
    return replace(spec, num_classes=classes)


def takeover(spec: Spec, start: Spec) -> Takeover:
    """What a network of ``spec`` takes over from weights of ``start``.

    Raises ValueError, naming layers, where they are other networks.
    """
    with torch.device("meta"):
        wanted, given = build(spec).state_dict(), build(start).state_dict()
    _check(wanted, _brought(given, spec), start)
    parameters = dict(build_names(spec))
    new = tuple(name for name in parameters if name.startswith(_CLASSIFIER))
    return Takeover(taken=sum(n for name, n in parameters.items() if name not in new), new=new)


def build_names(spec: Spec) -> dict[str, int]:
    """How many numbers each parameter of the network has."""
    with torch.device("meta"):
        return {name: one.numel() for name, one in build(spec).named_parameters()}


def started(spec: Spec, start: Spec, weights: nn.Module, *, seed: int) -> nn.Sequential:
    """The net of ``spec`` with ``weights``, a net of ``start``, but for a classifier that is drawn
    from the seed; in train mode, its tensors its own.

    Tables of positions are interpolated where the image size differs. Raises ValueError, naming
    layers, where they are other networks.
    """
    net = build(spec, seed=seed)
    wanted = net.state_dict()
    state = _brought(weights.state_dict(), spec)
    _check(wanted, state, start)
    net.load_state_dict(wanted | state)
    if not isinstance(spec, ConvNeXtSpec):  # it says itself by how much
        with torch.no_grad():
            net.get_parameter(f"{_CLASSIFIER}weight").mul_(HEAD_INIT_SCALE)
    return net


def learning(arm: Arm, preprocess: Preprocess | None = None) -> Learning:
    """How an arm of an experiment learns; ``preprocess`` is what the weights that it starts from
    are used to."""
    changed = arm.lr_scale != 1 or arm.layer_decay is not None
    names = build_names(arm.spec) if changed else ()
    return Learning(
        frozen=arm.frozen,
        rates=rates(arm.spec, names, lr_scale=arm.lr_scale, decay=arm.layer_decay),
        normalisation=None if preprocess is None else (preprocess.mean, preprocess.std),
    )


def _brought(state: Mapping[str, Tensor], spec: Spec) -> dict[str, Tensor]:
    body = {name: tensor for name, tensor in state.items() if not name.startswith(_CLASSIFIER)}
    return adapted(body, spec)[0]


def _check(wanted: Mapping[str, Tensor], given: Mapping[str, Tensor], start: Spec) -> None:
    body = {name for name in wanted if not name.startswith(_CLASSIFIER)}
    wrong = (body ^ given.keys()) | {
        name for name in body & given.keys() if wanted[name].shape != given[name].shape
    }
    if wrong:
        names = ", ".join(sorted(wrong)[:_NAMED]) + (", …" if len(wrong) > _NAMED else "")
        raise ValueError(t("train.error.start_differs", start=start.name, names=names))
