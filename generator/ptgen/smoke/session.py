"""A run of many variants: what need not be tried again, what is tried, what a failure is due to."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from ptgen.base.digest import digest, tree_digest
from ptgen.smoke import processes, reduction, runner
from ptgen.smoke.cache import Cache
from ptgen.smoke.covering import Names
from ptgen.smoke.display import Display
from ptgen.smoke.job import Job, Setup
from ptgen.smoke.plan import Variant
from ptgen.smoke.results import Result
from ptgen.smoke.runner import Finished, Limits
from ptgen.templates.manifest import Manifest

DOCUMENTS = ("readme.", "gitignore", "pyproject.")


@dataclass
class Session:
    """All that is the same for the variants of a run.

    Attributes:
        setup: What is the same for the variants.
        folder: A folder to work in.
        display: Shows how it goes.
        repeat: The command that repeats a result.
        at_once: How many variants to try at a time.
        limits: What a variant may take.
        known: Every result so far.
    """

    setup: Setup
    folder: Path
    display: Display
    repeat: Callable[[Result], str]
    at_once: int
    limits: Limits
    known: dict[Variant, Result] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Take the digest of the template, which all keys of the cache contain."""
        self._numbers = itertools.count(1)
        self._cache = Cache(self.setup.cache) if self.setup.cache else None
        self._digest = tree_digest(self.setup.template.folder) if self._cache else ""

    def run(self, variants: Iterable[Variant]) -> list[Result]:
        """Try variants and return how each fared, in their order.

        Of one that fails, the recipes are reduced to those that matter.
        """
        variants = list(variants)
        todo = [variant for variant in variants if not self._passed_before(variant)]
        if todo:
            self.display.text("importing torch, once for all variants")
            processes.warm_up()
        for finished in self._judged(self._tried(todo)):
            if finished.result.passed:
                self._keep(finished)
                self._tell(finished.result)
            else:
                self._tell(self._reduced(finished.result))
        return [self.known[variant] for variant in variants]

    def _passed_before(self, variant: Variant) -> bool:
        """Tell a result that holds as long as the whole template is the same, if there is one."""
        found = None
        if self._cache and not self.setup.origin:
            found = self._cache.get(self._key(self._job(variant)))
        if found:
            self._tell(found)
        return found is not None

    def _tell(self, result: Result) -> None:
        self.known[result.variant] = result
        self.display.finished(result, self.repeat(result))

    def _keep(self, finished: Finished) -> None:
        """Put what passed into the cache, by the template and by the project that was rendered."""
        if self._cache:
            result = replace(finished.result, cached=False)
            self._cache.put(finished.key, result)
            if not self.setup.origin:
                self._cache.put(self._key(finished.job), result)

    def _key(self, job: Job) -> str:
        return digest("template", job.settings(), self._digest, str(job.variant))

    def _job(self, variant: Variant) -> Job:
        return Job.of(variant, self.setup, self.folder / f"{next(self._numbers):03}")

    def _tried(self, variants: Iterable[Variant], show: bool = True) -> Iterator[Finished]:
        """Yield each variant as it is finished; those that are not of the plan are not shown."""
        jobs, display = [self._job(variant) for variant in variants], self.display
        started = display.started if show else lambda _: None
        running = runner.run(jobs, self.at_once, self.limits, started, display.refresh)
        with closing(running):
            for finished in running:
                for line in finished.log:
                    if line.startswith("warning: "):
                        display.text(line)
                yield finished

    def _judged(self, tried: Iterable[Finished]) -> Iterator[Finished]:
        """Yield what was tried; where a recipe has changed nothing in a run, as a failure.

        That can be told once the bare project of the task is there, and whose fault a failure is,
        too: until then, a recipe alone and a failure wait.
        """
        bare = {one.task: result for one, result in self.known.items() if not one.recipes}
        waiting: list[Finished] = []
        for finished in itertools.chain(tried, [None]):
            if finished is not None:
                waiting.append(finished)
                if not finished.job.variant.recipes:
                    bare[finished.job.variant.task] = finished.result
                    self.known[finished.job.variant] = finished.result
            for one in list(waiting):
                task, needs_bare = one.job.variant.task, one.job.alone or not one.result.passed
                if not needs_bare or task in bare or finished is None:
                    waiting.remove(one)
                    yield self._with_effect(one, bare.get(task))

    def _with_effect(self, finished: Finished, bare: Result | None) -> Finished:
        """Return a result, or the failure that it is if a run was the same without the recipe."""
        result, alone = finished.result, finished.job.alone
        if not result.passed or alone is None or alone.neutral or bare is None:
            return finished
        if result.trace is None or result.trace != bare.trace or not self._changes_code(alone):
            return finished
        reason = (
            f"a run of {result.variant.task} ends exactly as it does without {alone.name}; "
            "mend it, or say neutral: true in its recipe.yml"
        )
        failure = replace(result, passed=False, phase="effect", reason=reason)
        return replace(finished, result=failure)

    def _changes_code(self, recipe: Manifest) -> bool:
        """Tell whether a recipe has lines in the code of a project, and not in documents alone."""
        folder = self.setup.template.folder / "recipes" / recipe.name
        fragments = [path.name for part in ("slots", "blocks") for path in folder.glob(f"{part}/*")]
        return any(not name.startswith(DOCUMENTS) for name in fragments)

    def _reduced(self, result: Result) -> Result:
        """Return a failure with the fewest of its recipes that fail together."""
        tried = result.variant
        if not tried.recipes or self.setup.origin or result.phase == "effect":
            return result
        known = {
            variant.row.recipes: not one.passed
            for variant, one in self.known.items()
            if variant.task == tried.task and (not one.passed or variant.tries_as_much_as(tried))
        }

        def fail(sets: Sequence[Names]) -> list[bool]:
            variants = [replace(tried, recipes=tuple(sorted(names))) for names in sets]
            self.display.text(f"reducing {tried}: trying {len(sets)} smaller sets")
            found = {one.job.variant: one.result for one in self._tried(variants, show=False)}
            return [not found[variant].passed for variant in variants]

        complete = self.setup.tasks[tried.task].complete
        smallest = reduction.reduce(frozenset(tried.recipes), complete, fail, known)
        return replace(result, reduced=tuple(sorted(smallest)))
