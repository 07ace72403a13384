"""Write the file of `--weights open` from a trained network.

    python scripts/ship_open.py runs/open/last.safetensors

Writes `weights/open.onnx` in the package, with appearance and occlusion points.
"""

from __future__ import annotations

import sys
from pathlib import Path

from outrack.detectors import ModelInfo, open_weights
from outrack.export import export_onnx
from outrack.models import load_network, read_provenance

SCORE = 0.43
"""Chosen on the second halves of MOT17-02 and -11, ETH-Sunnyday and TUD-Stadtmitte, between 0.35 and 0.5."""

LOW = 0.2

MARGIN = 2
"""As for the default network. A second run for close people would cost 2 HOTA on MOT17-11, whose labels are full
bodies; this network has visible parts."""


def main(trained: Path) -> None:
    """See the module docstring."""
    provenance = read_provenance(trained)
    network = load_network(trained)
    info = ModelInfo(
        name=f"{network.architecture}-open",
        size=network.size,
        stride=network.stride,
        margin=MARGIN,
        embedding_dim=network.embedding_dim,
        occlusions=network.predicts_occlusions,
        score_threshold=SCORE,
        low_score=LOW,
        occlusion_threshold=network.occlusion_score,
        trained_on=provenance.trained_on,
        licence=provenance.licence,
    )
    export_onnx(network, open_weights(), info=info)
    print(f"{open_weights()}: {open_weights().stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
