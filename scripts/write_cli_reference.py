"""Write docs/cli.md from the command line's own help, so that every option stands in it.

python scripts/write_cli_reference.py
"""

from __future__ import annotations

from pathlib import Path

from outrack.cli import build_app

PAGE = Path(__file__).resolve().parents[1] / "docs" / "cli.md"


def reference() -> str:
    """The page, in Markdown."""
    return build_app().generate_docs(output_format="markdown", recursive=True).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(reference())
