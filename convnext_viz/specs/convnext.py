"""What you ask for: one flat, frozen description of any network from ResNet-50 to ConvNeXt V2.

Flat on purpose: a step of the paper's roadmap is ``replace(previous, kernel_size=7)``, an arm of an
experiment is the same thing, and two specs are equal exactly when their fields are.
"""

from dataclasses import dataclass
from typing import Any, Literal, get_args

from convnext_viz.text import t

Stem = Literal["patchify", "conv7_pool", "overlap", "overlap_tiered", "overlap_act"]
Bottleneck = Literal["inverted", "classic"]
ConvPosition = Literal["first", "middle"]
Norm = Literal["layer", "batch", "rms", "simple"]
Act = Literal["gelu", "relu", "gelu_tanh", "silu"]
Amount = Literal["one", "every"]
Downsample = Literal["separate", "in_block"]
HeadNorm = Literal["after_pool", "before_pool", "none"]

CHOICES: dict[str, tuple[str, ...]] = {
    "stem": get_args(Stem),
    "bottleneck": get_args(Bottleneck),
    "conv_position": get_args(ConvPosition),
    "norm": get_args(Norm),
    "act": get_args(Act),
    "block_norms": get_args(Amount),
    "block_acts": get_args(Amount),
    "downsample": get_args(Downsample),
    "head_norm": get_args(HeadNorm),
}
"""The allowed words of every field that takes a word."""

RANGES: dict[str, tuple[float, float]] = {
    "in_chans": (1, 1024),
    "num_classes": (0, 100_000),
    "patch_size": (1, 64),
    "expansion": (0.125, 16.0),
    "norm_eps": (1e-12, 1.0),
    "drop_path_rate": (0.0, 0.99),
    "drop_rate": (0.0, 0.99),
    "head_init_scale": (0.0, 1000.0),
}
"""The smallest and largest legal value of every plain number."""

OPTIONAL_RANGES: dict[str, tuple[float, float]] = {
    "layer_scale": (0.0, 100.0),
    "head_hidden": (1, 65_536),
}
"""The same for fields that may also be None (off)."""

MAX_STAGES = 8
MAX_DEPTH = 512
MAX_DIM = 16_384
MAX_KERNEL = 63
MAX_SHOWN = 100  # characters of a refused value in its error


@dataclass(frozen=True, kw_only=True)
class ConvNeXtSpec:
    """A network of the ResNet → ConvNeXt family; the defaults are ConvNeXt-T.

    Source: Liu et al. 2022, "A ConvNet for the 2020s", sections 2 and 3; Woo et al. 2023 for GRN.
    Raises ``ValueError`` that names the field, the value and what is allowed.
    """

    name: str = "convnext_tiny"
    depths: tuple[int, ...] = (3, 3, 9, 3)  # blocks in each stage
    dims: tuple[int, ...] = (96, 192, 384, 768)  # width C of each stage
    in_chans: int = 3
    num_classes: int = 1000  # 0: no classifier, the net ends with its features

    stem: Stem = "patchify"  # "conv7_pool" is ResNet's; "overlap*" are timm's two 3×3 convolutions
    patch_size: int = 4  # kernel and stride of the patchify stem; the other stems divide by 4
    stem_norm: bool = True
    stem_act: bool = False  # activation at the end of the stem

    bottleneck: Bottleneck = "inverted"  # "classic": the block is wide (expansion·C), its inside C
    expansion: float = 4.0
    conv_position: ConvPosition = "first"  # where the k×k convolution sits among the three
    depthwise: bool = True
    kernel_size: int | tuple[int, ...] = 7  # one, or one a stage
    norm: Norm = "layer"
    norm_eps: float = 1e-6
    act: Act = "gelu"
    block_norms: Amount = "one"  # "one": after the k×k convolution; "every": after each of three
    block_acts: Amount = "one"  # "one": before the last pointwise; "every": also after the sum
    layer_scale: float | None = 1e-6  # initial gamma; None: no layer scale
    grn: bool = False  # global response normalisation, ConvNeXt V2
    drop_path_rate: float = 0.0  # of the last block; grows linearly from 0 (stochastic depth)
    conv_bias: bool = True

    downsample: Downsample = "separate"  # "in_block": stride in the first block of a stage
    head_norm: HeadNorm = "after_pool"
    head_hidden: int | None = None  # width of a hidden layer before the classifier
    drop_rate: float = 0.0  # dropout before the classifier
    head_init_scale: float = 1.0

    def __post_init__(self) -> None:
        # JSON and notebooks bring lists: a spec must stay hashable, so they become tuples here.
        for field in ("depths", "dims", "kernel_size"):
            value = getattr(self, field)
            if isinstance(value, list):
                object.__setattr__(self, field, tuple(value))
        _check_fields(self)
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
        return (wide, dim) if self.bottleneck == "inverted" else (dim, wide)

    @property
    def drop_path_rates(self) -> tuple[float, ...]:
        """Drop probability of every block, growing linearly with depth (Huang et al. 2016)."""
        blocks = sum(self.depths)
        return tuple(self.drop_path_rate * i / max(blocks - 1, 1) for i in range(blocks))


