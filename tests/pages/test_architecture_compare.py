"""Two networks on the Architecture page: diagrams, blocks, sums, accuracies, settings."""

from tests.pages.test_architecture import maps, opened, page_text, query, sound


def test_two_networks_side_by_side() -> None:
    app = opened()
    app.selectbox("arch_versus").set_value("resnet50").run()
    sound(app)
    assert query(app) == {"vs": "resnet50"}
    assert len(app.get("plotly_chart")) == 4 and maps(app) == 2  # two of them are blocks
    table = app.dataframe[0].value
    assert "depths" in set(table["Field"]) and "name" not in set(table["Field"])
    assert [one.delta for one in app.metric][::3] == ["ResNet-50: 25.6 M", "ResNet-50: 427 px"]
    said = {one.value.split("**")[1]: one.value for one in app.markdown if "-badge[" in one.value}
    assert said["ConvNeXt-T (tiny)"].count(":green-badge") == 2
    assert "25.6M" in said["ResNet-50"] and "arXiv:2201.03545" in said["ResNet-50"]
    assert "**82.1%** trained on ImageNet-1K" in said["ConvNeXt-T (tiny)"]
    assert "76.13%" in said["ResNet-50"] and "78.82%" in said["ResNet-50"]
    shown = page_text(app)
    assert "3 × 79,296 = 237,888" in shown and "75,008 + 2 × 70,400 = 215,808" in shown
    app.segmented_control("arch_stage").set_value("stage4").run()
    app.selectbox("arch_versus").set_value("cifar_bn_relu").run()  # has three stages
    sound(app)
    assert app.info[0].value == "CIFAR, BN + ReLU has no Stage 4."


def test_a_second_network_that_cannot_take_the_image_is_left_out() -> None:
    app = opened()
    app.selectbox("arch_net").set_value("cifar_ln_gelu").run()
    app.selectbox("arch_versus").set_value("convnext_tiny")
    app.number_input("arch_size").set_value(16).run()
    sound(app)
    assert "32×32" in app.error[0].value and maps(app) == 1
