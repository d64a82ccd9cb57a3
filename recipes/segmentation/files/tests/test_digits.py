{% include "composition/shared/test_digits.py" %}
