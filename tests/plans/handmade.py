"""Plans that no spec makes yet: blocks of three branches, of two residuals, of tokens."""

from convnext_viz.plans import Block, Plan, Stage
from convnext_viz.plans.chain import At, Op, chain, residual
from convnext_viz.specs import ConvNeXtSpec

C = 12
SIDE = 16  # pixels of the images


def repvgg(name: str, at: At) -> tuple[Block, At]:
    """RepVGG's block in training: 3×3, 1×1 and identity, each with its norm, then ReLU."""
    norm = Op("norm", "batch_norm", C, eps=1e-5)
    branches = {
        "dense": [Op("conv", "conv", C, 3, 1, 1), norm],
        "pointwise": [Op("conv", "conv", C), norm],
        "identity": [norm],
    }
    step, end = residual(name, branches, at, after=[Op("act", "relu", C)])
    return Block(name, (step,)), end


def deployed(name: str, at: At) -> tuple[Block, At]:
    """The same block as it runs: one convolution and ReLU."""
    layers, end = chain(name, [Op("conv", "conv", C, 3, 1, 1, bias=True), Op("act", "relu", C)], at)
    return Block(name, (layers,)), end


def transformer(name: str, at: At, linear: str = "linear") -> tuple[Block, At]:
    """A pre-norm block of two residuals; a linear layer stands where attention will."""
    norm, drop = Op("norm", "layer_norm", C, eps=1e-6), Op("drop_path", "drop_path", C, rate=0.1)
    mix = [norm, Op("qkv", linear, 3 * C, bias=True), Op("proj", linear, C, bias=True), drop]
    scale = Op("gamma", "layer_scale", C, init=0.5)
    mlp = [
        norm,
        Op("fc1", linear, 4 * C, bias=True),
        Op("act", "gelu", 4 * C),
        Op("fc2", linear, C, bias=True),
        scale,
    ]
    first, at = residual(f"{name}.attn", {"body": mix, "shortcut": []}, at)
    second, at = residual(f"{name}.mlp", {"body": mlp, "shortcut": []}, at)
    return Block(name, (first, second)), at


_STEM = At((C, 8, 8), field=2, jump=2)
BLOCKS = {
    "repvgg": repvgg("stage1.blocks.0", _STEM)[0],
    "deployed": deployed("stage1.blocks.0", _STEM)[0],
    "two residuals": transformer("stage1.blocks.0", _STEM, "pointwise")[0],
    "tokens": transformer("stage1.blocks.0", At((64, C), 2, 2, (8, 8)))[0],
}


def token_plan() -> Plan:
    """Patches as tokens, two blocks, and a classifier of each token."""
    stem, at = chain(
        "stem", [Op("conv", "conv", C, 4, 4), Op("tokens", "tokens", C)], At((3, 16, 24))
    )
    first, at = transformer("stage1.blocks.0", at)
    second, at = transformer("stage1.blocks.1", at)
    head = [Op("norm", "layer_norm", C, eps=1e-6), Op("fc", "linear", 5, bias=True, init=0.5)]
    layers, _ = chain("head", head, at)
    stages = (Stage("stem", stem), Stage("stage1", (), (first, second)), Stage("head", layers))
    return Plan(ConvNeXtSpec(), (16, 24), stages)


def map_plan(*blocks: str) -> Plan:
    """A net of the blocks of those names on maps: stride-2 convolution, blocks, pooled classes."""
    makers = {"repvgg": repvgg, "deployed": deployed, "two residuals": _pointwise}
    stem, at = chain("stem", [Op("conv", "conv", C, 2, 2)], At((3, SIDE, SIDE)))
    made = []
    for number, kind in enumerate(blocks):
        block, at = makers[kind](f"stage1.blocks.{number}", at)
        made.append(block)
    head = [Op("pool", "avg_pool", C), Op("flatten", "flatten", C), Op("fc", "linear", 5)]
    layers, _ = chain("head", head, at)
    stages = (Stage("stem", stem), Stage("stage1", (), tuple(made)), Stage("head", layers))
    return Plan(ConvNeXtSpec(), (SIDE, SIDE), stages)


def _pointwise(name: str, at: At) -> tuple[Block, At]:
    return transformer(name, at, "pointwise")
