"""Self-attention against the formula of the SAGAN paper, written out."""

import pytest
import torch
from torch import Tensor

from {{ package }}.layers.self_attention import SelfAttention2d


def layer_with(gamma: float, channels: int = 32) -> SelfAttention2d:
    layer = SelfAttention2d(channels).double()
    layer.gamma.data.fill_(gamma)
    return layer


def written_out(layer: SelfAttention2d, features: Tensor) -> Tensor:
    flat = features.flatten(2)
    query, key, value = (
        project.weight.flatten(1) @ flat + project.bias.unsqueeze(1)  # type: ignore[union-attr]
        for project in (layer.query, layer.key, layer.value)
    )
    weights = torch.bmm(query.transpose(1, 2), key).softmax(dim=2)
    attended = torch.bmm(value, weights.transpose(1, 2))
    return features + layer.gamma * attended.view_as(features)


@pytest.mark.parametrize("size", [(1, 1), (4, 4), (3, 5)])
def test_values_and_gradients_are_those_of_the_formula(size: tuple[int, int]) -> None:
    layer = layer_with(gamma=0.7)
    features = torch.randn(2, 32, *size, dtype=torch.float64, requires_grad=True)
    inputs = [features, *layer.parameters()]

    result, expected = layer(features), written_out(layer, features)

    torch.testing.assert_close(result, expected)
    torch.testing.assert_close(
        torch.autograd.grad(result.square().sum(), inputs),
        torch.autograd.grad(expected.square().sum(), inputs),
    )


def test_a_new_layer_changes_nothing() -> None:
    features = torch.randn(2, 16, 4, 4)
    assert torch.equal(SelfAttention2d(16)(features), features)


def test_gamma_has_a_gradient_at_0() -> None:
    layer = SelfAttention2d(16)
    layer(torch.randn(2, 16, 4, 4)).square().sum().backward()
    assert layer.gamma.grad is not None
    assert layer.gamma.grad != 0


def test_the_attention_map_has_the_weights_of_each_position() -> None:
    layer, features = layer_with(gamma=0.7), torch.randn(2, 32, 3, 5, dtype=torch.float64)

    weights = layer.attention_map(features)

    assert weights.shape == (2, 15, 15)
    torch.testing.assert_close(weights.sum(2), torch.ones(2, 15, dtype=torch.float64))
    taken = torch.einsum("nij,ncj->nci", weights, layer.value(features).flatten(2))
    torch.testing.assert_close(layer(features), features + 0.7 * taken.view_as(features))


@pytest.mark.parametrize(("channels", "expected"), [(8, 1), (12, 1), (64, 8)])
def test_queries_and_keys_have_an_eighth_of_the_channels(channels: int, expected: int) -> None:
    layer = SelfAttention2d(channels)
    assert layer.query.out_channels == layer.key.out_channels == expected
    assert layer(torch.randn(1, channels, 4, 4)).shape == (1, channels, 4, 4)


@pytest.mark.parametrize("channels", [1, 7])
def test_fewer_than_8_channels_are_refused(channels: int) -> None:
    with pytest.raises(ValueError, match=f"channels is {channels}: expected at least 8"):
        SelfAttention2d(channels)
