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
    yield prose("architecture", "where").format(
        name=names.network(shown.spec),
        size=names.shape(shown.image_size),
        macs_stage=names.stage(heaviest.name),
        macs_share=_share(heaviest, shown, "macs"),
        macs_params=_share(heaviest, shown, "params"),
        params_stage=names.stage(largest.name),
        params_share=_share(largest, shown, "params"),
        params_macs=_share(largest, shown, "macs"),
    )
    yield prose("architecture", "field").format(text=_fields(shown))


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


def _share(stage: Stage, shown: Plan, quantity: str) -> str:
    total = getattr(shown, quantity)
    return percent(getattr(stage, quantity) / total if total else 0)


def _stages(shown: Plan) -> str:
    stem, *stages, head = shown.stages
    depths = ", ".join(str(len(stage.blocks)) for stage in stages)
    several = len(stages) > 1
    downsample = shown.spec.downsample if several else "none"
    alike = all(len(fold(stage)) == 1 for stage in stages)
    return sentences(
        t(
            "architecture.reading.stem",
            name=names.network(shown.spec),
            size=names.shape(shown.image_size),
            shape=names.shape(stem.out_shape),
        ),
        t(
            f"architecture.reading.{'stages' if several else 'stage'}",
            count=len(stages),
            depths=depths,
        ),
        t(f"architecture.reading.downsample_{downsample}") if several else "",
        t(f"architecture.reading.blocks_{'alike' if alike else 'differ'}"),
        t("architecture.reading.levels") if several else "",
        t(
            f"architecture.reading.head_{'classes' if shown.spec.num_classes else 'features'}",
            count=head.out_shape[0],
        ),
    )


def _fields(shown: Plan) -> str:
    """What a k×k convolution of the first and of the last stage adds."""
    ends = dict.fromkeys((shown.stages[1].name, shown.stages[-2].name))
    return sentences(*(_adds(shown.stage(name)) for name in ends))


def _adds(stage: Stage) -> str:
    layer: Layer = max(main_way(stage.blocks[-1].steps), key=attrgetter("kernel_size"))
    return t(
        "architecture.reading.adds",
        stage=names.stage(stage.name),
        kernel=f"{layer.kernel_size}×{layer.kernel_size}",
        pixels=exact((layer.kernel_size - 1) * layer.jump // layer.stride),
        stride=layer.jump // layer.stride,
    )
