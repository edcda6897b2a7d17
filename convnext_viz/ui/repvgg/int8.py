"""Section "INT8": the values before and after fusion as histograms, and rounded kernels."""

import streamlit as st

from convnext_viz.numbers import percent
from convnext_viz.plots import reparam
from convnext_viz.results import Distribution, EightBitsCompared
from convnext_viz.specs.published_repvgg import INT8, INT8_SOURCE
from convnext_viz.text import prose, t
from convnext_viz.ui.charts import chart
from convnext_viz.ui.jobs import awaited
from convnext_viz.ui.repvgg import measured, subjects
from convnext_viz.ui.repvgg.subjects import Subject


def show() -> None:
    """A block's histograms; and the network's predictions with rounded kernels."""
    subject = subjects.choose(image=False)
    with st.spinner(t("common.loading")):
        images = measured.test_images(subject.network)
    left, right = st.columns(2, gap="large")
    with left:
        _rounded(subject, images)
    with right:
        with st.spinner(t("common.loading")):
            found = subjects.distributions(subject.network, subject.block)
        _histograms(found)
    st.markdown(prose("repvgg", "int8"))
    st.markdown(t("repvgg.int8.published", source=INT8_SOURCE, **INT8))
    subjects.untrained_note(subject.network)


def _rounded(subject: Subject, images: str) -> None:
    st.markdown(f"**{t('repvgg.int8.predictions')}**")
    compared = awaited(
        "repvgg_int8",
        f"repvgg_int8|{subject.network}|{images}",
        measured.eight_bits(subject.network, images),
        title=t("repvgg.int8.job"),
    )
    if not isinstance(compared, EightBitsCompared):
        return
    chart(
        reparam.rounding(compared),
        key="repvgg_rounding",
        alt=t("repvgg.int8.alt", rows="; ".join(_rows(compared))),
    )
    said = t(f"repvgg.int8.images.{images}", count=compared.images)
    st.caption(said if compared.accuracy is None else f"{said} {_before(compared.accuracy)}")


def _before(accuracy: float) -> str:
    return t("repvgg.int8.before", accuracy=percent(accuracy))


def _rows(compared: EightBitsCompared) -> list[str]:
    return [
        t(
            "repvgg.int8.row",
            where=t(f"repvgg.int8.{'fused' if one.fused else 'branches'}"),
            way=t(f"repvgg.int8.{'both' if one.activations else 'kernels'}.{one.per}"),
            share=percent(one.agreement if one.accuracy is None else one.accuracy),
        )
        for one in compared.rows
    ]


def _histograms(found: tuple[Distribution, ...]) -> None:
    st.markdown(f"**{t('repvgg.int8.values')}**")
    for of in ("weights", "activations"):
        some = [one for one in found if one.of == of]
        rows = [_spread(one) for one in some]
        chart(
            reparam.histograms(some),
            key=f"repvgg_{of}",
            alt=t("repvgg.int8.histogram_alt", rows="; ".join(rows)),
        )
        st.caption("  \n".join(rows))


def _spread(one: Distribution) -> str:
    return t(
        "repvgg.int8.spread",
        branch=t(f"repvgg.branch.{one.branch}"),
        std=f"{one.std:.3g}",
        times=f"{one.largest / one.std:.1f}",
    )
