"""The planner of the ViT family: a spec becomes patches, tokens, blocks and a head."""

from collections.abc import Iterator

from convnext_viz.plans.chain import At, Op, chain, residual
from convnext_viz.plans.structure import Block, Stage
from convnext_viz.specs import ViTSpec


def _norm(spec: ViTSpec) -> Op:
    return Op("norm", "layer_norm", spec.dim, eps=spec.norm_eps)


def _patch_ops(spec: ViTSpec) -> list[Op]:
    """From the image to a map of a position a patch."""
    if not spec.conv_stem:
        return [Op("conv", "conv", spec.dim, spec.patch_size, spec.patch_size, bias=True)]
    halvings = spec.patch_size.bit_length() - 1
    ops = []
    for step in range(1, halvings + 1):
        width = spec.dim >> (halvings - step)
        ops += [
            Op(f"conv{step}", "conv", width, 3, 2, 1),
            Op(f"norm{step}", "batch_norm", width, eps=1e-5),
            Op(f"act{step}", "relu", width),
        ]
    return [*ops, Op("conv", "conv", spec.dim, bias=True)]


def _token_ops(spec: ViTSpec) -> list[Op]:
    """Positions, while patches lie in rows and columns; then tokens, the learnt ones first."""
    dim, side = spec.dim, spec.grid
    ops = [
        Op("pos_embed", "position_embedding", dim, table=(side, side)),
        Op("tokens", "tokens", dim),
    ]
    # The last one put before the others is the first of all.
    for name, kind, count in (
        ("reg_tokens", "register_tokens", spec.registers),
        ("dist_token", "distillation_token", int(spec.distillation_token)),
        ("cls_token", "class_token", int(spec.class_token)),
    ):
        if count:
            table = (1, count) if spec.prefix_positions else ()
            ops.append(Op(name, kind, dim, prefix=count, table=table))
    return ops


def block(spec: ViTSpec, name: str, rate: float, at: At) -> tuple[Block, At]:
    """Attention among all tokens, then an MLP of each token; a norm before either."""
    dim, hidden = spec.dim, int(spec.mlp_ratio * spec.dim)
    after: list[Op] = []
    if spec.layer_scale is not None:
        after.append(Op("gamma", "layer_scale", dim, init=spec.layer_scale))
    if spec.drop_path_rate > 0:
        after.append(Op("drop_path", "drop_path", dim, rate=rate))
    attention = [
        _norm(spec),
        Op("qkv", "linear", 3 * dim, bias=spec.qkv_bias),
        Op("attn", "attention", dim, heads=spec.heads, reach=-1),
        Op("proj", "linear", dim, bias=True),
    ]
    mlp = [
        _norm(spec),
        Op("fc1", "linear", hidden, bias=True),
        Op("act", spec.act, hidden),
        Op("fc2", "linear", dim, bias=True),
    ]
    first, at = residual(f"{name}.attn", {"body": [*attention, *after], "shortcut": []}, at)
    second, at = residual(f"{name}.mlp", {"body": [*mlp, *after], "shortcut": []}, at)
    return Block(name, (first, second)), at


def _head_ops(spec: ViTSpec) -> list[Op]:
    dim = spec.dim
    if spec.pool == "mean":
        prefix = int(spec.class_token) + spec.registers
        ops = [Op("pool", "token_mean", dim, prefix=prefix), _norm(spec)]
    elif spec.distillation_token and spec.num_classes:
        return [_norm(spec), Op("fc", "averaged_heads", spec.num_classes, bias=True)]
    else:
        ops = [_norm(spec), Op("pool", "first_token", dim)]
    return [*ops, Op("fc", "linear", spec.num_classes, bias=True)] if spec.num_classes else ops


def smallest_image(spec: ViTSpec) -> int:
    """The smallest side, in pixels, of an image that reaches the head of the net."""
    # Padded convolutions of stride 2 leave a position of any image.
    return 1 if spec.conv_stem else spec.patch_size


def stages(spec: ViTSpec, at: At) -> Iterator[Stage]:
    """Stem, stage1 and head of a net whose input is at ``at``."""
    own, at = chain("stem", [*_patch_ops(spec), *_token_ops(spec)], at)
    yield Stage("stem", own)
    blocks = []
    for i, rate in enumerate(spec.drop_path_rates):
        made, at = block(spec, f"stage1.blocks.{i}", rate, at)
        blocks.append(made)
    yield Stage("stage1", (), tuple(blocks))
    head, _ = chain("head", _head_ops(spec), at)
    yield Stage("head", head)
