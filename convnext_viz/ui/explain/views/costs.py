"""What the compared networks cost: parameters, multiply-adds, and the time of a forward pass."""

from collections.abc import Iterator, Sequence
from typing import Any

import streamlit as st

from convnext_viz.numbers import compact, duration
from convnext_viz.results import ForwardTimes, Timing
from convnext_viz.text import t
from convnext_viz.ui.explain import maps
from convnext_viz.ui.explain.records import Subject
from convnext_viz.ui.explain.subject import models

_ROUNDS = 20
_SECONDS = 2.0
_AT_LEAST = 6  # forward passes of each


def show(subjects: Sequence[Subject]) -> None:
    """A row for each network; times are there when they are measured."""
    st.markdown(f"#### {t('explain_subjects.costs.title')}")
    place = st.container()
    names = [f"{number} · {models.title(one.choice)}" for number, one in enumerate(subjects, 1)]

    def steps() -> Iterator[Any]:
        from convnext_viz.explain.checks import as_input
        from convnext_viz.explain.inside.forward_times import forward_times

        runs = {
            name: (one.pretrained.net, as_input(one.x))
            for name, one in zip(names, subjects, strict=True)
        }
        return forward_times(runs, seconds=_SECONDS, rounds=_ROUNDS)

    found: ForwardTimes | None = maps.awaited(
        "costs",
        "|".join(("costs", *(word for one in subjects for word in one.keys))),
        steps,
        subject=subjects[0],
        title=t("explain_subjects.costs.measure"),
        macs=_AT_LEAST * sum(one.plan.macs for one in subjects),
    )
    place.markdown(_table(subjects, names, found.timings if found else ()))
    if found is not None:
        rounds = found.timings[0].rounds
        place.caption(t("explain_subjects.costs.measured", rounds=rounds, threads=found.threads))


def _table(subjects: Sequence[Subject], names: Sequence[str], timed: Sequence[Timing]) -> str:
    columns = ("network", "params", "macs", "products", "size", "time")
    head = " | ".join(t(f"explain_subjects.costs.{name}") for name in columns)
    lines = [f"| {head} |", "|:--|" + "--:|" * (len(columns) - 1)]
    times = [one.seconds for one in timed] if timed else [None] * len(subjects)
    for name, one, seconds in zip(names, subjects, times, strict=True):
        described = one.plan
        cells = (
            name.replace("|", "\\|"),
            compact(described.params),
            compact(described.macs),
            compact(described.attention_macs) if described.attention_macs else "–",
            f"{one.shown.width}×{one.shown.height}",
            "…" if seconds is None else duration(seconds),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
