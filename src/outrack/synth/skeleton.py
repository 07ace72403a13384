"""The body of a drawn person: positions of its joints while walking or standing, from any viewpoint."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

__all__ = [
    "CHEST_DEPTH",
    "HEAD",
    "HEAD_HEIGHT",
    "HEAD_WIDTH",
    "HIP",
    "SHOULDER",
    "SHOULDER_WIDTH",
    "Joint",
    "Pose",
    "Side",
    "sides_of",
]

# Heights above the ground and lengths as shares of the body height (typical proportions, rounded).
HIP, SHOULDER, HEAD = 0.51, 0.815, 0.925
HEAD_WIDTH, HEAD_HEIGHT = 0.05, 0.068
SHOULDER_WIDTH, CHEST_DEPTH = 0.108, 0.062
_HIP_WIDTH = 0.055
_THIGH, _SHANK, _FOOT = 0.245, 0.235, 0.105
_UPPER_ARM, _FOREARM = 0.165, 0.155
_LOOK_DOWN = 0.16  # sine of the camera's downward angle: nearer points are lower in the picture


@dataclass(frozen=True, slots=True)
class Pose:
    """Pose of a standing or walking person.

    Attributes:
        phase: position in the walking cycle of two steps, 0..1.
        heading: direction of the body in radians; 0 towards the camera, pi / 2 to the right of the picture, pi away.
        stride: 0 is standing, 1 is walking with full steps.
    """

    phase: float = 0.0
    heading: float = 0.0
    stride: float = 0.0


class Joint(NamedTuple):
    """A point of the body in body heights: x to the right of the axis, y above the ground, depth to the camera."""

    x: float
    y: float
    depth: float


class Side(NamedTuple):
    """The joints of the left or the right half of the body."""

    hip: Joint
    knee: Joint
    ankle: Joint
    toe: Joint
    shoulder: Joint
    elbow: Joint
    hand: Joint


def sides_of(pose: Pose, build: float) -> tuple[Side, Side]:
    """Both halves of a body of this width, half a walking cycle apart."""
    return _side(pose, build, -1, pose.phase), _side(pose, build, 1, pose.phase + 0.5)


def _side(pose: Pose, build: float, side: int, phase: float) -> Side:
    swing, lift = math.sin(math.tau * phase), max(math.cos(math.tau * phase), 0.0)
    leg = 0.42 * pose.stride * swing
    shank = leg - 0.06 - 0.85 * pose.stride * lift  # the knee bends while the leg swings forwards
    arm = 0.05 - 0.5 * pose.stride * swing
    forearm = arm + 0.2 + 0.25 * pose.stride

    # Body axes: lateral, up, forward.
    hip = (side * _HIP_WIDTH * build, HIP, 0.0)
    knee = _from(hip, _THIGH, 0.0, leg)
    ankle = _from(knee, _SHANK, 0.0, shank)
    toe = (
        ankle[0] + 0.25 * side * _FOOT,
        ankle[1] - (0.15 + 0.25 * lift * pose.stride) * _FOOT,
        ankle[2] + 0.95 * _FOOT,
    )
    shoulder = (side * SHOULDER_WIDTH * build, SHOULDER - 0.02, 0.0)
    elbow = _from(shoulder, _UPPER_ARM, 0.16 * side, arm)
    hand = _from(elbow, _FOREARM, -0.064 * side, forearm)

    c, s = math.cos(pose.heading), math.sin(pose.heading)
    joints = []
    for lateral, up, forward in (hip, knee, ankle, toe, shoulder, elbow, hand):
        depth = forward * c - lateral * s
        joints.append(Joint(lateral * c + forward * s, up - _LOOK_DOWN * depth, depth))
    return Side(*joints)


def _from(
    start: tuple[float, float, float], length: float, outwards: float, angle: float
) -> tuple[float, float, float]:
    """The end of a bone that hangs from `start` and swings forwards by `angle`."""
    return (
        start[0] + length * outwards,
        start[1] - length * math.cos(angle),
        start[2] + length * math.sin(angle),
    )
