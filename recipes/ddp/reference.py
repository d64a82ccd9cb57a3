"""Two processes train as one does on batches of twice the size."""

from typing import Any

VARIANTS: dict[str, dict[str, Any]] = {"ddp": {}}
PROCESSES = 2
