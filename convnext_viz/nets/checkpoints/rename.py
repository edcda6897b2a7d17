"""Foreign names into ours: a pure function of a state dict.

Understood are timm's ConvNeXt and ConvNeXt V2 (open_clip's image towers with them), the official
repositories (V1, V2, isotropic), torchvision's ConvNeXt, and the ResNet-50 family as torchvision
and timm name it.
"""

import re
from collections.abc import Mapping

import torch
from torch import Tensor

from convnext_viz.nets.weights import WeightsError
from convnext_viz.specs.fields import MAX_STAGES
from convnext_viz.text import t

Rules = tuple[tuple[str, str], ...]

_WRAPPERS = ("module.", "_orig_mod.", "model.", "net.", "backbone.", "encoder.")
_CLIP = "visual.trunk."
_DROPPED = ("projectors.", "norms.")  # EUPE's distillation heads: the network runs without them

# A dialect is known by one weight that only it has.
_ANCHORS = {
    "ours": r"stage1\.blocks\.0\.body\.",
    "timm": r"stages\.0\.blocks\.0\.conv_dw\.",
    "official": r"stages\.0\.0\.dwconv\.",
    "isotropic": r"blocks\.0\.dwconv\.",
    "torchvision": r"features\.1\.0\.block\.0\.",
    "resnet": r"layer1\.0\.conv3\.",
}

_BLOCK: Rules = (  # inside a block, official names
    (r"(dwconv|norm|pwconv1|pwconv2)\.", r"\1."),
    (r"grn\.gamma$", "grn.weight"),
    (r"grn\.beta$", "grn.bias"),
    (r"gamma$", "gamma.weight"),
)
_TIMM_BLOCK: Rules = (
    (r"conv_dw\.", "dwconv."),
    (r"norm\.", "norm."),
    (r"mlp\.fc1\.", "pwconv1."),
    (r"mlp\.grn\.", "grn."),
    (r"mlp\.fc2\.", "pwconv2."),
    (r"gamma$", "gamma.weight"),
)
_TORCHVISION_BLOCK: Rules = (
    (r"block\.0\.", "dwconv."),
    (r"block\.2\.", "norm."),
    (r"block\.3\.", "pwconv1."),
    (r"block\.5\.", "pwconv2."),
    (r"layer_scale$", "gamma.weight"),
)
_RESNET_BLOCK: Rules = (
    (r"conv1\.", "body.pwconv1."),
    (r"conv2\.", "body.conv."),
    (r"conv3\.", "body.pwconv2."),
    (r"bn([123])\.", r"body.norm\1."),
    (r"downsample\.0\.", "shortcut.conv."),
    (r"downsample\.1\.", "shortcut.norm."),
)


def _under(old: str, new: str, rules: Rules) -> Rules:
    """The rules of a part, put where the part is; ``old`` has one group, the block's index."""
    return tuple((old + a, new + re.sub(r"\\1", r"\\2", b)) for a, b in rules)


_OFFICIAL_HEAD: Rules = ((r"norm\.", "head.norm."), (r"head\.", "head.fc."))
_STAGES = range(MAX_STAGES)

_RULES: dict[str, Rules] = {
    "ours": ((r"(stem|stage\d+|head)\.", r"\1."),),
    "timm": (
        *(
            rule
            for i in _STAGES
            for rule in (
                (rf"stages\.{i}\.downsample\.0\.", f"stage{i + 1}.downsample.norm."),
                (rf"stages\.{i}\.downsample\.1\.", f"stage{i + 1}.downsample.conv."),
                *_under(
                    rf"stages\.{i}\.blocks\.(\d+)\.", rf"stage{i + 1}.blocks.\1.body.", _TIMM_BLOCK
                ),
            )
        ),
        (r"norm_pre\.", "head.norm."),
        (r"head\.pre_logits\.fc\.", "head.hidden."),
        (r"head\.(norm|fc)\.", r"head.\1."),
    ),
    "official": (
        (r"downsample_layers\.0\.0\.", "stem.conv."),
        (r"downsample_layers\.0\.1\.", "stem.norm."),
        *(
            rule
            for i in _STAGES
            for rule in (
                (rf"downsample_layers\.{i}\.0\.", f"stage{i + 1}.downsample.norm."),
                (rf"downsample_layers\.{i}\.1\.", f"stage{i + 1}.downsample.conv."),
                *_under(rf"stages\.{i}\.(\d+)\.", rf"stage{i + 1}.blocks.\1.body.", _BLOCK),
            )
        ),
        *_OFFICIAL_HEAD,
    ),
    "isotropic": (
        (r"stem\.", "stem.conv."),
        *_under(r"blocks\.(\d+)\.", r"stage1.blocks.\1.body.", _BLOCK),
        *_OFFICIAL_HEAD,
    ),
    "torchvision": (
        (r"features\.0\.0\.", "stem.conv."),
        (r"features\.0\.1\.", "stem.norm."),
        *(
            rule
            for i in _STAGES
            for rule in (
                (rf"features\.{2 * i}\.0\.", f"stage{i + 1}.downsample.norm."),
                (rf"features\.{2 * i}\.1\.", f"stage{i + 1}.downsample.conv."),
                *_under(
                    rf"features\.{2 * i + 1}\.(\d+)\.",
                    rf"stage{i + 1}.blocks.\1.body.",
                    _TORCHVISION_BLOCK,
                ),
            )
        ),
        (r"classifier\.0\.", "head.norm."),
        (r"classifier\.2\.", "head.fc."),
    ),
    "resnet": (
        (r"conv1\.", "stem.conv."),
        (r"bn1\.", "stem.norm."),
        *(
            rule
            for i in _STAGES
            for rule in _under(rf"layer{i}\.(\d+)\.", rf"stage{i}.blocks.\1.", _RESNET_BLOCK)
        ),
        (r"fc\.", "head.fc."),
    ),
}


