"""One channel pinned: over the picture, in numbers, and the pictures that excite it most."""

import streamlit as st

from convnext_viz import explain
from convnext_viz.numbers import percent
from convnext_viz.plots import channel as drawings
from convnext_viz.plots import names
from convnext_viz.results import FeatureMaps
from convnext_viz.text import t
from convnext_viz.ui import choices
from convnext_viz.ui.charts import chart
from convnext_viz.ui.explain import cached_features
from convnext_viz.ui.explain.records import Subject
from convnext_viz.ui.explain.state import Link, key, seed
from convnext_viz.ui.explain.subject import sets

COUNTS = (500, 100, 2000, 10000)  # pictures of a set to look through, first the default


def choose(stage: str, found: FeatureMaps) -> int | None:
    """The channel that is looked at closely, if any."""
    options = [None, *range(len(found.values))]
    where = _where(stage, found)
    st.selectbox(
        t("explain_features.channel.label"),
        options[1:],
        index=None,
        key=where,
        placeholder=t("explain_features.channel.none"),
        help=t("explain_features.channel.help"),
        width=200,
    )
    pinned: int | None = st.session_state[where]
    return pinned


def click(channel: int, stage: str, found: FeatureMaps) -> None:
    """A click on the mark next to a channel's number pins it; one on the pinned one lets it go."""
    where = _where(stage, found)
    choices.put(where, None if st.session_state.get(where) == channel else channel)


def link() -> Link:
    """What a link holds of the pictures that are looked through."""
    return sets.link("excite")


def show(
    subject: Subject, found: FeatureMaps, pinned: int, span: tuple[float, float] | None
) -> None:
    """The channel large, and below it what excites it."""
    stage = names.stage(found.stage)
    st.markdown(f"#### {t('explain_features.channel.title', channel=pinned, stage=stage)}")
    over, cells, numbers = st.columns([1, 1, 1.3], gap="medium")
    panels = (
        (over, "over", drawings.overlay(found, pinned, subject.shown, span=span)),
        (cells, "cells", drawings.raw(found, pinned, subject.shown, span=span)),
    )
    for column, name, figure in panels:
        with column:
            st.markdown(f"**{t(f'explain_features.channel.{name}')}**")
            chart(
                figure,
                key=key(f"channel_{name}"),
                alt=drawings.describe(found, pinned),
            )
    with numbers:
        _numbers(found, pinned)
    _exciting(subject, found.stage, pinned)


def _numbers(found: FeatureMaps, pinned: int) -> None:
    one = found.channel(pinned)
    rows = {
        "mean": f"{one.mean:.3g}",
        "deviation": f"{one.deviation:.3g}",
        "largest": f"{one.largest:.3g}",
        "smallest": f"{one.smallest:.3g}",
        "at": t(
            "explain_features.channel.row_column", row=one.largest_at[0], column=one.largest_at[1]
        ),
        "negative": percent(one.negative),
        "rank_mean": t("explain_features.channel.rank", rank=one.rank_mean, count=one.count),
        "rank_max": t("explain_features.channel.rank", rank=one.rank_max, count=one.count),
    }
    table = "\n".join(
        f"| {t(f'explain_features.channel.{name}')} | {value} |" for name, value in rows.items()
    )
    st.markdown(f"**{t('explain_features.channel.numbers')}**\n\n| | |\n|:--|--:|\n{table}")


def _exciting(subject: Subject, stage: str, pinned: int) -> None:
    st.markdown(f"#### {t('explain_features.exciting.title', channel=pinned)}")
    chosen = sets.choose("excite", COUNTS)
    if chosen is None:
        return
    found = cached_features.top_activating(subject, stage, chosen)
    if found is None:
        return
    described = cached_features.drawn(subject)
    places = found.pictures[pinned].tolist()
    values = found.values[pinned].tolist()
    images = [
        cached_features.as_seen(chosen.key, place, subject.choice.key, chosen, subject)
        for place in places
    ]
    fields = [
        explain.theoretical_field(described, stage, (row, column))
        for row, column in found.cells[pinned].tolist()
    ]
    jump = described.stage(stage).jump
    titles = [
        f"<b>{value:.3g}</b> {chosen.names[place]}"
        for place, value in zip(places, values, strict=True)
    ]
    half = -(-len(places) // 2)
    for number, column in enumerate(st.columns(2)):
        some = slice(number * half, (number + 1) * half)
        if places[some]:
            with column:
                chart(
                    drawings.top_activating(
                        images[some],
                        titles[some],
                        fields[some],
                        [field.middle(jump) for field in fields[some]],
                    ),
                    key=key(f"exciting{number}"),
                    alt=t(
                        "explain_features.exciting.alt",
                        channel=pinned,
                        rows="; ".join(titles[some]),
                    ),
                )
    side = described.place(stage).receptive_field
    st.caption(t("explain_features.exciting.note", count=len(chosen), side=side, jump=jump))


def _where(stage: str, found: FeatureMaps) -> str:
    options = [None, *range(len(found.values))]
    return seed(f"channel_of_{stage}_{len(found.values)}", options, None, param="channel")
