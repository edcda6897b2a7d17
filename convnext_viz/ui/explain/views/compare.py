"""The view of several networks side by side: the same picture, method and stage, and how alike."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from convnext_viz import explain
from convnext_viz.explain.classes import class_labels, matched
from convnext_viz.explain.maps.methods import CAMS
from convnext_viz.numbers import percent
from convnext_viz.plots import agreement, names
from convnext_viz.plots import attribution as maps
from convnext_viz.plots import methods_grid as grid
from convnext_viz.plots import prediction as bars
from convnext_viz.results import Attribution, Prediction
from convnext_viz.text import sentences, t
from convnext_viz.ui.boundary import attempt
from convnext_viz.ui.charts import chart
from convnext_viz.ui.explain import cached, pickers
from convnext_viz.ui.explain.records import NetworkChoice, Picture, Question, Subject
from convnext_viz.ui.explain.state import Link, seed
from convnext_viz.ui.explain.subject import loaded_networks, models
from convnext_viz.ui.explain.views import costs

OPACITY = 0.55
SAME, APART = 0.5, 0.3  # rank correlation: from which on maps are alike, below which they are not
TOP = 3  # classes of each network


@dataclass(frozen=True, eq=False)
class Looking:
    """One of the networks, and what is explained of it."""

    subject: Subject
    prediction: Prediction
    target: int
    why: str  # this class: "same" name, same "number", its "own" first one
    stage: str
    found: Attribution

    @property
    def title(self) -> str:
        """What people call it."""
        return models.title(self.subject.choice)

    @property
    def label(self) -> str:
        """The class that is explained."""
        return self.found.label(self.subject.labels)


def show(question: Question, rest: DeltaGenerator) -> Link:
    """Their agreement, and maps side by side; returns what of it a link holds."""
    del rest
    subject, target = question.subject, question.target
    chosen = models.choose(subject.choice)
    others = [attempt(partial(_subject, subject.picture, choice)) for choice in chosen]
    subjects = [subject, *(one for one in others if one is not None)]
    method, stage, own = _choose(subjects)
    tried = [
        attempt(partial(_look, one, subjects, target, method, stage, own=own)) for one in subjects
    ]
    looking = [one for one in tried if one is not None]
    label = subject.label(target) if subject.labels else ""
    wide = 2 if len(looking) in (2, 4) else min(3, len(looking))
    for first in range(0, len(looking), max(1, wide)):
        columns = st.columns(wide, gap="medium")
        for number, column in enumerate(columns[: len(looking) - first], first):
            with column:
                _panel(looking[number], number, label, stage, own=own)
    if len(looking) > 1:
        _agree(looking)
        costs.show([one.subject for one in looking])
    else:
        st.info(t("explain_subjects.compare.alone"))
    return {
        "models": models.link_of([one.choice for one in subjects[1:]]),
        "method": method if method != CAMS[0] else None,
        "stage": stage,
        "each": "own" if own else None,
    }


def _subject(picture: Picture, choice: NetworkChoice) -> Subject | None:
    pretrained = loaded_networks.network(choice)
    x, shown = cached.net_input(picture, choice, pretrained)
    found = Subject(picture, choice, pretrained, x, shown)
    if not found.classifies:
        st.info(t("explain_subjects.compare.no_classes", name=models.title(choice)))
        return None
    return found


def _choose(subjects: Sequence[Subject]) -> tuple[str, str, bool]:
    """Method, stage, and whether each explains its own first class."""
    every = list(dict.fromkeys(place for one in subjects for place in one.places))
    # Blocks only where no network has stages: a block's number says nothing of another family.
    stages = [place for place in every if "." not in place]
    staged = [one for one in subjects if "." not in one.places[-1]]
    if not staged:
        stages, staged = every, list(subjects)
    last = pickers.telling_stage(max(staged, key=lambda one: len(one.places)))
    with st.container(horizontal=True, gap="small", key="explain_controls"):
        method = seed("compare_method", CAMS, CAMS[0], param="method")
        st.selectbox(
            t("explain_subjects.compare.method"),
            CAMS,
            format_func=grid.name,
            key=method,
            width=180,
        )
        stage = seed(f"compare_stage_of_{len(stages)}", stages, last, param="stage")
        pickers.stage_widget(stages, stage)
        own = seed("compare_each", ("class", "own"), "class", param="each")
        st.segmented_control(
            t("explain_subjects.compare.each"),
            ("class", "own"),
            format_func=lambda one: t(f"explain_subjects.compare.each_{one}"),
            required=True,
            key=own,
        )
    values = st.session_state
    return str(values[method]), str(values[stage]), values[own] == "own"


def _look(
    one: Subject, subjects: Sequence[Subject], target: int, method: str, stage: str, *, own: bool
) -> Looking:
    prediction = cached.prediction(one)
    known = None if own else _class(one, subjects[0], target)
    mine, why = known or (prediction.top[0], "own")
    home = next(of.places for of in subjects if stage in of.places)
    at = explain.counterpart(stage, home, one.places)
    maps_here = cached.captured(one, mine, None, (at,)).maps
    found = next(found for found in maps_here if found.method == method)
    return Looking(one, prediction, mine, why, at, found)


def _class(one: Subject, base: Subject, target: int) -> tuple[int, str] | None:
    """The class that ``target`` is to another network, and how that is known."""
    outputs = one.pretrained.spec.num_classes
    if one is base:
        return target, "same"
    if one.pretrained.labels and base.pretrained.labels:
        names, labels = (
            class_labels(two.pretrained.labels, two.pretrained.spec.num_classes)
            for two in (base, one)
        )
        found = matched((names[target],), labels)
        return (found[0], "same") if found else None
    return (target, "number") if outputs == base.pretrained.spec.num_classes else None


def _panel(one: Looking, number: int, label: str, stage: str, *, own: bool) -> None:
    """A network's overlay, its first classes, and what had to be put in place of what."""
    rows, columns = one.found.values.shape
    st.markdown(f"**{number + 1} · {one.title}**")
    chart(
        maps.overlay(one.found, one.subject.shown, opacity=OPACITY),
        key=f"explain_compare_map{number}",
        alt=maps.describe(one.found, one.subject.labels),
    )
    top = replace(one.prediction, top=one.prediction.top[:TOP])
    chart(
        bars.top_classes(top, selected=one.target),
        key=f"explain_compare_bars{number}",
        alt=bars.describe(top),
    )
    share = percent(float(one.prediction.probabilities[one.target]))
    words = [t("explain_subjects.compare.told", label=one.label, share=share)]
    if one.why == "number":
        words.append(t("explain_subjects.compare.by_number", number=one.target))
    elif one.why == "own" and not own:
        words.append(
            t(f"explain_subjects.compare.{'other_class' if label else 'nameless'}", label=label)
        )
    here, there = names.stage(one.stage), names.stage(stage)
    other = "by_depth_block" if "." in one.stage else "by_depth"
    how = "by_name" if one.stage == stage else other
    cells = {"rows": rows, "columns": columns}
    words.append(t(f"explain_subjects.compare.{how}", here=here, there=there, **cells))
    if one.subject.behind_is_zero(one.stage):
        words.append(t("explain_maps.before_attention", stage=here))
    if one.found.nothing:
        words.append(maps.why_nothing(one.found, one.subject.labels))
    st.caption(sentences(*words))


