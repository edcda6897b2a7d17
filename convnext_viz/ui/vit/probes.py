"""Linear probes beside the logit lens: what a classifier fitted behind each block finds there."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from convnext_viz.numbers import exact, percent
from convnext_viz.plots import tokens
from convnext_viz.results import Progress
from convnext_viz.results.tokens import LinearProbes
from convnext_viz.specs import default_size
from convnext_viz.text import t
from convnext_viz.ui import lab, named_networks, visitor
from convnext_viz.ui.charts import chart
from convnext_viz.ui.jobs import awaited
from convnext_viz.ui.shell import open_page
from convnext_viz.ui.vit.subject import Subject

if TYPE_CHECKING:
    from convnext_viz.data import DataSpec

FITTED, TESTED = 2000, 1000  # images, at most
_SMALL = 32  # pixels: the image side of networks for CIFAR


def show(subject: Subject) -> None:
    """The probes, where there are labelled images; else how to get them."""
    st.subheader(t("vit.probes.title"), anchor=False)
    if default_size(named_networks.spec_of(subject.network)) != _SMALL:
        st.caption(t("vit.probes.large"))
        return
    data = data_of(subject.labels)
    if data is None:
        st.caption(t("vit.probes.missing"))
        open_page("train", label=t("vit.probes.get"))
        return
    trained = named_networks.is_trained(subject.network)
    found = awaited(
        "vit_probes",
        f"vit_probes|{subject.network}|{data}",
        _work(subject, data, lens=trained),
        title=t("vit.probes.job"),
        at_once=False,
        why=t("vit.probes.why"),
    )
    if isinstance(found, LinearProbes):
        _shown(found)


def data_of(labels: Sequence[str]) -> "DataSpec | None":
    """CIFAR-10, whose classes the small networks know: the lab's own, or the files that were chosen
    last on the Train page; None where neither is here."""
    from convnext_viz.data import DataSpec

    official, chosen = DataSpec(kind="cifar10"), lab.lab().remembered()
    if not lab.is_there(official):
        return official
    there = chosen.kind == "batches" and _may_use(chosen.path) and not lab.is_there(chosen)
    return chosen if there and _classes(chosen) == len(labels) else None


def _may_use(path: str) -> bool:
    """Whoever chose the files may have been another visitor."""
    try:
        return visitor.place(path) == path
    except ValueError:
        return False


@st.cache_data(show_spinner=False)
def _classes(data: "DataSpec") -> int:
    """The files are CIFAR's: with as many classes as the network they are its own."""
    from convnext_viz.data.sources import facts

    return facts(data).classes


def _work(
    subject: Subject, data: "DataSpec", *, lens: bool
) -> Callable[[], Iterator[Progress | LinearProbes]]:
    """The job: it runs in a thread, without Streamlit."""
    loaded = subject.loaded

    def work() -> Iterator[Progress | LinearProbes]:
        import torch

        from convnext_viz.data import load, preprocess
        from convnext_viz.data.image_sets import dataset_images
        from convnext_viz.explain.inside.linear_probes import linear_probes

        # Test images: the network was not trained on them.
        there = dataset_images(load(data), FITTED + TESTED)
        x = torch.cat([preprocess(there.read(i), loaded.preprocess)[0] for i in range(len(there))])
        fitted = len(there) * FITTED // (FITTED + TESTED)
        yield from linear_probes(loaded.net, x, there.labels, fitted=fitted, lens=lens)

    return work


def _shown(found: LinearProbes) -> None:
    left, right = st.columns([3, 2], gap="large")
    first = next(iter(found.accuracy.values()))
    with left:
        chart(
            tokens.probes(found),
            key="vit_probes_chart",
            alt=t("vit.probes.alt", first=percent(first[0]), last=percent(first[-1])),
        )
    with right:
        series = dict(found.accuracy) | ({} if found.lens is None else {"lens": found.lens})
        rows = [
            t(
                f"vit.probes.row_{name}",
                first=percent(values[0]),
                middle=percent(values[len(values) // 2]),
                last=percent(values[-1]),
                block=len(values) // 2,
            )
            for name, values in series.items()
        ]
        st.markdown("\n".join(f"- {row}" for row in rows))
        st.caption(t("vit.probes.split", fitted=exact(found.fitted), tested=exact(found.tested)))
        if found.lens is None:
            st.caption(t("vit.probes.untrained"))
