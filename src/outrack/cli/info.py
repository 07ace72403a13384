"""`outrack info`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from outrack.cli.messages import describe
from outrack.cli.options import Flag, Verbose, Weights

__all__ = ["app", "info"]

EXAMPLES = """\
Examples:

- Everything that a bug report needs:\\
  `outrack info`
- What a network was trained on, and its licence:\\
  `outrack info --weights mine.onnx`
- Which networks can be trained, and their cost:\\
  `outrack info --models`
"""

app = App(name="info", help_format="markdown", help_epilogue=EXAMPLES)


@app.default
def info(
    *,
    weights: Annotated[Weights, Parameter(help="Describe this exported network instead of the bundled one.")] = None,
    models: Annotated[Flag, Parameter(help="List the networks that can be trained, with their cost.")] = False,
    verbose: Verbose = False,
) -> int:
    """Show versions, devices, the bundled network and the cache folder."""
    from outrack.cli.environment import devices, folders, network, trainable_networks, versions
    from outrack.cli.summary import fact_table
    from outrack.detectors import default_weights
    from outrack.jobs.console import Terminal

    console = Terminal(highlight=False)
    if weights is not None:
        console.print(fact_table("Network", network(weights)))
        return 0
    if models:
        console.print(fact_table("Networks", trainable_networks()))
        return 0
    console.print(fact_table("Versions", versions()))
    console.print(fact_table("Devices", devices()))
    console.print(fact_table("Folders", folders()))
    try:
        bundled = network(default_weights())
    except (OSError, ValueError) as error:  # the rest helps with a broken installation
        bundled = [("broken", describe(error))]
    console.print(fact_table("Network", bundled))
    return 0
