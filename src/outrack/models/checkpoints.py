"""Starting a DLA-34 network from a checkpoint of another project: ImageNet, CenterNet, FairMOT, CenterTrack.

A checkpoint that silently failed to load is the most common reason for results that cannot be reproduced
(notes#initial-weights). So every tensor that a file of its kind should contain must be loaded, or loading fails.
"""

from __future__ import annotations

import logging
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from outrack.io.pickles import check_names
from outrack.models.coco_tracking import only_people
from outrack.models.network import DenseNetwork

__all__ = ["LAYOUTS", "Layout", "Transfer", "load_foreign"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Layout:
    """How one family of checkpoints names its tensors.

    Attributes:
        name: name of the family.
        prefixes: prefixes of their names and ours. All of the network's tensors under one of our prefixes are expected.
        optional: those of their prefixes that a file may lack entirely.
        resized: those of their prefixes whose last layer may have a different number of channels (80 classes, for
            instance), and then keeps its initial values.
        left_out: our prefixes under which nothing is expected.
    """

    name: str
    prefixes: Mapping[str, str]
    optional: tuple[str, ...] = ()
    resized: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def ours(self, theirs: str) -> str | None:
        """Our name for their tensor; None for tensors without a counterpart."""
        return next(
            (ours + theirs.removeprefix(prefix) for prefix, ours in self.prefixes.items() if theirs.startswith(prefix)),
            None,
        )


COUNTER = "num_batches_tracked"
"""Counter in torch's batch normalisation; old files do not have it, and it is not needed."""
DEFORM = "conv_offset_mask"

UNREADABLE = (pickle.UnpicklingError, RuntimeError, EOFError, OSError, LookupError, ValueError, TypeError)
"""Errors of torch's unpickler for arbitrary bytes."""

BODY = {"base.": "trunk.", "dla_up.": "neck.dla_up.", "ida_up.": "neck.ida_up."}
OCCLUSIONS = {"occlusion.": "outputs.occlusion.", "occlusion_offset.": "outputs.occlusion_offset."}
MEMORY = ("trunk.pre_img_layer.", "trunk.pre_hm_layer.")

LAYOUTS = {
    layout.name: layout
    for layout in (
        Layout("imagenet", {"base_layer.": "trunk.base_layer.", "level": "trunk.level"}, left_out=MEMORY),
        Layout(
            "centernet",
            {**BODY, "hm.": "outputs.centres.", "wh.": "outputs.ltrb.", "reg.": "outputs.offset."},
            resized=("hm.", "wh."),
            left_out=MEMORY,
        ),
        Layout(
            "fairmot",
            {
                **BODY,
                "hm.": "outputs.centres.",
                "wh.": "outputs.ltrb.",
                "reg.": "outputs.offset.",
                "id.": "outputs.embedding.",
                **OCCLUSIONS,
            },
            optional=("id.", *OCCLUSIONS),
            left_out=MEMORY,
        ),
        Layout(
            "centertrack",
            {
                **BODY,
                "hm.": "outputs.centres.",
                "ltrb_amodal.": "outputs.ltrb.",
                "reg.": "outputs.offset.",
                "tracking.": "outputs.displacement.",
                **OCCLUSIONS,
            },
            optional=tuple(OCCLUSIONS),
        ),
    )
}
"""Known families by name: ImageNet DLA-34 (`dla34-ba72cf86.pth`), COCO CenterNet (`ctdet_coco_dla_2x.pth`), FairMOT and
OUTrack (`fairmot_dla34.pth`), CenterTrack (`mot17_half.pth`, and `coco_tracking.pth` by its person channel)."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """Result of loading: what happened to each tensor.

    Attributes:
        layout: name of the family.
        matched: our names of the tensors that were filled.
        skipped: their names of tensors that were not used, and why.
        missing: our names of tensors that keep their initial values, because files of this family do not have them.
    """

    layout: str
    matched: tuple[str, ...]
    skipped: Mapping[str, str]
    missing: tuple[str, ...]

    @property
    def summary(self) -> str:
        """Layout and counts, in one line."""
        counts = f"{len(self.matched)} tensors matched, {len(self.skipped)} skipped, {len(self.missing)} missing"
        return f"{self.layout} checkpoint: {counts}"

    def __str__(self) -> str:
        lines = [self.summary]
        lines += [f"  skipped {name}: {reason}" for name, reason in self.skipped.items()]
        lines += [f"  missing {name}: keeps its initial values" for name in self.missing]
        return "\n".join(lines)


def load_foreign(network: DenseNetwork, path: str | Path, *, layout: str = "auto") -> Transfer:
    """Fill a `fairmot-dla34` or `centertrack-dla34` from a public `.pth` file; the network is not touched on failure.

    Only plain tensors are read (`weights_only`): no file can run code here. Tensors that do not belong to the network
    (ImageNet's classifier, an optimiser's state) are skipped.

    Args:
        network: any network with DLA-34 as its trunk.
        path: the file.
        layout: one of `LAYOUTS`; `auto` recognises it by its names.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: not a checkpoint, truncated, of another architecture, or an expected tensor is missing or of another
            shape.
    """
    path = Path(path)
    tensors = only_people(_read(path))
    if layout != "auto" and layout not in LAYOUTS:
        raise ValueError(f"layout: expected auto, {', '.join(LAYOUTS)}, got {layout!r}")
    known = LAYOUTS[_recognise(tensors, path) if layout == "auto" else layout]
    own = network.state_dict()
    if not any(name.startswith("trunk.base_layer.") for name in own):
        raise ValueError(f"a {network.architecture} has no DLA-34, which {known.name} checkpoints require")
    if known.name != "imagenet":
        _check_neck(own, tensors, path)
    renamed = {ours: theirs for theirs in tensors if (ours := known.ours(theirs)) is not None and ours in own}
    fitting = {ours: theirs for ours, theirs in renamed.items() if own[ours].shape == tensors[theirs].shape}
    expected = _expected(own, known, tensors)
    may_differ = tuple(f"{known.prefixes[prefix]}2." for prefix in known.resized)
    problems = [
        f"{theirs} {tuple(tensors[theirs].shape)} instead of {tuple(own[name].shape)}"
        if (theirs := renamed.get(name)) is not None
        else f"{name} is missing"
        for name in expected
        if name not in fitting and not (name in renamed and name.startswith(may_differ))
    ]
    if problems:
        raise ValueError(
            f"{path}: only {len(expected) - len(problems)} of the {len(expected)} tensors that a {known.name} "
            f"checkpoint should contain fit; {', '.join(problems[:5])}{', ...' if len(problems) > 5 else ''}"
        )
    network.load_state_dict({ours: tensors[theirs] for ours, theirs in fitting.items()}, strict=False)
    used = set(fitting.values())
    transfer = Transfer(
        layout=known.name,
        matched=tuple(sorted(fitting)),
        skipped={name: _why_skipped(name, tensors, own, known) for name in tensors if name not in used},
        missing=tuple(name for name in own if name not in fitting and not name.endswith(COUNTER)),
    )
    logger.info("%s: %s", path, transfer)
    return transfer


def _read(path: Path) -> dict[str, Tensor]:
    """The tensors of the file, without the wrappers of training scripts."""
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such checkpoint")
    try:
        check_names(path)
        content = torch.load(path, map_location="cpu", weights_only=True)
    except UNREADABLE as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise ValueError(
            f"{path}: not a checkpoint of plain tensors, or truncated ({reason[0][:200]}); copy or download it again. "
            "Files with Python objects are refused, since loading them could run arbitrary code."
        ) from error
    if isinstance(content, dict) and isinstance(content.get("state_dict"), dict):
        content = content["state_dict"]
    if not isinstance(content, dict) or not all(isinstance(name, str) for name in content):
        raise ValueError(f"{path}: expected named tensors, got a {type(content).__name__}")
    return {name.removeprefix("module."): value for name, value in content.items() if isinstance(value, Tensor)}


def _recognise(tensors: Mapping[str, Tensor], path: Path) -> str:
    if "base_layer.0.weight" in tensors:
        return "imagenet"
    if "base.base_layer.0.weight" in tensors:
        if "tracking.0.weight" in tensors:
            return "centertrack"
        if "hm.0.weight" in tensors and "wh.2.weight" in tensors:
            # CenterNet predicts width and height; FairMOT the four sides.
            return "fairmot" if tensors["wh.2.weight"].shape[0] == 4 else "centernet"
    first = ", ".join(list(tensors)[:3]) or "no tensors at all"
    raise ValueError(
        f"{path}: expected a DLA-34 checkpoint of ImageNet, CenterNet, FairMOT or CenterTrack, found {first}. "
        "Is it of another architecture? Our own files end in .safetensors."
    )


def _check_neck(own: Mapping[str, Tensor], tensors: Mapping[str, Tensor], path: Path) -> None:
    theirs, ours = ("deform" if any(DEFORM in name for name in names) else "conv" for names in (tensors, own))
    if theirs != ours:
        raise ValueError(
            f"{path}: its neck is {theirs}, that of the network is {ours}; build the network with neck={theirs!r}"
        )


def _expected(own: Mapping[str, Tensor], layout: Layout, tensors: Mapping[str, Tensor]) -> list[str]:
    """Our names of the tensors that a file of this layout must contain."""
    absent = {prefix for prefix in layout.optional if not any(name.startswith(prefix) for name in tensors)}
    promised = tuple(ours for theirs, ours in layout.prefixes.items() if theirs not in absent)
    return [
        name
        for name in own
        if name.startswith(promised) and not name.startswith(layout.left_out) and not name.endswith(COUNTER)
    ]


def _why_skipped(name: str, tensors: Mapping[str, Tensor], own: Mapping[str, Tensor], layout: Layout) -> str:
    ours = layout.ours(name)
    if ours is not None and ours in own:
        return f"shape {tuple(tensors[name].shape)} instead of {tuple(own[ours].shape)}"
    return "the network has no such tensor"
