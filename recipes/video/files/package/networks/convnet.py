{% include "composition/shared/convnet.py" %}
