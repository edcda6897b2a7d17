"""What a file is that torch did not write: told from its first bytes, a zip's entries, its name."""

import re
from collections.abc import Sequence

HEAD = 512  # bytes that ``format_of`` looks at

_STARTS = (  # where, what stands there, the sentence, the framework
    (0, rb"version https://git-lfs", "lfs", ""),
    (0, rb"\s*[<#]", "text", ""),
    (0, rb"\{", "text", ""),
    (
        0,
        rb"\x1f\x8b|7z\xbc\xaf|Rar!|\xfd7zXZ|BZh\d|\x28\xb5\x2f\xfd|\x04\x22\x4d\x18",
        "archive",
        "",
    ),
    (257, rb"ustar", "archive", ""),
    (0, rb"\x89HDF", "keras", ""),
    (0, rb"\x93NUMPY", "numpy", ""),
    (0, rb"GGUF", "other_framework", "GGUF"),
    (0, rb"\x08\x01\x12", "other_framework", "TensorFlow"),
    (0, rb"\x08[\x03-\x1f][\x12\x1a\x3a\x42]", "onnx", ""),
    (4, rb"TFL3", "other_framework", "TensorFlow Lite"),
    (0, rb"\x89PNG|\xff\xd8\xff", "picture", ""),
    (0, rb"[\t\n\r -~]{8,}\Z", "text", ""),
)

_ENTRIES = (  # how an entry of a zip ends, the sentence
    (r"archive_format|serialized_exported_program\.json", "exported"),
    (r"constants\.pkl", "torchscript"),
    (r"(model\.weights\.h5|\.keras)", "keras"),
    (r"\.npy", "numpy"),
)

_NAMES = (  # how a name ends, the sentence, the framework; where the bytes tell nothing
    (r"\.onnx", "onnx", ""),
    (r"\.pt2", "exported", ""),
    (r"\.(pdparams|pdiparams|pdopt)", "other_framework", "PaddlePaddle"),
    (r"\.msgpack", "other_framework", "Flax"),
    (r"\.(params|mar)", "other_framework", "MXNet"),
    (r"\.(pb|ckpt-\d+|data-\d+-of-\d+|ckpt\.index)", "other_framework", "TensorFlow"),
    (r"\.(engine|plan|trt)", "other_framework", "TensorRT"),
    (r"\.(mlmodel|mlpackage)", "other_framework", "Core ML"),
    (r"\.(ckpt|mindir)", "other_framework", "MindSpore"),
)

_PART = re.compile(r"(\d{4,6})-of-(\d{4,6})(?=\D|$)")  # fewer digits may count anything else
_PARTS = re.compile(r"zero_pp_rank_\d|\.distcp$", re.IGNORECASE)
_WEIGHTS = re.compile(r"\.(safetensors|pth|pt|bin|ckpt|tar)$", re.IGNORECASE)


def format_of(head: bytes, name: str) -> tuple[str, str]:
    """The sentence for a file that begins so, and the framework that it names."""
    for at, start, sentence, framework in _STARTS:
        if re.match(start, head[at:]):
            listed = b'"weight_map"' in head or name.lower().endswith(".index.json")
            return ("index" if head.startswith(b"{") and listed else sentence), framework
    for end, sentence, framework in _NAMES:
        if re.search(f"(?:{end})$", name, re.IGNORECASE):
            return sentence, framework
    return "unknown", ""


def zip_of(entries: Sequence[str]) -> str | None:
    """The sentence for a zip with such entries; None for one that torch wrote."""
    for end, sentence in _ENTRIES:
        if any(re.search(f"(?:{end})$", entry) for entry in entries):
            return sentence
    return None if any(entry.endswith("data.pkl") for entry in entries) else "archive"


def weights_among(entries: Sequence[str]) -> list[str]:
    """Entries of an archive that are called like files of weights."""
    return [e for e in entries if _WEIGHTS.search(e) and "__MACOSX" not in e]


def part_of(name: str) -> tuple[int, int] | None:
    """Which part of how many a file is by its name; (0, 0) where it does not say."""
    if found := _PART.search(name):
        part, parts = int(found[1]), int(found[2])
        return (part, parts) if parts > 1 else None
    return (0, 0) if _PARTS.search(name) else None
