"""Self-attention over a feature map (Zhang et al., SAGAN, ICML 2019, arXiv:1805.08318)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class SelfAttention2d(nn.Module):
    """Adds to each position a mean of all positions, weighted by how alike they are.

    The sum is scaled by a learned ``gamma`` that starts at 0: at first the layer changes nothing.

    Args:
        channels: Channels of the feature map, at least 8; queries and keys have an eighth of them.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        if channels < 8:
            raise ValueError(f"channels is {channels}: expected at least 8")
        self.query = nn.Conv2d(channels, channels // 8, 1)
        self.key = nn.Conv2d(channels, channels // 8, 1)
        self.value = nn.Conv2d(channels, channels, 1)
        self.gamma = nn.Parameter(torch.zeros(()))

    def forward(self, features: Tensor) -> Tensor:
        """Map (N, channels, H, W) to the same shape."""
        query, key, value = (
            project(features).flatten(2).transpose(1, 2)
            for project in (self.query, self.key, self.value)
        )
        attended = F.scaled_dot_product_attention(query, key, value, scale=1.0)
        return features + self.gamma * attended.transpose(1, 2).reshape(features.shape)

    def attention_map(self, features: Tensor) -> Tensor:
        """Return the weights, (N, H * W, H * W): row i is how much position i takes of each."""
        query, key = self.query(features).flatten(2), self.key(features).flatten(2)
        weights: Tensor = (query.transpose(1, 2) @ key).softmax(dim=2)
        return weights
