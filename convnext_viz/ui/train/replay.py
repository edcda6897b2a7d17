"""The replay of a recorded run, as if it trained: at speed, paused, or at any moment of it."""

from datetime import UTC, datetime
from typing import Any

import streamlit as st

from convnext_viz.lab import Run, recorded
from convnext_viz.numbers import lasting
from convnext_viz.plots import training, training_confusion
from convnext_viz.plots.training import Axis, Quantity, Range
from convnext_viz.results import Curve
from convnext_viz.specs.variant_labels import shown
from convnext_viz.text import t
from convnext_viz.ui import lab
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice
from convnext_viz.ui.literal import literal
from convnext_viz.ui.run_titles import short_title, title
from convnext_viz.ui.train import fields, player, views
from convnext_viz.ui.train.watch import standing

_FIRST = "recorded-norm-act"  # the question that the page opens with


def offer() -> None:
    """For who has no time: the recorded runs, a button each."""
    found = sorted(recorded.read()[0], key=lambda run: run.id != _FIRST)
    if not found:
        return
    st.caption(t("train_page.replay.offer"))
    with st.container(horizontal=True, gap="small"):
        for run in found:
            st.button(
                literal(short_title(run)),
                icon=":material/smart_display:",
                key=f"train_play_{run.id}",
                on_click=views.open_run,
                args=(run.id,),
                help=t("train_page.replay.takes", time=lasting(run.elapsed)),
            )


def introduce(run: Run) -> bool:
    """Above a recorded run: what it is, where it is from; False where it is none."""
    if not run.recorded:
        return False
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(t("train_page.state.recorded"), color="violet", icon=":material/smart_display:")
        st.markdown(f"**{literal(title(run))}**")
    metadata = recorded.about(run.id)
    here = metadata.environment
    st.caption(
        t(
            "train_page.replay.made",
            pictures=fields.pictures(run),
            date=datetime.fromtimestamp(metadata.at, UTC).strftime("%Y-%m-%d"),
            processor=here["label"] or here["name"],
            device=here["name"],
            threads=here["threads"],
            torch=here["torch"],
            commit=str(here["commit"])[:7] or "–",
            time=lasting(metadata.seconds),
        ),
        help=t("train_page.replay.kept", every=metadata.every),
    )
    return True


def controls(run: Run) -> None:
    """First a guess, then the buttons."""
    guess = _guess(run)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        _buttons(run, recorded.about(run.id).duration, guess)
    if guess is None:
        st.caption(t("train_page.replay.first_guess"))


def pace(run: Run) -> float | None:
    """Seconds between two looks at it; None while it is not being played."""
    return 1.0 if player.plays(run.id) else None


def moment(run: Run) -> float | None:
    """Of a recorded run: which moment of it is shown, in seconds of its training; else None."""
    if not run.recorded:
        return None
    return player.position(run.id, recorded.about(run.id).duration)


def scrub(run: Run) -> None:
    """Where it stands, and a slider to any moment of it; ends the play where it ends."""
    metadata = recorded.about(run.id)
    minutes = metadata.duration / 60
    at = run.moment or 0.0
    st.session_state[player.SLIDER] = min(minutes, at / 60)
    st.slider(
        t("train_page.replay.moment"),
        0.0,
        minutes,
        step=minutes / 1000,
        format=t("numbers.time.min", value="%.1f"),
        key=player.SLIDER,
        on_change=player.move,
        args=(run.id,),
        disabled=not _ready(run),
    )
    share = at / metadata.duration if metadata.duration else 1.0
    st.progress(min(1.0, share), " · ".join(standing(run)))  # of the time, as the slider
    if player.plays(run.id) and at >= metadata.duration:
        player.hold(run.id, metadata.duration)
        st.rerun()  # polling ends with the play


def curves(run: Run) -> tuple[Curve, ...]:
    """What was recorded up to the moment that is shown."""
    return lab.lab().metrics(run.id, points=500, moment=run.moment)


