"""Kinds of files that are no image, or no complete one: the key of the sentence for each."""

import re

# Atomic groups: a file of nothing but comments must not send the search back and forth.
_BEFORE_THE_ROOT = rb"(\xef\xbb\xbf)?(\s|(?><\?xml.*?\?>)|(?><!--.*?-->)|(?><!DOCTYPE svg.*?>))*+"

_OTHER_KINDS: tuple[tuple[bytes, str], ...] = (
    (rb"\s*%PDF|%!PS|\xc5\xd0\xd3\xc6", "images.error.pdf"),
    (_BEFORE_THE_ROOT + rb"<svg[\s>]", "images.error.svg"),
    (rb".{4}(ftyp|moov|mdat)|\x1aE\xdf\xa3|RIFF.{4}AVI |FLV", "images.error.video"),
    (
        rb"PK(\x03\x04|\x05\x06)|\x1f\x8b|Rar!|7z\xbc\xaf\x27\x1c|BZh|\xfd7zXZ",
        "images.error.archive",
    ),
    (rb"8BPS", "images.error.layers"),
)


def not_an_image(data: bytes) -> str:
    """The key of the sentence about bytes that do not begin like any picture."""
    for pattern, key in _OTHER_KINDS:
        if re.match(pattern, data, re.DOTALL):
            return key
    return "images.error.text" if _is_text(data) else "images.error.unknown"


def broken_image(data: bytes, defect: Exception) -> str:
    """The key of the sentence about bytes that begin like a picture and end in ``defect``."""
    if re.search("truncat|not enough|end of file", str(defect), re.IGNORECASE):
        return "images.error.incomplete"
    if _is_text(data):  # "BM" and "P5" begin words, too
        return "images.error.text"
    return "images.error.incomplete" if _is_cut_off(data) else "images.error.damaged"


def ends_in_zeros(data: bytes) -> bool:
    """Whether a JPEG runs out into zeros, as a download does whose space was reserved ahead.

    The decoder takes the zeros for picture and reports nothing.
    """
    return data.startswith(b"\xff\xd8") and data.endswith(bytes(64)) and _is_cut_off(data)


def _is_cut_off(data: bytes) -> bool:
    """Whether the bytes stop before the mark, or the length, with which their format ends."""
    if data.startswith(b"\xff\xd8"):
        return not data.rstrip(b"\0").endswith(b"\xff\xd9")
    if data.startswith(b"\x89PNG"):
        return b"IEND" not in data[-64:]
    if data.startswith(b"GIF8"):
        return not data.rstrip(b"\0").endswith(b";")
    if data.startswith(b"RIFF"):
        return len(data) < 8 + int.from_bytes(data[4:8], "little")
    if data.startswith(b"BM"):
        return len(data) < int.from_bytes(data[2:6], "little")
    if data.startswith((b"II*\0", b"MM\0*")):
        directory = int.from_bytes(data[4:8], "little" if data.startswith(b"II") else "big")
        return len(data) < directory + 2
    if data[4:8] == b"ftyp":  # the first box; pictures are in the others
        only = int.from_bytes(data[:4], "big") == len(data)
        return only or _boxes_end(data) > len(data)
    return False


def _boxes_end(data: bytes) -> int:
    """Where the last box of an ISO media file ends, as its lengths have it (ISO/IEC 14496-12)."""
    end = 0
    while end + 8 <= len(data):
        length = int.from_bytes(data[end : end + 4], "big")
        if length < 8:  # 0: to the end of the file; 1: a 64-bit length, which no picture needs
            return len(data)
        end += length
    return end if end >= len(data) else len(data) + 1


def _is_text(data: bytes) -> bool:
    head = data[:1024]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    if re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]", head):
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as broken:
        return broken.start > len(head) - 4 and len(data) > len(head)  # a letter cut in two
    return True
