{% include "composition/shared/class_criterion.py" %}