def frame(run: Run, quantity: Quantity, axis: Axis) -> tuple[Range | None, Range | None]:
    """Ranges of the axes from the first moment on: those of the whole recording."""
    return _extent(run.id, quantity, axis)


@st.cache_data(ttl=60, max_entries=64, show_spinner=False)
def _extent(run: str, quantity: Quantity, axis: Axis) -> tuple[Range | None, Range | None]:
    return training.extent(lab.lab().metrics(run, points=500), quantity, axis)


def panel(section: str, run: Run) -> bool:
    """What a recorded run shows otherwise than a live one; False where there is no difference."""
    if not run.recorded or section not in ("pictures", "confusion"):
        return False
    if section == "pictures":
        st.info(t("train_page.replay.no_pictures"))
        return True
    labels = run.experiment.labels
    seeds = run.experiment.seeds[: run.seeds_done]
    if not seeds:
        st.info(t("train_page.replay.no_confusion"))
        return True
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = st.selectbox(
            t("train_page.table.arm"),
            labels,
            format_func=shown,
            key=choice("train_arm", labels, labels[0]),
            width=260,
        )
        chosen: Any = st.segmented_control(
            t("train_page.table.seed"),
            seeds,
            key=choice("train_seed", seeds, seeds[-1]),
            required=True,
        )
        seed = int(chosen)
    pictures = lab.lab().confusion(run.id, label, seed, moment=run.moment)
    if pictures is None:  # it diverged before its first test
        st.info(t("train_page.panel.no_evaluation"))
        return True
    classes = recorded.about(run.id).classes
    said = training_confusion.describe_confusion(pictures, classes)
    chart(
        training_confusion.confusion(pictures, classes),
        key="train_confusion",
        alt=said,
    )
    st.caption(t("train_page.panel.confusion_note", step=run.total or 0, standing=said))
    return True


def _guess(run: Run) -> str | None:
    """What the visitor expects; None before there is a guess."""
    labels = run.experiment.labels
    if len(labels) < 2:
        return views.NOBODY
    known = views.guess(run.id)
    if known:
        return known
    chosen: str | None = st.pills(
        t("train_page.start.guess"),
        [*labels, views.NOBODY],
        format_func=views.guess_shown,
        key="train_replay_guess",
        help=t("train_page.start.guess_help"),
    )
    return chosen


def _buttons(run: Run, duration: float, guess: str | None) -> None:
    plays = player.plays(run.id)
    over = player.position(run.id, duration) >= duration
    what = "pause" if plays else "again" if over else "play"
    icons = {"pause": "pause", "again": "replay", "play": "play_arrow"}
    st.button(
        t(f"train_page.replay.{what}"),
        icon=f":material/{icons[what]}:",
        key="train_replay_play",
        type="primary",
        on_click=_press,
        args=(run.id, guess, what, duration),
        disabled=guess is None,
    )
    st.button(
        t("train_page.replay.end"),
        icon=":material/last_page:",
        key="train_replay_end",
        on_click=_press,
        args=(run.id, guess, "end", duration),
        disabled=guess is None or over,
    )
    st.segmented_control(
        t("train_page.replay.speed"),
        player.SPEEDS,
        format_func=lasting,
        key=choice(player.SPEED, player.SPEEDS, player.SPEEDS[1]),
        on_change=player.take_speed,
        args=(run.id, duration),
        required=True,
        help=t("train_page.replay.speed_help", time=lasting(duration)),
    )


def _ready(run: Run) -> bool:
    return len(run.experiment.arms) < 2 or bool(views.guess(run.id))


def _press(run: str, guess: str, what: str, duration: float) -> None:
    """A button; the first one locks the guess in."""
    views.guess(run, guess)
    match what:
        case "pause":
            player.hold(run, player.position(run, duration))
        case "end":
            player.hold(run, duration)
        case _:
            player.play(run, duration, anew=what == "again")
