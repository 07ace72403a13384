"""Foreign checkpoints, created with the names and shapes of the public files. Every tensor has a unique value."""

from __future__ import annotations

import logging
from collections import OrderedDict
from pathlib import Path

import pytest
import torch

from outrack.models import CenterTrack, FairMOT, MobileCenterNet, centertrack_heads, fairmot_heads, load_foreign

Shapes = dict[str, tuple[int, ...]]


def norm(name: str, channels: int) -> Shapes:
    return {f"{name}.{part}": (channels,) for part in ("weight", "bias", "running_mean", "running_var")}


def tree(name: str, into: int, out: int, root: int, *, project: bool) -> Shapes:
    shapes: Shapes = {}
    for block, first in (("tree1", into), ("tree2", out)):
        shapes |= {f"{name}.{block}.conv1.weight": (out, first, 3, 3), f"{name}.{block}.conv2.weight": (out, out, 3, 3)}
        shapes |= norm(f"{name}.{block}.bn1", out) | norm(f"{name}.{block}.bn2", out)
    shapes |= {f"{name}.root.conv.weight": (out, root, 1, 1)} | norm(f"{name}.root.bn", out)
    return shapes | (projection(name, into, out) if project else {})


def projection(name: str, into: int, out: int) -> Shapes:
    return {f"{name}.project.0.weight": (out, into, 1, 1)} | norm(f"{name}.project.1", out)


def trunk() -> Shapes:
    shapes = {
        "base_layer.0.weight": (16, 3, 7, 7),
        "level0.0.weight": (16, 16, 3, 3),
        "level1.0.weight": (32, 16, 3, 3),
    }
    shapes |= norm("base_layer.1", 16) | norm("level0.1", 16) | norm("level1.1", 32)
    shapes |= tree("level2", 32, 64, 128, project=True) | tree("level5", 256, 512, 1280, project=True)
    for level, into, out, root in (("level3", 64, 128, 448), ("level4", 128, 256, 896)):
        shapes |= tree(f"{level}.tree1", into, out, 2 * out, project=True)
        shapes |= tree(f"{level}.tree2", out, out, root, project=False)
        shapes |= projection(level, into, out)  # reaches no output
    return shapes


def node(name: str, into: int, out: int, *, deform: bool) -> Shapes:
    shapes = norm(f"{name}.actf.0", out) | {f"{name}.conv.weight": (out, into, 3, 3)}
    if deform:
        shapes |= {f"{name}.conv.bias": (out,), f"{name}.conv.conv_offset_mask.weight": (27, into, 3, 3)}
        shapes |= {f"{name}.conv.conv_offset_mask.bias": (27,)}
    return shapes


def neck(*, deform: bool = True) -> Shapes:
    shapes: Shapes = {}
    for name, out, incoming, factors in (
        ("dla_up.ida_0", 256, (512,), (2,)),
        ("dla_up.ida_1", 128, (256, 256), (2, 2)),
        ("dla_up.ida_2", 64, (128, 128, 128), (2, 2, 2)),
        ("ida_up", 64, (128, 256), (2, 4)),
    ):
        for i, (into, factor) in enumerate(zip(incoming, factors, strict=True), start=1):
            shapes |= node(f"{name}.proj_{i}", into, out, deform=deform)
            shapes |= node(f"{name}.node_{i}", out, out, deform=deform)
            shapes[f"{name}.up_{i}.weight"] = (out, 1, 2 * factor, 2 * factor)
    return shapes


def heads(**channels: int) -> Shapes:
    shapes: Shapes = {}
    for name, count in channels.items():
        shapes |= {f"{name}.0.weight": (256, 64, 3, 3), f"{name}.0.bias": (256,)}
        shapes |= {f"{name}.2.weight": (count, 256, 1, 1), f"{name}.2.bias": (count,)}
    return shapes


def based(shapes: Shapes) -> Shapes:
    return {f"base.{name}": shape for name, shape in shapes.items()}


IMAGENET = trunk() | {"fc.weight": (1000, 512, 1, 1), "fc.bias": (1000,)}
CENTERNET = based(IMAGENET) | neck() | heads(hm=80, wh=2, reg=2)
FAIRMOT = based(trunk()) | neck() | heads(hm=1, wh=4, reg=2, id=128)
STEMS = {"pre_img_layer.0.weight": (16, 3, 7, 7), "pre_hm_layer.0.weight": (16, 1, 7, 7)}
CENTERTRACK = (
    based(trunk() | STEMS | norm("pre_img_layer.1", 16) | norm("pre_hm_layer.1", 16))
    | neck()
    | heads(hm=1, reg=2, wh=2, tracking=2, ltrb_amodal=4)
)
COCO_TRACKING = {name: shape for name, shape in CENTERTRACK.items() if not name.startswith("ltrb_amodal.")} | heads(
    hm=80
)
DEAD_PROJECTIONS = 2 * 5
"""Tensors of levels 3 and 4."""


