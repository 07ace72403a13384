"""The layout: imports, lengths of files and functions, and citations of the method notes."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "outrack"
FREE = {"__init__", "__main__"}
"""The public names and the command, which stand above all subpackages."""
MAX_LINES_OF_FILE = 250
MAX_LINES_OF_FUNCTION = 50
WITH_TORCH = {"models", "losses", "training", "export"}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def subpackage_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imported(tree: ast.AST) -> set[str]:
    """Dotted names of all modules that are imported anywhere in a file, inside functions, too."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            if node.module == "outrack":
                names |= {f"outrack.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


def table() -> dict[str, set[str]]:
    """Subpackages of `docs/architecture.md`, from top to bottom, with the subpackages that each may import."""
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", (ROOT / "docs" / "architecture.md").read_text(), re.M)
    subpackages = [name for name, _ in rows]
    allowed = {}
    for number, (name, names) in enumerate(rows):
        words = set(re.findall(r"\w+", names))
        allowed[name] = set(subpackages[number + 1 :]) if words == {"all", "below"} else words
    return allowed


def test_subpackages_import_what_the_table_allows() -> None:
    allowed = table()
    wrong = []
    for path in modules():
        subpackage = subpackage_of(path)
        if subpackage in FREE:
            continue
        for name in imported(tree_of(path)):
            if name.startswith("outrack."):
                other = name.split(".")[1]
                if other != subpackage and not other.startswith("__") and other not in allowed.get(subpackage, set()):
                    wrong.append(f"{path.relative_to(PACKAGE)} imports {name}")
    assert wrong == []


def test_every_subpackage_is_in_the_table_and_imports_go_downwards() -> None:
    allowed = table()
    assert set(allowed) == {subpackage_of(path) for path in modules()} - FREE
    order = list(allowed)
    for subpackage, names in allowed.items():
        assert names <= set(order[order.index(subpackage) + 1 :]), subpackage


def test_tracking_needs_no_torch() -> None:
    wrong = []
    for path in modules():
        if subpackage_of(path) in WITH_TORCH or path == PACKAGE / "detectors" / "checkpoint.py":
            continue
        tree = tree_of(path)
        top = {name.split(".")[0] for node in tree.body for name in imported(node)}
        if top & {"torch", "cv2"}:
            wrong.append(str(path.relative_to(PACKAGE)))
    assert wrong == []


def test_there_is_one_tracking_loop() -> None:
    """Command line, evaluation, validation and figures go through `detect_and_track`."""
    found = set()
    for path in modules():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and re.fullmatch(r".*\btracker\.update", ast.unparse(node.func)):
                found.add(str(path.relative_to(PACKAGE)))
    assert found == {"video/loop.py"}


def test_files_are_short() -> None:
    lines = {str(path.relative_to(PACKAGE)): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    assert {name: count for name, count in lines.items() if count > MAX_LINES_OF_FILE} == {}


def test_functions_are_short() -> None:
    """Counted are the lines of the body, without the docstring; commands declare their options in the signature."""
    found: dict[str, int] = {}
    for path in modules():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) is not None else node.body
                if body and (count := (body[-1].end_lineno or 0) - body[0].lineno + 1) > MAX_LINES_OF_FUNCTION:
                    found[f"{path.relative_to(PACKAGE)}: {node.name}"] = count
    assert found == {}


def test_the_tracker_has_few_settings_outside_of_its_groups() -> None:
    tree = tree_of(PACKAGE / "tracking" / "config.py")
    config = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "TrackerConfig")
    assert 5 < sum(isinstance(node, ast.AnnAssign) for node in config.body) < 20


def test_numbers_of_the_tracker_are_settings() -> None:
    """Constants of its modules are limits of input files, numerical tolerances, or choices of speed alone."""
    no_settings = {
        "FEW", "MANY", "GROUPS_AT_ONCE",  # the fastest way to the same assignment
        # limits and tolerances
        "GAP", "LATEST_S", "SAME_INSTANT_S", "SMALLEST_SIDE", "MIN_SIDE", "MIN_VARIANCE", "ROUNDING", "_LARGEST",
        "UNCONFIRMED", "TRACKED", "LOST", "NO_NEIGHBOUR",  # codes
        "_REBASED_AFTER", "_FAR_ABOVE",
    }  # fmt: skip
    found = set()
    for path in (PACKAGE / "tracking").rglob("*.py"):
        for node in tree_of(path).body:
            if isinstance(node, ast.Assign) and isinstance(
                node.value, ast.Constant | ast.UnaryOp | ast.BinOp | ast.Tuple
            ):
                numbers = [each for each in ast.walk(node.value) if isinstance(each, ast.Constant)]
                if numbers and all(isinstance(each.value, int | float) for each in numbers):
                    found |= {
                        each.id for target in node.targets for each in ast.walk(target) if isinstance(each, ast.Name)
                    }
    assert found == no_settings


