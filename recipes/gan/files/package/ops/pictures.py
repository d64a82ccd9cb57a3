{% include "composition/shared/pictures.py" %}