def _agree(looking: Sequence[Looking]) -> None:
    size = looking[0].subject.picture.image.size[::-1]
    regions = [explain.region(size, one.subject.pretrained.preprocess) for one in looking]
    numbers = explain.agreement(explain.on_common_ground([one.found for one in looking], regions))
    titles = [one.title for one in looking]
    st.markdown(f"#### {t('explain_subjects.compare.agreement')}")
    words, picture = st.columns([1.2, 1], gap="medium")
    with words:
        st.markdown(_said(numbers, titles))
        st.caption(t("explain_subjects.compare.scale"))
        if len({one.label for one in looking}) > 1:
            st.caption(t("explain_subjects.compare.other_classes"))
    if len(looking) > 2:
        with picture:
            chart(
                agreement.table(numbers, titles),
                key="explain_compare_agreement",
                alt=agreement.describe(numbers, titles),
            )


def _said(numbers: NDArray[np.float64], titles: Sequence[str]) -> str:
    """Which two are most and which least alike."""
    count = len(titles)
    pairs = [(i, j) for i in range(count) for j in range(i + 1, count)]
    known = sorted((pair for pair in pairs if np.isfinite(numbers[pair])), key=numbers.__getitem__)
    if not known:
        return t("explain_subjects.compare.flat")

    def values(pair: tuple[int, int]) -> dict[str, str]:
        return {
            "one": titles[pair[0]],
            "other": titles[pair[1]],
            "value": agreement.number(float(numbers[pair])),
        }

    least, most = float(numbers[known[0]]), float(numbers[known[-1]])
    if len(pairs) == 1:
        return t(f"explain_subjects.compare.both_{_alike(least)}", **values(known[0]))
    answer = _alike(least) if _alike(least) == _alike(most) else "some"
    return sentences(
        t(f"explain_subjects.compare.all_{answer}"),
        t("explain_subjects.compare.most", **values(known[-1])),
        t("explain_subjects.compare.least", **values(known[0])),
    )


def _alike(correlation: float) -> str:
    """What a rank correlation says to the question whether two maps show the same places."""
    return "yes" if correlation >= SAME else "partly" if correlation >= APART else "no"
