"""Make the network that comes with the package of its trained parts.

    python scripts/ship_default.py runs/default-appearance/last.safetensors runs/default-occlusions/last.safetensors

Writes `weights/default.safetensors` (float16, the start of own trainings) and `weights/default.onnx`, which is made of
it, below the package. The occlusion branch stays out of the second, since it takes as long as all the rest: on
`cutouts-val` HOTA is 44.2 by geometry alone and 44.6 by points and geometry.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from outrack.detectors import ModelInfo, default_weights
from outrack.export import export_onnx
from outrack.models import (
    DenseNetwork,
    MobileOutrack,
    Provenance,
    bundled_network,
    load_network,
    read_provenance,
    save_network,
)
from outrack.models.occlusion import OCCLUSION

SIZE = (448, 320)
"""Above 25 frames a second from file to file on two cores."""
SCORE = 0.42
"""Chosen on the held-out images: as precise as the COCO start is at 0.4, and finds more."""


def with_occlusions_of(network: MobileOutrack, other: DenseNetwork) -> MobileOutrack:
    """`network`, which has none, with the occlusion branch of `other`, which was learned on the same detector.

    Raises:
        ValueError: it was not.
    """
    theirs = other.state_dict()
    joined = MobileOutrack((*network.heads, *(head for head in other.heads if head.name in OCCLUSION)))
    ours = network.state_dict()
    appearance = network.prefix_of("embedding")
    differ = [
        name
        for name, value in ours.items()
        if name in theirs
        and not name.startswith(appearance)
        and not torch.allclose(value, theirs[name], atol=1e-3, rtol=1e-3)  # half precision on disk
    ]
    if differ:
        raise ValueError(f"the occlusions were learned on another detector: {', '.join(differ[:5])} differ")
    branch = {name: value for name, value in theirs.items() if name.startswith("occlusions.")}
    joined.load_state_dict(ours | branch)
    return joined.eval()


def ship(network: MobileOutrack, provenance: Provenance) -> None:
    """Write both files."""
    save_network(network, bundled_network(), provenance=provenance, dtype=torch.float16)
    exported = load_network(bundled_network(), without=OCCLUSION)
    info = ModelInfo(
        name=network.architecture,
        size=SIZE,
        stride=network.stride,
        embedding_dim=network.embedding_dim,
        score_threshold=SCORE,
        trained_on=provenance.trained_on,
        licence=provenance.licence,
    )
    export_onnx(exported, default_weights(), info=info)
    for path in (bundled_network(), default_weights()):
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")


def main(appearance: Path, occlusions: Path) -> None:
    """See the head of this file."""
    trained = load_network(appearance, without=OCCLUSION)
    assert isinstance(trained, MobileOutrack)
    ship(with_occlusions_of(trained, load_network(occlusions)), read_provenance(appearance))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
