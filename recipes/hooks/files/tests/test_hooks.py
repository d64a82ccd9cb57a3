{% from "composition/slots.jinja" import imports with context %}
"""What hooks record against the same network cut in two, and the plots of it."""

{% call imports("test_hooks") %}
from pathlib import Path
import matplotlib.image
import numpy as np
import pytest
import torch
from torch import Tensor, nn
import train
from {{ package }}.config import Config
from {{ package }}.runs import load_run
import torch.nn.functional as F
from {{ package }}.ops.hooks import Recording
from {{ package }}.ops import hooks
{% endcall %}


NAMES = ["0", "2", "5"]


@pytest.fixture
def model() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.ReLU(inplace=True),
        nn.Conv2d(4, 6, 3),
        nn.ReLU(inplace=True),
        nn.Flatten(),
        nn.Linear(6 * 4 * 4, 10),
    )


@pytest.fixture
def images() -> Tensor:
    return torch.rand(5, 1, 8, 8)


@pytest.fixture
def labels() -> Tensor:
    return torch.arange(5)


def record_passes(model: nn.Module, images: Tensor, labels: Tensor) -> Recording:
    """Record a forward and a backward pass that leaves the weights' gradients alone."""
    images = images.clone().requires_grad_()
    with hooks.recording(model) as record:
        F.cross_entropy(model(images), labels).backward(inputs=[images])
    return record


def in_place(model: nn.Module) -> list[bool]:
    return [layer.inplace for layer in model.modules() if isinstance(layer, nn.ReLU)]


def count_hooks(model: nn.Module) -> int:
    return sum(len(m._forward_hooks) + len(m._backward_hooks) for m in model.modules())


def test_outputs_and_gradients_are_those_of_a_network_cut_at_the_layer(
    model: nn.Sequential, images: Tensor, labels: Tensor
) -> None:
    record = record_passes(model, images, labels)

    assert list(record.outputs) == NAMES
    for name in NAMES:
        before, after = model[: int(name) + 1], model[int(name) + 1 :]
        output = before(images).detach().requires_grad_()
        loss = F.cross_entropy(after(output.clone()), labels)
        torch.testing.assert_close(record.outputs[name], output.detach())
        torch.testing.assert_close(record.gradients[name], *torch.autograd.grad(loss, output))


def test_recording_leaves_weights_and_their_gradients_as_they_are(
    model: nn.Sequential, images: Tensor, labels: Tensor
) -> None:
    before = [weight.detach().clone() for weight in model.parameters()]
    for weight in model.parameters():
        weight.grad = torch.ones_like(weight)

    record_passes(model, images, labels)

    for weight, old in zip(model.parameters(), before, strict=True):
        assert torch.equal(weight, old)
        assert weight.grad is not None
        assert torch.equal(weight.grad, torch.ones_like(weight))


def test_no_hook_is_left_and_layers_work_in_place_again(
    model: nn.Sequential, images: Tensor
) -> None:
    with hooks.recording(model, NAMES):
        assert count_hooks(model) == 2 * len(NAMES)
        assert in_place(model) == [False, False]
        model(images)
    assert count_hooks(model) == 0
    assert in_place(model) == [True, True]


def test_no_hook_is_left_when_the_pass_fails(model: nn.Sequential) -> None:
    with pytest.raises(RuntimeError), hooks.recording(model, NAMES):
        model(torch.rand(1, 3, 8, 8))  # the model takes one channel
    assert count_hooks(model) == 0
    assert in_place(model) == [True, True]


def test_an_unknown_layer_is_refused_and_no_hook_is_left(model: nn.Sequential) -> None:
    with pytest.raises(AttributeError, match="9"), hooks.recording(model, ["0", "9"]):
        pass
    assert count_hooks(model) == 0
    assert in_place(model) == [True, True]


def test_features_are_the_channels_of_the_first_image(
    model: nn.Sequential, images: Tensor, labels: Tensor
) -> None:
    record = record_passes(model, images, labels)

    figure = hooks.features(record, channels=4)

    shown = [np.asarray(axis.images[0].get_array()) for axis in figure.axes]
    for name, plot in zip("02", shown, strict=True):
        maps = record.outputs[name][0, :4].numpy()
        width = maps.shape[2]
        for number, channel in enumerate(maps):
            left = number * (width + 1)
            tile = plot[:, left : left + width]
            expected = (channel - channel.min()) / (channel.max() - channel.min())
            np.testing.assert_allclose(tile, expected, rtol=1e-5, atol=1e-6)


def test_gradient_flow_is_the_mean_absolute_gradients(
    model: nn.Sequential, images: Tensor, labels: Tensor
) -> None:
    record = record_passes(model, images, labels)

    (axis,) = hooks.gradient_flow(record).axes

    assert [label.get_text() for label in axis.get_yticklabels()] == NAMES
    widths = [bar.get_width() for bar in axis.patches]  # type: ignore[attr-defined]
    assert widths == pytest.approx([record.gradients[name].abs().mean().item() for name in NAMES])


def test_a_run_plots_every_weighted_layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Recording] = []

    def draw_layers(record: Recording, folder: Path, epoch: int) -> None:
        drawn.append(record)
        hooks.draw_layers(record, folder, epoch)

    monkeypatch.setattr(train, "draw_layers", draw_layers)
    run = train.train(Config(epochs=2, hooks_every=2, device="cpu", run=tmp_path / "run"))

    (record,) = drawn
    names = hooks.weighted_layers(load_run(run, torch.device("cpu")).model)
    assert len(names) > 0
    assert sorted(record.outputs) == sorted(record.gradients) == sorted(names)
    plots = sorted((run / "hooks").iterdir())
    assert [path.name for path in plots] == ["features_002.png", "gradients_002.png"]
    for path in plots:
        pixels = matplotlib.image.imread(path)
        assert pixels.min() < pixels.max()
