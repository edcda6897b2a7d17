"""Sections that only plan and draw: norms, depthwise convolutions, bottlenecks, drop path."""

import streamlit as st

from convnext_viz.numbers import compact
from convnext_viz.plans import plan
from convnext_viz.plots import branch, convolutions, names, norms
from convnext_viz.specs import CONVNEXT, VARIANTS, roadmap
from convnext_viz.specs.convnext import ConvNeXtSpec
from convnext_viz.text import t
from convnext_viz.ui.block import state, subjects
from convnext_viz.ui.block.measured import STILL, questions

TRIOS = {"paper": ("batch", "layer", "layer_chw"), "others": ("instance", "group", "rms")}


def show_norms() -> None:
    """Three normalisations of one small tensor: which cells share a mean with the chosen one."""
    columns = st.columns([5, 4, 4, 3], vertical_alignment="bottom")
    with columns[0]:
        trio = TRIOS[
            state.segments(
                "norms",
                t("block.norm.which"),
                list(TRIOS),
                usual="paper",
                says=lambda one: t(f"block.norm.trio.{one}"),
            )
        ]
    with columns[1]:
        samples = state.steps(
            "batch", t("block.norm.batch"), list(range(1, norms.SHAPE[0] + 1)), usual=4
        )
    with columns[2]:
        shows = state.segments(
            "shows",
            t("block.norm.shows"),
            ["before", "after"],
            usual="before",
            says=lambda one: t(f"block.norm.show.{one}"),
        )
    with columns[3]:
        evaluating = state.switch(
            "eval",
            t("block.norm.eval"),
            help=t("block.norm.eval_help", seen=norms.SEEN),
            disabled="batch" not in trio,
        )
    cell = _cell(samples)
    x = norms.example(samples)
    running = norms.running_statistics(norms.SHAPE[0])
    for norm, column in zip(trio, st.columns(3), strict=True):
        fixed = running if norm == "batch" and evaluating else None
        after = norms.normalise(norm, x, running=fixed)
        mean, variance = norms.statistics(norm, x)
        count = int(norms.sharing(norm, x.shape, cell).sum())
        at = (0, cell[1], 0, 0)
        numbers = {
            "count": count,
            "mean": norms.written(fixed[0][at] if fixed else mean[cell]),
            "std": norms.written((fixed[1][at] if fixed else variance[cell]) ** 0.5),
            "value": norms.written(x[cell], 1),
            "after": norms.written(after[cell]),
        }
        with column:
            st.markdown(f"**{t(f'block.norm.name.{norm}')}**")
            with st.container(key=f"block_tensor_{norm}"):
                st.plotly_chart(
                    norms.cells(norm, x, cell, shown=after if shows == "after" else None),
                    alt=t("block.norm.alt", norm=t(f"block.norm.short.{norm}"), **numbers),
                    key=f"block_cells_{norm}",
                    on_select="rerun",
                    selection_mode="points",
                    config=STILL,
                )
            key = "running" if fixed else "root" if norm == "rms" else "shared"
            st.markdown(t(f"block.norm.{key}", **numbers))
    st.markdown(f"**{t('block.norm.moves')}**")
    st.plotly_chart(
        norms.against_batch(trio, cell, evaluating=evaluating),
        alt=t("block.norm.alt_moves"),
        key="block_moves",
        config=STILL,
    )
    _choose_cell(samples)
    questions("layer_norm", "over_c", "eval", "vanishing", "before_downsampling")


_DRAWS = 1000  # of which branches to drop; then the first one comes again
_AXES = ("n", "c", "h", "w")


def _cell(samples: int) -> norms.Cell:
    """The chosen cell: that of a new click, else that of the sliders."""
    for norm in norms.AXES:
        event = st.session_state.get(f"block_cells_{norm}", {})
        points = event.get("selection", {}).get("points", [])
        clicked = tuple(points[0]["customdata"]) if points else None
        seen = f"block_cells_seen_{norm}"
        if clicked and clicked != st.session_state.get(seen):
            for axis, value in zip(_AXES, clicked, strict=True):
                st.session_state[state.key(f"cell_{axis}")] = value
        st.session_state[seen] = clicked
    sizes = (samples, *norms.SHAPE[1:])
    for axis, size in zip(_AXES, sizes, strict=True):
        state.seed(f"cell_{axis}", range(size), 0)
    n, c, h, w = (int(st.session_state[state.key(f"cell_{axis}")]) for axis in _AXES)
    return n, c, h, w


def _choose_cell(samples: int) -> None:
    sizes = (samples, *norms.SHAPE[1:])
    for axis, size, column in zip(_AXES, sizes, st.columns(4), strict=True):
        with column:
            state.steps(f"cell_{axis}", t(f"block.norm.axis.{axis}"), list(range(size)), usual=0)


