"""The device that trains on this computer, its threads and whether bfloat16 helps there."""

import os
import platform
from dataclasses import asdict, dataclass
from typing import Any

import torch


@dataclass(frozen=True, kw_only=True)
class Device:
    """A place to train."""

    name: str  # torch's: "cpu", "cuda", "mps"
    label: str  # the processor's or accelerator's own name, where it is known
    bf16: bool  # whether bfloat16 autocast is faster here
    threads: int  # of torch on the CPU


def choose(threads: int | None = None) -> Device:
    """The accelerator where there is one, else the CPU; one core is left to the server.

    bfloat16 is taken to help where the hardware multiplies it: Nvidia from Ampere on, processors
    with AVX-512 BF16 or AMX (measured there: 1.65 times the speed of float32). Elsewhere it is
    emulated and slower.
    """
    count = threads or max(1, cores() - 1)
    if torch.cuda.is_available():
        major = torch.cuda.get_device_capability()[0]
        label = torch.cuda.get_device_name()
        return Device(name="cuda", label=label, bf16=major >= 8, threads=count)
    if torch.backends.mps.is_available():
        return Device(name="mps", label=platform.processor(), bf16=False, threads=count)
    return Device(name="cpu", label=processor(), bf16=_cpu_multiplies_bf16(), threads=count)


def cores() -> int:
    """Processor cores that this process may use; a container may have fewer than the machine."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def hardware() -> str:
    """What the speed of training depends on here: accelerator, processor and its cores. Two
    machines alike have the same; a machine's name is not in it."""
    label = choose().label
    parts = [label] if label == processor() else [label, processor()]
    return ", ".join([*parts, f"{cores()} cores"])


def processor() -> str:
    """The processor's name, or its architecture where it does not say."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def environment(device: Device) -> dict[str, Any]:
    """What a run's numbers depend on besides its description, in the types JSON has."""
    from convnext_viz import __version__

    return {
        **asdict(device),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "package": __version__,
        "commit": _commit(),
    }


def repeatable() -> None:
    """Let an accelerator give the same numbers each time, which CUDA does only on request."""
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True


def _cpu_multiplies_bf16() -> bool:
    # No public question for it in torch; where a release drops these, float32 is right anyway.
    probes = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(bool(getattr(torch.cpu, name, lambda: False)()) for name in probes)


def _commit() -> str:
    """The source's commit where the package runs from a checkout; no git is needed to read it."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    try:
        with open(os.path.join(root, ".git", "HEAD"), encoding="utf-8") as file:
            head = file.read().strip()
        if not head.startswith("ref: "):
            return head
        with open(os.path.join(root, ".git", *head[5:].split("/")), encoding="utf-8") as file:
            return file.read().strip()
    except OSError:
        return ""
