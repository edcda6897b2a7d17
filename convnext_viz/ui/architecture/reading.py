"""The text under the figures: it speaks of the network that is shown, with that one's numbers."""

from collections.abc import Iterator
from operator import attrgetter

from convnext_viz.numbers import digits, exact, percent
from convnext_viz.plans import Layer, Plan, Stage, main_way
from convnext_viz.plans.fold import fold
from convnext_viz.plots import names
from convnext_viz.text import prose, sentences, t


def left(shown: Plan) -> Iterator[str]:
    """What stages do, where a network's cost sits, and how its receptive field grows."""
    yield prose("architecture", "stages").format(text=_stages(shown))
    heaviest, largest = (max(shown.stages, key=attrgetter(q)) for q in ("macs", "params"))
    tokens = bool(shown.attention_macs)
    where = "where" if not tokens else "where_windows" if len(shown.stages) > 3 else "where_tokens"
    yield prose("architecture", where).format(
        name=names.network(shown.spec),
        size=names.shape(shown.image_size),
        macs_stage=names.stage(heaviest.name),
        macs_share=_share(heaviest, shown, "macs"),
        macs_params=_share(heaviest, shown, "params"),
        params_stage=names.stage(largest.name),
        params_share=_share(largest, shown, "params"),
        params_macs=_share(largest, shown, "macs"),
    )
    field = "field_tokens" if tokens else "field"
    yield prose("architecture", field).format(text=_fields(shown))


def right(shown: Plan) -> Iterator[str]:
    """What is counted, and how the diagram is read."""
    yield prose("architecture", "convention").format(
        name=names.network(shown.spec),
        size=names.shape(shown.image_size),
        macs=digits(shown.macs / 1e9),
        twice=digits(2 * shown.macs / 1e9),
    )
    scales = sum(layer.params for layer in shown.layers if layer.kind == "layer_scale")
    if scales:
        yield prose("architecture", "gamma").format(
            name=names.network(shown.spec),
            missed=exact(shown.params - scales),
            params=exact(shown.params),
        )
    yield prose("architecture", "reading")
    if shown.attention_macs:
        yield prose("architecture", "reading_tokens")


def _share(stage: Stage, shown: Plan, quantity: str) -> str:
    total = getattr(shown, quantity)
    return percent(getattr(stage, quantity) / total if total else 0)


def _stages(shown: Plan) -> str:
    stem, *stages, head = shown.stages
    depths = ", ".join(str(len(stage.blocks)) for stage in stages)
    several = len(stages) > 1
    ends = "classes" if shown.spec.num_classes else "features"
    return sentences(
        _stem(shown, stem),
        t(
            f"architecture.reading.{'stages' if several else 'stage'}",
            count=len(stages),
            depths=depths,
        ),
        t(f"architecture.reading.downsample_{_downsample(shown)}") if several else "",
        t(f"architecture.reading.blocks_{_blocks(stages)}"),
        t("architecture.reading.levels") if several else "",
        t(f"architecture.reading.{_head(head)}_{ends}", count=head.out_shape[0]),
    )


def _downsample(shown: Plan) -> str:
    """Where stages halve the resolution: in layers of their own, or in their first blocks."""
    stem, first, *others, _ = shown.stages
    if any(stage.own for stage in others):
        return "separate"
    return "in_block" if first.jump == stem.jump else "every"


def _stem(shown: Plan, stem: Stage) -> str:
    size = {"name": names.network(shown.spec), "size": names.shape(shown.image_size)}
    if not stem.end.grid:
        return t("architecture.reading.stem", **size, shape=names.shape(stem.out_shape))
    (count, width), (rows, columns) = stem.out_shape, stem.end.grid
    return t(
        "architecture.reading.stem_tokens",
        **size,
        count=count,
        width=width,
        rows=rows,
        columns=columns,
        prefix=count - rows * columns,
    )


def _blocks(stages: list[Stage]) -> str:
    """Whether a stage's blocks are alike, and if not, in which way they differ."""
    if any(layer.shift for stage in stages for layer in stage.layers):
        return "shift"
    folds = [fold(stage) for stage in stages]
    if any(one[-1].index > 1 for one in folds):
        return "vary"
    return "alike" if all(len(one) == 1 for one in folds) else "differ"


def _head(head: Stage) -> str:
    """Whether the classifier reads a token or the mean of all positions."""
    tokens = {"first_token", "averaged_heads"}
    return "head_token" if tokens & {layer.kind for layer in head.layers} else "head"


def _fields(shown: Plan) -> str:
    """What a k×k convolution of the first and of the last stage adds."""
    ends = dict.fromkeys((shown.stages[1].name, shown.stages[-2].name))
    return sentences(*(_adds(shown.stage(name)) for name in ends))


def _adds(stage: Stage) -> str:
    attention = next((layer for layer in stage.blocks[-1].layers if layer.reach), None)
    if attention is None:
        return _kernel_adds(stage)
    if attention.reach < 0:
        return t("architecture.reading.attends_all", stage=names.stage(stage.name))
    return t(
        "architecture.reading.attends_windows",
        stage=names.stage(stage.name),
        window=f"{attention.window}×{attention.window}",
        pixels=exact(attention.window * attention.jump),
        stride=attention.jump,
    )


def _kernel_adds(stage: Stage) -> str:
    layer: Layer = max(main_way(stage.blocks[-1].steps), key=attrgetter("kernel_size"))
    return t(
        "architecture.reading.adds",
        stage=names.stage(stage.name),
        kernel=f"{layer.kernel_size}×{layer.kernel_size}",
        pixels=exact((layer.kernel_size - 1) * layer.jump // layer.stride),
        stride=layer.jump // layer.stride,
    )
