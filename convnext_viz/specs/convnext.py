"""The spec of the ResNet → ConvNeXt family: one flat description from ResNet-50 to ConvNeXt V2.

Flat on purpose: a step of the paper's roadmap is ``replace(previous, kernel_size=7)``, an arm of an
experiment is the same thing, and two specs are equal exactly when their fields are.
"""

from dataclasses import dataclass
from typing import Literal

from convnext_viz.specs.fields import (
    check,
    choice,
    flag,
    integer,
    number,
    per_stage,
    refusal,
    text,
)
from convnext_viz.text import t

Stem = Literal[
    "patchify",
    "conv7_pool",
    "conv7",
    "conv3",
    "conv3_pool",
    "overlap",
    "overlap_tiered",
    "overlap_act",
]
Bottleneck = Literal["inverted", "classic", "basic"]
ConvPosition = Literal["first", "middle"]
Norm = Literal["layer", "batch", "rms", "simple", "group"]
Act = Literal["gelu", "relu", "gelu_tanh", "silu"]
Amount = Literal["one", "every"]
Downsample = Literal["separate", "separate_plain", "in_block"]
HeadNorm = Literal["after_pool", "before_pool", "none"]
HeadPool = Literal["average", "max"]

_NORMS = {"layer": "LN", "batch": "BN", "rms": "RMS", "simple": "SimpleNorm", "group": "GN"}
_ACTS = {"gelu": "GELU", "relu": "ReLU", "gelu_tanh": "GELU tanh", "silu": "SiLU"}
_EPS = {"layer": 1e-6, "batch": 1e-5, "rms": 1e-6, "simple": 1e-6, "group": 1e-5}


@dataclass(frozen=True, kw_only=True)
class ConvNeXtSpec:
    """A network of the ResNet → ConvNeXt family; the defaults are ConvNeXt-T.

    Source: Liu et al. 2022, "A ConvNet for the 2020s", sections 2 and 3; Woo et al. 2023 for GRN.
    Raises ``ValueError`` that names the field, the value and what is allowed.
    """

    name: str = text("convnext_tiny")

    # "conv7_pool" is ResNet's stem, "conv3" its kind for small pictures, and two halves of either;
    # the "overlap" ones are timm's, two 3×3 convolutions.
    stem: Stem = choice("patchify", Stem, group="stem")
    # Kernel and stride of the patchify stem, stride of the 3×3 convolution of "conv3" and
    # "conv3_pool"; "conv7" divides by 2, the other stems by 4.
    patch_size: int = integer(4, 1, 64, group="stem", unit="px")
    stem_norm: bool = flag(True, group="stem")
    stem_act: bool = flag(False, group="stem")  # activation at the end of the stem
    in_chans: int = integer(3, 1, 1024, group="stem")

    depths: tuple[int, ...] = per_stage((3, 3, 9, 3), 512, group="stages")  # blocks
    dims: tuple[int, ...] = per_stage(  # width C
        (96, 192, 384, 768), 16_384, like="depths", group="stages"
    )
    # "separate_plain": without a norm; "in_block": stride in the first block of a stage.
    downsample: Downsample = choice("separate", Downsample, group="stages")
    # A downsampling of its own before stage 1, too: timm's ConvNeXt with patches of 2.
    first_downsample: bool = flag(False, group="stages")

    kernel_size: int | tuple[int, ...] = per_stage(
        7, 63, odd=True, one_for_all=True, like="depths", group="block", unit="px"
    )
    depthwise: bool = flag(True, group="block")
    norm: Norm = choice("layer", Norm, short=_NORMS, brings={"norm_eps": _EPS}, group="block")
    act: Act = choice("gelu", Act, short=_ACTS, group="block")
    norm_groups: int = integer(1, 1, 8192, group="block")  # of channels, in GroupNorm
    # "one": after the k×k convolution; "every": after each of three.
    block_norms: Amount = choice("one", Amount, group="block")
    # "one": before the last pointwise; "every": also after the sum.
    block_acts: Amount = choice("one", Amount, group="block")
    # Of the k×k convolution: each group of channels is read by its own kernels (ResNeXt).
    groups: int = integer(1, 1, 65_536, group="block")
    # "classic": the block is wide (expansion·C), its inside C. "basic": so, too, but two k×k
    # convolutions in place of three (ResNet-18 and -34, where expansion is 1).
    bottleneck: Bottleneck = choice("inverted", Bottleneck, group="block")
    # Where the k×k convolution sits among the three.
    conv_position: ConvPosition = choice("first", ConvPosition, group="block")
    expansion: float = number(4.0, 0.125, 16.0, group="block", step=0.5)
    # Inner channels of a classic or basic block for each of C; 2 in ResNeXt-50 (32×4d).
    inner_ratio: float = number(1.0, 0.125, 16.0, group="block", step=0.5)
    # Initial gamma; None: no layer scale.
    layer_scale: float | None = number(
        1e-6, 0.0, 100.0, optional=True, group="block", format="%.1e"
    )
    grn: bool = flag(False, group="block")  # global response normalisation, ConvNeXt V2
    # Of the last block; grows linearly from 0 (stochastic depth).
    drop_path_rate: float = number(0.0, 0.0, 0.99, group="block", step=0.05)
    conv_bias: bool = flag(True, group="block")
    norm_eps: float = number(1e-6, 1e-12, 1.0, group="block", format="%.1e")

    num_classes: int = integer(1000, 0, 100_000, group="head")  # 0: it ends with its features
    head_norm: HeadNorm = choice("after_pool", HeadNorm, group="head")
    # Epsilon of that norm, where it has another one: transformers' ConvNeXt.
    head_norm_eps: float | None = number(
        None, 1e-12, 1.0, optional=True, group="head", format="%.1e"
    )
    head_pool: HeadPool = choice("average", HeadPool, group="head")
    # Width of a hidden layer before the classifier, and the activation after it.
    head_hidden: int | None = integer(None, 1, 65_536, optional=True, group="head")
    head_act: Act = choice("gelu", Act, short=_ACTS, group="head")
    drop_rate: float = number(0.0, 0.0, 0.99, group="head", step=0.05)  # before the classifier
    head_init_scale: float = number(1.0, 0.0, 1000.0, group="head", step=0.1)

    def __post_init__(self) -> None:
        check(self)
        _check_combinations(self)

    @property
    def kernel_sizes(self) -> tuple[int, ...]:
        """Kernel size of every stage."""
        if isinstance(self.kernel_size, tuple):
            return self.kernel_size
        return (self.kernel_size,) * len(self.depths)

    def widths(self, stage: int) -> tuple[int, int]:
        """Channels (inside, outside) of the blocks of stage number ``stage``, counted from 0."""
        dim = self.dims[stage]
        wide = int(self.expansion * dim)
        if self.bottleneck == "inverted":
            return (wide, dim)
        return (int(self.inner_ratio * dim), wide)

    @property
    def conv_channels(self) -> tuple[int, ...]:
        """Channels that the k×k convolutions of the blocks read, each number once."""
        found: dict[int, None] = {}
        into = self.dims[0]
        for stage, depth in enumerate(self.depths):
            inside, outside = self.widths(stage)
            if self.downsample != "in_block" and (stage > 0 or self.first_downsample):
                into = outside
            first = self.conv_position == "first"
            found |= dict.fromkeys((into, *[outside] * (depth > 1)) if first else (inside,))
            into = outside
        return tuple(found)

    @property
    def drop_path_rates(self) -> tuple[float, ...]:
        """Drop probability of every block, growing linearly with depth (Huang et al. 2016)."""
        blocks = sum(self.depths)
        return tuple(self.drop_path_rate * i / max(blocks - 1, 1) for i in range(blocks))


