{% include "composition/shared/test_class_criterion.py" %}
