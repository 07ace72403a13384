"""`outrack track`."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Group, Parameter
from cyclopts.validators import Number

from outrack.cli.config_file import GIVEN, apply_config_file, note_tracker_fields
from outrack.cli.messages import describe, report, report_failed
from outrack.cli.options import OTHER, WHOLE, ConfigFile, Device, Flag, ImageSize, Quiet, Verbose, Weights
from outrack.cli.track_help import short_help
from outrack.tracking import TrackerConfig, TrackerPreset

if TYPE_CHECKING:  # so that `outrack track --help` is fast
    from outrack.jobs.executor import Executor
    from outrack.jobs.track_job import TrackJob

__all__ = ["app", "track"]

EXAMPLES = """\
Examples:

- Write street.tracked.mp4 and street.tracked.txt:\\
  `outrack track street.mp4`
- Choose the output files, and draw trajectories:\\
  `outrack track street.mp4 -o out.mp4 -o out.txt --show-trails`
- Track the first camera until Ctrl-C; the file is then complete:\\
  `outrack track 0 -o door.mp4`
- Track a stream, reconnecting when it drops:\\
  `outrack track rtsp://10.0.0.7/live -o people.jsonl`
- Track given detections, without pictures:\\
  `outrack track MOT17-02 --detections MOT17-02/det/det.txt -o boxes/`
- Track two cameras at once, and continue with the same identities the next day:\\
  `outrack track rtsp://10.0.0.7/a rtsp://10.0.0.7/b -o "{name}.jsonl" --state "{name}.npz"`
- Track many videos, two at a time:\\
  `outrack track *.mp4 -o "out/{name}.mp4" -o out/ --jobs 2`
