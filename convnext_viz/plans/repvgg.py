"""The planner of the RepVGG family: a spec becomes stages of blocks, in either of its forms."""

from collections.abc import Iterator

from convnext_viz.plans.chain import At, Op, chain, residual
from convnext_viz.plans.structure import Block, Stage, Step
from convnext_viz.specs import RepVGGSpec


def _way(spec: RepVGGSpec, kernel: int, out: int, stride: int, groups: int) -> list[Op]:
    """A convolution and its norm, which takes the place of a bias."""
    kind = "grouped" if groups > 1 else "conv"
    return [Op("conv", kind, out, kernel, stride, kernel // 2, groups), _norm(spec, out)]


def _norm(spec: RepVGGSpec, channels: int) -> Op:
    return Op("norm", "batch_norm", channels, eps=spec.norm_eps)


def _end(spec: RepVGGSpec, out: int) -> list[Op]:
    """What follows the sum: the activation, and squeeze-and-excitation on one side of it."""
    ops = [Op("act", spec.act, out)]
    if spec.se_reduction is not None:
        gate = Op("se", "squeeze_excite", out, hidden=max(1, out // spec.se_reduction))
        ops.insert(0 if spec.se_position == "before_act" else 1, gate)
    return ops


def _block(
    spec: RepVGGSpec, name: str, out: int, stride: int, groups: int, at: At
) -> tuple[Block, At]:
    into, kernel = at.shape[0], spec.kernel_size
    dense, end = _way(spec, kernel, out, stride, groups), _end(spec, out)
    branches = {"dense": dense}
    if spec.pointwise_branch:
        branches["pointwise"] = _way(spec, 1, out, stride, groups)
    if spec.identity_branch and into == out and stride == 1:
        branches["identity"] = [_norm(spec, out)]
    if spec.form == "training" and len(branches) > 1:
        step: Step
        step, at = residual(name, branches, at, after=end)
        return Block(name, (step,)), at
    if spec.form == "deployed":
        dense = [dense[0]._replace(bias=True)]
    step, at = chain(name, [*dense, *end], at)
    return Block(name, (step,)), at


def _head_ops(spec: RepVGGSpec, channels: int) -> list[Op]:
    ops = [Op("pool", "avg_pool", channels), Op("flatten", "flatten", channels)]
    if spec.drop_rate > 0:
        ops.append(Op("drop", "dropout", channels, rate=spec.drop_rate))
    if spec.num_classes > 0:
        ops.append(Op("fc", "linear", spec.num_classes, bias=True))
    return ops


def smallest_image(spec: RepVGGSpec) -> int:
    """The smallest side, in pixels, of an image that reaches the head of the net."""
    return 1  # padded convolutions leave something of any size


def stages(spec: RepVGGSpec, at: At) -> Iterator[Stage]:
    """Stem, stage1, …, head of a net whose input is at ``at``; the stem is a block, too."""
    block, at = _block(spec, "stem.blocks.0", spec.stem_width, spec.stem_stride, 1, at)
    yield Stage("stem", (), (block,))
    layer = 0
    for i, (depth, dim) in enumerate(zip(spec.depths, spec.dims, strict=True), start=1):
        blocks = []
        for number in range(depth):
            layer += 1
            name, stride = f"stage{i}.blocks.{number}", 2 if number == 0 else 1
            block, at = _block(spec, name, dim, stride, spec.groups_of(layer), at)
            blocks.append(block)
        yield Stage(f"stage{i}", (), tuple(blocks))
    head, _ = chain("head", _head_ops(spec, at.shape[0]), at)
    yield Stage("head", head)
