"""People in a video, as an annotated video and a MOTChallenge table: outrack.

python examples/side_by_side/by_outrack.py VIDEO OUT_STEM [MAX_FRAMES]
"""

import sys

import outrack

video, out, *most = sys.argv[1:]
detector = outrack.load_detector()
limit = int(most[0]) if most else None
outrack.track(video, [f"{out}.mp4", f"{out}.txt"], detector=detector, max_frames=limit, overwrite=True)
