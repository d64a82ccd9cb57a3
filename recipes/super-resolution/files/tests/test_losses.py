{% from "composition/slots.jinja" import imports with context %}
"""The losses against their formulas in NumPy."""

{% call imports("test_losses") %}
import numpy as np
import pytest
import torch
from {{ package }}.errors import UserError
from {{ package }}.losses import Loss, charbonnier_loss, loss_function
{% endcall %}



@pytest.mark.parametrize("kind", ["l1", "mse", "charbonnier"])
def test_a_loss_is_the_mean_of_its_formula(kind: Loss) -> None:
    outputs = torch.randn(4, 3, 6, 8, dtype=torch.float64) / 100
    targets = torch.randn_like(outputs) / 100
    error = (outputs - targets).numpy()
    formulas = {"l1": abs(error), "mse": error**2, "charbonnier": np.sqrt(error**2 + 0.001**2)}
    expected = formulas[kind].sum() / error.size
    assert loss_function(outputs, targets, kind).item() == pytest.approx(expected, rel=1e-12)


def test_the_charbonnier_loss_can_be_differentiated_where_there_is_no_error() -> None:
    targets = torch.rand(2, 3, 4, 4)
    outputs = targets.clone().requires_grad_()
    loss = charbonnier_loss(outputs, targets)
    loss.backward()
    assert loss.item() == pytest.approx(0.001)
    assert outputs.grad is not None
    assert not outputs.grad.any()


@pytest.mark.parametrize("kind", ["l1", "mse", "charbonnier"])
def test_another_scale_than_that_of_the_data_is_refused(kind: Loss) -> None:
    with pytest.raises(UserError) as error:
        loss_function(torch.rand(4, 3, 24, 24), torch.rand(4, 3, 36, 36), kind)
    found = "outputs are (4, 3, 24, 24), targets are (4, 3, 36, 36): expected the same"
    assert str(error.value) == f"{found}; --scale must be the scale of the data"
