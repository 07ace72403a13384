"""`outrack export`."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter
from cyclopts.validators import Number

from outrack.cli.options import Flag, ImageSize, Verbose
from outrack.io.atomic import refuse_overwriting_inputs
from outrack.jobs.outputs import check_new_file

if TYPE_CHECKING:
    from outrack.export.quantise import Quantised

__all__ = ["app", "export"]

EXAMPLES = """\
Examples:

- Export the best network of a run:\\
  `outrack export runs/street -o street.onnx`
- And use it:\\
  `outrack track other.mp4 --weights street.onnx`
- A dense network in 8 bits, calibrated on frames of a video:\\
  `outrack export runs/dense -o dense.onnx --int8 street.mp4`
"""

app = App(name="export", help_format="markdown", help_epilogue=EXAMPLES)


@app.default
def export(
    checkpoint: Annotated[Path, Parameter(metavar="CHECKPOINT")],
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"], metavar="FILE.onnx")],
    imgsz: ImageSize = None,
    conf: Annotated[float | None, Parameter(metavar="SCORE", validator=Number(gte=0, lt=1))] = None,
    no_occlusions: Flag = False,
    occlusion_conf: Annotated[float | None, Parameter(metavar="SCORE", validator=Number(gte=0, lt=1))] = None,
    int8: Annotated[Path | None, Parameter(name="--int8", metavar="PICTURES")] = None,
    overwrite: Flag = False,
    verbose: Verbose = False,
) -> int:
    """Export a trained network to one ONNX file for `outrack track`.

    Args:
        checkpoint: Folder of a run (its best network, or the last one without validation), a .safetensors file,
            default: the bundled network, with the occlusion points that its own file lacks, or coco: the detector that
                it was trained from, MIT-licensed and without appearance.
        output: File to write.
        conf: Minimum score of a detection (default: 0.4; for `default` that of its own file).
        no_occlusions: Omit the branch that predicts occlusion points; refinding then uses geometry. In networks like
            the bundled one the branch takes about a fifth of the run time.
        occlusion_conf: Minimum score of an occlusion point (default: 0.1; 0.2 for a mobile-outrack or a
            dense-outrack).
        int8: Quantise to 8 bits, calibrated on this folder of pictures or this video, which should resemble the later
            input. Twice as fast for a dense-outrack on a processor with VNNI; no faster for networks of depthwise
            convolutions, like the bundled one. Appearance and occlusion points stay in float.
        overwrite: Replace the file if it exists.
    """
    try:
        from outrack.export import quantise_onnx
        from outrack.export.calibration import calibration_pictures
        from outrack.export.run import export_run
    except ModuleNotFoundError as error:
        raise ImportError(f'exporting needs {error.name}: pip install "outrack[train]"') from error
    from outrack.detectors.input_size import fit_into
    from outrack.jobs.console import Terminal

    refuse_overwriting_inputs([output], [checkpoint] if int8 is None else [checkpoint, int8])
    check_new_file(output, [".onnx"], overwrite=overwrite)
    size = None
    if imgsz is not None:
        size = fit_into(imgsz)((4, 3) if isinstance(imgsz, int) else imgsz)
    pictures = None if int8 is None else calibration_pictures(int8)
    notes: list[str] = []
    with TemporaryDirectory() as folder:
        in_float = output if pictures is None else Path(folder) / "float.onnx"
        info = export_run(
            checkpoint,
            in_float,
            size=size,
            occlusions=not no_occlusions,
            score_threshold=conf,
            occlusion_threshold=occlusion_conf,
        )
        if pictures is not None:
            notes = _about(quantise_onnx(in_float, output, pictures))
    console = Terminal(highlight=False)
    console.print(
        f"{output}: {info.name}, {info.size[0]}x{info.size[1]}, {output.stat().st_size / 1e6:.1f} MB\n"
        f"next: outrack track video.mp4 --weights {output}"
    )
    for note in notes:
        console.print(note)
    if info.occlusions:
        console.print("It predicts occlusion points; without them it is faster: --no-occlusions")
    return 0


def _about(made: Quantised) -> list[str]:
    """What was done, and where it brings no gain."""
    from outrack.export.quantise import has_fast_8_bits

    notes = [f"{made.convolutions} convolutions in 8 bits, calibrated on {made.pictures} pictures"]
    if made.depthwise:
        notes.append(
            f"{made.depthwise} of them are depthwise, which are not faster in 8 bits: the file is smaller, but "
            "hardly faster than without --int8"
        )
    if has_fast_8_bits() is False:
        notes.append(
            "this processor has no VNNI: the file works here, but is not faster than without --int8, and "
            "slightly less accurate"
        )
    return notes