def _fail(field: str, value: object, allowed: str) -> ValueError:
    shown = repr(value)
    if len(shown) > MAX_SHOWN:  # a URL may bring anything; the sentence stays readable
        shown = f"{shown[:MAX_SHOWN]}…"
    return ValueError(t("specs.error.field", field=field, value=shown, allowed=allowed))


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return _is_int(value) or isinstance(value, float)


def _check_number(field: str, value: Any, low: float, high: float) -> None:
    whole = isinstance(low, int)
    if (_is_int(value) if whole else _is_number(value)) and low <= value <= high:
        return
    if whole:
        allowed = t("specs.allowed.whole", low=low, high=high)
    else:
        allowed = t("specs.allowed.range", low=f"{low:g}", high=f"{high:g}")
    if field in OPTIONAL_RANGES:
        allowed = t("specs.allowed.or_none", allowed=allowed)
    raise _fail(field, value, allowed)


def _check_ints(field: str, values: Any, most: int) -> None:
    allowed = t("specs.allowed.stage_ints", most=most, stages=MAX_STAGES)
    if not isinstance(values, tuple) or not 1 <= len(values) <= MAX_STAGES:
        raise _fail(field, values, allowed)
    if not all(_is_int(v) and 1 <= v <= most for v in values):
        raise _fail(field, values, allowed)


def _check_fields(spec: ConvNeXtSpec) -> None:
    if not isinstance(spec.name, str):
        raise _fail("name", spec.name, t("specs.allowed.text"))
    _check_ints("depths", spec.depths, MAX_DEPTH)
    _check_ints("dims", spec.dims, MAX_DIM)
    for field, words in CHOICES.items():
        if getattr(spec, field) not in words:
            raise _fail(field, getattr(spec, field), ", ".join(words))
    for field, (low, high) in RANGES.items():
        _check_number(field, getattr(spec, field), low, high)
    for field, (low, high) in OPTIONAL_RANGES.items():
        if getattr(spec, field) is not None:
            _check_number(field, getattr(spec, field), low, high)
    for field in ("stem_norm", "stem_act", "depthwise", "grn", "conv_bias"):
        if not isinstance(getattr(spec, field), bool):
            raise _fail(field, getattr(spec, field), "True, False")


def _check_combinations(spec: ConvNeXtSpec) -> None:
    stages = len(spec.depths)
    if len(spec.dims) != stages:
        raise _fail("dims", spec.dims, t("specs.allowed.as_many_as_depths", stages=stages))
    kernels = spec.kernel_size if isinstance(spec.kernel_size, tuple) else (spec.kernel_size,)
    odd = all(_is_int(k) and 1 <= k <= MAX_KERNEL and k % 2 == 1 for k in kernels)
    if not odd or (isinstance(spec.kernel_size, tuple) and len(kernels) != stages):
        # An even kernel has no centre: "same" padding would shift the map by half a pixel.
        allowed = t("specs.allowed.kernels", most=MAX_KERNEL, stages=stages)
        raise _fail("kernel_size", spec.kernel_size, allowed)
    if spec.stem != "patchify" and spec.patch_size != 4:
        raise _fail("patch_size", spec.patch_size, t("specs.allowed.patch_of_stem", stem=spec.stem))
    if spec.stem.startswith("overlap") and spec.stem_act:
        allowed = t("specs.allowed.stem_act", stem=spec.stem)
        raise _fail("stem_act", spec.stem_act, allowed)
    if spec.head_hidden is not None and spec.head_norm == "before_pool":
        raise _fail("head_hidden", spec.head_hidden, t("specs.allowed.head_hidden"))
    if any(int(spec.expansion * dim) < 1 for dim in spec.dims):
        raise _fail("expansion", spec.expansion, t("specs.allowed.expansion"))
    if spec.norm == "simple" and min(*spec.dims, *(int(spec.expansion * d) for d in spec.dims)) < 2:
        # The unbiased standard deviation of a single channel is 0/0.
        raise _fail("norm", spec.norm, t("specs.allowed.simple_norm"))
