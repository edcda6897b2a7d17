"""Weight files read as tensors: safetensors, or PyTorch's own format without its code.

A ``.pth`` is a pickle, which may run anything when it is opened: only ``torch.load`` with
``weights_only=True`` touches it, with the stand-ins of ``inert``, and what claims more numbers than
the file has bytes is refused before a number is read. Of a file on disk no more is read than the
network in it.
"""

import errno
import json
import mmap
import re
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor

from convnext_viz.nets.checkpoints import formats
from convnext_viz.nets.checkpoints.beside import lacking
from convnext_viz.nets.checkpoints.inert import stand_ins
from convnext_viz.nets.checkpoints.recognise import is_adapted
from convnext_viz.nets.checkpoints.search import Contents, contents
from convnext_viz.nets.weights import WeightsError
from convnext_viz.text import t

_LONGEST_HEADER = 25_000_000  # bytes of JSON; the largest published models have some 100,000
_STRETCH = 4  # how much larger than the file its contents may be; honest files are stored plainly

_MAGIC = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."  # torch's pickles, in the format before 2020
_OPTIMIZER = re.compile(r"optim|^opt$|^state$|^param_groups$|rng")
_NAMED = 6  # things that a note names before it only counts


@dataclass(frozen=True, eq=False)
class Tensors:
    """What a file holds: a network's float32 tensors by name (counters stay integers), the file's
    own notes, and all else in it.

    ``found`` names the networks in the file, ``taken`` is the one in ``state``; ``said`` are
    sentences on what was chosen and what was left out.
    """

    state: dict[str, Tensor]
    metadata: dict[str, str]
    whole: object = None
    found: tuple[str, ...] = ()
    taken: str = ""
    said: tuple[str, ...] = ()


def read_tensors(file: bytes | Path, *, name: str = "", which: str | None = None) -> Tensors:
    """A network's weights in a file's bytes, or in the file of that path.

    ``name`` is for the message, ``which`` chooses one of the networks in the file; else it is the
    first of ``found``. Raises WeightsError, and nothing else, for whatever the file may be.
    """
    name = name or (file.name if isinstance(file, Path) else "")
    shown = _shown(name)
    try:
        if isinstance(file, Path) and file.is_dir():
            raise WeightsError(t("nets.error.folder", file=shown))
        head, size = _head(file)
        if size == 0:
            raise WeightsError(t("nets.error.empty", file=shown))
        if (part := formats.part_of(name)) is not None:
            number, parts = part
            sentence = "nets.error.shard" if parts else "nets.error.distributed"
            raise WeightsError(t(sentence, file=shown, number=number, parts=parts))
        if _is_safetensors(head, size):
            state, metadata = _read_safetensors(file, shown)
            return replace(_taken(state, which, size, shown), metadata=metadata)
        return _taken(_read_torch(file, head, size, name, shown), which, size, shown)
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
        return file[: formats.HEAD], len(file)
    with file.open("rb") as opened:
        return opened.read(formats.HEAD), file.stat().st_size


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


def _read_torch(file: bytes | Path, head: bytes, size: int, name: str, shown: str) -> object:
    mapped = False
    if head.startswith(b"PK"):
        mapped = _check_zip(file, size, shown) and isinstance(file, Path)
    elif head.startswith(_MAGIC):
        _check_pickle(_all_of(file), shown)
    elif head.startswith(b"\x80"):
        raise WeightsError(t("nets.error.pickle", file=shown))
    else:
        sentence, framework = formats.format_of(head, name)
        raise WeightsError(t(f"nets.error.{sentence}", file=shown, framework=framework))
    try:
        source = BytesIO(file) if isinstance(file, bytes) else file
        with stand_ins():
            return torch.load(source, map_location="cpu", weights_only=True, mmap=mapped)
    except EOFError as cut:
        raise WeightsError(t("nets.error.truncated", file=shown)) from cut
    except (MemoryError, OSError):
        raise
    except Exception as refusal:
        raise _refused(str(refusal), shown) from refusal


def _refused(why: str, shown: str) -> WeightsError:
    """torch names what it refused to unpickle; anything else is a defect of the bytes."""
    if "torch.distributed" in why:
        return WeightsError(t("nets.error.distributed", file=shown))
    if what := re.search(r"GLOBAL ([\w.]+)", why):
        return WeightsError(t("nets.error.code", file=shown, what=what[1][:80]))
    if what := re.search(r"unrecognized function|Can only (create|build)|Unsupported class", why):
        return WeightsError(t("nets.error.code", file=shown, what="pickle"))
    return WeightsError(
        t("nets.error.truncated" if "EOF" in why else "nets.error.damaged", file=shown)
    )


