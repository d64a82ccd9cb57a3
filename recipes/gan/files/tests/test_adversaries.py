{% from "composition/slots.jinja" import imports with context %}
"""Two networks in one pass against two separate passes, losses and optimizers."""

{% call imports("test_adversaries") %}
import copy
import json
from pathlib import Path
from collections import Counter
from typing import Any
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.optimizer import register_optimizer_step_pre_hook
import train as script
from {{ package }}.checkpoint import read_checkpoint
from {{ package }}.config import Config
from {{ package }}.data_info import DataInfo, Splits
from {{ package }}.datasets import NOISE
from {{ package }}.losses import Kind, discriminator_loss, generator_loss
from {{ package }}.models import build_discriminator, build_model
from {{ package }}.networks.adversaries import Adversaries
from collections.abc import Callable
{% endcall %}



@pytest.fixture
def model() -> Adversaries:
    torch.manual_seed(0)
    generator = nn.Sequential(nn.Linear(5, 64), nn.Tanh(), nn.Unflatten(1, (1, 8, 8)))
    discriminator = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(4 * 36, 1), nn.Flatten(0)
    )
    return Adversaries(generator, discriminator).double()


def batch(count: int = 6) -> tuple[Tensor, Tensor]:
    images = torch.rand(count, 1, 8, 8, dtype=torch.float64) * 2 - 1
    return torch.randn(count, 5, dtype=torch.float64), images


def test_the_logits_are_those_of_separate_passes(model: Adversaries) -> None:
    noise, images = batch()
    real, fake, judged = model(noise, images)
    made = model.generator(noise)
    torch.testing.assert_close(real, model.discriminator(images))
    torch.testing.assert_close(fake, model.discriminator(made))
    torch.testing.assert_close(judged, fake)


def test_the_discriminators_loss_reaches_the_discriminator_alone(model: Adversaries) -> None:
    real, fake, _ = model(*batch())
    discriminator_loss(real, fake, "bce").backward()
    assert all(weight.grad is None for weight in model.generator.parameters())
    assert all(weight.grad is not None for weight in model.discriminator.parameters())


def test_the_generators_loss_reaches_the_generator_alone(model: Adversaries) -> None:
    *_, judged = model(*batch())
    generator_loss(judged, "bce").backward()
    assert all(weight.grad is None for weight in model.discriminator.parameters())
    assert all(weight.grad is not None for weight in model.generator.parameters())


