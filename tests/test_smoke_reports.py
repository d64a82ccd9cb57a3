"""What ``ptgen smoke`` reports: files that other programs read back, a page, and lines."""

import io
import json
import subprocess
import sys
import threading
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from ptgen.base.errors import PtgenError
from ptgen.smoke import display, reports
from ptgen.smoke.display import Display
from ptgen.smoke.plan import Variant
from ptgen.smoke.results import Cost, Result

HOSTILE = '<script>alert("1")</script> & \x1b[31mred\x1b[0m \x00\udc80'
VOID = {"meta", "link", "wbr", "circle", "polyline"}


def passed(task: str, *recipes: str, **facts: Any) -> Result:
    common: dict[str, Any] = {
        "passed": True,
        "seconds": 5.13,
        "phase": "test",
        "reason": "",
        "metric": "val_accuracy",
        "expected": "at least 0.9",
        "curve": [0.5, 0.98],
        "figure": 0.98,
        "trace": "a1",
        "phases": {"render": Cost(0.13, 0.1), "train": Cost(5.0, 6.0)},
        "log": [],
    }
    return Result(Variant(task, recipes), **common | facts)


def failed(task: str, *recipes: str, **facts: Any) -> Result:
    why = {"passed": False, "phase": "train", "reason": "too low", "log": ["one", "two"]}
    return passed(task, *recipes, **why | facts)


def again(result: Result) -> str:
    return f"ptgen smoke {result.smallest.choice} --task {result.variant.task}"


VARIANTS = [
    Variant("gan"),
    Variant("gan", ("ema",)),
    Variant("gan", ("amp", "ema")),
    Variant("gan", ("cosine", "ema", "mixup")),
    Variant("video"),
    Variant("video", ("frames",)),
    Variant("video", ("ema",), "static"),
]
PAIRS = [
    {"recipes": ["amp", "ema"], "tasks": ["gan"], "variants": [2]},
    {"recipes": ["cosine", "ema"], "tasks": ["gan"], "variants": [3]},
    {"recipes": ["cosine", "mixup"], "tasks": ["gan"], "variants": [3]},
    {"recipes": ["ema", "mixup"], "tasks": ["gan"], "variants": [3]},
]
INFEASIBLE = [{"recipes": ["amp", "cosine"], "reason": 'both <set> "it"'}]
RESULTS = [
    failed(
        "gan", "mixup", "ema", "cosine", reason=HOSTILE, log=[HOSTILE], reduced=("ema", "mixup")
    ),
    passed("gan", "amp", "ema", cached=True),
    passed("gan", curve=[0.5, float("nan"), 0.98]),
    passed("video", curve=[], figure=None),
]


class Page(HTMLParser):
    """A page read back: every element closed in turn, with its attributes and the text in it."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source
        self.open: list[int] = []
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.feed(source)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), []))
        if tag not in VOID:
            self.open.append(len(self.elements) - 1)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), []))

    def handle_endtag(self, tag: str) -> None:
        assert self.elements[self.open.pop()][0] == tag

    def handle_data(self, data: str) -> None:
        for number in self.open:
            self.elements[number][2].append(data)

    def texts(self, tag: str, css: str | None = None) -> list[str]:
        return [
            "".join(text).strip()
            for name, attributes, text in self.elements
            if name == tag and css in (None, *(attributes.get("class") or "").split())
        ]

    def cells(self) -> dict[str, tuple[str, str]]:
        """Return state and symbol of each cell of the grids, by the title's first line."""
        return {
            (attributes["title"] or "").split("\n")[0]: (
                (attributes["class"] or "").split()[0],
                "".join(text),
            )
            for tag, attributes, text in self.elements
            if tag == "td" and "title" in attributes
        }

    def title(self, beginning: str) -> list[str]:
        """Return the lines of a cell's title."""
        titles = [attributes.get("title") or "" for _, attributes, _ in self.elements]
        (found,) = [title for title in titles if title.startswith(beginning)]
        return found.split("\n")


def write(folder: Path, results: list[Result]) -> Path:
    reports.write(folder, results, VARIANTS, PAIRS, INFEASIBLE, again)
    return folder


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return Page((write(tmp_path, RESULTS) / "index.html").read_text(encoding="utf-8"))


# Files.