def values(shapes: Shapes) -> OrderedDict[str, torch.Tensor]:
    """Tensors that take no room on disk."""
    return OrderedDict(
        (name, torch.tensor(float(i)).expand(shape)) for i, (name, shape) in enumerate(shapes.items(), start=1)
    )


def write(path: Path, shapes: Shapes, *, wrapped: bool = False) -> Path:
    state = values(shapes)
    if wrapped:
        state = OrderedDict((f"module.{name}", value) for name, value in state.items())
    torch.save({"epoch": 30, "state_dict": state} if wrapped else state, path)
    return path


@pytest.mark.parametrize(
    ("shapes", "parameters"), [(IMAGENET, 15_783_832), (FAIRMOT, 19_836_711), (CENTERTRACK, 19_955_755)]
)
def test_the_files_here_have_the_official_sizes(shapes, parameters):
    assert sum(torch.Size(shape).numel() for name, shape in shapes.items() if "running" not in name) == parameters


def test_fairmot_fills_every_tensor(tmp_path):
    network = FairMOT(fairmot_heads())
    transfer = load_foreign(network, write(tmp_path / "fairmot_dla34.pth", FAIRMOT, wrapped=True))
    assert (transfer.layout, transfer.missing) == ("fairmot", ())
    assert len(transfer.skipped) == DEAD_PROJECTIONS
    theirs, ours = values(FAIRMOT), network.state_dict()
    for their_name, our_name in (
        ("base.level3.tree2.root.conv.weight", "trunk.level3.tree2.root.conv.weight"),
        ("dla_up.ida_0.proj_1.conv.conv_offset_mask.weight", "neck.dla_up.ida_0.proj_1.conv.conv_offset_mask.weight"),
        ("ida_up.node_2.actf.0.running_var", "neck.ida_up.node_2.actf.0.running_var"),
        ("hm.2.bias", "outputs.centres.2.bias"),
        ("wh.0.weight", "outputs.ltrb.0.weight"),
        ("id.2.weight", "outputs.embedding.2.weight"),
    ):
        assert torch.equal(ours[our_name], theirs[their_name])
    distinct = {value.flatten()[0].item() for name, value in ours.items() if not name.endswith("tracked")}
    assert len(distinct) == len(transfer.matched) == len(FAIRMOT) - DEAD_PROJECTIONS


def test_heads_that_the_file_lacks_keep_their_initial_values(tmp_path, caplog):
    network = FairMOT(fairmot_heads(occlusion=True))
    with caplog.at_level(logging.INFO, logger="outrack.models.checkpoints"):
        transfer = load_foreign(network, write(tmp_path / "fairmot.pth", FAIRMOT))
    assert {name.split(".")[1] for name in transfer.missing} == {"occlusion", "occlusion_offset"}
    assert len(transfer.missing) == 8
    assert "missing outputs.occlusion.0.weight" in caplog.text
    assert network.outputs["occlusion"][-1].bias.item() == pytest.approx(-2.19)


def test_centernet_brings_all_but_the_last_layers_of_its_80_classes(tmp_path):
    network = FairMOT(fairmot_heads(embedding_dim=0))
    transfer = load_foreign(network, write(tmp_path / "ctdet_coco_dla_2x.pth", CENTERNET, wrapped=True))
    assert transfer.layout == "centernet"
    assert transfer.skipped["hm.2.weight"] == "shape (80, 256, 1, 1) instead of (1, 256, 1, 1)"
    assert set(transfer.missing) == {
        f"outputs.{head}.2.{part}" for head in ("centres", "ltrb") for part in ("weight", "bias")
    }
    assert {"outputs.centres.0.weight", "outputs.offset.2.weight"} <= set(transfer.matched)
    assert network.outputs["centres"][-1].bias.item() == pytest.approx(-2.19)


def test_imagenet_fills_the_trunk_whatever_the_neck(tmp_path):
    path = write(tmp_path / "dla34-ba72cf86.pth", IMAGENET)
    for network in (FairMOT(neck="conv"), CenterTrack(neck="conv")):
        transfer = load_foreign(network, path)
        assert len(transfer.matched) == len(trunk()) - DEAD_PROJECTIONS
        assert all(not name.startswith("trunk.") or ".pre_" in name for name in transfer.missing)
        assert transfer.skipped["fc.bias"] == "the network has no such tensor"


def test_centertrack_fills_every_tensor(tmp_path):
    network = CenterTrack(centertrack_heads())
    transfer = load_foreign(network, write(tmp_path / "mot17_half.pth", CENTERTRACK, wrapped=True))
    assert (transfer.layout, transfer.missing) == ("centertrack", ())
    assert {name for name in transfer.skipped if not name.startswith("base.")} == set(heads(wh=2))
    theirs = values(CENTERTRACK)
    assert torch.equal(network.outputs["ltrb"][2].bias, theirs["ltrb_amodal.2.bias"])
    assert torch.equal(network.trunk.pre_hm_layer[0].weight, theirs["base.pre_hm_layer.0.weight"])


