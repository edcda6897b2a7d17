"""The Architecture page of networks of tokens."""

import pytest

from tests.pages.test_architecture import opened, page_text

NETWORKS = ("vit_tiny_patch16_224", "deit_tiny_distilled_patch16_224", "cifar_vit_conv_stem")
NETWORKS += ("swin_tiny_patch4_window7_224", "swinv2_tiny_window8_256")


@pytest.mark.parametrize("network", NETWORKS)
def test_it_opens(network: str) -> None:
    app = opened(net=network)
    assert app.session_state["arch_net"] == network


@pytest.mark.parametrize(
    ("net", "said", "unsaid"),
    [
        ("vit_tiny_patch16_224", "all blocks cost the same", "convolution is stored"),
        ("swin_tiny_patch4_window7_224", "patch merging doubles the width", "kernel $k$"),
        ("convnext_tiny", "convolution is stored once", "used at **every token**"),
    ],
)
def test_the_text_speaks_of_tokens_where_there_are_tokens(net: str, said: str, unsaid: str) -> None:
    text = page_text(opened(net=net))
    assert said in text and unsaid not in text


def test_blocks_that_take_turns_are_folded() -> None:
    app = opened(net="swin_tiny_patch4_window7_224", at="stage3")
    assert "Every second block from 1 to 5, identical (×3)" in page_text(app)
