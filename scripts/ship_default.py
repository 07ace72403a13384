"""Write the files of the bundled network from a trained one.

    python scripts/ship_default.py runs/gpu/all.safetensors
    python scripts/ship_default.py runs/gpu/halves.safetensors runs/halves

Writes `default.safetensors` (float16, the initial weights of trainings) and `default.onnx`, exported from it, to the
package's `weights/` or to the given folder. The ONNX file has no occlusion branch; docs/model-card.md says what the
branch gains and costs.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from outrack.detectors import ModelInfo, default_weights
from outrack.export import export_onnx
from outrack.models import bundled_network, load_network, read_provenance, save_network
from outrack.models.occlusion import OCCLUSION

SCORE = 0.5
"""Chosen on the second halves of MOT17-02 and -11, ETH-Sunnyday and TUD-Stadtmitte, between 0.40 and 0.56, for the
network trained on the first halves."""

LOW = 0.3
"""Chosen on the same data: with a lower value, weak boxes next to people keep false tracks alive."""

SURE = 0.65
"""Posts and stones that stay in view score below it; on vtest.avi every person exceeds it at some time."""

MARGIN = 2
"""Of 0, 2, 4 and 6 pixels of grey, the best AP of stills that were not trained on; repeating the edge, only 2 was
measured."""

CLOSE_SHARE = 0.25
"""With 0.15, a second run finds fewer of the people of whom one side is seen."""


def main(trained: Path, folder: Path) -> None:
    """See the module docstring."""
    folder.mkdir(parents=True, exist_ok=True)
    start, tracks = folder / bundled_network().name, folder / default_weights().name
    provenance = read_provenance(trained)
    save_network(load_network(trained), start, provenance=provenance, dtype=torch.float16)
    network = load_network(start, without=OCCLUSION)
    info = ModelInfo(
        name=network.architecture,
        size=network.size,
        stride=network.stride,
        margin=MARGIN,
        close_share=CLOSE_SHARE,
        embedding_dim=network.embedding_dim,
        score_threshold=SCORE,
        low_score=LOW,
        sure_score=SURE,
        trained_on=provenance.trained_on,
        licence=provenance.licence,
    )
    export_onnx(network, tracks, info=info)
    for path in (start, tracks):
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) == 3 else bundled_network().parent)
