"""The comparison of runs: only what differs, their curves, and where each arm stands."""

from dataclasses import replace
from typing import Any

import streamlit as st

from convnext_viz.lab import Run, recorded
from convnext_viz.numbers import percent
from convnext_viz.plots import training
from convnext_viz.results import Curve
from convnext_viz.text import t
from convnext_viz.train import Arm
from convnext_viz.train import experiment as experiments
from convnext_viz.ui import lab
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice
from convnext_viz.ui.train import fields

_MOST = 12  # lines in one picture


def tag(run: Run) -> str:
    """What a run is called in a table: its number, or that it is a recorded one."""
    if not run.recorded:
        return f"#{run.number}"
    return f"R{[one.id for one in recorded.read()[0]].index(run.id) + 1}"


def show(picked: list[Run]) -> None:
    """The comparison of two runs or more."""
    st.markdown(f"**{t('train_page.shelf.differs')}**")
    columns = {tag(run): _flat(run) for run in picked}
    known = list(dict.fromkeys(field for values in columns.values() for field in values))
    rows = [
        {t("train_page.table.field"): fields.name(field)}
        | {run: values.get(field, "–") for run, values in columns.items()}
        for field in known
        if len({values.get(field) for values in columns.values()}) > 1
    ]
    if rows:
        st.dataframe(rows, hide_index=True, height=min(38 + 35 * len(rows), 773))
    else:
        st.info(t("train_page.shelf.same"))
    st.markdown(f"**{t('train_page.shelf.ends')}**")
    found = {tag(run): lab.lab().metrics(run.id, points=300) for run in picked}
    ends = {name: mean for run, curves in found.items() for name, mean in _ends(run, curves)}
    if not ends:
        st.info(t("train_page.panel.no_evaluation"))
        return
    _standing(ends)
    _curves(picked, found)
    st.caption(t("train_page.shelf.ends_note"))


def _standing(ends: dict[str, tuple[float, int]]) -> None:
    """Every arm's accuracy and its distance to a baseline that is chosen."""
    baseline = st.selectbox(
        t("train_page.verdict.baseline"),
        list(ends),
        key=choice("train_shelf_baseline", ends, next(iter(ends))),
        width=320,
    )
    zero = ends[baseline][0]
    st.dataframe(
        [
            {
                t("train_page.table.arm"): name,
                t("train_page.quantity.test_accuracy"): percent(mean),
                t("train_page.table.delta"): f"{100 * (mean - zero):+.1f}".replace("-", "−"),
                t("train_page.table.seeds"): seeds,
            }
            for name, (mean, seeds) in ends.items()
        ],
        hide_index=True,
        height=min(38 + 35 * len(ends), 458),
    )


def _curves(picked: list[Run], found: dict[str, tuple[Curve, ...]]) -> None:
    """The test accuracy of every arm under its newest seed, in one picture."""
    arms = [
        Arm(_name(tag(run), arm.label), arm.spec) for run in picked for arm in run.experiment.arms
    ]
    newest: dict[str, Curve] = {}
    for run, curves in found.items():
        for curve in curves:
            if len(curve.test_step):
                name = _name(run, curve.label)
                newest[name] = replace(curve, label=name, seed=0)
    lines = list(newest.values())[:_MOST]
    chart(
        training.curves(lines, training.styles(arms), quantity="test_accuracy", height=380),
        key="train_compared",
        alt=training.describe_curves(lines, "test_accuracy"),
    )


def _name(run: str, label: str) -> str:
    return f"{run} {label}"


def _ends(run: str, curves: tuple[Curve, ...]) -> list[tuple[str, tuple[float, int]]]:
    """Every arm: the mean of its seeds' last test accuracies, and how many seeds there are."""
    found: dict[str, list[float]] = {}
    for curve in curves:
        if len(curve.test_accuracy):
            found.setdefault(curve.label, []).append(float(curve.test_accuracy[-1]))
    return [
        (_name(run, label), (sum(values) / len(values), len(values)))
        for label, values in found.items()
    ]


def _flat(run: Run) -> dict[str, str]:
    """Every setting of a run, in words, by its field."""
    document = experiments.to_dict(run.experiment)
    parts: dict[str, Any] = {f"data.{k}": v for k, v in document["data"].items()}
    if run.recorded:
        parts["data.pictures"] = fields.pictures(run)
    parts |= {f"recipe.{k}": v for k, v in document["recipe"].items()}
    parts |= {"seeds": document["seeds"], "arms": [arm[0] for arm in document["arms"]]}
    specs = [arm[1] for arm in document["arms"]]
    environments = lab.lab().environments(run.id)
    parts |= {f"environment.{k}": v for k, v in (environments[0] if environments else {}).items()}
    shown = {field: fields.value(field, given) for field, given in parts.items()}
    for own in dict.fromkeys(own for spec in specs for own in spec):
        values = (fields.value(f"net.{own}", spec.get(own)) for spec in specs)
        shown[f"net.{own}"] = " | ".join(dict.fromkeys(values))
    return shown
