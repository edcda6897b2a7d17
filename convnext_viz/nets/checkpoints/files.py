"""Weight files read as tensors: safetensors, or PyTorch's own format without its code.

A ``.pth`` is a pickle, which may run anything when it is opened: only ``torch.load`` with
``weights_only=True`` touches it, and what claims more numbers than the file has bytes is refused
before a number is read.
"""

import errno
import json
import mmap
import re
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor

from convnext_viz.nets.weights import WeightsError
from convnext_viz.text import t

_LONGEST_HEADER = 25_000_000  # bytes of JSON; the largest published models have some 100,000
_STRETCH = 4  # how much larger than the file its contents may be; honest files are stored plainly

# Where training scripts put the weights, the averaged ones first: they are the evaluated ones.
_INSIDE = (
    "model_ema",
    "state_dict_ema",
    "ema_state_dict",
    "ema",
    "model",
    "state_dict",
    "model_state_dict",
    "net",
    "weights",
)

_OTHER_FORMATS = (  # first bytes → what the file is instead
    (b"version https://git-lfs", "nets.error.lfs"),
    (b"<", "nets.error.text"),
    (b"{", "nets.error.text"),
    (b"\x1f\x8b", "nets.error.archive"),
    (b"7z\xbc\xaf", "nets.error.archive"),
    (b"Rar!", "nets.error.archive"),
    (b"\xfd7zXZ", "nets.error.archive"),
    (b"\x89HDF", "nets.error.other_framework"),
    (b"GGUF", "nets.error.other_framework"),
    (b"\x93NUMPY", "nets.error.other_framework"),
    (b"\x89PNG", "nets.error.picture"),
    (b"\xff\xd8\xff", "nets.error.picture"),
)


@dataclass(frozen=True, eq=False)
class Tensors:
    """What a file holds: float32 tensors by name (counters stay integers), and its own notes."""

    state: dict[str, Tensor]
    metadata: dict[str, str]


def read_tensors(file: bytes | Path, *, name: str = "") -> Tensors:
    """The state dict in a file's bytes, or in the file of that path; ``name`` is for the message.

    The network is found in the wrapping of a training checkpoint; where it has averaged weights
    (EMA), those are taken. Raises WeightsError, and nothing else, for whatever the file may be.
    """
    shown = _shown(name or (file.name if isinstance(file, Path) else ""))
    try:
        head, size = _head(file)
        if size == 0:
            raise WeightsError(t("nets.error.empty", file=shown))
        if _is_safetensors(head, size):
            state, metadata = _read_safetensors(file, shown)
        else:
            state, metadata = _unwrapped(_read_torch(file, head, size, shown), shown), {}
        return Tensors(_floats(state, size, shown), metadata)
    except WeightsError:
        raise
    except MemoryError as short:
        raise WeightsError(t("nets.error.memory", file=shown)) from short
    except OSError as defect:
        reason = errno.errorcode.get(defect.errno or 0, type(defect).__name__)
        raise WeightsError(t("nets.error.unreadable", file=shown, reason=reason)) from defect
    except Exception as defect:  # there is no telling what broken bytes raise
        raise WeightsError(t("nets.error.damaged", file=shown)) from defect


def header_length(head: bytes) -> int:
    """Length of a safetensors header in bytes, as its first eight bytes claim."""
    return int(struct.unpack("<Q", head[:8])[0]) if len(head) >= 8 else 0


def _head(file: bytes | Path) -> tuple[bytes, int]:
    if isinstance(file, bytes):
        return file[:64], len(file)
    with file.open("rb") as opened:
        return opened.read(64), file.stat().st_size


def _is_safetensors(head: bytes, size: int) -> bool:
    # The header is a JSON object, and older writers pad it with spaces in front.
    return header_length(head) >= 2 and head[8:].lstrip().startswith(b"{") and size > 8


def _read_safetensors(file: bytes | Path, shown: str) -> tuple[dict[str, Tensor], dict[str, str]]:
    if isinstance(file, Path):
        with file.open("rb") as opened:
            with mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as view:
                metadata = _checked_header(view, len(view), shown)
            return safetensors.torch.load_file(file), metadata
    metadata = _checked_header(file, len(file), shown)
    return safetensors.torch.load(file), metadata


