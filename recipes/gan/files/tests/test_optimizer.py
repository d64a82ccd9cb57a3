{% from "composition/slots.jinja" import imports with context %}
"""The optimizer of both networks."""

{% call imports("test_optimizer") %}
from collections.abc import Callable
from {{ package }}.config import Config
from {{ package }}.data_info import DataInfo, Splits
from {{ package }}.models import build_discriminator, build_model
from {{ package }}.networks.adversaries import Adversaries
from {{ package }}.optimizer import build_optimizer
{% endcall +%}


def test_each_network_has_its_own_learning_rate(
    few_samples: Callable[[Config], tuple[Splits, DataInfo]],
) -> None:
    config = Config(lr=0.25, discriminator_lr=0.5)
    _, info = few_samples(config)
    networks = Adversaries(build_model(config, info), build_discriminator(config, info))
    names = {id(parameter): name for name, parameter in networks.named_parameters()}
    found = {
        names[id(parameter)]: group["lr"]
        for group in build_optimizer(networks, config).param_groups
        for parameter in group["params"]
    }
    assert sorted(found) == sorted(names.values())
    for name, lr in found.items():
        assert lr == (0.25 if name.startswith("generator.") else 0.5), name
