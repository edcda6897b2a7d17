"""Section "EMA": how far the moving average of the weights is behind them, and when it is of no
use."""

from itertools import islice

import streamlit as st

from convnext_viz.numbers import exact, percent
from convnext_viz.plots import schedules
from convnext_viz.text import t
from convnext_viz.train.paper import FURTHER, PAPER
from convnext_viz.train.schedule import steps_per_epoch, total_steps
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice
from convnext_viz.ui.recipe.about import about

_DECAYS = (0.9, 0.99, 0.999, 0.9999)
_STEPS = (100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000)
_POINTS = 300  # of a curve
_MUCH = 0.05  # of the initial weights: an average with more of them is of no use


def show() -> None:
    """The share of the initial weights and the lag, over the steps of a run."""
    recipe = PAPER["in1k"]
    of_paper = total_steps(steps_per_epoch(FURTHER["in1k"].images, recipe), recipe)
    lengths = (*_STEPS, of_paper)
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        decay = st.select_slider(
            t("recipe.average.decay"),
            _DECAYS,
            key=choice("recipe_decay", _DECAYS, recipe.ema_decay, link="decay"),
        )
    with right:
        steps = st.select_slider(
            t("recipe.average.steps"),
            lengths,
            format_func=exact,
            key=choice("recipe_steps", lengths, 1000, link="steps"),
            help=t("recipe.average.steps_help", paper=exact(of_paper)),
        )
    with st.spinner(t("common.loading")):
        shares, lags, half = _behind(decay, steps)
    names = {kind: t(f"recipe.average.{kind}") for kind in shares}
    last = {kind: (shares[kind][1][-1], lags[kind][1][-1]) for kind in shares}
    facts = {
        "steps": exact(steps),
        "constant": percent(last["constant"][0]),
        "ramp": percent(last["ramp"][0]),
        "lag": exact(round(last["ramp"][1])),
        "half": exact(round(half)),
    }
    chart(
        schedules.averages(
            {names[kind]: points for kind, points in shares.items()},
            {names[kind]: points for kind, points in lags.items()},
        ),
        key="recipe_averages",
        alt=t("recipe.average.alt", **facts),
    )
    st.markdown(t("recipe.average.facts", **facts))
    if last["constant"][0] > _MUCH:
        st.warning(t("recipe.average.useless", **facts), icon=":material/warning:")
    about("average")


Curves = dict[str, tuple[list[float], list[float]]]


@st.cache_data(max_entries=64, show_spinner=False)
def _behind(decay: float, steps: int) -> tuple[Curves, Curves, float]:
    """Shares and lags by the kind of decay, at some of the steps; and the half-life, steps."""
    from convnext_viz.train import ema  # torch comes with it

    some = sorted({round(steps ** (i / _POINTS)) for i in range(_POINTS + 1)})
    shares: Curves = {}
    lags: Curves = {}
    for kind in ("constant", "ramp"):
        decays = [ema.decay_at(s, decay) if kind == "ramp" else decay for s in range(steps)]
        share = list(ema.initial_shares(decays))
        lag = list(islice(ema.lags(decays), 1, None))
        x = [float(step) for step in some]
        shares[kind] = (x, [share[step - 1] for step in some])
        lags[kind] = (x, [lag[step - 1] for step in some])
    return shares, lags, ema.half_life(decay)