def _checked_header(data: bytes | mmap.mmap, size: int, shown: str) -> dict[str, str]:
    """The header's metadata, once it is sure that the file is as long as the header says."""
    length = header_length(data[:8])
    if length > _LONGEST_HEADER:
        raise WeightsError(t("nets.error.damaged", file=shown))
    if 8 + length > size:
        raise WeightsError(t("nets.error.truncated", file=shown))
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    end = max((int(entry["data_offsets"][1]) for entry in header.values()), default=0)
    if 8 + length + end > size:
        raise WeightsError(t("nets.error.truncated", file=shown))
    return {str(key): str(value) for key, value in metadata.items()}


def _read_torch(file: bytes | Path, head: bytes, size: int, shown: str) -> object:
    if head.startswith(b"PK"):
        _check_zip(file, size, shown)
    elif not head.startswith(b"\x80"):  # a pickle's first byte, in the format before 2020
        raise WeightsError(t(_other_format(head), file=shown))
    try:
        source = BytesIO(file) if isinstance(file, bytes) else file
        return torch.load(source, map_location="cpu", weights_only=True)
    except EOFError as cut:
        raise WeightsError(t("nets.error.truncated", file=shown)) from cut
    except (MemoryError, OSError):
        raise
    except Exception as refusal:
        # torch names what it refused to unpickle; anything else is a defect of the bytes.
        if re.search("GLOBAL|not an allowed|Unsupported class", str(refusal)):
            raise WeightsError(t("nets.error.code", file=shown)) from refusal
        if "EOF" in str(refusal):
            raise WeightsError(t("nets.error.truncated", file=shown)) from refusal
        raise WeightsError(t("nets.error.damaged", file=shown)) from refusal


def _check_zip(file: bytes | Path, size: int, shown: str) -> None:
    try:
        with zipfile.ZipFile(BytesIO(file) if isinstance(file, bytes) else file) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile as cut:  # the table of contents stands at the end
        raise WeightsError(t("nets.error.truncated", file=shown)) from cut
    names = [entry.filename for entry in entries]
    if any(name.endswith("constants.pkl") for name in names):
        raise WeightsError(t("nets.error.torchscript", file=shown))
    if not any(name.endswith("data.pkl") for name in names):
        raise WeightsError(t("nets.error.archive", file=shown))
    if sum(entry.file_size for entry in entries) > _STRETCH * size:
        raise WeightsError(t("nets.error.bomb", file=shown))


def _other_format(head: bytes) -> str:
    for start, key in _OTHER_FORMATS:
        if head.startswith(start):
            return key
    return "nets.error.unknown"


def _unwrapped(found: object, shown: str) -> dict[str, Tensor]:
    """The state dict in whatever a training script saved around it."""
    if not isinstance(found, Mapping):
        raise WeightsError(t("nets.error.no_state", file=shown, kind=type(found).__name__))
    if any(isinstance(value, Tensor) for value in found.values()):
        return {str(name): v for name, v in found.items() if isinstance(v, Tensor)}
    for key in _INSIDE:
        if isinstance(found.get(key), Mapping) and found[key]:
            return _unwrapped(found[key], shown)
    if "param_groups" in found or "optimizer" in found:
        raise WeightsError(t("nets.error.optimizer", file=shown))
    keys = ", ".join(str(key)[:40] for key in list(found)[:5]) or "–"
    raise WeightsError(t("nets.error.no_weights", file=shown, keys=keys))


def _floats(state: Mapping[str, Tensor], size: int, shown: str) -> dict[str, Tensor]:
    """Plain dense tensors in float32; integers only where a BatchNorm counts its batches."""
    checked, claimed = {}, 0
    for name, tensor in state.items():
        plain = tensor.layout == torch.strided and tensor.device.type == "cpu"
        real = tensor.is_floating_point() or tensor.ndim == 0
        if not plain or not real or tensor.is_quantized:
            kind = f"{tensor.dtype}, {tensor.layout}, {tensor.device}".replace("torch.", "")
            raise WeightsError(t("nets.error.kind", file=shown, name=name, kind=kind))
        claimed += tensor.nbytes
        if claimed > _STRETCH * size:  # a view may repeat one number a million million times
            raise WeightsError(t("nets.error.bomb", file=shown))
        if tensor.is_floating_point():
            checked[name] = tensor.detach().float()
        elif name.endswith("num_batches_tracked"):
            checked[name] = tensor
    return checked


def _shown(name: str) -> str:
    """The file as a sentence names it: on one line, and no longer than a line holds."""
    words = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    if not words:
        return t("nets.file.unnamed")
    return t("nets.file.named", name=words if len(words) <= 60 else f"{words[:40]}…{words[-16:]}")
