"""The spec of the ViT family: Vision Transformers, DeiT and DeiT III, as one flat description.

Dosovitskiy et al. 2021, "An Image is Worth 16x16 Words"; Touvron et al. 2021 (DeiT), 2022 (DeiT
III); Darcet et al. 2024 for registers; Xiao et al. 2021 for the convolutional stem.
"""

from dataclasses import dataclass
from typing import Literal

from convnext_viz.specs.convnext import Act
from convnext_viz.specs.fields import check, choice, flag, integer, number, refusal, text
from convnext_viz.text import t

Pool = Literal["class_token", "mean"]

_ACTS = {"gelu": "GELU", "relu": "ReLU", "gelu_tanh": "GELU tanh", "silu": "SiLU"}


@dataclass(frozen=True, kw_only=True)
class ViTSpec:
    """A Vision Transformer; the defaults are ViT-B/16 at 224 pixels.

    Raises ``ValueError`` that names the field, the value and what is allowed.
    """

    name: str = text("vit_base_patch16_224")

    patch_size: int = integer(16, 1, 64, group="stem", unit="px")
    # 3×3 convolutions with stride 2 in place of one convolution of the patch size (Xiao et al.
    # 2021, section 4): the last is as wide as the tokens, each one before it half as wide.
    conv_stem: bool = flag(False, group="stem")
    # Of the images for which positions are learnt; for others the table is interpolated.
    image_size: int = integer(224, 1, 4096, group="stem", unit="px")
    in_chans: int = integer(3, 1, 1024, group="stem")

    class_token: bool = flag(True, group="tokens")
    # A second learnt token with a classifier of its own; the logits are the mean of both (DeiT).
    distillation_token: bool = flag(False, group="tokens")
    registers: int = integer(0, 0, 64, group="tokens")  # learnt tokens that no head reads
    # Whether these tokens have positions, too: not in DeiT III.
    prefix_positions: bool = flag(True, group="tokens")

    depth: int = integer(12, 1, 512, group="block")  # blocks
    dim: int = integer(768, 1, 16_384, group="block")  # width C of a token
    heads: int = integer(12, 1, 1024, group="block")
    mlp_ratio: float = number(4.0, 0.125, 16.0, group="block", step=0.5)
    qkv_bias: bool = flag(True, group="block")
    act: Act = choice("gelu", Act, short=_ACTS, group="block")
    # Initial gamma; None: no layer scale. DeiT III starts at 1e-6.
    layer_scale: float | None = number(
        None, 0.0, 100.0, optional=True, group="block", format="%.1e"
    )
    # Of the last block; grows linearly from 0 (stochastic depth).
    drop_path_rate: float = number(0.0, 0.0, 0.99, group="block", step=0.05)
    norm_eps: float = number(1e-6, 1e-12, 1.0, group="block", format="%.1e")

    # What the classifier reads: the class token after the last norm, or the norm of the mean of
    # all tokens of patches.
    pool: Pool = choice(
        "class_token", Pool, short={"class_token": "CLS", "mean": "GAP"}, group="head"
    )
    num_classes: int = integer(1000, 0, 200_000, group="head")  # 0: it ends with its features

    def __post_init__(self) -> None:
        check(self)
        _check_combinations(self)

    @property
    def grid(self) -> int:
        """Rows, and columns, of the table of positions."""
        return self.image_size // self.patch_size

    @property
    def drop_path_rates(self) -> tuple[float, ...]:
        """Drop probability of every block, growing linearly with depth (Huang et al. 2016)."""
        return tuple(self.drop_path_rate * i / max(self.depth - 1, 1) for i in range(self.depth))


def _check_combinations(spec: ViTSpec) -> None:
    if spec.dim % spec.heads:
        raise refusal("heads", spec.heads, t("specs.allowed.heads", width=spec.dim))
    if int(spec.mlp_ratio * spec.dim) < 1:
        raise refusal("mlp_ratio", spec.mlp_ratio, t("specs.allowed.expansion"))
    if spec.image_size < spec.patch_size:
        raise refusal("image_size", spec.image_size, t("specs.allowed.image_size"))
    if spec.pool == "class_token" and not spec.class_token:
        raise refusal("pool", spec.pool, t("specs.allowed.pool"))
    if spec.distillation_token and spec.pool == "mean":
        raise refusal("distillation_token", True, t("specs.allowed.distillation"))
    if spec.conv_stem:
        _check_stem(spec)


def _check_stem(spec: ViTSpec) -> None:
    halvings = spec.patch_size.bit_length() - 1
    if spec.patch_size != 2**halvings or halvings < 1:
        raise refusal("patch_size", spec.patch_size, t("specs.allowed.patch_of_conv_stem"))
    if spec.dim % 2 ** (halvings - 1):
        allowed = t("specs.allowed.dim_of_conv_stem", divisor=2 ** (halvings - 1))
        raise refusal("dim", spec.dim, allowed)
