"""The `outrack` command. One file per subcommand, imported only when it is called."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from cyclopts import App, CycloptsError

from outrack import __version__
from outrack.cli import messages  # its `report` is not the command of that name
from outrack.cli.messages import UsageError, describe, log_to_stderr
from outrack.cli.options import join_image_size, join_standard_streams

__all__ = ["build_app", "main"]

# A command and its one line of help. Its `cyclopts.App`, named `app`, lives in `outrack.cli.<command>`,
# with underscores for hyphens.
COMMANDS = {
    "track": "Track the people in a video: boxes with persistent identities.",
    "app": "Track in the browser: drop a video or choose a camera, watch, download.",
    "train": "Train a network on boxes, without identities: your own footage, or the paper's datasets.",
    "export": "Export a trained network to one ONNX file.",
    "synth": "Compose crowds with exact labels, for training, tests and evaluation.",
    "convert": "Convert label files: MOTChallenge, COCO, YOLO, CrowdHuman, CVAT, CSV, JSON Lines.",
    "pack": "Pack a dataset into a few large files, which training reads as they are.",
    "tune": "Tune the tracker's settings on your own ground truth.",
    "eval": "Score tracks against ground truth: HOTA, MOTA, IDF1 and their parts.",
    "eval-reid": "Score appearance embeddings against known identities: R1 and mAP.",
    "report": "Show a run in one HTML file: timeline, people over time, heat maps, speed.",
    "reproduce": "Reproduce the paper's tables, next to the paper's numbers.",
    "figure": "Draw the paper's figures: t-SNE, assignment, refinding, occlusion heat maps.",
    "bench": "Measure the speed of this machine, and where the time goes.",
    "info": "Show versions, devices, the bundled network and the cache folder.",
}

FIGURES = ("tsne", "assignment", "refinding", "heatmap")
"""The commands below `outrack figure`."""

EPILOGUE = """\
outrack COMMAND --help explains a command.

Exit codes: 0 success, 1 failure, 2 wrong command line, 130 interrupted (files are complete up to there).
"""


def build_app() -> App:
    """The command line with all commands. `outrack --help` imports none of them."""
    app = App(
        name="outrack",
        help="Track people in videos and keep their identities through occlusion.",
        help_epilogue=EPILOGUE,
        help_format="plaintext",
        version=__version__,
    )
    for place, (command, summary) in enumerate(COMMANDS.items()):
        app.command(f"outrack.cli.{command.replace('-', '_')}:app", name=command, help=summary, sort_key=place)
    return app


def _next_step(words: Sequence[str]) -> str:
    """What to type instead of a wrong command line."""
    first = words[0] if words else ""
    if first not in COMMANDS and ("://" in first or first.isdecimal() or Path(first).exists()):
        return f"`outrack track {first}` tracks it"
    commands = [word for word in words[:1] if word in COMMANDS]
    if commands == ["figure"] and words[1:2] and words[1] in FIGURES:
        commands.append(words[1])
    command_words = ["outrack", *commands, "--help"]
    return f"`{' '.join(command_words)}` shows the options"


def main(tokens: Sequence[str] | None = None) -> int:
    """Run a command line, by default the program's own, and return its exit code.

    Every error is reported in one line on standard error; `--verbose` adds the traceback.
    """
    words = join_standard_streams(join_image_size(sys.argv[1:] if tokens is None else tokens))
    if "" in words[1:]:
        before = words[words.index("", 1) - 1]
        messages.report(f"the word after {before} is empty. Is a shell variable unset?", hint=_next_step(words))
        return 2
    if words[:1] == ["track"] and {"--help", "-h"} & set(words):  # anywhere on the line
        words = ["track", "--help"]
    try:
        command, bound, _ = build_app().parse_args(words, print_error=False, exit_on_error=False)
    except (CycloptsError, ValueError, OSError) as error:
        messages.report(describe(error), hint=_next_step(words))
        return 2
    verbose = bool(bound.arguments.get("verbose", False))
    try:
        with log_to_stderr(verbose=verbose, quiet=bool(bound.arguments.get("quiet", False))):
            code = command(*bound.args, **bound.kwargs)
        if sys.stdout is not None:  # which `>&-` closes
            sys.stdout.flush()
    except KeyboardInterrupt:
        messages.report("interrupted")
        return 130
    except BrokenPipeError:  # `outrack info | head`: the reader is gone, and Python must not print an error at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except UsageError as error:
        messages.report(describe(error))
        return 2
    except Exception as error:  # noqa: BLE001  the last resort between a user and a traceback
        messages.report(describe(error), error=error if verbose else None)
        return 1
    return code if isinstance(code, int) else 0
