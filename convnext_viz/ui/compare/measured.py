"""Measured here: forward time of the chosen networks, beside their multiply-adds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from convnext_viz.numbers import compact, duration
from convnext_viz.plans import Plan
from convnext_viz.plots import names, network_bars
from convnext_viz.results import ForwardTimes, Progress
from convnext_viz.specs import Spec, ViTSpec
from convnext_viz.text import prose, t
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice
from convnext_viz.ui.compare.choose import named
from convnext_viz.ui.jobs import awaited

_IMAGES = (1, 4, 16)
_MOST_MACS = 4e11  # of one round: a minute or more on two cores
_STEADY = 0.3  # of the median: a wider range between the quartiles was disturbed
_MOST_PARAMS = 5e8  # of all networks at once: 2 GB


def show(plans: Sequence[Plan], size: int) -> None:
    """A button that measures, how far it is, and what came of it."""
    st.subheader(t("compare.times.title"), anchor=False)
    images: Any = st.segmented_control(
        t("compare.times.images"),
        _IMAGES,
        key=choice("compare_images", _IMAGES, 1, link="n"),
        required=True,
    )
    macs = sum(plan.macs for plan in plans) * images
    params = sum(plan.params for plan in plans)
    if macs > _MOST_MACS or params > _MOST_PARAMS:
        st.info(
            t(
                "compare.times.too_much",
                macs=compact(macs),
                params=compact(params),
                most_macs=compact(_MOST_MACS),
                most_params=compact(_MOST_PARAMS),
            )
        )
        return
    specs = {plan.spec.name: plan.spec for plan in plans}
    found = awaited(
        "compare_times",
        f"compare_times|{','.join(specs)}|{size}|{images}",
        _work(specs, size, int(images)),
        title=t("compare.times.job"),
        at_once=False,
        why=t("compare.times.why"),
    )
    if isinstance(found, ForwardTimes):
        _found(found, plans)


def _work(
    specs: dict[str, Spec], size: int, images: int
) -> Callable[[], Iterator[Progress | ForwardTimes]]:
    """The measurement; what weights are does not change the time."""

    def work() -> Iterator[Progress | ForwardTimes]:
        import torch

        from convnext_viz import nets
        from convnext_viz.explain.inside.forward_times import forward_times

        built = {}
        for name, spec in specs.items():
            # A position table of the image's own size: nothing is to be interpolated.
            own = replace(spec, image_size=size) if isinstance(spec, ViTSpec) else spec
            built[name] = nets.build(own, seed=0).eval().requires_grad_(False)
            yield Progress(done=0, total=0)
        draws = torch.Generator().manual_seed(0)
        x = torch.rand(images, 3, size, size, generator=draws)
        yield from forward_times({name: (net, x) for name, net in built.items()})

    return work


def _found(found: ForwardTimes, plans: Sequence[Plan]) -> None:
    from convnext_viz.train.devices import processor  # loads torch, which has measured by now

    left, right = st.columns(2, gap="large")
    with left:
        chart(
            network_bars.times(found, plans),
            key="compare_times_chart",
            alt=network_bars.describe_times(found, plans),
        )
    with right:
        _said(found, plans, processor())


def _said(found: ForwardTimes, plans: Sequence[Plan], processor: str) -> None:
    """The networks furthest from each other in time per multiply-add, and how it was measured."""
    timed = list(zip(found.timings, plans, strict=True))
    slow, fast = max(timed, key=_seconds_a_mac), min(timed, key=_seconds_a_mac)
    images = found.inputs[0][0]
    if len(timed) > 1:
        st.markdown(
            t(
                "compare.times.answer",
                slow=named(slow[1]),
                fast=named(fast[1]),
                macs=f"{slow[1].macs / fast[1].macs:.2f}",
                times=f"{slow[0].seconds / fast[0].seconds:.2f}",
                slow_time=duration(slow[0].seconds / images),
                fast_time=duration(fast[0].seconds / images),
            )
        )
    ranges = [(one.quartiles[1] - one.quartiles[0]) / one.seconds for one in found.timings]
    if max(ranges) > _STEADY:
        st.warning(t("compare.times.unsteady"), icon=":material/warning:")
    st.caption(
        t(
            "compare.times.how",
            rounds=found.timings[0].rounds,
            shape=names.shape(found.inputs[0]),
            threads=found.threads,
            processor=processor,
        )
    )
    st.markdown(prose("compare", "times"))


def _seconds_a_mac(timed: tuple[Any, Plan]) -> float:
    return float(timed[0].seconds / timed[1].macs)
