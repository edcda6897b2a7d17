"""Whether a map means something: what pixels do to the class, what shuffled weights do to it."""

import re
from collections.abc import Iterator
from math import isnan
from typing import Any

import streamlit as st

from convnext_viz import explain
from convnext_viz.explain.maps import cost
from convnext_viz.explain.maps.methods import METHODS
from convnext_viz.explain.maps.validity import CANCELLED
from convnext_viz.plots import attribution as maps_plot
from convnext_viz.plots import faithfulness, methods_grid, names
from convnext_viz.results import Attribution, Faithfulness, Lesson, Progress, RandomizedMap
from convnext_viz.text import prose, sentences, t
from convnext_viz.ui import jobs
from convnext_viz.ui.charts import chart
from convnext_viz.ui.explain import maps
from convnext_viz.ui.explain.records import MapRequest
from convnext_viz.ui.explain.state import key, seed

SETTLED = 0.05  # of probability: where all curves stay closer together, their areas say nothing
APART, OUTLIVED = 0.3, 0.5  # rank correlation: up to which a map is another one, from which not
ALIKE = 1e-4  # of the largest value: what rounding alone may make of two equal things


def curves(request: MapRequest, found: Attribution) -> None:
    """Deletion and insertion against random maps', and the verdict in words."""
    st.markdown(f"#### {t('explain_maps.curves.title')}")
    if found.nothing:
        st.info(_why(found, "curves", request))
        return
    subject = request.subject

    def steps() -> Iterator[Any]:
        return explain.deletion_insertion(
            subject.pretrained.net, subject.x, found.values, request.target
        )

    measured: Faithfulness | None = maps.awaited(
        "curves",
        f"{request.key}|curves",
        steps,
        subject=subject,
        title=t("explain_maps.curves.measure"),
        macs=cost.curves(subject.plan),
    )
    if measured is None:
        return
    st.markdown(verdict(measured, subject.labels, request.target))
    chart(
        faithfulness.curves(measured),
        key=key("curves"),
        alt=faithfulness.describe_curves(measured),
    )


def verdict(measured: Faithfulness, labels: tuple[str, ...], target: int) -> str:
    """What the curves say of the map, in words."""
    maps_drawn = len(measured.random_deletion)
    beaten, areas = measured.beaten(), measured.areas()
    better = [name for name in ("deletion", "insertion") if beaten[name] == maps_drawn]
    kind = {2: "both", 0: "neither"}.get(len(better), better[0] if better else "")
    if measured.reach < SETTLED:
        kind = "undecided"
    numbers = t(
        "explain_maps.verdict.numbers",
        label=labels[target] if labels else f"#{target}",
        maps=maps_drawn,
        **{name: f"{area:.3f}" for name, area in areas.items()},
        deletion_beaten=beaten["deletion"],
        insertion_beaten=beaten["insertion"],
    )
    return sentences(t(f"explain_maps.verdict.{kind}"), numbers)


def shuffled(request: MapRequest, found: Attribution, *, opacity: float) -> bool:
    """A switch; with it the map at every depth of shuffled weights. Returns whether it is on."""
    where = seed("shuffle", ("off", "on"), "off", param="shuffle")
    # The widget is a switch, its stored value a word that a link can hold.
    on = st.toggle(
        t("explain_maps.shuffle.switch"),
        value=st.session_state[where] == "on",
        key=f"{where}_switch",
        help=t("explain_maps.shuffle.help"),
    )
    st.session_state[where] = "on" if on else "off"
    if on and found.nothing:
        st.info(_why(found, "shuffle", request))
    elif on:
        _shuffled(request, found, opacity)
    return on


def _why(found: Attribution, section: str, request: MapRequest) -> str:
    """Why a map is not measured."""
    if found.values.min() == found.values.max():
        return t(f"explain_maps.{section}.flat")
    return maps_plot.why_nothing(found, request.subject.labels)


