{% from "composition/slots.jinja" import imports, slot, block with context %}
"""The model: a network, and what is done to it before training."""

{% call imports("models") %}
from torch import nn
from .config import Config
from .data_info import DataInfo
{% endcall %}



def build_model(config: Config, info: DataInfo) -> nn.Module:
    """Return a model from images, (N, C, h, w), to (N, C, scale * h, scale * w)."""
    {% call block("models.network", 4) %}
    {% endcall +%}
    {{- slot("models.build", 4) }}
    return model
