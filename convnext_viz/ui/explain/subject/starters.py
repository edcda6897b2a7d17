"""The offer of pretrained weights to begin with: size and licence, one button, progress."""

from collections.abc import Iterator

import streamlit as st

from convnext_viz.nets.checkpoints.starters import FILES, STARTERS, is_downloaded
from convnext_viz.numbers import size
from convnext_viz.results import Progress
from convnext_viz.text import t
from convnext_viz.ui import jobs
from convnext_viz.ui.explain.records import NetworkChoice
from convnext_viz.ui.explain.state import choose_tag

_PLACE = "starters"
_MB = 1_000_000


def arrived() -> None:
    """Before the network is chosen: chooses the weights once they are there, if asked for here."""
    if jobs.begun(_PLACE) and is_downloaded(STARTERS[0].tag) and not _missing():
        jobs.forgive(_PLACE)
        choose_tag(STARTERS[0].tag)


def offer(choice: NetworkChoice | None) -> None:
    """Beside the other networks, until the weights are on this computer."""
    missing = _missing()
    if not missing or (choice is not None and choice.kind not in ("bundled", "pretrained")):
        return
    said = t("explain.starters.joint").join(
        t(
            "explain.starters.one",
            name=t(f"plots.network.{starter.tag.partition('.')[0]}"),
            size=size(starter.size),
            licence=starter.licence,
        )
        for starter in STARTERS
        if starter.tag in missing
    )
    st.caption(t("explain.starters.told", networks=said))
    total = sum(starter.size for starter in STARTERS if starter.tag in missing)
    if jobs.awaited(
        _PLACE,
        f"{_PLACE}|{'|'.join(missing)}",
        lambda: _downloads(missing, total),
        title=t("explain.starters.download", size=size(total)),
        at_once=False,
    ):
        st.rerun()


def _missing() -> tuple[str, ...]:
    return tuple(starter.tag for starter in STARTERS if not is_downloaded(starter.tag))


def _downloads(tags: tuple[str, ...], total: int) -> Iterator[Progress | bool]:
    """Progress in MB, and True in the end."""
    from convnext_viz.explain.maps.progress import OnProgress, as_generator
    from convnext_viz.nets.checkpoints.hub import fetch

    def call(hear: OnProgress) -> bool:
        before = 0
        for tag in tags:

            def told(done: int, of: int, before: int = before) -> None:
                del of
                hear((before + done) // _MB, max(total, before + done) // _MB)

            before += fetch(f"timm/{tag}", *FILES, progress=told).stat().st_size
        return True

    return as_generator(call)
