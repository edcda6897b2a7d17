"""Weights files of visitors: what each has brought, and what is deleted with it."""

from pathlib import Path

import pytest

from convnext_viz.lab import kept_weights, starts
from convnext_viz.lab.store import Store
from convnext_viz.nets import load_bundled


def test_a_file_of_two_visitors_stays_until_both_have_deleted_it(tmp_path: Path) -> None:
    one, other = load_bundled("cifar10_ln_gelu"), load_bundled("cifar10_bn_relu")
    shared = kept_weights.keep(one, owner="ann", home=tmp_path)
    assert kept_weights.keep(one, owner="bob", home=tmp_path) == shared
    own = kept_weights.keep(other, owner="ann", home=tmp_path)
    sizes = {
        start: (tmp_path / kept_weights.FOLDER / f"{start.removeprefix('file:')}.safetensors")
        .stat()
        .st_size
        for start in (shared, own)
    }
    assert kept_weights.usage("ann", home=tmp_path) == sum(sizes.values())
    assert kept_weights.usage("bob", home=tmp_path) == sizes[shared]
    assert kept_weights.usage("eve", home=tmp_path) == 0

    kept_weights.forget("ann", home=tmp_path)
    assert kept_weights.usage("ann", home=tmp_path) == 0
    store = Store(tmp_path)
    assert starts.resolve(shared, store).spec == one.spec
    with pytest.raises(ValueError, match="not in this lab"):
        starts.resolve(own, store)

    kept_weights.forget("bob", home=tmp_path)
    assert not any((tmp_path / kept_weights.FOLDER).iterdir())
