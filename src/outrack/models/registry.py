"""Networks by name, for configurations and weights files."""

from __future__ import annotations

from collections.abc import Callable

from outrack.models.centertrack import CenterTrack
from outrack.models.dense_outrack import DenseOutrack
from outrack.models.fairmot import FairMOT
from outrack.models.heads import Head
from outrack.models.mobile_centernet import MobileCenterNet
from outrack.models.mobile_centertrack import MobileCenterTrack
from outrack.models.mobile_outrack import MobileOutrack
from outrack.models.network import DenseNetwork

__all__ = ["ARCHITECTURES", "architecture_names", "architecture_of", "create"]

ARCHITECTURES: dict[str, type[DenseNetwork]] = {
    MobileCenterNet.architecture: MobileCenterNet,
    MobileOutrack.architecture: MobileOutrack,
    DenseOutrack.architecture: DenseOutrack,
    MobileCenterTrack.architecture: MobileCenterTrack,
    FairMOT.architecture: FairMOT,
    CenterTrack.architecture: CenterTrack,
}
"""Every architecture: built with `heads` and its own options, both optional."""


def architecture_names() -> list[str]:
    """The architectures that `create` knows, sorted."""
    return sorted(ARCHITECTURES)


def architecture_of(name: str) -> type[DenseNetwork]:
    """The class of the network called `name`.

    Raises:
        ValueError: unknown name.
    """
    if name not in ARCHITECTURES:
        raise ValueError(f"unknown architecture {name!r}; expected one of {', '.join(architecture_names())}")
    return ARCHITECTURES[name]


def create(name: str, *, heads: tuple[Head, ...] | None = None, **options: str | int | float | bool) -> DenseNetwork:
    """A new network with random weights.

    Args:
        name: one of `architecture_names()`.
        heads: its heads; by default the architecture's own.
        options: further settings of the architecture.

    Raises:
        ValueError: unknown name, or an option that the architecture does not have.
    """
    build: Callable[..., DenseNetwork] = architecture_of(name)
    try:
        return build(**options) if heads is None else build(heads, **options)
    except TypeError as error:
        raise ValueError(f"architecture {name}: {error}") from error