def show_convolutions() -> None:
    """Dense against depthwise at one width: parameters, multiply-adds, and real kernels."""
    base = CONVNEXT["convnext_tiny"]
    stages = [f"stage{i + 1}" for i in range(4)]
    stage = state.segments(
        "width",
        t("block.conv.width"),
        stages,
        usual="stage1",
        says=lambda s: f"{base.dims[stages.index(s)]}",
        help=t("block.conv.width_help"),
    )
    layers = {}
    for depthwise in (False, True):
        for size in (3, 7):
            whole = plan(_with(base, kernel_size=size, depthwise=depthwise))
            layer = whole.stage(stage).blocks[0].body[0]
            kind = "depthwise" if depthwise else "dense"
            layers[t(f"block.conv.{kind}", size=f"{size}×{size}")] = layer
    pair = [one for one in plan(base).stage(stage).blocks[0].body if one.kind == "pointwise"]
    layers[t("block.conv.pointwise", width=pair[0].in_shape[0])] = pair[0]
    picture, words = st.columns([3, 2], gap="medium", vertical_alignment="center")
    with picture:
        st.plotly_chart(
            convolutions.costs(layers, stage=stage),
            alt=t(
                "block.conv.alt",
                rows="; ".join(
                    f"{k}: {compact(v.params)}, {compact(v.macs)}" for k, v in layers.items()
                ),
            ),
            key="block_costs",
            config=STILL,
        )
    rows = list(layers.values())
    with words:
        st.markdown(
            t(
                "block.conv.reading",
                width=rows[0].in_shape[0],
                dense=rows[1].params_arithmetic,
                depthwise=rows[3].params_arithmetic,
                times=f"{rows[0].params / rows[3].params:.1f}",
            )
        )
    st.markdown(f"**{t('block.conv.kernels')}**")
    subject = subjects.choose(("cifar_ln_gelu", "convnext_tiny"), picture=False)
    with st.spinner(t("block.trace.loading"), show_time=True):
        values = subjects.kernels(subject.network, subject.stage, subject.block)
    st.plotly_chart(
        convolutions.kernels(values),
        alt=t("block.conv.alt_kernels", size=f"{values.shape[1]}×{values.shape[2]}"),
        key="block_kernels",
        config=STILL,
    )
    questions("depthwise", "seven", "kernels")


def _with(spec: ConvNeXtSpec, **changes: object) -> ConvNeXtSpec:
    from dataclasses import replace

    return replace(spec, **changes)  # type: ignore[arg-type]


def show_bottlenecks() -> None:
    """Three blocks of the roadmap as hourglasses: classic, inverted, depthwise moved up."""
    keys = ("width", "inverted", "move_up", "kernel7")
    steps = {step.key: step for step in roadmap() if step.key in keys}
    stage = state.segments(
        "at",
        t("block.choose.stage"),
        [f"stage{i + 1}" for i in range(4)],
        usual="stage1",
        says=names.stage,
    )
    plans = {key: plan(steps[key].spec) for key in keys}
    blocks = {key: plans[key].stage(stage).blocks[1] for key in keys}
    widest = max(layer.out_shape[0] for block in blocks.values() for layer in block.layers)
    for key, column in zip(keys, st.columns(len(keys)), strict=True):
        block = blocks[key]
        with column:
            st.markdown(f"**{t(f'block.bottleneck.name.{key}')}**")
            st.plotly_chart(
                convolutions.hourglass(block, widest=widest, stage=stage),
                alt=t(
                    "block.bottleneck.alt",
                    layers="; ".join(
                        f"{names.operation(one)} {one.in_shape[0]} → {one.out_shape[0]}"
                        for one in block.body
                        if one.macs
                    ),
                ),
                key=f"block_hourglass_{key}",
                config=STILL,
            )
            st.markdown(
                t(
                    "block.bottleneck.total",
                    params=compact(block.params),
                    macs=compact(block.macs),
                    network=compact(plans[key].macs),
                    accuracy=t(f"block.bottleneck.accuracy.{key}"),
                )
            )
    st.caption(t("block.bottleneck.source"))
    questions("inverted", "macs")


def show_drop_path() -> None:
    """Samples × blocks: which branches run, the schedule, and that the expectation stays."""
    columns = st.columns([4, 3, 3, 2], vertical_alignment="bottom")
    with columns[0]:
        rate = state.slide("rate", t("block.drop.rate"), 0.0, 0.9, 0.05, usual=0.3)
    with columns[1]:
        samples = state.segments("samples", t("block.drop.samples"), [8, 16, 32], usual=16)
    with columns[2]:
        network = state.menu(
            "depth",
            t("block.choose.network"),
            ["convnext_tiny", "convnext_small", "cifar_ln_gelu"],
            usual="convnext_tiny",
            says=lambda name: names.network(VARIANTS[name]),
        )
    with columns[3]:
        state.seed("draw", range(_DRAWS), 0)
        if st.button(t("block.drop.again"), icon=":material/casino:", key="block_again"):
            st.session_state[state.key("draw")] += 1
            st.session_state[state.key("draw")] %= _DRAWS
    seed = state.remember("draw", st.session_state[state.key("draw")], 0)
    spec = _with(VARIANTS[network], drop_path_rate=rate)
    rates = spec.drop_path_rates
    stages = tuple(f"stage{i + 1}" for i, depth in enumerate(spec.depths) for _ in range(depth))
    masks = branch.drop_masks(rates, samples, seed=seed)
    picture, words = st.columns([3, 1], gap="medium")
    with picture:
        st.plotly_chart(
            branch.drop_grid(masks, rates, stages),
            alt=t("block.drop.alt", dropped=int((~masks).sum()), total=masks.size),
            key="block_drops",
            config=STILL,
        )
    with words:
        st.metric(
            t("block.drop.running"),
            f"{masks.sum(axis=1).mean():.1f} / {len(rates)}",
            help=t("block.drop.running_help", expected=f"{sum(1 - r for r in rates):.1f}"),
        )
        st.markdown(f"**{t('block.drop.expectation')}**")
        lines = [
            f"|{t('block.drop.draws')}|{t('block.drop.mean')}|",
            "|---|---|",
            *(
                f"|{draws:,}|{branch.kept_mean(rates, draws, seed=seed).mean():.4f}|"
                for draws in (samples, 1_000, 20_000)
            ),
        ]
        st.markdown("\n".join(lines))
        st.caption(t("block.drop.note"))
    questions("drop_path")