def test_centertrack_of_coco_brings_its_person_channel(tmp_path):
    network = CenterTrack(centertrack_heads())
    state = values(COCO_TRACKING)
    channels = torch.arange(80.0)
    state["hm.2.bias"], state["hm.2.weight"] = channels, channels[:, None, None, None].expand(80, 256, 1, 1)
    state["wh.2.bias"], state["wh.2.weight"] = torch.tensor([10.0, 30.0]), torch.zeros(2, 256, 1, 1)
    torch.save({"epoch": 1, "state_dict": state}, tmp_path / "coco_tracking.pth")
    transfer = load_foreign(network, tmp_path / "coco_tracking.pth")
    assert (transfer.layout, transfer.missing) == ("centertrack", ())
    assert {name for name in transfer.skipped if not name.startswith("base.")} == set()
    assert network.outputs["centres"][2].bias.tolist() == [0.0]
    assert torch.equal(network.outputs["ltrb"][0].weight, state["wh.0.weight"])
    # x1, y1, x2, y2 from the integer centre: a person 10 cells wide and 30 high.
    assert network.outputs["ltrb"][2].bias.tolist() == [-5.0, -15.0, 5.0, 15.0]


def test_a_coco_file_without_sizes_is_refused(tmp_path):
    lacking = {name: shape for name, shape in COCO_TRACKING.items() if not name.startswith("wh.")}
    with pytest.raises(ValueError, match=r"hm\.2\.weight \(80, 256, 1, 1\) instead of"):
        load_foreign(CenterTrack(), write(tmp_path / "lacking.pth", lacking))


def test_a_file_that_brings_too_little_fails_and_changes_nothing(tmp_path):
    network = FairMOT()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    for name, shapes, message in (
        ("lacking", {k: v for k, v in FAIRMOT.items() if ".level4." not in k}, r"only \d+ of the \d+ .* is missing"),
        ("cut", {**FAIRMOT, "base.level2.tree1.conv1.weight": (64, 31, 3, 3)}, r"level2.tree1.conv1.weight \(64, 31"),
        ("other id", {**FAIRMOT, **heads(id=256)}, r"id.2.weight \(256, 256, 1, 1\) instead of \(128"),
    ):
        with pytest.raises(ValueError, match=message):
            load_foreign(network, write(tmp_path / f"{name}.pth", shapes))
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_the_necks_must_agree(tmp_path):
    plain = based(trunk()) | neck(deform=False) | heads(hm=1, wh=4, reg=2, id=128)
    with pytest.raises(ValueError, match="build the network with neck='conv'"):
        load_foreign(FairMOT(), write(tmp_path / "plain.pth", plain))
    with pytest.raises(ValueError, match="its neck is deform, that of the network is conv"):
        load_foreign(FairMOT(neck="conv"), write(tmp_path / "deform.pth", FAIRMOT))
    assert load_foreign(FairMOT(neck="conv"), tmp_path / "plain.pth").missing == ()


def test_other_architectures_are_refused(tmp_path):
    path = write(tmp_path / "resnet18.pth", {"conv1.weight": (64, 3, 7, 7), "layer1.0.conv1.weight": (64, 64, 3, 3)})
    with pytest.raises(ValueError, match=r"found conv1.weight, layer1.0.conv1.weight.*another architecture"):
        load_foreign(FairMOT(), path)
    with pytest.raises(ValueError, match="only 0 of the"):
        load_foreign(FairMOT(), path, layout="imagenet")
    with pytest.raises(ValueError, match="expected auto, imagenet"):
        load_foreign(FairMOT(), path, layout="yolo")


def test_a_network_without_dla_is_refused(tmp_path):
    with pytest.raises(ValueError, match="has no DLA-34"):
        load_foreign(MobileCenterNet(), write(tmp_path / "dla34.pth", IMAGENET))


def test_files_that_are_not_checkpoints_are_refused(tmp_path):
    whole = write(tmp_path / "whole.pth", FAIRMOT)
    (tmp_path / "cut.pth").write_bytes(whole.read_bytes()[:5000])
    (tmp_path / "notes.pth").write_text("these are not the weights you are looking for")
    (tmp_path / "empty.pth").touch()
    torch.save([torch.zeros(1)], tmp_path / "list.pth")
    torch.save({"state_dict": Path("code")}, tmp_path / "code.pth")
    for name in ("cut", "notes", "empty", "code"):
        with pytest.raises(ValueError, match=rf"{name}\.pth: not a checkpoint of plain tensors, or truncated"):
            load_foreign(FairMOT(), tmp_path / f"{name}.pth")
    with pytest.raises(ValueError, match="expected named tensors, got a list"):
        load_foreign(FairMOT(), tmp_path / "list.pth")
    with pytest.raises(FileNotFoundError, match="no such checkpoint"):
        load_foreign(FairMOT(), tmp_path / "absent.pth")
