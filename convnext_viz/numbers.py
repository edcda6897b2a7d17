"""Formats of numbers: the same in every figure, table and language.

Three significant digits where a number is read ("28.6 M"), every digit where it is looked up
("28,589,128"). Chinese pages keep M and G, as engineers write them; only units of time are words.
"""

from math import floor, isfinite, log10

from convnext_viz.text import t

_LARGE = ("", "k", "M", "G", "T", "P")
_SECONDS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns"))


def exact(count: int) -> str:
    """Every digit, in groups of three: ``28589128`` → ``"28,589,128"``."""
    return f"{count:,}"


def digits(value: float) -> str:
    """Three significant digits, but every one before the point: ``0.27413`` → ``"0.274"``.

    ``1_543.6`` → ``"1,544"``.
    """
    if value == 0:
        return "0"
    decimals = 2 - floor(log10(abs(_rounded(value))))
    return f"{value:,.{max(decimals, 0)}f}"


def compact(value: float, unit: str = "") -> str:
    """Three significant digits and a prefix: ``4_456_000_000, "MACs"`` → ``"4.46 G MACs"``.

    Whole numbers below 1,000 are written as they are.
    """
    if not isfinite(value):
        return str(value)
    step = 0
    while step < len(_LARGE) - 1 and abs(_rounded(value / 1000**step)) >= 1000:
        step += 1
    written = str(int(value)) if step == 0 and value % 1 == 0 else digits(value / 1000**step)
    return " ".join(part for part in (written, _LARGE[step], unit) if part)


def scientific(value: float) -> str:
    """Two digits and a power of ten: ``2.81e-07`` → ``"2.8·10⁻⁷"``; 0.001 to 1000 as it is."""
    if not isfinite(value):
        return "∞"
    if not value or 1e-3 <= abs(value) < 1e3:
        return f"{value:.3g}"
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    return f"{mantissa}·10{str(int(exponent)).translate(_RAISED)}"


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def size(count: int) -> str:
    """Of a file: ``3_320_000`` → ``"3.32 MB"``, ``512`` → ``"512 B"``."""
    return f"{compact(count)}{'' if count >= 1000 else ' '}B"


def duration(seconds: float) -> str:
    """Three significant digits in the unit that fits: ``0.0123`` → ``"12.3 ms"``."""
    if not isfinite(seconds):
        return str(seconds)
    for size, unit in _SECONDS:
        if abs(_rounded(seconds / size)) >= 1:
            return t(f"numbers.time.{unit}", value=digits(seconds / size))
    return t("numbers.time.s", value="0")


def lasting(seconds: float) -> str:
    """Seconds, minutes or hours, as precisely as an estimate deserves: ``3480`` → ``"58 min"``."""
    if seconds < 90:
        return t("numbers.time.s", value=max(1, round(seconds)))
    if seconds < 5400:
        return t("numbers.time.min", value=round(seconds / 60))
    return t("numbers.time.h", value=f"{seconds / 3600:.1f}")


def percent(fraction: float) -> str:
    """A fraction of one with one decimal: ``0.8213`` → ``"82.1%"``."""
    return f"{fraction:.1%}"


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")
