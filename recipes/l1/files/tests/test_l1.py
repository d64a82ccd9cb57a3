{% from "composition/slots.jinja" import imports, slot with context %}
"""The L1 penalty: its gradient is the sign of weights alone, and the loss has it once."""

{% call imports("test_l1") %}
import json
from pathlib import Path
import pytest
import torch
from torch import Tensor, nn
import train as script
from {{ package }}.config import Config
from {{ package }}.ops.l1 import l1_norm
from train import train
{{- slot("tests.settings.imports") }}
{% endcall %}



def test_the_gradient_of_a_weight_is_its_sign_and_biases_have_none() -> None:
    convolution, norm, linear = nn.Conv2d(3, 4, 3), nn.GroupNorm(2, 4), nn.Linear(4, 2)
    frozen = nn.Linear(2, 2).requires_grad_(False)
    with torch.no_grad():
        convolution.weight[0] = 0
    model = nn.ModuleList([convolution, norm, linear, frozen])
    l1_norm(model).backward()
    for parameter in model.parameters():
        if parameter is convolution.weight or parameter is linear.weight:
            assert parameter.grad is not None
            assert torch.equal(parameter.grad, parameter.detach().sign())
        else:
            assert parameter.grad is None


def test_the_norm_is_the_sum_of_absolute_values() -> None:
    layer = nn.Linear(2, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[1.0, -2.0], [0.5, 0.0]]))
    assert l1_norm(layer).item() == 3.5


def test_a_model_without_weights_is_refused() -> None:
    with pytest.raises(ValueError, match="GroupNorm has no weight"):
        l1_norm(nn.GroupNorm(2, 4))


def test_the_training_loss_has_the_penalty_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    norms: list[float] = []

    def keep(model: nn.Module) -> Tensor:
        norm = l1_norm(model)
        norms.append(norm.item())
        return norm

    monkeypatch.setattr(script, "l1_norm", keep)
    losses = []
    for l1 in (0.0, 0.1):
        norms.clear()
        config = Config(
            epochs=1,
            lr=1e-9,
            l1=l1,
            run=tmp_path / str(l1),
            {{- slot("tests.settings", 12) }}
        )
        (line,) = (train(config) / "metrics.jsonl").read_text().splitlines()
        losses.append(json.loads(line)["train_loss"])
    penalty = 0.1 * sum(norms) / len(norms)
    assert penalty > 1
    assert losses[1] - losses[0] == pytest.approx(penalty, rel=1e-3)
