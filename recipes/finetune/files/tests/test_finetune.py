{% from "composition/slots.jinja" import imports with context %}
"""Fine-tuning: ImageNet weights see a cat, and a frozen backbone keeps every bit of its own."""

{% call imports("test_finetune") %}
import dataclasses
from pathlib import Path
import pytest
import timm
import torch
import torch.nn.functional as F
from skimage import data
from safetensors.torch import save_file
from torch import Tensor, nn
from train import train
from {{ package }}.checkpoint import read_checkpoint
from {{ package }}.config import Config
from {{ package }}.errors import UserError
from {{ package }}.networks.backbone import Backbone, BackboneClassifier, freeze_backbone
from {{ package }}.pretrained import PACKAGED, load_pretrained, packaged_weights
{% endcall %}


CATS = (281, 282, 283, 284, 285)
SMALL = {"backbone": "test_efficientnet", "weights": "none", "lr": 0.01}


@pytest.fixture(scope="module")
def whole() -> nn.Module:
    """timm's own network with the weights of the package, its classifier among them."""
    network: nn.Module = timm.create_model(PACKAGED)
    network.load_state_dict(packaged_weights(list(network.state_dict())))
    return network.eval()


def photograph(name: str, size: int) -> Tensor:
    """Return a photograph of scikit-image, (1, 3, size, size) float in [0, 1]."""
    pixels = torch.from_numpy(getattr(data, name)()).permute(2, 0, 1)[None] / 255
    side = min(pixels.shape[2:])
    return F.interpolate(pixels[..., :side, :side], (size, size), mode="bilinear", antialias=True)


def test_the_backbone_sees_what_its_pretraining_taught_it(whole: nn.Module) -> None:
    model = BackboneClassifier(Backbone(PACKAGED, (224, 224)), 1000).eval()
    load_pretrained(model, PACKAGED, "auto")
    cat = photograph("chelsea", 224)
    with torch.no_grad():
        logits = whole.get_classifier()(model.backbone(cat))  # type: ignore[operator]
        expected = whole((cat - 0.5) / 0.5)
    assert int(logits.argmax()) in CATS
    torch.testing.assert_close(logits, expected)


def test_gray_images_are_seen_as_gray_ones_in_color() -> None:
    backbone = Backbone("test_efficientnet", (32, 32)).eval()
    gray = torch.rand(2, 1, 32, 32)
    torch.testing.assert_close(backbone(gray), backbone(gray.expand(-1, 3, -1, -1)))


def test_small_images_are_enlarged() -> None:
    backbone = Backbone("test_efficientnet", (8, 8)).eval()
    images = torch.rand(2, 3, 8, 8)
    enlarged = F.interpolate(images, (32, 32), mode="bilinear")
    torch.testing.assert_close(backbone(images), backbone(enlarged))


@pytest.mark.parametrize("name", ["test_efficientnet", "test_resnet", "test_vit"])
def test_every_parameter_is_in_one_stage(name: str) -> None:
    backbone = Backbone(name, (32, 32))
    found = [id(weight) for stage in backbone.stages() for weight in stage.parameters()]
    assert sorted(found) == sorted(id(weight) for weight in backbone.parameters())


def weights_of(run: Path) -> dict[str, Tensor]:
    weights: dict[str, Tensor] = read_checkpoint(run / "last.pt")["model"]
    return weights


def changed(before: dict[str, Tensor], after: dict[str, Tensor]) -> set[str]:
    return {name for name in before if not torch.equal(before[name], after[name])}


def test_the_head_is_trained_first_and_statistics_never(tmp_path: Path) -> None:
    one = Config(epochs=1, frozen_epochs=1, run=tmp_path / "one", **SMALL)  # type: ignore[arg-type]
    start = dataclasses.replace(one, lr=1e-30, weight_decay=0, run=tmp_path / "start")
    two = dataclasses.replace(one, epochs=2, run=tmp_path / "two")
    untrained, head, all_of_it = (weights_of(train(config)) for config in (start, one, two))

    heads = {name for name in untrained if ".classifier." in f".{name}"}
    assert changed(untrained, head) == heads
    later = changed(head, all_of_it)
    assert later > heads
    assert not [name for name in later if "running" in name or "batches" in name]


def test_freezing_tells_whether_something_changed() -> None:
    model = BackboneClassifier(Backbone("test_resnet", (32, 32)), 2)
    assert freeze_backbone(model, frozen=True)
    assert not freeze_backbone(model, frozen=True)
    trained = [name for name, weight in model.named_parameters() if weight.requires_grad]
    assert trained == ["classifier.weight", "classifier.bias"]
    assert freeze_backbone(model, frozen=False)
    assert all(weight.requires_grad for weight in model.parameters())


@pytest.mark.parametrize("suffix", ["pt", "safetensors"])
def test_weights_are_loaded_from_a_file(suffix: str, tmp_path: Path) -> None:
    source = timm.create_model("test_resnet")
    path = tmp_path / f"weights.{suffix}"
    (save_file if suffix == "safetensors" else torch.save)(source.state_dict(), path)
    model = BackboneClassifier(Backbone("test_resnet", (32, 32)), 2)
    load_pretrained(model, "test_resnet", str(path))
    for name, weight in model.backbone.body.state_dict().items():
        assert torch.equal(weight, source.state_dict()[name])


def test_weights_of_another_network_are_refused_by_name_and_shape(tmp_path: Path) -> None:
    path = tmp_path / "other.pt"
    weights = timm.create_model("test_resnet").state_dict()
    weights["conv1.0.weight"] = weights["conv1.0.weight"][:1]
    del weights["conv1.3.weight"]
    torch.save({**weights, "extra": torch.zeros(1)}, path)
    model = BackboneClassifier(Backbone("test_resnet", (32, 32)), 2)
    with pytest.raises(UserError) as error:
        load_pretrained(model, "test_resnet", str(path))
    first, *others = str(error.value).splitlines()
    assert first == f"{path} does not fit the backbone test_resnet of this project:"
    assert [line.strip().split(" ")[:3] for line in others] == [
        ["conv1.3.weight", "is", "missing"],
        ["extra", "is", "not"],
        ["conv1.0.weight", "has", "shape"],
    ]


def test_a_file_without_weights_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.pt"
    path.write_text("not weights")
    model = BackboneClassifier(Backbone("test_resnet", (32, 32)), 2)
    with pytest.raises(UserError, match=r"--weights .*notes\.pt cannot be read as weights"):
        load_pretrained(model, "test_resnet", str(path))


def test_without_a_network_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    model = BackboneClassifier(Backbone("test_resnet", (32, 32)), 2)

    def fail(*_: object, **__: object) -> None:
        raise ConnectionError("no route to host")

    monkeypatch.setattr(timm, "create_model", fail)
    with pytest.raises(UserError, match=r"cannot be downloaded \(no route to host\).*--weights"):
        load_pretrained(model, "test_resnet", "auto")


def test_unknown_names_and_files_are_refused_together() -> None:
    assert Config(backbone="resnet5", weights="none.pt").problems() == [
        "--backbone resnet5 is not a network of timm: did you mean resnet50?",
        "--weights none.pt is not a file: expected one, or auto, hub or none",
    ]