def rename(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A state dict under our names and in our shapes, whatever wrapped it; nothing is copied.

    1×1 convolutions become matrices, GRN's and layer scale's factors vectors. Names that the
    dialect does not know stay as they are. Raises WeightsError where the names are nobody's.
    """
    dialect, bare = unwrap(state)
    rules = (*_stem_rules(bare), *_RULES[dialect]) if dialect == "timm" else _RULES[dialect]
    compiled = [(re.compile(old), new) for old, new in rules]
    renamed: dict[str, Tensor] = {}
    for name, tensor in bare.items():
        if name.startswith(_DROPPED):
            continue
        for old, new in compiled:
            if found := old.match(name):
                name = found.expand(new) + name[found.end() :]
                break
        renamed[name] = _reshaped(name, tensor)
    return renamed


def unwrap(state: Mapping[str, Tensor]) -> tuple[str, dict[str, Tensor]]:
    """The dialect's name and the state dict without the prefixes that wrappers add.

    Wrappers are DataParallel, torch.compile, a training framework's module, or a CLIP model, of
    which only the image tower is kept. Raises WeightsError where no dialect is recognised.
    """
    bare = dict(state)
    for _ in range(4):  # wrappers in wrappers: model.module.visual.trunk.
        if any(name.startswith(_CLIP) for name in bare):
            bare = _image_tower(bare)
        for dialect, anchor in _ANCHORS.items():
            if any(re.match(anchor, name) for name in bare):
                return dialect, bare
        worn = [w for w in _WRAPPERS if any(name.startswith(w) for name in bare)]
        if not worn:
            break
        bare = {name.removeprefix(worn[0]): tensor for name, tensor in bare.items()}
    raise WeightsError(t("nets.error.names", names=", ".join(list(state)[:3])))


def _image_tower(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """open_clip's image tower in timm's names; its projection, which has no bias, as classifier."""
    tower = {n.removeprefix(_CLIP): v for n, v in state.items() if n.startswith(_CLIP)}
    for name, here in (
        ("visual.head.proj.weight", "head.fc.weight"),
        ("visual.head.mlp.fc1.weight", "head.pre_logits.fc.weight"),
        ("visual.head.mlp.fc1.bias", "head.pre_logits.fc.bias"),
        ("visual.head.mlp.fc2.weight", "head.fc.weight"),
    ):
        if name in state:
            tower[here] = state[name]
    if "head.fc.weight" in tower:
        fc = tower["head.fc.weight"]
        tower.setdefault("head.fc.bias", torch.zeros(len(fc), dtype=fc.dtype, device=fc.device))
    return tower


def _stem_rules(state: Mapping[str, Tensor]) -> Rules:
    """timm counts a stem's layers, so their meaning follows from which of them are convolutions."""
    convs = [i for i in range(4) if state.get(f"stem.{i}.weight", torch.empty(0)).ndim == 4]
    if len(convs) < 2:
        return ((r"stem\.0\.", "stem.conv."), (r"stem\.1\.", "stem.norm."))
    rules = [(rf"stem\.{i}\.", f"stem.conv{n}.") for n, i in enumerate(convs, start=1)]
    return (*rules, (rf"stem\.{convs[-1] + 1}\.", "stem.norm."))


def _reshaped(name: str, tensor: Tensor) -> Tensor:
    module = name.split(".")[-2] if "." in name else ""
    if module in ("pwconv1", "pwconv2", "hidden", "fc") and tensor.ndim == 4:
        return tensor.flatten(1) if tensor.shape[2:] == (1, 1) else tensor
    if module in ("grn", "gamma") and tensor.ndim > 1 and tensor.numel() == max(tensor.shape):
        return tensor.flatten()
    return tensor
