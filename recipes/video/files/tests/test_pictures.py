{% include "composition/shared/test_pictures.py" %}
