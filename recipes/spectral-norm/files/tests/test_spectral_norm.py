{% from "composition/slots.jinja" import imports with context %}
{% set build = "build_discriminator" if task == "gan" else "build_model" %}
"""Spectral normalization against singular values from a decomposition."""

{% call imports("test_spectral_norm") %}
import copy
import pytest
import torch
from torch import nn
from {{ package }}.config import Config
from {{ package }}.layers import spectral_norm
from {{ package }}.data_info import DataInfo
from {{ package }}.models import {{ build }}
from {{ package }}.runs import load_run
from pathlib import Path
from train import train
from {{ package }}.checkpoint import read_checkpoint
{% endcall %}


INFO = DataInfo(channels=1, size=(8, 8), classes=tuple("abcdefghij"))
KINDS = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)


def network() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 8, 3),
        nn.ReLU(),
        nn.ConvTranspose2d(8, 16, 3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(16 * 8 * 8, 10),
    )


def largest_singular_value(layer: nn.Module) -> float:
    """Return that of the weight as a matrix with a row for each output channel."""
    assert isinstance(layer, KINDS)
    weight = layer.weight.detach()
    if isinstance(layer, nn.ConvTranspose2d):
        weight = weight.transpose(0, 1)
    return float(torch.linalg.svdvals(weight.flatten(1))[0])


def train_for(model: nn.Module, steps: int) -> None:
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.003)
    for _ in range(steps):
        outputs = model(torch.rand(32, 1, 8, 8))
        wanted = torch.linspace(-1, 1, outputs.numel()).view_as(outputs)
        (outputs - wanted).square().mean().backward()
        optimizer.step()
        optimizer.zero_grad()


def catch_up(model: nn.Module) -> None:
    """Let the power iteration, one step in each training pass, converge."""
    with torch.no_grad():
        for _ in range(300):
            model.train()(torch.rand(1, 1, 8, 8))


def singular_values(model: nn.Module) -> list[float]:
    layers = [layer for layer in model.eval().modules() if isinstance(layer, KINDS)]
    return [largest_singular_value(layer) for layer in layers]


@pytest.mark.parametrize("whole_project", [False, True])
def test_the_largest_singular_value_is_1_after_training(whole_project: bool) -> None:
    torch.manual_seed(0)
    model = {{ build }}(Config(), INFO) if whole_project else network()
    if not whole_project:
        spectral_norm.add_spectral_norm(model)
    before = [weight.clone() for weight in model.parameters()]

    train_for(model, steps=100)

    assert all(not torch.equal(*pair) for pair in zip(before, model.parameters(), strict=True))
    near = singular_values(model)  # one step of the power iteration lags behind one of AdamW
    assert len(near) >= 3
    assert all(0.99 < value < 1.25 for value in near)
    catch_up(model)
    assert singular_values(model) == pytest.approx([1] * len(near), rel=0.01)


def test_a_layer_computes_with_its_weight_divided_by_the_singular_value() -> None:
    images = torch.rand(4, 1, 8, 8)
    plain = network()
    model = copy.deepcopy(plain)
    spectral_norm.add_spectral_norm(model)
    catch_up(model)

    with torch.no_grad():
        for layer in plain:
            if isinstance(layer, KINDS):
                layer.weight /= largest_singular_value(layer)
        torch.testing.assert_close(model.eval()(images), plain(images), rtol=1e-4, atol=1e-4)


def test_evaluation_leaves_the_state_as_it_is() -> None:
    model = network()
    spectral_norm.add_spectral_norm(model)
    before = copy.deepcopy(model.eval().state_dict())

    model(torch.rand(4, 1, 8, 8))

    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_a_model_is_the_same_after_saving_and_loading() -> None:
    images, model, loaded = torch.rand(4, 1, 8, 8), network(), network()
    for each in (model, loaded):
        spectral_norm.add_spectral_norm(each)
    train_for(model, steps=3)

    loaded.load_state_dict(model.state_dict())

    assert torch.equal(loaded.eval()(images), model.eval()(images))


def test_a_model_without_such_layers_is_refused() -> None:
    with pytest.raises(ValueError, match="Sequential has no convolution and no linear layer"):
        spectral_norm.add_spectral_norm(nn.Sequential(nn.ReLU()))


def test_weights_are_settled_when_an_epoch_is_evaluated(tmp_path: Path) -> None:
    config = Config(epochs=1, run=tmp_path / "run")
    checkpoint = read_checkpoint(train(config) / "best.pt")
    run = load_run(tmp_path / "run", torch.device("cpu"))
    trained = {{ build }}(config, run.info)
    trained.load_state_dict(checkpoint["{{ "discriminator" if task == "gan" else "model" }}"])
    {% if task == "gan" %}
    values = singular_values(trained)
    assert values == pytest.approx([1] * len(values), rel=0.01)
    {% else %}
    for model in (trained, run.model):  # the latter is what was evaluated
        values = singular_values(model)
        assert values == pytest.approx([1] * len(values), rel=0.01)
    {% endif %}
