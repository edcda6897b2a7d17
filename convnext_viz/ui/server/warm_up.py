"""Warm-up of a server: what its first visitors would wait for is done before they come, once.

A visitor of a cold server waits seconds for torch, for Plotly's first figure and for the first pass
of a network, and so does everybody who comes in that time, as one interpreter serves all. A thread
does these things after the start, whenever nobody else needs the interpreter, and ends.

Then it freezes what is there. To collect garbage means to look at all objects of the process: half
a million with all libraries loaded, 0.2 to 0.5 s in which nobody's page goes on. Frozen ones are
not looked at any more. This is done once, after the slow
imports: what is frozen and part of a circle can never be collected, so that freezing again
and again would keep the pages of all visitors who were there at the time.
"""

import gc
import importlib
import logging
import pkgutil
import threading
import time
from types import ModuleType

QUIET = 2.0  # seconds that the process has had next to nothing to do: nobody's page is on its way
IDLE = 0.1  # of a processor: timers of open pages
PATIENCE = 30.0  # seconds; a class that comes at once needs the same imports, whoever makes them
_STEP = 0.25  # seconds

_log = logging.getLogger("convnext_viz")


def start(ending: threading.Event) -> threading.Thread:
    """Begins; no further step once ``ending`` is set. Python waits for the one under way."""
    thread = threading.Thread(target=_run, args=(ending,), name="warm-up")
    thread.start()
    return thread


def _run(ending: threading.Event) -> None:
    patience = time.monotonic() + PATIENCE
    try:
        for step in (_drawing, _pages, _looking, _libraries, _freezing):
            if ending.is_set():
                return
            step()
            _wait_for_quiet(ending, patience)
    except Exception as error:  # pages do it themselves, and say what is wrong
        _log.error("the warm-up failed", exc_info=error)


def _drawing() -> None:
    """What every page needs, and the first page's figure."""
    from convnext_viz.plans import plan
    from convnext_viz.plots import cost
    from convnext_viz.plots.network_map import network_map
    from convnext_viz.specs import CONVNEXT
    from convnext_viz.ui.shell import import_what_pages_share

    import_what_pages_share()
    tiny = plan(CONVNEXT["convnext_tiny"])
    network_map(tiny)
    cost.per_stage(tiny).to_json()


def _pages() -> None:
    """All that pages are made of."""
    from convnext_viz import ui

    _all_of(ui)


def _looking() -> None:
    """What measures networks, and a bundled one's first pass, there and back."""
    from convnext_viz import data, explain, nets
    from convnext_viz.data.samples import SAMPLES, sample_image
    from convnext_viz.explain import inside

    _all_of(inside)
    first = nets.load_bundled(next(iter(nets.BUNDLED)))
    x, _ = data.preprocess(sample_image(next(iter(SAMPLES))), first.preprocess)
    found = explain.predict(first.net, x, first.labels)
    explain.class_activation_maps(first.net, x, found.top[0])


def _libraries() -> None:
    """What single views and published networks need."""
    from convnext_viz import nets

    for name in ("scipy.stats", "captum.attr"):
        importlib.import_module(name)
    nets.pretrained_tags()  # a link to published weights needs them, and with them timm


def _all_of(package: ModuleType) -> None:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)


def _freezing() -> None:
    gc.collect()
    gc.freeze()


def _wait_for_quiet(ending: threading.Event, patience: float) -> None:
    """Until the others' threads have had nothing to do for a while, as this one waits."""
    quiet = 0.0
    while quiet < QUIET and time.monotonic() < patience:
        before = time.process_time()
        if ending.wait(_STEP):
            return
        quiet = quiet + _STEP if time.process_time() - before < IDLE * _STEP else 0.0
