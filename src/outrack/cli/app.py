"""`outrack app`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from cyclopts.validators import Number

from outrack.cli.messages import UsageError, stderr
from outrack.cli.options import WHOLE, Device, Quiet, Verbose

__all__ = ["app", "serve_app"]

EXAMPLES = """\
Examples:

- Open http://127.0.0.1:8765/ in a browser, drop a video, and watch the tracking:\\
  `outrack app`
- Offer a camera besides uploads:\\
  `outrack app rtsp://10.0.0.7/live --port 9000`
"""

app = App(name="app", help_format="markdown", help_epilogue=EXAMPLES)


@app.default
def serve_app(
    cameras: Annotated[list[str] | None, Parameter(negative="", metavar="CAMERA")] = None,
    *,
    host: Annotated[str, Parameter(metavar="ADDRESS")] = "127.0.0.1",
    port: Annotated[int, WHOLE, Parameter(validator=Number(gte=0, lt=65536))] = 8765,
    weights: Annotated[list[Path] | None, Parameter(name=["--weights", "-w"], negative="", metavar="FILE.onnx")] = None,
    device: Device = "auto",
    max_upload: Annotated[float, Parameter(metavar="MB", validator=Number(gt=0))] = 2000.0,
    max_jobs: Annotated[int, WHOLE, Parameter(validator=Number(gte=1))] = 2,
    keep: Annotated[float, Parameter(metavar="MINUTES", validator=Number(gt=0))] = 30.0,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> int:
    """Track in the browser: drop a video or choose a camera, watch, and download the results.

    Everything stays on this computer: the page is served only to it unless --host is given, and uploads and results are
    removed when the browser has been away for a while, and at the end. Ctrl-C ends the server.

    Args:
        cameras: Cameras that the page offers: numbers, or RTSP or HTTP addresses. By default those of this computer
            (Linux). Browsers cannot choose others.
        host: Address to listen at. With any other than 127.0.0.1, other computers have access, without a password.
        port: Port to listen at; 0 takes a free one.
        weights: Exported network that the page offers besides the bundled ones; repeat it for several.
        max_upload: Largest video in megabytes.
        max_jobs: Videos tracked at the same time, for all browsers together.
        keep: Minutes for which results are kept after their browser has left. Its running job stops after 15 seconds.
    """
    from outrack.app import AppSettings, serve
    from outrack.app.settings import local_cameras
    from outrack.video.address import is_address
    from outrack.video.source_names import is_camera

    for camera in cameras or ():
        if not (is_camera(camera) or is_address(camera)):
            raise UsageError(
                f"{camera}: expected the number or address of a camera. Videos are dropped into the page; "
                f"`outrack track {camera}` tracks one without it"
            )
    for path in weights or ():
        if not path.is_file():
            raise FileNotFoundError(f"--weights {path}: no such file")
    settings = AppSettings(
        cameras=tuple(cameras) if cameras else local_cameras(),
        weights=tuple(weights or ()),
        device=device,
        max_upload_bytes=int(max_upload * 1e6),
        max_jobs=max_jobs,
        keep_s=60 * keep,
    )

    def announce(address: str) -> None:
        if not quiet:
            stderr.print(f"{address} is ready; Ctrl-C ends it", markup=False)

    serve(settings, host=host, port=port, on_ready=announce)
    return 0