def _check_combinations(spec: ConvNeXtSpec) -> None:
    if spec.stem not in ("patchify", "conv3", "conv3_pool") and spec.patch_size != 4:
        raise refusal(
            "patch_size", spec.patch_size, t("specs.allowed.patch_of_stem", stem=spec.stem)
        )
    if spec.stem.startswith("overlap") and spec.stem_act:
        allowed = t("specs.allowed.stem_act", stem=spec.stem)
        raise refusal("stem_act", spec.stem_act, allowed)
    if spec.head_hidden is not None and spec.head_norm == "before_pool":
        raise refusal("head_hidden", spec.head_hidden, t("specs.allowed.head_hidden"))
    if spec.first_downsample and spec.downsample == "in_block":
        raise refusal("first_downsample", True, t("specs.allowed.first_downsample"))
    if spec.bottleneck == "inverted" and spec.inner_ratio != 1:
        raise refusal("inner_ratio", spec.inner_ratio, t("specs.allowed.inner_ratio"))
    if any(int(spec.expansion * dim) < 1 for dim in spec.dims):
        raise refusal("expansion", spec.expansion, t("specs.allowed.expansion"))
    if any(int(spec.inner_ratio * dim) < 1 for dim in spec.dims):
        raise refusal("inner_ratio", spec.inner_ratio, t("specs.allowed.expansion"))
    _check_groups(spec)
    _check_norm(spec)


def _check_norm(spec: ConvNeXtSpec) -> None:
    widths = [width for stage in range(len(spec.dims)) for width in spec.widths(stage)]
    if spec.norm in ("simple", "group") and min(*spec.dims, *widths) < 2:
        # The unbiased standard deviation of a single channel is 0/0; torch refuses such groups.
        raise refusal("norm", spec.norm, t("specs.allowed.simple_norm"))

    if spec.norm != "group" and spec.norm_groups > 1:
        raise refusal("norm_groups", spec.norm_groups, t("specs.allowed.norm_groups"))
    normed = sorted({*spec.dims, *widths})
    if spec.norm == "group" and any(
        width % spec.norm_groups or width == spec.norm_groups for width in normed
    ):
        shown = ", ".join(map(str, normed))
        raise refusal("norm_groups", spec.norm_groups, t("specs.allowed.normed", channels=shown))


def _check_groups(spec: ConvNeXtSpec) -> None:
    if spec.bottleneck == "basic" and (spec.depthwise or spec.groups > 1):
        raise refusal("bottleneck", spec.bottleneck, t("specs.allowed.basic"))
    if spec.depthwise and spec.groups > 1:
        raise refusal("groups", spec.groups, t("specs.allowed.depthwise_groups"))
    if any(channels % spec.groups for channels in spec.conv_channels):
        channels = ", ".join(map(str, spec.conv_channels))
        raise refusal("groups", spec.groups, t("specs.allowed.groups", channels=channels))
