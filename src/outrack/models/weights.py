"""Networks on disk: safetensors files with a description of the network and its training data."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import torch
from torch import Tensor

from outrack.io.atomic import atomic_write
from outrack.io.damaged import reading
from outrack.io.entries import json_value
from outrack.io.origin import origin_json
from outrack.models.heads import Head
from outrack.models.network import DenseNetwork
from outrack.models.registry import create

__all__ = [
    "Provenance",
    "bundled_network",
    "check_finite",
    "coco_start",
    "fill_network",
    "load_network",
    "read_architecture",
    "read_provenance",
    "save_network",
]

FORMAT = "outrack-network-1"


@dataclass(frozen=True, slots=True)
class Provenance:
    """The origin of weights.

    Attributes:
        trained_on: data and method, in words.
        licence: terms of use.
    """

    trained_on: str
    licence: str

    def after(self, start: Provenance) -> Provenance:
        """The origin of weights trained as described here, starting from weights with the origin `start`."""
        return Provenance(
            _after(self.trained_on, start.trained_on, "started from"),
            _after(self.licence, start.licence, "of the start"),
        )


def _after(ours: str, theirs: str, between: str) -> str:
    """Both, the latest first; only once if they are equal."""
    ours, joint = ours.rstrip(".") or "unknown", f"; {between}: "
    return theirs if theirs.split(joint)[0].rstrip(".") == ours else f"{ours}{joint}{theirs}"


def coco_start() -> Path:
    """The bundled initial weights: `mobile-centernet` with the person channel of COCO weights."""
    return Path(str(resources.files("outrack") / "weights" / "mobile_centernet_coco.safetensors"))


def bundled_network() -> Path:
    """The weights of the bundled network, a `mobile-outrack`; `default.onnx` is exported from them."""
    return Path(str(resources.files("outrack") / "weights" / "default.safetensors"))


def save_network(
    network: DenseNetwork,
    path: str | Path,
    *,
    provenance: Provenance,
    dtype: torch.dtype = torch.float32,
    settings: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """Write a network's tensors, how to build it and where it comes from; atomically, see `atomic_write`.

    Args:
        network: the network; its tensors are not changed.
        path: the file, `.safetensors`; replaced if it exists.
        provenance: written to the file.
        dtype: precision on disk; loading always returns float32.
        settings: settings of its training; written to the file's `made_by`, with versions and commit.

    Raises:
        OSError: it cannot be written, for instance on a full disk; a file that was at `path` is kept.
    """
    from safetensors.torch import save

    tensors = {name: tensor.detach().cpu().to(dtype).contiguous() for name, tensor in network.state_dict().items()}
    metadata = {
        "format": FORMAT,
        "architecture": network.architecture,
        "heads": json.dumps([asdict(head) for head in network.heads]),
        "options": json.dumps(network.options),
        **asdict(provenance),
        "made_by": origin_json(settings),
    }
    with atomic_write(Path(path)) as unfinished:
        # Not `save_file`: if the process is killed, it leaves a temporary file whose random name cannot be recognised.
        unfinished.write_bytes(save(tensors, metadata=metadata))


def load_network(path: str | Path, *, without: Collection[str] = ()) -> DenseNetwork:
    """Build the network that the file describes and fill it; in evaluation mode.

    Args:
        path: a file of `save_network`.
        without: names of heads to omit.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: not a file of `save_network`, truncated, or its tensors do not fit its own description or are not
            finite.
    """
    path = Path(path)
    stored = _read(path)
    network = _described(stored, path, without=without)
    tensors = _without_heads(network, stored.tensors, without)
    _fill(network, tensors, path, expected=network.state_dict())
    return network.eval()


def read_provenance(path: Path) -> Provenance:
    """The origin in a file of `save_network`; raises as `load_network` does."""
    return _read(path).provenance


def read_architecture(path: Path) -> str:
    """Which network a file of `save_network` is for; raises as `load_network` does."""
    return _read(path).architecture


def fill_network(network: DenseNetwork, path: Path) -> tuple[str, ...]:
    """Load weights from a file that may have fewer heads.

    Heads that are not in the file keep their values; every other tensor must exist and fit, and heads of the file that
    the network does not have are ignored.

    Returns:
        names of the heads that were not in the file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: not a file of `save_network`, or a tensor is missing, left over or of another shape.
    """
    stored = _read(path)
    known = {head.name for head in stored.heads}
    wanted = {head.name for head in network.heads}
    expected = _without_heads(network, network.state_dict(), wanted - known)
    with torch.device("meta"):  # where the file's own architecture keeps its heads
        origin = _described(stored, path)
    _fill(network, _without_heads(origin, stored.tensors, known - wanted), path, expected=expected)
    return tuple(head.name for head in network.heads if head.name not in known)


def _without_heads(network: DenseNetwork, tensors: Mapping[str, Tensor], heads: Iterable[str]) -> dict[str, Tensor]:
    prefixes = tuple(network.prefix_of(head) for head in heads)
    return {name: tensor for name, tensor in tensors.items() if not name.startswith(prefixes)}


class Stored(NamedTuple):
    """Everything in a file; tensors in float32."""

    architecture: str
    heads: tuple[Head, ...]
    options: dict[str, str | int | float | bool]
    provenance: Provenance
    tensors: dict[str, Tensor]


def _described(stored: Stored, path: Path, *, without: Collection[str] = ()) -> DenseNetwork:
    """The network that the file describes, with fresh weights."""
    heads = tuple(head for head in stored.heads if head.name not in without)
    with reading(path, "cannot build the network it describes, which may come from another version of outrack"):
        return create(stored.architecture, heads=heads, **stored.options)


def _read(path: Path) -> Stored:
    from safetensors import safe_open

    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such weights file")
    broken = "not a safetensors file, or truncated; copy or download it again"
    with reading(path, broken), safe_open(path, framework="pt") as file:
        metadata = file.metadata() or {}
        if metadata.get("format") != FORMAT:
            raise ValueError(f"{path}: a safetensors file, but not written by outrack (no format {FORMAT})")
        tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 (not a dict)
    check_finite(tensors, f"{path}")
    with reading(path, "its description is damaged"):
        heads, options = json_value(metadata["heads"]), json_value(metadata["options"])
        if not isinstance(heads, list) or not isinstance(options, dict):
            raise ValueError(f"expected a list of heads and a group of options, got {heads!r} and {options!r}")
        return Stored(
            metadata["architecture"],
            tuple(Head(**head) for head in heads),
            options,
            Provenance(metadata["trained_on"], metadata["licence"]),
            tensors,
        )


def check_finite(tensors: Mapping[str, Tensor], what: str) -> None:
    """Refuse tensors with NaN or infinity: the outputs of such a network are not finite either.

    Raises:
        ValueError: counts them, and names the first.
    """
    broken = [name for name, tensor in tensors.items() if not torch.isfinite(tensor).all()]
    if broken:
        raise ValueError(f"{what}: {len(broken)} of {len(tensors)} tensors are not finite, {broken[0]} first")


def _fill(network: DenseNetwork, tensors: Mapping[str, Tensor], path: Path, *, expected: Mapping[str, Tensor]) -> None:
    """Copy `tensors` into the network; any mismatch is an error, never a warning."""
    missing = sorted(expected.keys() - tensors.keys())
    unexpected = sorted(tensors.keys() - expected.keys())
    misshaped = [
        f"{name} {tuple(tensors[name].shape)} instead of {tuple(expected[name].shape)}"
        for name in sorted(expected.keys() & tensors.keys())
        if tensors[name].shape != expected[name].shape
    ]
    problems = [
        f"{len(found)} {kind}: {', '.join(found[:5])}{', ...' if len(found) > 5 else ''}"
        for kind, found in (("missing", missing), ("unexpected", unexpected), ("misshaped", misshaped))
        if found
    ]
    if problems:
        raise ValueError(
            f"{path}: its tensors do not fit {network.architecture} with heads "
            f"{', '.join(head.name for head in network.heads)}; {'; '.join(problems)}"
        )
    network.load_state_dict(dict(tensors), strict=False)
