{% from "composition/slots.jinja" import imports, slot, block with context %}
"""The model: a network, and what is done to it before training."""

{% call imports("models") %}
from torch import nn
from .config import Config
from .data_info import DataInfo
from .networks.tsn import TemporalSegmentNetwork
{% endcall %}



def build_model(config: Config, info: DataInfo) -> nn.Module:
    """Return a model from clips, (N, T, C, H, W), to logits, (N, classes)."""
    {% call block("models.network", 4) %}
    {% endcall +%}
    model = TemporalSegmentNetwork(network)
    {{- slot("models.build", 4) }}
    return model
{{- slot("models.functions", gap=2) }}
