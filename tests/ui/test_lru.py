"""The cache of what was used last: what stays, what goes."""

from convnext_viz.ui.lru import LRU


def test_the_one_not_used_for_longest_goes() -> None:
    cache: LRU[int] = LRU(2)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.get("a") == 1
    cache.put("c", 3)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (1, None, 3)


def test_sizes_are_bounded_together_and_the_last_one_stays() -> None:
    cache: LRU[list[int]] = LRU(4, size=len)
    for key in "abc":
        cache.put(key, [0, 0])
    assert [cache.get(key) is None for key in "abc"] == [True, False, False]
    cache.put("large", [0] * 9)
    assert cache.get("c") is None and cache.get("large") == [0] * 9


def test_all_who_ask_for_a_key_get_the_same_and_it_may_grow() -> None:
    cache: LRU[list[int]] = LRU(2, size=len)
    first = cache.setdefault("a", [])
    assert cache.setdefault("a", [1]) is first
    cache.setdefault("b", [1])
    first += [1, 1]
    cache.trim()  # "b" was used last
    assert cache.get("a") is None and cache.get("b") == [1]
