"""A recorded run of small networks beside a paper's figures, and what its seeds can say."""

from collections.abc import Mapping, Sequence

import streamlit as st

from convnext_viz.lab import Run, recorded
from convnext_viz.numbers import compact, exact
from convnext_viz.plots.recorded import steps
from convnext_viz.results import ArmMean, Difference
from convnext_viz.specs.variant_labels import shown
from convnext_viz.text import prose, sentences, t
from convnext_viz.train import verdict_words as words
from convnext_viz.train.verdict import stepwise
from convnext_viz.ui.charts import chart
from convnext_viz.ui.lab import lab
from convnext_viz.ui.shell import open_page
from convnext_viz.ui.train import fields


def show(
    run: str,
    pairs: Sequence[tuple[str, str]],
    published: Mapping[str, float],
    *,
    title: str,
    selected: str = "",
) -> None:
    """The accuracies of a recorded run, the differences ``pairs`` (of, than) and the paper's;
    nothing where there is no such run, or where it is of other variants.

    ``published`` are differences in percentage points, by variant.
    """
    if not recorded.is_one(run):
        return
    try:
        status, (accuracies, resolution) = lab().status(run), lab().ends(run)
    except ValueError as error:  # a file that cannot be read
        st.warning(str(error), icon=":material/warning:")
        return
    of_pairs = {label for pair in pairs for label in pair}
    known = {label: found for label, found in accuracies.items() if label in of_pairs}
    means, found = stepwise(known, pairs, resolution=resolution)
    if not found:
        return
    st.subheader(title, anchor=False)
    st.markdown(_made(status, 1 / resolution))
    with st.container(key="recorded_steps"):
        chart(
            steps(
                means,
                {one.of: one for one in found},
                published,
                {one.label: shown(one.label) for one in means},
                selected=selected,
            ),
            key="recorded_chart",
            alt=_told(means, found),
        )
    st.caption(t("recorded.reading", count=len(found)))
    st.markdown(_said(found))
    for label, seeds in status.diverged.items():
        listed = ", ".join(map(str, sorted(seeds)))
        st.warning(t("train_page.verdict.left_out", arm=shown(label), seeds=listed))
    st.markdown(prose("train", "recorded_small"))
    open_page("train", label=t("recorded.open"), icon=":material/monitoring:", link={"run": run})


def _made(run: Run, tests: float) -> str:
    """What was trained, on what, how long and how often."""
    params = [cost.params for cost in run.costs]
    data, some = fields.pictures(run), run.experiment.data.train
    if some is not None:
        data = t("recorded.some", count=exact(some), data=data)
    return t(
        "recorded.made",
        data=data,
        epochs=f"{run.experiment.recipe.epochs:g}",
        seeds=len(run.experiment.seeds),
        tests=exact(round(tests)),
        least=compact(min(params)),
        most=compact(max(params)),
    )


def _said(found: Sequence[Difference]) -> str:
    """Which differences are larger than chance, and how large one would have to be."""
    clear = [one for one in found if one.outcome == "shown"]
    half = max((one.high - one.low) / 2 for one in found)
    if any(one.outcome == "one_seed" for one in found):
        return t("recorded.one_seed")
    rows = [
        t("recorded.clear_row", of=shown(one.of), than=shown(one.than), found=words.measured(one))
        for one in clear
    ]
    says = t("recorded.none") if not clear else t("recorded.clear", count=len(clear))
    more = len(found) - len(clear)
    rest = t("recorded.rest", count=more, half=f"{100 * half:.1f}") if more else ""
    return "\n\n".join(filter(None, (says, "\n".join(f"- {row}" for row in rows), rest)))


def _told(means: Sequence[ArmMean], found: Sequence[Difference]) -> str:
    accuracies = [f"{shown(one.label)} {words.arm_said(one)}" for one in means]
    return sentences(
        t("recorded.alt", rows=t("lab.verdict.list").join(accuracies)),
        *map(words.difference_said, found),
    )
