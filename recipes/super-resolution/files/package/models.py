{% from "composition/slots.jinja" import imports, slot with context %}
"""The model that is trained: a network, and what is done to it before training."""

{% call imports("models") %}
from torch import nn
from .config import Config
from .networks.espcn import ESPCN
{% endcall %}



def build_model(config: Config) -> nn.Module:
    """Return a network from images, (N, 3, h, w), to (N, 3, scale * h, scale * w)."""
    model = ESPCN(3, config.width, config.scale, config.upsampler)
    {{- slot("models.build", 4) }}
    return model
