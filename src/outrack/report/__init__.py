"""One HTML file about a run of `outrack track`. Needs Jinja2: pip install "outrack[report]"."""

from outrack.report.page import write_report
from outrack.report.runs import find_results, read_run

__all__ = ["find_results", "read_run", "write_report"]
