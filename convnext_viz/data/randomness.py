"""Random draws as pure functions: the same words give the same draw, on any device, at any time.

Nothing in training keeps a random state. A draw is seeded by what it is for (the run's seed, its
purpose, the epoch or step), so a run resumed at step n draws what it would have drawn, and all
arms of a run draw the same.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch


def seed_of(*words: int | str) -> int:
    """A seed made of ``words`` ("crop", seed, step, …): equal words, equal seed."""
    text = "/".join(str(word) for word in words)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "little")


def generator(*words: int | str) -> torch.Generator:
    """A generator on the CPU seeded by ``words``; draws move to the device afterwards, so that
    every device sees the same ones."""
    return torch.Generator().manual_seed(seed_of(*words))


@contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Torch's global randomness, as drop path and dropout use it, seeded until the end.

    The state before is put back. ``torch.manual_seed`` would reach every device and keep a stack
    trace for the ones that have not started yet; this touches the CPU and ``device`` only.
    """
    host = torch.default_generator.get_state()
    own = None if device.type == "cpu" else torch.get_device_module(device)
    state = own.get_rng_state() if own else None
    try:
        torch.default_generator.manual_seed(seed)
        if own:
            own.manual_seed(seed)
        yield
    finally:
        torch.default_generator.set_state(host)
        if own:
            own.set_rng_state(state)