class Judge(nn.Module):
    """Stands for ``Adversaries``: returns its arguments as logits."""

    def forward(self, noise: Tensor, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return noise, images, 2 * noise


@pytest.mark.parametrize("kind", ["bce", "hinge"])
def test_each_network_has_its_own_loss(kind: Kind) -> None:
    real, fake = torch.randn(2, 9)
    d_loss, g_loss = script.training_loss(Judge(), real, fake, Config(loss=kind))
    torch.testing.assert_close(d_loss, discriminator_loss(real, fake, kind))
    torch.testing.assert_close(g_loss, generator_loss(2 * real, kind))


def step_apart(
    model: Adversaries, optimizers: list[Optimizer], noise: Tensor, images: Tensor, kind: Kind
) -> None:
    """Differentiate the loss of each network separately, then step both."""
    generator, discriminator = model.generator, model.discriminator
    with torch.no_grad():
        made = generator(noise)
    real, fake = discriminator(images), discriminator(made)
    if kind == "hinge":
        loss = (1 - real).clamp(min=0).mean() + (1 + fake).clamp(min=0).mean()
    else:
        loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
    d_gradients = torch.autograd.grad(loss, list(discriminator.parameters()))
    judged = discriminator(generator(noise))
    loss = -judged.mean() if kind == "hinge" else -F.logsigmoid(judged).mean()
    g_gradients = torch.autograd.grad(loss, list(generator.parameters()))
    for network, gradients in ((generator, g_gradients), (discriminator, d_gradients)):
        for weight, gradient in zip(network.parameters(), gradients, strict=True):
            weight.grad = gradient
    for optimizer in optimizers:
        optimizer.step()


@pytest.mark.parametrize("kind", ["bce", "hinge"])
def test_one_optimizer_for_both_equals_two_optimizers(model: Adversaries, kind: Kind) -> None:
    apart = copy.deepcopy(model)
    rates = {"generator": 0.003, "discriminator": 0.006}
    options: dict[str, Any] = {"betas": (0.0, 0.999), "weight_decay": 0.01}
    groups = [
        {"params": network.parameters(), "lr": rates[name]}
        for name, network in model.named_children()
    ]
    optimizer = torch.optim.AdamW(groups, **options, fused=True)
    optimizers: list[Optimizer] = [
        torch.optim.AdamW(network.parameters(), lr=rates[name], **options, foreach=False)
        for name, network in apart.named_children()
    ]
    config = Config(loss=kind)
    for _ in range(5):
        noise, images = batch()
        step_apart(apart, optimizers, noise, images, kind)
        d_loss, g_loss = script.training_loss(model, noise, images, config)
        (d_loss + g_loss).backward()
        optimizer.step()
        optimizer.zero_grad()
    torch.testing.assert_close(model.state_dict(), apart.state_dict(), rtol=1e-6, atol=1e-9)


class Run:
    """An epoch of training, with what went into its losses and its updates."""

    def __init__(self, folder: Path) -> None:
        self.config = Config(epochs=1, run=folder)
        self.noise: list[Tensor] = []
        self.losses: list[tuple[float, float]] = []
        self.parameters: list[dict[float, int]] = []  # of each update: how many have which lr
        training_loss = script.training_loss

        def watched(model: nn.Module, noise: Tensor, images: Tensor, config: Config) -> Any:
            self.noise.append(noise.clone())
            d_loss, g_loss = training_loss(model, noise, images, config)
            self.losses.append((d_loss.item(), g_loss.item()))
            return d_loss, g_loss

        def update(optimizer: Optimizer, *_: object) -> None:
            counts: Counter[float] = Counter()
            for group in optimizer.param_groups:
                counts[group["lr"]] += sum(weight.numel() for weight in group["params"])
            self.parameters.append(dict(counts))

        handle = register_optimizer_step_pre_hook(update)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(script, "training_loss", watched)
            self.folder = script.train(self.config)
        handle.remove()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    torch.set_num_threads(1)
    return Run(tmp_path_factory.mktemp("run") / "run")


def test_both_networks_are_trained_and_saved(run: Run) -> None:
    checkpoint = read_checkpoint(run.folder / "last.pt")
    info = DataInfo(**checkpoint["info"])
    for name, build in (("model", build_model), ("discriminator", build_discriminator)):
        fresh = build(run.config, info)
        fresh.load_state_dict(checkpoint[name])
    images = torch.zeros(1, info.channels, *info.size)
    assert fresh(images).abs() > 0.01  # a new discriminator returns 0


def test_each_network_has_its_own_learning_rate(run: Run) -> None:
    checkpoint = read_checkpoint(run.folder / "last.pt")
    info = DataInfo(**checkpoint["info"])
    networks = (build_model(run.config, info), build_discriminator(run.config, info))
    sizes = [sum(weight.numel() for weight in network.parameters()) for network in networks]
    expected = run.config.discriminator_lr / run.config.lr
    assert run.parameters
    for parameters in run.parameters:
        generator, discriminator = sorted(parameters)
        assert [parameters[generator], parameters[discriminator]] == sizes
        assert discriminator / generator == pytest.approx(expected)


def test_every_batch_has_new_noise(
    run: Run, few_samples: Callable[[Config], tuple[Splits, DataInfo]]
) -> None:
    drawn = torch.cat(run.noise)
    assert len(drawn.unique(dim=0)) == len(drawn)
    train = few_samples(run.config)[0]["train"]
    fixed = torch.stack([train[index][0] for index in range(len(train))])  # type: ignore[arg-type]
    assert not (drawn[:, None] == fixed).all(2).any()
    assert drawn.shape[1] == NOISE
    assert drawn.std() == pytest.approx(1, abs=0.02)


def test_the_log_has_both_losses(run: Run) -> None:
    line = json.loads((run.folder / "metrics.jsonl").read_text())
    d_loss, g_loss = torch.tensor(run.losses).mean(0).tolist()
    assert line["train_d_loss"] == pytest.approx(d_loss, rel=1e-5)
    assert line["train_g_loss"] == pytest.approx(g_loss, rel=1e-5)
    assert line["train_loss"] == pytest.approx(d_loss + g_loss, rel=0.01)  # 16 bits round the sum


def test_the_images_of_an_epoch_are_saved(run: Run) -> None:
    assert (run.folder / "images" / "001.png").stat().st_size > 1000