"""

SOURCE = Group("Source", sort_key=0)
OUTPUT = Group("Output", sort_key=10)
DETECTION = Group("Detection", sort_key=20)
FRAMES = Group("Frames", sort_key=30)
TRACKER = Group(
    "Tracker",
    sort_key=100,
    help=(
        "How identities are kept. Unless given, the frame rate is that of the source and the scores follow --conf and "
        "the network (bundled: start and high 0.5, low 0.3, still.sure-score 0.65; open: 0.43, 0.2, 0). "
        "A CenterTrack network is tracked as CenterTrack does, except for options given here; with "
        "--tracker.preset default the defaults below apply to it, too."
    ),
)
DEFAULT_TRACKER = TrackerConfig()

app = App(
    name="track",
    help_flags=["--help-all"],
    help_format="markdown",
    help_epilogue=EXAMPLES,
    config=(apply_config_file, note_tracker_fields),
)
app.command(short_help, name=["--help", "-h"], show=False)


@app.default
def track(
    source: Annotated[list[str], Parameter(negative="", group=SOURCE)],
    *,
    output: Annotated[
        list[str] | None, Parameter(name=["--output", "-o"], negative="", metavar="FILE", group=OUTPUT)
    ] = None,
    overwrite: Annotated[Flag, Parameter(group=OUTPUT)] = False,
    show: Annotated[Flag, Parameter(group=OUTPUT)] = False,
    show_trails: Annotated[Flag, Parameter(group=OUTPUT)] = False,
    show_occlusion: Annotated[Flag, Parameter(group=OUTPUT)] = False,
    no_boxes: Annotated[Flag, Parameter(group=OUTPUT)] = False,
    save_crops: Annotated[Path | None, Parameter(metavar="FOLDER", group=OUTPUT)] = None,
    min_length: Annotated[float, Parameter(metavar="SECONDS", validator=Number(gte=0), group=OUTPUT)] = 0.0,
    online: Annotated[Flag, Parameter(group=OUTPUT)] = False,
    summary: Annotated[Path | None, Parameter(metavar="FILE.json", group=OUTPUT)] = None,
    skip_finished: Annotated[Flag, Parameter(group=OUTPUT)] = False,
    state: Annotated[Path | None, Parameter(metavar="FILE.npz", group=OUTPUT)] = None,
    weights: Annotated[Weights, Parameter(group=DETECTION)] = None,
    device: Annotated[Device, Parameter(group=DETECTION)] = "auto",
    conf: Annotated[float | None, Parameter(metavar="SCORE", validator=Number(gte=0, lt=1), group=DETECTION)] = None,
    speed: Annotated[
        Literal["auto", "fast", "balanced", "accurate"], Parameter(show_choices=False, metavar="NAME", group=DETECTION)
    ] = "auto",
    imgsz: Annotated[ImageSize, Parameter(group=DETECTION)] = None,
    classes: Annotated[list[str] | None, Parameter(negative="", metavar="CLASS", group=DETECTION)] = None,
    detections: Annotated[Path | None, Parameter(metavar="DET.txt", group=DETECTION)] = None,
    public: Annotated[Path | None, Parameter(metavar="DET.txt", group=DETECTION)] = None,
    stride: Annotated[int, WHOLE, Parameter(validator=Number(gte=1), group=FRAMES)] = 1,
    max_frames: Annotated[int | None, WHOLE, Parameter(validator=Number(gte=1), group=FRAMES)] = None,
    image_rate: Annotated[float | None, Parameter(metavar="FPS", validator=Number(gt=0), group=FRAMES)] = None,
    reconnect_for: Annotated[float | None, Parameter(metavar="SECONDS", validator=Number(gte=0), group=FRAMES)] = None,
    camera_motion: Annotated[str, Parameter(metavar="auto|off|FILE", group=FRAMES)] = "auto",
    jobs: Annotated[int | None, WHOLE, Parameter(group=OTHER, validator=Number(gte=1))] = None,
    cores: Annotated[int | None, WHOLE, Parameter(group=OTHER, validator=Number(gte=1))] = None,
    ray: Annotated[str | None, Parameter(metavar="ADDRESS", group=OTHER)] = None,
    parts: Annotated[int | None, WHOLE, Parameter(group=OTHER, validator=Number(gte=2))] = None,
    one_batch: Annotated[Flag, Parameter(group=OTHER)] = False,
    config: ConfigFile = None,
    verbose: Verbose = False,
    quiet: Quiet = False,
    tracker_preset: Annotated[TrackerPreset | None, Parameter(name="--tracker.preset", group=TRACKER)] = None,
    tracker: Annotated[TrackerConfig, Parameter(name="--tracker", group=TRACKER)] = DEFAULT_TRACKER,
    tracker_given: Annotated[tuple[str, ...], Parameter(name=GIVEN, negative="", show=False)] = (),
) -> int:
    """Track the people in a video: boxes with persistent identities.

    Args:
        source: Video file, folder of pictures, MOTChallenge sequence, camera number, or RTSP/HTTP address; a quoted
            pattern of pictures (`"shots/*.jpg"`), which is one video, or of videos or folders (`"day/*.mp4"`), which
            are several; a folder of videos, or an address in an object store (`s3://bucket/day/*.mp4`), likewise; or a
            .txt file with one source per line. Several files are tracked one by one, cameras and streams all at once,
            and {name} in --output, --detections, --public, --camera-motion, --save-crops, --state and --summary is
            replaced by the name of the source.
        output: File to write: .mp4, .mkv or .webm (annotated video), .txt (MOTChallenge), .jsonl, .csv, .xml (CVAT) or
            .json (COCO-VID); repeat it for several. A folder (boxes/) gets a .txt named after the source. - is standard
            output as JSON Lines, -.csv and -.txt as those formats. Without it, an .mp4 and a .txt named after the
            source are written to the working directory; with --detections only the .txt. An address in an object store
            (`s3://bucket/out/`) gets the complete file.
        overwrite: Replace outputs that exist.
        show: Show the video with its boxes in a window during tracking; closing it, Q or Escape ends the run like
            Ctrl-C.
        show_trails: Draw trajectories.
        show_occlusion: Mark the points where people occlude each other, if the network predicts them. The bundled one
            does not; `outrack export default` makes one that does.
        no_boxes: Draw neither boxes nor ids.
        save_crops: Save crops of every person, one subfolder per id.
        min_length: Omit tracks shorter than this many seconds from all outputs except videos and crops.
        online: Report each frame of a file immediately, as for cameras. By default results are delayed by two seconds
            and corrected by later frames: gaps are filled, boxes smoothed, flicker removed.
        summary: Write the final summary and all settings as JSON. `outrack report` finds it as NAME.summary.json next
            to NAME.jsonl.
        skip_finished: Skip sources that an earlier run finished with the same options, according to their --summary. A
            source that failed, was interrupted or has changed is tracked again; --overwrite replaces its outputs.
        state: Keep identities from run to run: the tracker is saved here at the end, also after Ctrl-C, and the next
            run continues from it.
        conf: Minimum score of a detection that starts a track (default: the network's own, 0.5 for the bundled one).
            Weaker detections, down to --tracker.low-score, only continue existing tracks.
        speed: The network's input size: fast (half as many pixels as balanced), balanced or accurate (2.25 times as
            many, for small people). auto: for files balanced, and accurate while most people are small; for a live
            source the largest size that keeps up with it. --imgsz takes precedence.
        classes: Track only this class of the network, by name or number (`outrack info` lists them); for several,
            repeat it or write person,bicycle.
        detections: Use the boxes in this MOTChallenge file instead of a network, one per line: frame,-1,left,top,width,
            height,score, with frames from 1; - is standard input.
        public: Start tracks only where this MOTChallenge file has a box (public detections); tracks then use the
            network's own boxes, or those of --detections.
        stride: Use every n-th frame.
        max_frames: Stop after this many frames.
        image_rate: Frames per second of a folder of pictures (default: 25, if the rate is unknown).
        reconnect_for: Seconds to wait for a dropped live stream (default: forever, and two minutes for a recording
            behind an address); 0 ends the run at the first drop.
        camera_motion: Camera motion: auto estimates it from the pictures if a network runs on them, off assumes a
            static camera, FILE has one line per frame: frame (the first is 0), a, b, tx, c, d, ty, which map a point
            x, y of the frame before to a x + b y + tx, c x + d y + ty.
        jobs: Number of sources to track at the same time, each in its own process. By default all cameras and streams,
            and files one by one.
        cores: Number of cores for each source, including network, decoder and encoder (default: all, and 1 with --ray).
            Small or many videos are tracked fastest with --cores 1 and --jobs equal to the number of cores.
        ray: Track on the machines of this Ray cluster (auto, HOST:PORT; local starts one here), each source on --cores
            of a machine. The machines must share a file system, and write the outputs. A source whose machine dies is
            restarted. --jobs limits how many are tracked at the same time.
        parts: Split each video file into N overlapping parts, which --jobs and --ray treat as separate sources, and
            stitch their tracks. Outputs are written at the end, so an interrupted run has none. Identities differ
            slightly from those of the unsplit video.
        one_batch: Let all cameras and streams share one network, which processes their latest frames as one batch
            (always on a GPU). On a CPU this saves memory, not time.
        tracker_preset: The default tracker, or a baseline of the paper: FairMOT (appearance and overlap) or CenterTrack
            (for networks that predict displacements). Other options take precedence. The baselines assume a static
            camera, unless --camera-motion is a file, and do not refind without --tracker.refind.
        tracker: How identities are kept.
        tracker_given: Names of the settings that were given.
    """
    # Imported here, so that `outrack track --help` is fast.
    from outrack.jobs.batch import executor_for, jobs_for
    from outrack.jobs.contradictions import refuse_contradictions
    from outrack.jobs.finished import unfinished
    from outrack.jobs.track_job import TrackJob

    job = TrackJob(
        source=source[0],
        name="",
        output=tuple(output or ()),
        overwrite=overwrite,
        show=show,
        show_trails=show_trails,
        show_boxes=not no_boxes,
        show_occlusion=show_occlusion,
        save_crops=save_crops,
        min_length=min_length,
        online=online,
        summary=summary,
        state=state,
        weights=weights,
        device=device,
        conf=conf,
        imgsz=imgsz,
        classes=tuple(name for names in classes or () for name in names.split(",")),
        speed=speed,
        detections=detections,
        public=public,
        stride=stride,
        max_frames=max_frames,
        image_rate=image_rate,
        reconnect_for=reconnect_for,
        camera_motion=camera_motion,
        tracker=tracker,
        tracker_preset=tracker_preset,
        tracker_given=frozenset(tracker_given),
    )
    refuse_contradictions(job)
    planned = jobs_for(source, job)
    left = unfinished(planned) if skip_finished else planned
    ordered, executor = executor_for(left, number=jobs, cores=cores, ray=ray, parts=parts, one_batch=one_batch)
    return _run(ordered, executor, verbose=verbose, quiet=quiet)


def _run(planned: list[TrackJob], executor: Executor, *, verbose: bool, quiet: bool) -> int:
    """Track all sources, print the result of each, and return the exit code."""
    from outrack.cli.summary import fact_table, summary_facts
    from outrack.jobs.batch import run_jobs
    from outrack.jobs.console import Terminal
    from outrack.video.writers import is_standard_output

    to_stdout = any(is_standard_output(Path(entry)) for job in planned for entry in job.output)
    failed: list[str] = []
    interrupted = False

    def on_failure(job: TrackJob, error: Exception) -> None:
        failed.append(job.name)
        report(describe(error), error=error if verbose else None)

    with closing(run_jobs(planned, executor, show_progress=not quiet, on_failure=on_failure)) as summaries:
        for summary in summaries:
            interrupted |= summary.interrupted
            if not quiet:
                Terminal(highlight=False, stderr=to_stdout).print(fact_table(summary.source, summary_facts(summary)))
    if failed and len(planned) > 1:
        report_failed(failed, len(planned))
    return 130 if interrupted else int(bool(failed))
