"""Garbage of a server: collected in the background, not after every run of a page.

Streamlit collects garbage after each run of a page (``runner.postScriptGC``, off in
``.streamlit/config.toml``): it looks at everything that all visitors' pages hold, while nobody
else's page goes on, so that thirty who come at once wait for thirty times thirty pages. A thread
does it for all of them together: as soon as nothing is to be done, or after a while if something
always is.
"""

import gc
import threading
import time

STEP = 1.0  # seconds between two looks
IDLE = 0.05  # of a processor: timers of open pages
MOST = 10.0  # seconds of processor after which it is done in any case


def start(ending: threading.Event) -> threading.Thread:
    """Begins; ends with ``ending``."""
    thread = threading.Thread(target=_run, args=(ending,), name="garbage", daemon=True)
    thread.start()
    return thread


def _run(ending: threading.Event) -> None:
    collected = before = time.process_time()
    while not ending.wait(STEP):
        now = time.process_time()
        worked, idle = now - collected, now - before < IDLE * STEP
        if worked > MOST or (worked > IDLE * STEP and idle):
            gc.collect()
            collected = now = time.process_time()
        before = now
