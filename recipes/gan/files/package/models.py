{% from "composition/slots.jinja" import imports, slot, block with context %}
"""The two networks: the generator is the model, the discriminator is its teacher."""

{% call imports("models") %}
from torch import nn
from .config import Config
from .data_info import DataInfo
from .datasets import NOISE
{% endcall %}



def build_model(config: Config, info: DataInfo) -> nn.Module:
    """Return a generator from noise, (N, NOISE), to images, (N, C, H, W) in [-1, 1]."""
    {% call block("models.network", 4) %}
    {% endcall +%}
    {{- slot("models.build", 4) }}
    return model


def build_discriminator(config: Config, info: DataInfo) -> nn.Module:
    """Return a discriminator from images, (N, C, H, W), to logits of being real, (N,)."""
    {% call block("models.discriminator_network", 4) %}
    {% endcall +%}
    {{- slot("models.discriminator", 4) }}
    return discriminator