def test_no_two_modules_of_a_folder_share_a_name() -> None:
    names = defaultdict(list)
    for path in PACKAGE.rglob("*"):
        if path.suffix == ".py" or (path.is_dir() and (path / "__init__.py").exists()):
            names[path.parent / path.stem].append(path)
    assert [paths for paths in names.values() if len(paths) > 1] == []


def test_citations_of_the_method_notes_resolve() -> None:
    notes = (ROOT / "docs" / "method-notes.md").read_text(encoding="utf-8")
    sections = {
        re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in re.findall(r"^## (.+)$", notes, re.M)
    }
    cited: set[str] = set()
    for folder in ("src", "tests", "benchmarks", "scripts"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".py", ".yaml"} and path != Path(__file__):
                text = path.read_text(encoding="utf-8")
                found = set(re.findall(r"\bnotes#([\w-]+)", text))
                assert found <= sections, f"{path}: no such section of docs/method-notes.md: {found - sections}"
                assert not re.search(r"\(facts\b", text), f"{path}: cite docs/method-notes.md as notes#section"
                cited |= found
    assert len(cited) > 15


def test_the_front_door_names_files_that_exist() -> None:
    """Every path in backticks of the pages that show the way, and every link of the README to this repository."""
    for page in ("CONTRIBUTING.md", "docs/architecture.md", "docs/method.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        for path in re.findall(r"`([\w./-]+/[\w.-]+\.(?:py|md|yaml))(?:`|:)", text):
            assert (ROOT / path).exists() or (PACKAGE / path).exists(), f"{page}: {path}"
        for path, name in re.findall(r"`([\w./-]+\.py): (\w+(?:\.\w+)*)`", text):
            file = next(place for place in (ROOT / path, PACKAGE / path) if place.exists())
            code = file.read_text(encoding="utf-8")
            assert all(re.search(rf"\b{part}\b", code) for part in name.split(".")), f"{page}: {path} has no {name}"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)\s]+)\)", readme)
    assert all(link.startswith("https://") for link in links), "PyPI shows the README, too: links must be absolute"
    for path in re.findall(r"outrack/outrack/(?:blob/)?main/([\w./-]+)", readme):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_the_places_that_guides_name_exist(page: str) -> None:
    """A file in backticks, and the names that follow it in them: `boxes.py: occlusion_pairs`."""
    places = re.findall(r"`([\w./-]+/[\w.-]+\.py|boxes\.py)(?:: ([^`]+))?`", (ROOT / page).read_text())
    assert len(places) > 8
    for name, inside in places:
        found = [path for path in (PACKAGE / name, ROOT / name) if path.is_file()]
        assert found, f"{page}: {name}"
        text = found[0].read_text(encoding="utf-8")
        missing = [word for word in re.findall(r"\w+", inside) if word not in text]
        assert not missing, f"{page}: {name} has no {missing}"


def test_five_questions_of_newcomers_are_answered_in_at_most_two_files() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = [line for line in page[page.index("| question |") :].splitlines() if line.startswith("| W") or "| H" in line]
    for words in ("the gate's threshold", "occlusion points", "quality of the mp4", "bundled weights", "`--conf`"):
        found = [row.split("|")[2:4] for row in rows if words in row.split("|")[1]]
        assert len(found) == 1, words
        assert all(len(set(re.findall(r"\w+\.(?:py|md)\b", cell))) <= 1 for cell in found[0]), words
    card = (ROOT / "docs" / "model-card.md").read_text(encoding="utf-8")
    learned = card[card.index("## How it was made") :]
    for recipe in ("default-detector", "default-real", "default-appearance"):
        assert f"outrack train {recipe}" in learned
        assert (PACKAGE / "configs" / f"{recipe}.yaml").is_file()
