"""The player of a recorded run: a clock that runs, is paused, and is moved."""

import time
from typing import Any

import streamlit as st

from convnext_viz.ui.choices import value

SPEEDS = (20, 60, 180)  # seconds that a run is played in
SPEED = "train_replay_speed"  # the choice of one
SLIDER = "train_replay_at"  # the slider's key; minutes

_PLACE = "train_replay"  # no widget's: of every run where it stood, when, and how fast it goes


def position(run: str, duration: float) -> float:
    """Seconds of training that are shown, of ``duration``."""
    now = _standing(run)
    gone = 0.0 if now["since"] is None else (time.monotonic() - now["since"]) * now["factor"]
    return float(min(duration, now["at"] + gone))


def plays(run: str) -> bool:
    """Whether its clock runs."""
    return _standing(run)["since"] is not None


def play(run: str, duration: float, *, anew: bool = False) -> None:
    """Let the clock run, from the start where ``anew``."""
    _standing(run)["at"] = 0.0 if anew else position(run, duration)
    _standing(run)["since"] = time.monotonic()
    take_speed(run, duration)


def hold(run: str, seconds: float) -> None:
    """Stop the clock at a moment."""
    _standing(run).update(at=seconds, since=None)


def take_speed(run: str, duration: float) -> None:
    """Go on from here at the chosen speed."""
    now = _standing(run)
    now["at"] = position(run, duration)
    now["since"] = None if now["since"] is None else time.monotonic()
    now["factor"] = duration / value(SPEED, SPEEDS[1])


def move(run: str) -> None:
    """Go on from where the slider was put."""
    now = _standing(run)
    now["at"] = 60 * st.session_state[SLIDER]
    now["since"] = None if now["since"] is None else time.monotonic()


def _standing(run: str) -> dict[str, Any]:
    places: dict[str, dict[str, Any]] = st.session_state.setdefault(_PLACE, {})
    return places.setdefault(run, {"at": 0.0, "since": None, "factor": 1.0})
