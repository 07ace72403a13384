"""The short help of `outrack track`: one screen with the options that people use."""

from __future__ import annotations

__all__ = ["SHORT_HELP", "short_help"]

SHORT_HELP = """\
Usage: outrack track SOURCE... [OPTIONS]

Track the objects in a video. SOURCE is a video, a folder of pictures, a
MOTChallenge sequence, a camera number, or an RTSP/HTTP address.

Output
  -o, --output FILE      .mp4 .mkv .webm (video), .txt (MOTChallenge), .jsonl,
                         .csv, .xml (CVAT), .json (COCO-VID), - (standard
                         output); repeat it for several outputs.
                         Default: NAME.tracked.mp4 and NAME.tracked.txt
      --overwrite        replace outputs that exist
      --show-trails      draw trajectories
      --online           do not wait for later frames to correct tracks of files

Detection
  -w, --weights FILE     your exported network, or open (bundled, MIT)
      --speed NAME       fast, balanced or accurate: the network's input size
      --imgsz SIZE       input size in pixels: 640, or 768 576
      --conf SCORE       score from which a detection starts a track
      --classes CLASS    track only this class, for networks with several
      --device DEVICE    auto, cpu, cuda, cuda:N, openvino or openvino:bf16
      --detections FILE  boxes of your own detector instead of a network

More
      --stride N         use every n-th frame
      --max-frames N     stop after n frames
      --jobs N           track n sources at the same time
      --config FILE      options from a YAML file
  -v, --verbose          details, and where errors come from
  -q, --quiet            errors only

Examples
  outrack track street.mp4
  outrack track 0 -o door.mp4                       first camera, until Ctrl-C
  outrack track rtsp://10.0.0.7/live -o people.jsonl
  outrack track *.mp4 -o "out/{name}.txt" --jobs 2

--help-all shows every option, those of the tracker included.
"""


def short_help() -> int:
    """Show the most common options."""
    print(SHORT_HELP, end="")  # noqa: T201  help goes to standard output
    return 0
