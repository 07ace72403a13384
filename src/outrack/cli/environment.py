"""The facts that `outrack info` reports, as pairs of name and value."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import onnxruntime

from outrack import __version__
from outrack.datasets.index import cache_folder
from outrack.detectors.bundled import resolve_weights
from outrack.detectors.onnx import OnnxNetwork
from outrack.io.machine import num_cores
from outrack.io.wording import counted_noun

__all__ = ["Facts", "devices", "folders", "network", "trainable_networks", "versions"]

Facts = list[tuple[str, str]]

CORE = ("numpy", "scipy", "onnxruntime", "av", "pillow")
OPTIONAL = {
    "torch": "train",
    "trackeval": "eval",
    "optuna": "tune",
    "openvino": "openvino",
    "supervision": "viz",
    "jinja2": "report",
    "starlette": "app",
    "fsspec": "cloud",
    "ray": "ray",
}


def versions() -> Facts:
    """Versions of outrack, Python and the packages that it calls; for absent extras, how to get them."""
    facts = [("outrack", __version__), ("python", f"{platform.python_version()} on {platform.platform()}")]
    facts += [(package, version(package)) for package in CORE]
    for package, extra in OPTIONAL.items():
        try:
            facts.append((package, version(package)))
        except PackageNotFoundError:
            facts.append((package, f'not installed: pip install "outrack[{extra}]"'))
    return facts


def devices() -> Facts:
    """Where the network can run: `cpu`, on the cores that this process may use, and `cuda` if ONNX Runtime has it."""
    providers = onnxruntime.get_available_providers()
    cuda = "CUDAExecutionProvider" in providers
    return [
        ("cpu", counted_noun(num_cores(), "core")),
        ("cuda", "yes" if cuda else "no: pip install onnxruntime-gpu on a machine with an NVIDIA GPU"),
        ("providers", ", ".join(providers)),
    ]


def folders() -> Facts:
    """The cache folder: $OUTRACK_HOME, or the system's cache folder."""
    return [("cache", str(cache_folder()))]


def network(weights: Path) -> Facts:
    """The description of an exported network.

    Raises:
        FileNotFoundError, ValueError: there is no such file, or it was not exported by outrack.
    """
    weights = resolve_weights(weights)
    info = OnnxNetwork(weights, device="cpu").info
    width, height = info.size
    return [
        ("file", f"{weights} ({weights.stat().st_size / 1e6:.1f} MB)"),
        ("name", info.name),
        ("image size", f"{width}x{height}, or any other with --imgsz"),
        ("precision", "8 bits" if info.precision == "int8" else "float32"),
        ("classes", ", ".join(info.classes)),
        ("embeddings", f"{info.embedding_dim} numbers per person" if info.embedding_dim else "none"),
        ("occlusion points", "predicted" if info.occlusions else "none"),
        ("score from", f"{info.score_threshold:g}, or any other with --conf"),
        ("trained on", info.trained_on),
        ("licence", info.licence),
    ]


def trainable_networks() -> Facts:
    """The networks that `outrack train` can build: size, cost, and where their weights come from.

    Raises:
        ImportError: torch is not installed.
    """
    try:
        from outrack.models import list_networks
    except ImportError as error:
        raise ImportError('listing networks needs torch: pip install "outrack[train]"') from error
    facts = []
    for summary in list_networks():
        width, height = summary.size
        millions = summary.parameters / 1e6
        facts += [
            (
                summary.name,
                f"{millions:.1f} M parameters, {summary.giga_macs:.1f} GMAC per image of {width}x{height}",
            ),
            ("", f"trained on {summary.trained_on}"),
            ("", f"weights: {summary.weights}"),
        ]
    return facts