def test_a_folder_of_reports_is_made_before_any_work(tmp_path: Path) -> None:
    reports.check_writable(tmp_path / "a/b")
    assert list((tmp_path / "a/b").iterdir()) == []
    reports.check_writable(tmp_path / "a/b")


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(PtgenError) as refused:
        reports.check_writable(file)
    said = f"--report {file} cannot be written: File exists; name another folder"
    assert str(refused.value) == said


def test_only_whole_files_are_left(tmp_path: Path) -> None:
    write(tmp_path, [])
    write(tmp_path, RESULTS)
    names = {"results.json", "junit.xml", "index.html"}
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} == names
    (tmp_path / "index.html").unlink()
    (tmp_path / "index.html").mkdir()
    with pytest.raises(PtgenError, match=r"cannot write .*index\.html: Is a directory"):
        write(tmp_path, RESULTS)
    assert not list(tmp_path.glob("*.tmp"))


def test_results_are_read_back_in_the_order_of_the_plan(tmp_path: Path) -> None:
    def never(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    text = (write(tmp_path, RESULTS) / "results.json").read_text()
    facts = json.loads(text, parse_constant=never)
    ordered = [RESULTS[2], RESULTS[1], RESULTS[0], RESULTS[3]]
    assert [fact.pop("repeat") for fact in facts] == [again(result) for result in ordered]
    assert facts[0].pop("curve") == [0.5, None, 0.98]
    assert [Result.of_facts(fact) for fact in facts[1:]] == ordered[1:]


def test_junit_has_a_case_for_each_variant(tmp_path: Path) -> None:
    suite = ET.parse(write(tmp_path, RESULTS) / "junit.xml").getroot()
    assert suite.tag == "testsuite"
    assert suite.attrib == {
        "name": "ptgen smoke",
        "tests": "4",
        "failures": "1",
        "time": "20.520",
    }
    cases = [(case.get("classname"), case.get("name"), case.get("time")) for case in suite]
    assert cases == [
        ("gan", "bare", "5.130"),
        ("gan", "amp,ema", "5.130"),
        ("gan", "mixup,ema,cosine", "5.130"),
        ("video", "bare", "5.130"),
    ]
    assert [len(case) for case in suite] == [0, 0, 1, 0]
    failure = suite[2][0]
    clean = '<script>alert("1")</script> & red '
    assert failure.get("message") == f"train: {clean}"
    assert failure.text == f"ptgen smoke ema,mixup --task gan\n{clean}"


def test_junit_has_the_end_of_a_long_log(tmp_path: Path) -> None:
    log = [str(number) for number in range(reports.SHOWN + 1)]
    failure = ET.parse(write(tmp_path, [failed("gan", log=log)]) / "junit.xml").find(".//failure")
    assert failure is not None
    assert (failure.text or "").splitlines()[1:] == log[1:]


# The page.


def test_the_page_needs_nothing_but_itself(page: Page) -> None:
    assert not any(tag in ("script", "img", "iframe") for tag, _, _ in page.elements)
    links = [
        value
        for _, attributes, _ in page.elements
        for name, value in attributes.items()
        if name in ("src", "href", "srcset", "action") or name.startswith("on")
    ]
    assert links == ["data:,"]
    assert "url(" not in page.source
    assert "@import" not in page.source


def test_the_page_escapes_what_it_shows(page: Page) -> None:
    clean = '<script>alert("1")</script> & red'
    assert page.texts("p", "reason") == [f"train: {clean}"]
    assert page.texts("pre")[1:] == [clean]
    assert [title for title in page.texts("li") if title.startswith("amp")] == [
        'amp and cosine: both <set> "it"'
    ]
    assert not set("\x00\x1b\udc80") & set(page.source)


def test_the_page_begins_with_the_figures_and_the_failures(page: Page) -> None:
    assert page.texts("title")[0] == "ptgen smoke: 1 of 4 failed"
    figures = dict(zip(page.texts("dt"), page.texts("dd"), strict=True))
    assert figures == {
        "variants": "4",
        "✓ passed": "3",
        "of them cached": "1",
        "✗ failed": "1",
        "seconds, added up": "15",
    }
    assert page.texts("h2")[0] == "Failures"
    (article,) = page.texts("article")
    assert article.startswith("gan mixup,ema,cosine")
    assert "The fewest recipes that still fail: ema,mixup" in article
    assert page.texts("pre", "command") == ["ptgen smoke ema,mixup --task gan"]


def test_the_page_has_a_cell_for_every_pair_and_every_recipe_on_a_task(page: Page) -> None:
    assert page.texts("h3")[1:] == ["On each task", "In pairs"]
    assert page.cells() == {
        "amp on gan: passed": ("passed", "✓"),
        "amp cannot be in a project of video": ("impossible", "-"),
        "cosine on gan: failed": ("failed", "✗"),
        "cosine cannot be in a project of video": ("impossible", "-"),
        "ema on gan: failed": ("failed", "✗"),
        "ema on video: not tried here": ("untried", "?"),
        "frames cannot be in a project of gan": ("impossible", "-"),
        "frames on video: not tried here": ("untried", "?"),
        "mixup on gan: failed": ("failed", "✗"),
        "mixup cannot be in a project of video": ("impossible", "-"),
        'amp and cosine do not go together: both <set> "it"': ("impossible", "-"),
        "amp and ema: passed": ("passed", "✓"),
        "cosine and ema: failed": ("failed", "✗"),
        "amp and frames: not tried here": ("untried", "?"),
        "cosine and frames: not tried here": ("untried", "?"),
        "ema and frames: not tried here": ("untried", "?"),
        "amp and mixup: not tried here": ("untried", "?"),
        "cosine and mixup: failed": ("failed", "✗"),
        "ema and mixup: failed": ("failed", "✗"),
        "frames and mixup: not tried here": ("untried", "?"),
    }
    counts = "Pairs: 1 passed, 3 failed, 1 not possible, 5 not tried"
    assert counts in page.texts("p", "soft")


def test_a_cell_names_the_variants_of_its_pair(page: Page, tmp_path: Path) -> None:
    assert page.title("cosine and mixup") == [
        "cosine and mixup: failed",
        "✗ gan mixup,ema,cosine (full)",
    ]
    assert page.title("amp and ema") == ["amp and ema: passed", "✓ gan amp,ema (full)"]
    shard = Page((write(tmp_path, RESULTS[1:]) / "index.html").read_text(encoding="utf-8"))
    assert shard.title("cosine and mixup") == [
        "cosine and mixup: not tried here",
        "gan cosine,ema,mixup",
    ]


def test_what_only_looks_at_a_recipe_does_not_pass_it_but_can_fail_it(tmp_path: Path) -> None:
    variants = [Variant("gan", ("ema",), "static")]

    def cell(result: Result) -> str:
        reports.write(tmp_path, [result], variants, [], [], again)
        cells = Page((tmp_path / "index.html").read_text(encoding="utf-8")).cells()
        return next(state for title, (state, _) in cells.items() if title.startswith("ema on gan"))

    assert cell(replace(passed("gan"), variant=variants[0])) == "untried"
    assert cell(replace(failed("gan"), variant=variants[0])) == "failed"


def test_the_page_says_what_each_phase_took(page: Page) -> None:
    rows = [row.split() for row in page.texts("tr") if "%" in row]
    assert rows == [
        ["train", "3", "15.0", "18.0", "98%", "gan", "bare"],
        ["render", "3", "0.4", "0.3", "2%", "gan", "bare"],
    ]


def test_only_pairs_that_a_failure_was_reduced_to_fail_where_another_passed(
    tmp_path: Path,
) -> None:
    results = [
        failed("gan", "a", "b", "c", reduced=("a", "b")),
        passed("gan", "a", "b", "d"),
        passed("gan", "b", "c"),
    ]
    variants = [result.variant for result in results]
    reports.write(tmp_path, results, variants, [], [], again)
    cells = Page((tmp_path / "index.html").read_text(encoding="utf-8")).cells()
    assert cells["a and b: failed"][0] == "failed"
    assert cells["b and c: passed"][0] == "passed"
    assert cells["a and c: failed"][0] == "failed"
    assert cells["c and d: not tried here"][0] == "untried"


def test_the_page_has_a_row_for_every_variant(page: Page) -> None:
    rows = [" ".join(row.split()) for row in page.texts("tr") if "%" not in row]
    assert rows[-4:] == [
        "gan bare full ✓ passed 5.1 val_accuracy 0.98 at least 0.9 0.5, nan, 0.98",
        "gan amp,ema full ✓ cached 5.1 val_accuracy 0.98 at least 0.9 0.5, 0.98",
        "gan mixup,ema,cosine full ✗ failed 5.1 val_accuracy 0.98 at least 0.9 0.5, 0.98",
        "video bare full ✓ passed 5.1",
    ]


def test_a_curve_rises_with_its_figures_and_leaves_out_what_is_none(page: Page) -> None:
    curves = [attributes["points"] for tag, attributes, _ in page.elements if tag == "polyline"]
    assert [(points or "").split() for points in curves] == [
        ["2.0,22.0", "118.0,2.0"],
        ["2.0,22.0", "118.0,2.0"],
        ["2.0,22.0", "118.0,2.0"],
    ]


def test_a_page_without_failures_or_recipes_has_no_sections_for_them(tmp_path: Path) -> None:
    reports.write(tmp_path, [passed("gan", curve=[0.5])], [Variant("gan")], [], [], again)
    page = Page((tmp_path / "index.html").read_text(encoding="utf-8"))
    assert page.texts("h2") == ["Phases", "Variants"]


# Lines and the live display.


def test_lines_tell_how_each_variant_fared(capsys: pytest.CaptureFixture[str]) -> None:
    log = [f"line {number}" for number in range(display.SHOWN + 1)]
    failure = failed("gan", "ema", "amp", log=log, figure=None, seconds=123, reduced=("ema",))
    with Display(3, live=False) as shown:
        shown.text("begin")
        shown.started(Variant("gan", ("mixup",)))
        shown.finished(passed("gan", "mixup"), "repeat it")
        shown.finished(passed("gan", cached=True), "repeat it")
        shown.finished(failure, "ptgen smoke ema")
    out, said = capsys.readouterr()
    assert out == ""
    assert said.splitlines() == [
        "begin",
        "ok        5.1 s  gan mixup  val_accuracy 0.98",
        "cached    5.1 s  gan bare  val_accuracy 0.98",
        "failed  123.0 s  gan ema,amp",
        "        train: too low",
        *(f"        | {line}" for line in log[1:]),
        "        the fewest recipes that still fail: ema",
        "        repeat: ptgen smoke ema",
    ]


def test_lines_do_not_wait_for_rich() -> None:
    code = (
        "import sys; from ptgen.smoke.display import Display\n"
        "with Display(1, live=False) as shown: shown.text('said')\n"
        "print('rich' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("False\n", "said\n")


class Clock:
    """A clock that only tests move."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(display, "time", found)
    return found


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Console:
    found = Console(width=80, record=True, force_terminal=True, file=io.StringIO())
    monkeypatch.setattr("rich.console.Console", lambda stderr: found if stderr else None)
    return found


def test_a_live_display_shows_what_runs_and_how_far_all_is(clock: Clock, terminal: Console) -> None:
    with Display(8, live=True) as shown:
        shown.started(Variant("gan", ("mixup",)))
        shown.started(Variant("gan", ("ema",)))
        shown.started(Variant("video"))
        clock.now += 40
        shown.finished(passed("gan", "mixup", seconds=40), "repeat it")
        shown.finished(passed("gan", cached=True, seconds=999), "repeat it")
        clock.now += 10
        terminal.export_text()
        shown.refresh()
        lines = terminal.export_text().splitlines()
    assert lines[0].split()[1:] == ["25%", "2", "of", "8", "1:20", "left"]
    assert [line.split() for line in lines[1:]] == [
        ["50", "s", "gan", "ema"],
        ["50", "s", "video", "bare"],
    ]


def test_a_live_display_keeps_failures_and_what_is_said(clock: Clock, terminal: Console) -> None:
    with Display(4, live=True) as shown:
        terminal.export_text()
        shown.text("said")
        for result in (passed("gan"), failed("gan", "ema")):
            shown.started(result.variant)
            clock.now += 1
            shown.finished(result, "ptgen smoke " + "very-long-name," * 9)
        text = terminal.export_text()
    assert "said\n" in text
    assert "gan bare  val" not in text
    assert "failed    5.1 s  gan ema  val_accuracy 0.98\n        train: too low\n" in text
    assert f"        repeat: ptgen smoke {'very-long-name,' * 9}\n" in text
    assert "50%  2 of 4, 1 failed" in text


def test_a_live_display_is_not_redrawn_all_the_time(clock: Clock, terminal: Console) -> None:
    with Display(4, live=True) as shown:
        shown.refresh()
        terminal.export_text()
        shown.refresh()
        assert not terminal.export_text()
        clock.now += display.REDRAWN
        shown.refresh()
        assert "0 of 4" in terminal.export_text()


def test_a_live_display_has_no_thread_beside_the_process_that_forks(terminal: Console) -> None:
    before = threading.active_count()
    with Display(4, live=True) as shown:
        shown.started(Variant("gan"))
        assert threading.active_count() == before
        assert "gan bare" in terminal.export_text()
