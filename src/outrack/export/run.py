"""Exports a training run to the ONNX file used for tracking."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from outrack.detectors import default_weights
from outrack.detectors.model_info import ModelInfo
from outrack.detectors.open_network import open_network
from outrack.export import export_onnx
from outrack.models import bundled_network, coco_start, load_network, read_provenance
from outrack.models.occlusion import OCCLUSION
from outrack.training.config.config_file import load_config

__all__ = ["export_run"]


def export_run(
    checkpoint: str | Path,
    output: str | Path,
    *,
    size: tuple[int, int] | None = None,
    occlusions: bool = True,
    score_threshold: float | None = None,
    occlusion_threshold: float | None = None,
) -> ModelInfo:
    """Export a run's network.

    Args:
        checkpoint: a run's folder (`best.safetensors` there, else `last.safetensors`), a weights file, or a bundled
            network: `default`, with its occlusion branch, or `coco`, the detector that it was trained from.
        output: the ONNX file; replaced if it exists.
        size: width and height that it runs at by default; None is the training size of a run, the usual size of the
            architecture for a single file, and for `default` that of the bundled ONNX file.
        occlusions: include the occlusion branch, if the network has one.
        score_threshold: score from which boxes count. None is 0.4; for `default`, and for a run that keeps a share of
            it (`model.start_share`), it is that of the bundled ONNX file, since scores mean the same there.
        occlusion_threshold: score from which occlusion points count; None is 0.2 for a
            `mobile-outrack` or a `dense-outrack`, else 0.1.

    Returns:
        what the file says about itself.

    Raises:
        FileNotFoundError: no weights there.
        ValueError: the weights are damaged, or a setting is impossible.
    """
    checkpoint, output = Path(checkpoint), Path(output)
    weights = _weights_of(checkpoint)
    network = load_network(weights, without=() if occlusions else OCCLUSION)
    provenance = read_provenance(weights)
    if occlusion_threshold is not None and not network.predicts_occlusions:
        raise ValueError(
            f"{checkpoint}: this network predicts no occlusion points; omit occlusion_threshold (--occlusion-conf)"
        )
    info = ModelInfo(
        name=f"{network.architecture}-{weights.parent.resolve().name if checkpoint.is_dir() else weights.stem}",
        size=size or _trained_size(weights.parent) or network.size,
        stride=network.stride,
        embedding_dim=network.embedding_dim,
        occlusions=network.predicts_occlusions,
        score_threshold=0.4 if score_threshold is None else score_threshold,
        occlusion_threshold=network.occlusion_score if occlusion_threshold is None else occlusion_threshold,
        trained_on=provenance.trained_on,
        licence=provenance.licence,
    )
    if str(checkpoint) == "default" or _continues_default(checkpoint):
        bundled = open_network(default_weights()).info
        info = replace(
            info,
            size=bundled.size if size is None and str(checkpoint) == "default" else info.size,
            margin=bundled.margin,
            close_share=bundled.close_share,
            score_threshold=bundled.score_threshold if score_threshold is None else score_threshold,
            low_score=bundled.low_score,
            sure_score=bundled.sure_score,
        )
    export_onnx(network, output, info=info)
    return info


def _weights_of(checkpoint: Path) -> Path:
    """The weights file that `checkpoint` refers to."""
    if str(checkpoint) == "coco":
        return coco_start()
    if str(checkpoint) == "default":
        return bundled_network()
    if not checkpoint.is_dir():
        if checkpoint.is_file() and checkpoint.suffix != ".safetensors":
            raise ValueError(f"{checkpoint}: expected the folder of a run, a .safetensors, default or coco")
        return checkpoint
    for name in ("best", "last"):
        if (path := checkpoint / f"{name}.safetensors").is_file():
            return path
    raise FileNotFoundError(f"{checkpoint}: this folder has neither best.safetensors nor last.safetensors")


def _continues_default(checkpoint: Path) -> bool:
    """Whether a run started from the bundled network and kept a share of it."""
    if not (checkpoint / "config.yaml").is_file():
        return False
    model = load_config(checkpoint / "config.yaml").model
    return model.init == "default" and model.start_share > 0


def _trained_size(folder: Path) -> tuple[int, int] | None:
    """The training size of the run in `folder`; None if there is no run."""
    config = folder / "config.yaml"
    if not config.is_file():
        return None
    model = load_config(config).model
    return model.width, model.height
