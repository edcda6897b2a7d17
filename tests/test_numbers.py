"""Numbers as they are written: examples from the paper, and properties for all the rest."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convnext_viz.numbers import (
    compact,
    digits,
    duration,
    exact,
    lasting,
    percent,
    scientific,
    size,
)
from convnext_viz.text import use_language

SCALE = {"": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15}


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (28_589_128, "", "28.6 M"),
        (4_456_000_000, "MACs", "4.46 G MACs"),
        (350_196_968, "", "350 M"),
        (0, "", "0"),
        (7, "px", "7 px"),
        (999, "", "999"),
        (1000, "", "1.00 k"),
        (999_499, "", "999 k"),
        (999_500, "", "1.00 M"),
        (-4800, "", "-4.80 k"),
        (0.5, "", "0.500"),
        (12.34, "", "12.3"),
        (0.01234, "", "0.0123"),
        (float("nan"), "", "nan"),
    ],
)
def test_three_significant_digits(value: float, unit: str, written: str) -> None:
    assert compact(value, unit) == written


@given(st.integers(min_value=1, max_value=10**17))
def test_what_is_written_is_the_value_to_half_a_percent(value: int) -> None:
    digits, _, prefix = compact(value).partition(" ")
    read = float(digits) * SCALE[prefix]
    assert abs(read - value) <= 0.005 * value
    assert 1 <= float(digits) < 1000


def test_exact_keeps_every_digit() -> None:
    assert exact(28_589_128) == "28,589,128"
    assert exact(-1234) == "-1,234"


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "0 s"),
        (75.25, "75.2 s"),
        (0.9996, "1.00 s"),
        (0.0123, "12.3 ms"),
        (4.2e-5, "42.0 µs"),
        (1e-9, "1.00 ns"),
        (float("inf"), "inf"),
    ],
)
def test_a_duration_has_the_unit_that_fits(seconds: float, written: str) -> None:
    assert duration(seconds) == written


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (0.2, "1 s", "1 秒"),
        (89, "89 s", "89 秒"),
        (3480, "58 min", "58 分钟"),
        (5400, "1.5 h", "1.5 小时"),
    ],
)
def test_how_long_something_lasts(seconds: float, english: str, chinese: str) -> None:
    assert lasting(seconds) == english
    with use_language("zh"):
        assert lasting(seconds) == chinese


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "0 秒"),
        (75.25, "75.2 秒"),
        (0.0123, "12.3 毫秒"),
        (4.2e-5, "42.0 微秒"),
        (1e-9, "1.00 纳秒"),
    ],
)
def test_a_duration_has_chinese_units_on_chinese_pages(seconds: float, written: str) -> None:
    with use_language("zh"):
        assert duration(seconds) == written


def test_percent_has_one_decimal() -> None:
    assert percent(0.8213) == "82.1%"
    assert percent(1) == "100.0%"


@pytest.mark.parametrize(
    ("value", "written"),
    [(4.4555, "4.46"), (0.27413, "0.274"), (0, "0"), (1543.6, "1,544"), (60.92, "60.9")],
)
def test_digits_are_three_or_all_before_the_point(value: float, written: str) -> None:
    assert digits(value) == written


@pytest.mark.parametrize(
    ("count", "written"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.00 kB"), (3_320_000, "3.32 MB"), (999_900, "1.00 MB")],
)
def test_sizes_of_files(count: int, written: str) -> None:
    assert size(count) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        *[(0.0, "0"), (3.2e-43, "3.2·10⁻⁴³"), (2.81e-7, "2.8·10⁻⁷"), (9.96e-7, "1.0·10⁻⁶")],
        *[(0.25, "0.25"), (20.0, "20"), (7e13, "7.0·10¹³"), (inf, "∞")],
    ],
)
def test_small_numbers_are_powers_of_ten(value: float, written: str) -> None:
    assert scientific(value) == written
