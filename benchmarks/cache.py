"""What `ptgen smoke` tries again: nothing where nothing has changed, else what contains the change.

The plan of one task and a few recipes is tried in a copy of the template: at first, again, and once
more after a line of one recipe has changed.

Use:
    python benchmarks/cache.py
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from compare import BIN, ROOT, at_most, leave

from ptgen.templates import Template

TASK, RECIPE, OTHERS = "classification", "mixup", ("cosine", "grad-clip")
CHANGED = f"recipes/{RECIPE}/files/package/ops/mixup.py"
TARGET = 0.05


def smoke(template: Path, cache: Path) -> tuple[float, list[dict[str, Any]]]:
    """Try the plan; return how long it took, and the results."""
    command: list[str | Path] = [BIN / "ptgen", "smoke", "--task", TASK, "--json"]
    command += ["--cache", cache]
    started = time.perf_counter()
    done = subprocess.run(command, cwd=template, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return time.perf_counter() - started, json.loads(done.stdout)


def main() -> None:
    """Measure and judge."""
    with tempfile.TemporaryDirectory() as scratch:
        template, cache = Path(scratch, "template"), Path(scratch, "cache")
        for part in ("template", "recipes", "presets", "composition"):
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / part, template / part, ignore=ignore)
        shutil.copy(ROOT / "copier.yml", template)
        for entry in Template(template).manifests:
            if entry.kind != "part" and entry.name not in (TASK, RECIPE, *OTHERS):
                shutil.rmtree(template / "recipes" / entry.name)
        first, results = smoke(template, cache)
        again, _ = smoke(template, cache)
        path = template / CHANGED
        path.write_text(path.read_text() + "\n\n# A line.\n")
        changed, after = smoke(template, cache)
    tried = [one for one in after if not one["cached"]]
    with_it = [one for one in after if RECIPE in one["recipes"]]
    print(f"{len(results)} variants in {first:.0f} s, again in {again:.1f} s")
    print(f"with another {RECIPE}: {len(tried)} variants in {changed:.0f} s")
    met = at_most("the second run / the first", again / first, TARGET)
    leave(met, at_most(f"variants tried / with {RECIPE}", len(tried) / len(with_it), 1.0))


if __name__ == "__main__":
    main()
