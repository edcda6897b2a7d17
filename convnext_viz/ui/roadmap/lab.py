"""The roadmap in the lab: small networks that differ in one step, or in the order of all steps."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from convnext_viz.data import DataSpec
from convnext_viz.specs import Spec, Step
from convnext_viz.specs.published_roadmap import published_step
from convnext_viz.specs.roadmap import FURTHER, SMALL, before, small_roadmap, small_twins, walk
from convnext_viz.specs.variant_labels import ROADMAP, shown
from convnext_viz.text import prose, t
from convnext_viz.ui import lab, recorded

_IMAGES = 2000


def offer(earlier: Step, step: Step) -> None:
    """Two small networks that differ in this step, a guess, and the button."""
    st.subheader(t("roadmap.lab.title"), anchor=False)
    twins = small_twins(earlier.key, step.key)
    if twins is None:
        st.markdown(t("roadmap.lab.none"))
        return
    st.markdown(prose("roadmap", "lab"))
    _ask(dict(zip((earlier.key, step.key), twins, strict=True)))
    if step.key == "separate":
        st.markdown(prose("roadmap", "no_norms"))
        without = replace(twins[1], **FURTHER["no_norms"])
        _ask({step.key: twins[1], "no_norms": without})


def _ask(steps: Mapping[str, Spec]) -> None:
    """A guess, and the button that trains small networks of two steps; the second is new."""
    specs = {f"{ROADMAP}{key}": spec for key, spec in steps.items()}
    *_, last = specs
    guess = st.pills(
        t("roadmap.lab.guess"), list(specs), format_func=shown, key=f"roadmap_guess_{last}"
    )
    pressed = st.button(
        t("roadmap.lab.go"),
        type="primary",
        icon=":material/play_arrow:",
        key=f"roadmap_train_{last}",
        disabled=guess is None,
    )
    if pressed and guess is not None:
        _train(last, specs, guess)


def show_recorded(regime: str, selected: str) -> None:
    """The whole walk with small networks, recorded, beside the paper's differences."""
    steps = small_roadmap()
    earlier = {step.key: before(steps, number) for number, step in enumerate(steps)}
    pairs = [(key, one.key) for key, one in earlier.items() if one is not None and key != "recipe"]
    top1 = {step.key: float(published_step(step.key, regime).top1) for step in steps}
    recorded.show(
        "recorded-walk",
        pairs,
        {of: top1[of] - top1[than] for of, than in pairs},
        title=t("roadmap.lab.recorded"),
        selected=selected,
    )


def offer_order(paper: Sequence[str], chosen: Sequence[str]) -> None:
    """The last small networks of the paper's order and of another one, as a run."""
    pressed = st.button(t("roadmap.lab.order"), icon=":material/play_arrow:", key="roadmap_walk")
    if pressed:
        orders = {f"{ROADMAP}paper": paper, f"{ROADMAP}other": chosen}
        specs = {label: [*walk(SMALL, order)][-1].spec for label, order in orders.items()}
        _train(f"{ROADMAP}other", specs, "")


def _train(name: str, specs: Mapping[str, Spec], guess: str) -> None:
    """Starts the run and opens it."""
    from convnext_viz.train import Arm, Experiment
    from convnext_viz.ui import own_runs
    from convnext_viz.ui.train import recipe, views

    experiment = Experiment(
        name=name,
        arms=tuple(Arm(label, spec) for label, spec in specs.items()),
        data=_data(),
        recipe=recipe.DEFAULT,
        seeds=(0, 1, 2),
    )
    views.open_run(own_runs.submit(experiment, guess=guess))
    st.switch_page("pages/train.py")


def _data() -> DataSpec:
    """CIFAR-10 where it is there, else drawn shapes."""
    real = DataSpec(kind="cifar10", train=_IMAGES, test=_IMAGES // 5)
    missing = lab.is_there(real)
    return DataSpec(kind="shapes", train=_IMAGES, test=_IMAGES // 5) if missing else real
