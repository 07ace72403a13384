"""What the networks are trained on, and how often each source is drawn."""

from __future__ import annotations

from scenes import Source

__all__ = ["ALL", "HALVES", "LICENCE", "TRAINED_ON"]

STILLS = {
    "composed": Source(0.17),
    "coco": Source(0.11, "visible", scale=(0.7, 2.5)),
    "coco-more": Source(0.11, "visible", scale=(0.7, 2.5)),
    "coco-square": Source(0.08, "visible", scale=(0.7, 2.0)),
    "coco-empty": Source(0.07, "visible"),
    "pennfudan": Source(0.06, "partial", scale=(0.7, 3.0)),
    "factory": Source(0.04, scale=(0.7, 2.5)),
    "football": Source(0.03, "partial"),
    "mot17": Source(0.05, scale=(0.6, 3.0)),
    "walking": Source(0.04, "none"),
    "one-by-one": Source(0.02, "none"),
}
HALVES = STILLS | {
    "MOT17-02": Source(0.09, frames=(0.0, 0.5), scale=(0.6, 2.2)),
    "MOT17-11": Source(0.10, frames=(0.0, 0.5), scale=(0.5, 2.5)),
    "KITTI-T0016": Source(0.03, "partial"),
}
ALL = STILLS | {
    "MOT17-02": Source(0.09, scale=(0.6, 2.2)),
    "MOT17-11": Source(0.10, scale=(0.5, 2.5)),
    "KITTI-T0016": Source(0.03, "partial"),
    "ETH-Sunnyday": Source(0.06, "partial"),
    "TUD-Stadtmitte": Source(0.04, "partial"),
}
TRAINED_ON = (
    "{}; 19 more images of MOT17; crowds composed from CCP cut-outs on COCO images without people; stills of COCO, "
    "Penn-Fudan, factories and football; two street videos with boxes of the start"
)
LICENCE = "Weights for research use: MOT15, MOT17 and KITTI (CC BY-NC-SA 3.0) and Penn-Fudan are research data."
