{% from "composition/slots.jinja" import imports with context %}
"""The learning rate of each stage: its closed form, also while schedules step."""

{% call imports("test_discriminative_lr") %}
import json
from pathlib import Path
import pytest
from torch import nn
from torch.optim import Optimizer
from torch.optim.optimizer import register_optimizer_step_pre_hook
import train as script
from {{ package }}.config import Config
from {{ package }}.models import stages
from {{ package }}.ops.discriminative_lr import lr_factors
from {{ package }}.optimizer import build_optimizer
from train import train
{% endcall %}



def closed_form(depth: int, backbone: float, decay: float) -> list[float]:
    """Return the factors of so many stages, from the input to the head."""
    return [backbone * decay ** (depth - 2 - stage) for stage in range(depth - 1)] + [1.0]


@pytest.mark.parametrize(("backbone", "decay"), [(0.3, 1.0), (0.5, 0.8), (1.0, 0.1), (2.0, 0.5)])
@pytest.mark.parametrize("depth", [1, 2, 5])
def test_factors_have_their_closed_form(depth: int, backbone: float, decay: float) -> None:
    layers = [nn.Linear(2, 2) for _ in range(depth)]
    factors = lr_factors(layers, backbone, decay)
    for layer, expected in zip(layers, closed_form(depth, backbone, decay), strict=True):
        assert [factors.pop(parameter) for parameter in layer.parameters()] == [
            pytest.approx(expected)
        ] * 2
    assert not factors


class Training:
    """A training whose model and learning rates are kept.

    Attributes:
        rates: Of the parameters of each stage, for each update.
        metrics: Lines of metrics.jsonl.
    """

    def __init__(self, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rates: list[list[set[float]]] = []
        monkeypatch.setattr(script, "build_optimizer", self.build)
        handle = register_optimizer_step_pre_hook(self.keep)
        try:
            lines = (train(config) / "metrics.jsonl").read_text().splitlines()
        finally:
            handle.remove()
        self.metrics = [json.loads(line) for line in lines]

    def build(self, model: nn.Module, config: Config) -> Optimizer:
        self.model = model
        return build_optimizer(model, config)

    def keep(self, optimizer: Optimizer, *_: object) -> None:
        found = {p: group["lr"] for group in optimizer.param_groups for p in group["params"]}
        self.rates.append([{found[p] for p in stage.parameters()} for stage in stages(self.model)])


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Training:
    run = tmp_path_factory.mktemp("training") / "run"
    config = Config(epochs=2, lr=0.01, run=run, backbone_lr_factor=0.5, layer_decay=0.8)
    with pytest.MonkeyPatch.context() as patch:
        return Training(config, patch)


def test_every_parameter_is_in_one_stage_and_one_group(training: Training) -> None:
    staged = [id(p) for stage in stages(training.model) for p in stage.parameters()]
    assert sorted(staged) == sorted(id(p) for p in training.model.parameters())


def test_learning_rates_of_stages_keep_their_ratios(training: Training) -> None:
    factors = closed_form(len(stages(training.model)), 0.5, 0.8)
    assert len(factors) > 2
    for rates in training.rates:
        (head,) = rates[-1]
        for found, factor in zip(rates, factors, strict=True):
            assert list(found) == pytest.approx([head * factor] * len(found))
            assert len(found) <= 1


def test_the_head_has_the_given_learning_rate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[float] = []

    def build(model: nn.Module, config: Config) -> Optimizer:
        optimizer = build_optimizer(model, config)
        head = {id(parameter) for parameter in stages(model)[-1].parameters()}
        for group in optimizer.param_groups:
            found.extend(group["lr"] for p in group["params"] if id(p) in head)
        raise InterruptedError

    monkeypatch.setattr(script, "build_optimizer", build)
    with pytest.raises(InterruptedError):
        train(Config(lr=0.01, run=tmp_path / "run", backbone_lr_factor=0.1))
    assert found
    assert set(found) == {0.01}


def test_the_log_has_the_learning_rate_of_the_head(training: Training) -> None:
    first_of_next_epoch = training.metrics[0]["step"]
    assert {training.metrics[0]["lr"]} == training.rates[first_of_next_epoch][-1]
