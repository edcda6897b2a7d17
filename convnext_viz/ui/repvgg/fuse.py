"""Section "fuse it yourself": a block's branches as kernels, step by step, and both outputs."""

import streamlit as st

from convnext_viz.numbers import scientific
from convnext_viz.plots import fused_kernels
from convnext_viz.plots.fused_kernels import number as decimals
from convnext_viz.results import BranchKernel, Fusion
from convnext_viz.text import prose, t
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import number
from convnext_viz.ui.repvgg import subjects
from convnext_viz.ui.repvgg.subjects import Subject

STEPS = ("dense", "pointwise", "identity")


def show() -> None:
    """A pair of channels, the four steps, and the outputs of both forms."""
    subject = subjects.choose()
    with st.spinner(t("common.loading")):
        found = subjects.fusion(subject.network, subject.block)
    out, into = _pair(found)
    _answer(subject)
    reach = fused_kernels.limit(found, out, into)
    branches = {branch.name: branch for branch in found.branches}
    for step, column in zip((*STEPS, "sum"), st.columns(4, gap="small"), strict=True):
        with column:
            st.markdown(f"**{t(f'repvgg.fuse.step.{step}')}**")
            if step == "sum":
                _sum(found, out, into, reach)
            elif step in branches:
                _branch(branches[step], out, into, reach)
            else:
                st.caption(t("repvgg.fuse.no_identity"))
    st.caption(t("repvgg.fuse.colours"))
    subjects.untrained_note(subject.network)
    _outputs(subject, out)
    st.markdown(prose("repvgg", "fuse"))


def _pair(found: Fusion) -> tuple[int, int]:
    """The chosen output channel, and the chosen input channel (of its group)."""
    outputs, inputs = found.kernel.shape[:2]
    columns = st.columns([1, 1, 3], vertical_alignment="bottom")
    with columns[0]:
        out = st.number_input(
            t("repvgg.choose.out"),
            0,
            outputs - 1,
            key=number(f"repvgg_out_{outputs}", 0, outputs - 1, 0, link="out"),
        )
    with columns[1]:
        into = st.number_input(
            t("repvgg.choose.into"),
            0,
            inputs - 1,
            key=number(f"repvgg_in_{inputs}", 0, inputs - 1, 0, link="in"),
        )
    with columns[2]:
        st.caption(t("repvgg.choose.pair", outputs=outputs - 1, inputs=inputs - 1))
    return int(out), int(into)


def _answer(subject: Subject) -> None:
    """The relative differences in one sentence."""
    with st.spinner(t("common.loading")):
        block32, block64 = _of_block(subject)
        network32, network64 = _of_network(subject)
    st.markdown(
        t(
            "repvgg.fuse.answer",
            block=subjects.block_name(subject.block),
            image=subject.shown.name,
            block32=block32,
            block64=block64,
            network32=network32,
            network64=network64,
        )
    )


def _of_block(subject: Subject) -> list[str]:
    """The block's relative difference in each precision."""
    found = [subjects.block_forms(subject, "fused", one) for one in subjects.FLOATS]
    return [scientific(one.difference) for one in found]


def _of_network(subject: Subject) -> list[str]:
    """The network's relative difference in each precision."""
    return [scientific(subjects.drift(subject, "fused", one).difference) for one in subjects.FLOATS]


def _branch(branch: BranchKernel, out: int, into: int, reach: float) -> None:
    chart(
        fused_kernels.branch_kernel(branch, out, into, reach),
        key=f"repvgg_kernel_{branch.name}",
        alt=t(
            "repvgg.fuse.alt",
            step=t(f"repvgg.fuse.step.{branch.name}"),
            before=fused_kernels.describe(branch.kernel[out, into]),
            after=fused_kernels.describe(branch.fused[out, into]),
        ),
    )
    st.markdown(
        t(
            "repvgg.fuse.numbers",
            gamma=decimals(float(branch.gamma[out])),
            sigma=decimals(float(branch.sigma[out])),
            factor=decimals(float(branch.factor[out])),
            bias=decimals(float(branch.bias[out])),
        )
    )


def _sum(found: Fusion, out: int, into: int, reach: float) -> None:
    chart(
        fused_kernels.summed_kernel(found, out, into, reach),
        key="repvgg_kernel_sum",
        alt=t("repvgg.fuse.alt_sum", kernel=fused_kernels.describe(found.kernel[out, into])),
    )
    terms = " + ".join(_signed(float(branch.bias[out])) for branch in found.branches)
    st.markdown(t("repvgg.fuse.bias", terms=terms, value=decimals(float(found.bias[out]))))


def _signed(value: float) -> str:
    return decimals(value) if value >= 0 else f"({decimals(value)})"


def _outputs(subject: Subject, out: int) -> None:
    st.subheader(t("repvgg.fuse.outputs"), anchor=False)
    forms = subjects.block_forms(subject, "fused")
    picture, words = st.columns([3, 2], gap="medium", vertical_alignment="center")
    with picture:
        chart(
            fused_kernels.output_maps(forms, out),
            key="repvgg_outputs",
            alt=t("repvgg.fuse.outputs_alt", channel=out, difference=scientific(forms.difference)),
        )
    with words:
        lines = [
            f"|{t('repvgg.fuse.difference')}|{'|'.join(subjects.FLOATS)}|",
            "|---|---|---|",
            f"|{t('repvgg.break.block')}|{'|'.join(_of_block(subject))}|",
            f"|{t('repvgg.break.network')}|{'|'.join(_of_network(subject))}|",
        ]
        st.markdown("\n".join(lines))
        st.caption(t("repvgg.fuse.relative"))
