{% from "composition/slots.jinja" import expression, imports, slot with context %}
"""The moving average: its closed form, PyTorch's own, and its place in a run."""

{% call imports("test_ema") %}
from collections.abc import Callable
from pathlib import Path
import pytest
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel
import train as script
from {{ package }}.checkpoint import read_checkpoint
from {{ package }}.config import Config
from {{ package }}.criterion import Criterion, score
from {{ package }}.data_info import DataInfo, Splits
from {{ package }}.evaluation import evaluate
from {{ package }}.loaders import EvaluationLoader
from {{ package }}.models import build_model
from {{ package }}.ops.ema import Ema
{{- slot("tests.neutral.imports") }}
{% endcall %}



def test_the_average_has_its_closed_form() -> None:
    model, decay = nn.Linear(1, 1, bias=False).double(), 0.3
    weights = torch.randn(6, dtype=torch.float64)
    model.weight.data.fill_(weights[0])
    ema = Ema(model, decay)
    for weight in weights[1:]:
        model.weight.data.fill_(weight)
        ema.update(model)

    decays = [min(decay, (1 + n) / (10 + n)) for n in range(1, 6)]
    expected = weights[0] * torch.tensor(decays).prod()
    for n, weight in enumerate(weights[1:]):
        expected += weight * (1 - decays[n]) * torch.tensor(decays[n + 1 :]).prod()
    average = next(ema.model.parameters()).squeeze()
    torch.testing.assert_close(average, expected, rtol=1e-6, atol=0)


def test_the_average_is_that_of_pytorch() -> None:
    def average(mean: Tensor, weight: Tensor, updates: Tensor | int) -> Tensor:
        decay = min(0.9, (1 + float(updates)) / (10 + float(updates)))
        return decay * mean + (1 - decay) * weight

    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    ema, reference = Ema(model, 0.9), AveragedModel(model, avg_fn=average)
    reference.n_averaged += 1  # else the first update only copies
    for _ in range(20):
        for parameter in model.parameters():
            parameter.data += torch.randn_like(parameter)
        model(torch.randn(8, 3))
        ema.update(model)
        reference.update_parameters(model)
    for own, other in zip(ema.model.parameters(), reference.module.parameters(), strict=True):
        torch.testing.assert_close(own, other)
    torch.testing.assert_close(dict(ema.model.named_buffers()), dict(model.named_buffers()))


def test_the_average_is_a_copy_without_gradients() -> None:
    model = nn.Linear(2, 2)
    ema = Ema(model, 0.5)
    model.weight.data.zero_()
    assert next(ema.model.parameters()).abs().sum() > 0
    assert not any(parameter.requires_grad for parameter in ema.model.parameters())


def test_a_run_is_evaluated_and_saved_with_the_average(
    few_samples: Callable[[Config], tuple[Splits, DataInfo]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    {{- slot("tests.neutral", 4) }}
    config = Config(epochs=1, run=tmp_path / "run")
    run = script.train(config)
    checkpoint = read_checkpoint(run / "last.pt")
    assert checkpoint["ema"]["updates"] == checkpoint["step"]
    assert checkpoint["ema"]["model"].keys() == checkpoint["model"].keys()

    splits, info = few_samples(config)
    model, device = build_model(config, info), torch.device("cpu")
    model.load_state_dict(checkpoint["ema"]["model"])
    criterion = {{ expression("criterion.make", "Criterion(info, device)") }}
    evaluate(model, EvaluationLoader(splits["val"], config, info, device), criterion)
    assert score(criterion.metrics("val_")) == checkpoint["best"]
