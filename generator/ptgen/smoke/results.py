"""How a variant fared."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from ptgen.smoke.plan import Variant


@dataclass(frozen=True)
class Cost:
    """What a phase took.

    Attributes:
        seconds: Of time.
        cpu_seconds: Of all its processes together.
    """

    seconds: float
    cpu_seconds: float


@dataclass(frozen=True)
class Result:
    """How a variant fared.

    Attributes:
        variant: The variant.
        passed: Whether it passed all phases.
        seconds: How long it took, now or when it last ran.
        phase: The phase it failed in, or the last one.
        reason: Why it failed, empty if it passed.
        metric: Name of the floor's metric.
        expected: What its best value must be, and why if a recipe lowers it.
        curve: The metric after each epoch of the run; empty if there is none.
        figure: The best of the curve, None if there is none.
        trace: A digest of all that the run left, but for times; None if it did not end.
        phases: What each phase took, in their order.
        log: What the phases printed, line by line.
        cached: Whether it was not run, because nothing had changed since it passed.
        reduced: Of a variant that failed, the fewest of its recipes that still fail together; None
            if it passed or was not reduced.
    """

    variant: Variant
    passed: bool
    seconds: float
    phase: str
    reason: str
    metric: str
    expected: str
    curve: list[float]
    figure: float | None
    trace: str | None
    phases: dict[str, Cost]
    log: list[str]
    cached: bool = False
    reduced: tuple[str, ...] | None = None

    @property
    def smallest(self) -> Variant:
        """The variant to look at: the reduced one, if there is one."""
        recipes = self.variant.recipes if self.reduced is None else self.reduced
        return replace(self.variant, recipes=recipes)

    def facts(self) -> dict[str, Any]:
        """Return the result as plain values, for JSON."""
        facts = asdict(self)
        return {**facts.pop("variant"), **facts}

    @classmethod
    def of_facts(cls, facts: Mapping[str, Any]) -> Self:
        """Read what ``facts`` wrote.

        Raises:
            TypeError: It is something else.
            KeyError: Something is missing.
        """
        rest = {name: facts[name] for name in cls.__dataclass_fields__ if name != "variant"}
        reduced, phases = rest.pop("reduced"), rest.pop("phases")
        return cls(
            variant=Variant(facts["task"], tuple(facts["recipes"]), facts["extent"]),
            reduced=None if reduced is None else tuple(reduced),
            phases={name: Cost(**cost) for name, cost in phases.items()},
            **rest,
        )
