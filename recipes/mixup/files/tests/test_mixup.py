"""Mixup against the formula and the loss of its paper."""

import pytest
import torch
import torch.nn.functional as F

from {{ package }}.ops.mixup import mix, mixup


@pytest.mark.parametrize("shape", [(6, 5), (6, 3, 8, 8), (6, 2, 3, 4, 4)])
def test_each_sample_is_combined_with_its_partner(shape: tuple[int, ...]) -> None:
    inputs, targets = torch.rand(shape), torch.rand(6, 4)
    partners = torch.tensor([3, 0, 2, 5, 1, 4])

    mixed_inputs, mixed_targets = mix(inputs, targets, 0.3, partners)

    for i, j in enumerate(partners.tolist()):
        torch.testing.assert_close(mixed_inputs[i], 0.3 * inputs[i] + 0.7 * inputs[j])
        torch.testing.assert_close(mixed_targets[i], 0.3 * targets[i] + 0.7 * targets[j])


@pytest.mark.parametrize("weight", [0.0, 0.3, 0.5, 1.0])
def test_loss_is_the_sum_of_the_two_weighted_losses(weight: float) -> None:
    logits, labels, partners = torch.randn(32, 10), torch.randint(10, (32,)), torch.randperm(32)

    _, targets = mix(logits, F.one_hot(labels, 10).float(), weight, partners)

    own, other = F.cross_entropy(logits, labels), F.cross_entropy(logits, labels[partners])
    expected = weight * own + (1 - weight) * other
    torch.testing.assert_close(F.cross_entropy(logits, targets), expected)


def test_a_batch_is_mixed_with_a_permutation_of_itself_by_one_weight() -> None:
    torch.manual_seed(0)
    inputs, targets = mixup(torch.eye(64), torch.eye(64), alpha=1.0)

    weight = inputs.diagonal().min()
    permutation = (inputs - weight * torch.eye(64)) / (1 - weight)
    assert 0 < weight < 1
    torch.testing.assert_close(permutation, permutation.round())
    torch.testing.assert_close(permutation.sum(0), torch.ones(64))
    torch.testing.assert_close(permutation.sum(1), torch.ones(64))
    assert torch.equal(targets, inputs)


@pytest.mark.parametrize("alpha", [0.2, 1.0, 5.0])
def test_weights_have_mean_and_variance_of_the_beta_distribution(alpha: float) -> None:
    torch.manual_seed(0)
    samples = torch.eye(16)

    weights = torch.stack([mixup(samples, samples, alpha)[0].diagonal().min() for _ in range(2000)])

    assert weights.mean().item() == pytest.approx(1 / 2, abs=0.03)
    assert weights.var().item() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.1)


def test_alpha_0_leaves_the_batch_as_it_is() -> None:
    inputs, targets = torch.rand(4, 1, 8, 8), torch.eye(4)

    mixed_inputs, mixed_targets = mixup(inputs, targets, alpha=0.0)

    assert mixed_inputs is inputs
    assert mixed_targets is targets


@pytest.mark.parametrize("alpha", [1e-8, 1e8])
def test_extreme_alpha_gives_finite_numbers(alpha: float) -> None:
    inputs, targets = mixup(torch.rand(4, 1, 8, 8), torch.eye(4), alpha)

    assert inputs.isfinite().all()
    torch.testing.assert_close(targets.sum(1), torch.ones(4))


def test_the_batch_that_is_given_is_not_written_to() -> None:
    inputs, targets = torch.rand(8, 1, 8, 8), torch.eye(8)
    before = inputs.clone(), targets.clone()

    mixup(inputs, targets, alpha=1.0)

    assert torch.equal(inputs, before[0])
    assert torch.equal(targets, before[1])
