{% include "composition/shared/class_losses.py" %}
