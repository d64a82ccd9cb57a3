{% include "composition/shared/digits.py" %}