def _shuffled(request: MapRequest, found: Attribution, opacity: float) -> None:
    subject = request.subject
    depths = len(subject.plan.stages)

    def steps() -> Iterator[Any]:
        one_by_one = explain.cascading_randomization(
            subject.pretrained.net,
            subject.x,
            request.method,
            stage=request.stage,
            target=request.target,
            contrast=request.contrast,
            parameters=dict(request.parameters),
        )
        made: list[RandomizedMap] = []
        for step in one_by_one:
            made.append(step)
            yield Progress(done=len(made), total=depths)
        yield tuple(made)

    measured: tuple[RandomizedMap, ...] | None = maps.awaited(
        "shuffled",
        f"{request.key}|shuffled",
        steps,
        subject=subject,
        title=t("explain_maps.shuffle.measure"),
        macs=request.macs * (depths + 1),
    )
    if measured is None:
        return
    st.markdown(_outlived(measured[-1].similarity))
    pictures, correlations = st.columns([1.3, 1], gap="medium")
    shown = [(t("explain_maps.shuffle.whole"), found)]
    shown += [
        (f"{names.stage(step.depth)}: {faithfulness.number(step.similarity)}", step.attribution)
        for step in measured
    ]
    with pictures.container(horizontal=True, gap="small"):
        for caption, one in shown:
            image = maps_plot.overlay_image(one, subject.shown, opacity=opacity)
            st.image(image, caption=caption, width=128, alt=caption)
    with correlations:
        chart(
            faithfulness.cascading_randomization(measured),
            key=key("sanity"),
            alt=faithfulness.describe_sanity(measured),
        )


def _outlived(similarity: float) -> str:
    if isnan(similarity):
        return t("explain_maps.shuffle.emptied")
    kind = "outlived" if similarity > OUTLIVED else "partly" if similarity > APART else "apart"
    return t(f"explain_maps.shuffle.{kind}", similarity=f"{similarity:.2f}")


def lessons(request: MapRequest) -> None:
    """Four methods that are none here: on demand, what they give on this network and picture."""
    with st.expander(t("explain_maps.lessons.title")):
        st.markdown(prose("explain_maps", "lessons"))
        st.markdown(prose("explain_maps", "hires_zero"))
        subject = request.subject

        def steps() -> Iterator[Any]:
            from convnext_viz.explain.maps.lessons import LESSONS, lessons

            yield Progress(done=0, total=len(LESSONS))
            yield lessons(subject.pretrained.net, subject.x, request.target)

        words = (*subject.keys, request.target, "lessons")
        measured: tuple[Lesson, ...] | None = jobs.awaited(
            "lessons",
            "|".join(map(str, words)),
            steps,
            title=t("explain_maps.lessons.run"),
            at_once=False,
        )
        if measured is not None:
            st.dataframe([_row(one) for one in measured], hide_index=True)
            for one in measured:
                st.markdown(f"- **{_lesson_name(one)}**: {describe(one)}")


def _lesson_name(one: Lesson) -> str:
    if one.method in METHODS:
        return methods_grid.name(one.method)
    return t(f"explain_maps.lesson_name.{one.method}")


def _zero(one: Lesson) -> str:
    """What is left of HiResCAM's terms, stage by stage."""
    zero = [stage for stage, share in one.remaining.items() if share <= CANCELLED]
    shares = ", ".join(
        t("explain_maps.zero.share", stage=names.stage(stage), share=f"{share:.0e}")
        for stage, share in one.remaining.items()
    )
    stages = ", ".join(map(names.stage, zero))
    return t(f"explain_maps.zero.{'same' if zero else 'other'}", stages=stages, shares=shares)


def _row(one: Lesson) -> dict[str, str]:
    def number(value: float) -> str:
        return f"{value:.3g}" if not isnan(value) else "–"

    return {
        t("explain_maps.lessons.method"): _lesson_name(one),
        t("explain_maps.lessons.beside"): t(f"explain_maps.same_as.{one.same_as or 'nothing'}"),
        t("explain_maps.lessons.difference"): number(one.difference),
        t("explain_maps.lessons.largest"): number(one.largest),
        t("explain_maps.lessons.total"): number(one.total),
        t("explain_maps.lessons.promised"): number(one.score_difference),
    }


def describe(one: Lesson) -> str:
    """What was measured of a method that is none here, in a sentence."""
    if one.remaining:
        return _zero(one)
    if one.error:
        layer = re.search(r"<class '([\w.]+)'> has no rule", one.error)  # not shown
        if layer:
            return t("explain_maps.lesson.no_rule", layer=layer[1].rpartition(".")[2])
        return t("explain_maps.lesson.failed", error=one.error)
    share = one.difference / one.largest if one.largest else 0.0
    alike = "same" if share <= ALIKE else "other"
    if one.same_as == "gradient":
        return t(f"explain_maps.lesson.gradient_{alike}", share=f"{share:.0%}")
    words = t(f"explain_maps.lesson.product_{alike}", share=f"{share:.0%}")
    if isnan(one.score_difference) or not one.score_difference:
        return words
    gap = abs(one.total - one.score_difference) / abs(one.score_difference)
    promise = "kept" if gap < 0.01 else "broken"
    return sentences(words, t(f"explain_maps.lesson.promise_{promise}", gap=f"{gap:.0%}"))
