"""`outrack pack`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from cyclopts.validators import Number

from outrack.cli.options import WHOLE, Flag, Quiet, Verbose

__all__ = ["app", "pack"]

EXAMPLES = """\
Examples:

- 19,370 pictures in 20 files, and a training run that reads them:\\
  `outrack pack crowdhuman/ crowdhuman-shards/`\\
  `outrack train --data crowdhuman-shards/`
"""

app = App(name="pack", help_format="markdown", help_epilogue=EXAMPLES)


@app.default
def pack(
    data: Path,
    out: Path,
    *,
    per_file: Annotated[int, WHOLE, Parameter(validator=Number(gte=1))] = 1000,
    identities: Annotated[Flag, Parameter()] = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> int:
    """Pack a dataset into tar archives, in the layout of WebDataset, which training reads without unpacking.

    Thousands of small files are slow to copy and to open, above all on file systems that machines share. Pictures stay
    as they are.

    Args:
        data: Dataset in any layout that `outrack train --data` reads.
        out: Folder for the archives.
        per_file: Pictures in an archive.
        identities: Keep the identities of boxes files, for the supervised baseline and for scores.
    """
    from outrack.datasets import DatasetOptions, open_dataset, write_shards
    from outrack.jobs.console import Terminal

    images = open_dataset(data, DatasetOptions(with_ids=identities))
    console = Terminal(highlight=False, quiet=quiet)
    for path in write_shards(out, images, per_shard=per_file):
        console.print(str(path), markup=False)
    return 0