def _check_zip(file: bytes | Path, size: int, shown: str) -> bool:
    """Refuses a zip that is not torch's or claims too much; says whether it is uncompressed."""
    try:
        with zipfile.ZipFile(BytesIO(file) if isinstance(file, bytes) else file) as archive:
            entries = archive.infolist()
            names = [entry.filename for entry in entries]
            if (sentence := formats.zip_of(names)) is not None:
                inside = _listed(formats.weights_among(names))
                sentence = "zip" if sentence == "archive" and inside else sentence
                raise WeightsError(t(f"nets.error.{sentence}", file=shown, inside=inside))
            if sum(entry.file_size for entry in entries) > _STRETCH * size:
                raise WeightsError(t("nets.error.bomb", file=shown))
            _check_pickle(archive.read(next(n for n in names if n.endswith("data.pkl"))), shown)
    except (zipfile.BadZipFile, EOFError) as cut:  # the table of contents stands at the end
        raise WeightsError(t("nets.error.truncated", file=shown)) from cut
    return all(entry.compress_type == zipfile.ZIP_STORED for entry in entries)


def _check_pickle(pickled: bytes | mmap.mmap, shown: str) -> None:
    """Refuses what torch would not: as many bytes as a pickle likes, and newer pickles in words."""
    if pickled.find(b"\nbytearray\n") >= 0:
        raise WeightsError(t("nets.error.code", file=shown, what="bytearray"))
    if pickled[:1] == b"\x80" and pickled[1] > 2:
        raise WeightsError(t("nets.error.protocol", file=shown, protocol=pickled[1]))


def _all_of(file: bytes | Path) -> bytes | mmap.mmap:
    if isinstance(file, bytes):
        return file
    with file.open("rb") as opened:
        return mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)


def _taken(whole: object, which: str | None, size: int, shown: str) -> Tensors:
    """The chosen network of a file, or its first, and what is said of the others."""
    inside = contents(whole)
    found = tuple(dict.fromkeys(one.name for one in inside.networks))
    if not found:
        raise _without_network(whole, inside, shown)
    if which is not None and which not in found:
        names = _listed(list(found))
        raise WeightsError(t("nets.error.which", file=shown, which=_short(which), found=names))
    taken = next(one for one in inside.networks if which in (None, one.name))
    if taken.needed:
        raise lacking(taken.needed)
    said = []
    if len(found) > 1:
        key = "averaged" if taken.averaged else "taken"
        said.append(t(f"nets.notes.{key}", taken=_short(taken.name), found=_listed(list(found))))
    if left := inside.left_out(taken):
        said.append(t("nets.notes.left", names=_listed(left)))
    return Tensors(_floats(taken.state, size, shown), {}, whole, found, taken.name, tuple(said))


def _without_network(whole: object, inside: Contents, shown: str) -> WeightsError:
    """What is said of a file in which no network is recognised."""
    states = [
        list(tensors)
        for path, tensors in inside.mappings.items()
        if not any(map(_OPTIMIZER.search, path)) and not all(name.isdigit() for name in tensors)
    ]
    if states:
        names = max(states, key=len)
        if is_adapted(names):
            return WeightsError(t("nets.error.lora"))
        return WeightsError(t("nets.error.names", names=", ".join(map(_short, names[:3]))))
    if not isinstance(whole, Mapping):
        return WeightsError(t("nets.error.no_state", file=shown, kind=type(whole).__name__))
    keys = [_short(str(key)[:80]) for key in list(whole)[:5]]
    if any(map(_OPTIMIZER.search, keys)):
        return WeightsError(t("nets.error.optimizer", file=shown))
    return WeightsError(t("nets.error.no_weights", file=shown, keys=", ".join(keys) or "–"))


def _floats(state: Mapping[str, Tensor], size: int, shown: str) -> dict[str, Tensor]:
    """Plain dense tensors in float32, in memory of their own: a file may change that is mapped."""
    checked, claimed = {}, 0
    for name, tensor in state.items():
        plain = tensor.layout == torch.strided and tensor.device.type == "cpu"
        counter = name.rpartition(".")[2] in ("num_batches_tracked", "relative_position_index")
        if not plain or not (tensor.is_floating_point() or counter) or tensor.is_quantized:
            kind = f"{tensor.dtype}, {tensor.layout}, {tensor.device}".replace("torch.", "")
            raise WeightsError(t("nets.error.kind", file=shown, name=_short(name), kind=kind))
        claimed += tensor.nbytes
        if claimed > _STRETCH * size:  # a view may repeat one number a million million times
            raise WeightsError(t("nets.error.bomb", file=shown))
        to = torch.float32 if tensor.is_floating_point() else tensor.dtype
        checked[name] = tensor.detach().to(to, copy=True)
    return checked


def _listed(names: list[str]) -> str:
    return ", ".join(map(_short, names[:_NAMED])) + (", …" if len(names) > _NAMED else "")


def _short(name: str) -> str:
    """A name in a file as a sentence shows it: no more than a name may have, and short."""
    shown = re.sub(r"[^\w.()/ -]", "?", name)
    return shown if len(shown) <= 60 else f"{shown[:30]}…{shown[-29:]}"


def _shown(name: str) -> str:
    """The file as a sentence names it: on one line, and no longer than a line holds."""
    words = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    if not words:
        return t("nets.file.unnamed")
    return t("nets.file.named", name=words if len(words) <= 60 else f"{words[:40]}…{words[-16:]}")
