from __future__ import annotations

import errno
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from outrack.models import (
    COCO_HEADS,
    FairMOT,
    Head,
    MobileCenterNet,
    MobileOutrack,
    Provenance,
    architecture_names,
    coco_start,
    create,
    extra_heads,
    fill_network,
    load_network,
    read_provenance,
    save_network,
)
from outrack.training.engine.checkpoint import remove_unfinished

HERE = Provenance(trained_on="nothing", licence="Apache-2.0")


def test_weights_that_started_from_others_say_so_once() -> None:
    ours, start = Provenance("our street", "unknown"), Provenance("faces", "research only")
    both = ours.after(start)
    assert both == Provenance("our street; started from: faces", "unknown; of the start: research only")
    assert ours.after(both) == both  # the same run again
    assert start.after(both).trained_on == "faces; started from: our street; started from: faces"
    assert Provenance("face", "").after(start) == Provenance(
        "face; started from: faces", "unknown; of the start: research only"
    )


def same_tensors(a: torch.nn.Module, b: torch.nn.Module) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a.state_dict().values(), b.state_dict().values(), strict=True))


def test_saved_networks_come_back_with_heads_and_origin(tmp_path: Path):
    network = create("mobile-centernet", heads=(*COCO_HEADS, *extra_heads(embedding_dim=8, hidden=16)))
    save_network(network, tmp_path / "net.safetensors", provenance=HERE)
    again = load_network(tmp_path / "net.safetensors")
    assert again.heads == network.heads
    assert not again.training
    assert same_tensors(again, network)
    assert read_provenance(tmp_path / "net.safetensors") == HERE


def test_the_coco_start_fills_everything_but_the_new_heads():
    network = MobileCenterNet((*COCO_HEADS, *extra_heads(offset=True, occlusion=True)))
    before = network.occlusions.last.bias.clone()
    assert fill_network(network, coco_start()) == ("offset", "occlusion", "occlusion_offset")
    start = load_network(coco_start())
    assert same_tensors(network.trunk, start.trunk)
    assert same_tensors(network.outputs["ltrb"], start.outputs["ltrb"])
    assert torch.equal(network.occlusions.last.bias, before)


def test_heads_that_are_not_wanted_are_left_out(tmp_path: Path):
    more = MobileCenterNet((*COCO_HEADS, *extra_heads(offset=True)))
    save_network(more, tmp_path / "more.safetensors", provenance=HERE)
    assert fill_network(MobileCenterNet(), tmp_path / "more.safetensors") == ()


def test_a_network_can_be_loaded_without_some_of_its_heads(tmp_path: Path):
    whole = MobileCenterNet((*COCO_HEADS, *extra_heads(offset=True, occlusion=True)))
    save_network(whole, tmp_path / "whole.safetensors", provenance=HERE)
    lean = load_network(tmp_path / "whole.safetensors", without=("occlusion", "occlusion_offset"))
    assert [head.name for head in lean.heads] == ["centres", "ltrb", "offset"]
    assert same_tensors(lean.outputs, whole.outputs) and lean.occlusions is None


def test_heads_that_another_architecture_keeps_elsewhere_are_left_out(tmp_path: Path):
    whole = MobileOutrack()
    save_network(whole, tmp_path / "net.safetensors", provenance=HERE)
    plain = MobileCenterNet()
    assert fill_network(plain, tmp_path / "net.safetensors") == ()
    assert same_tensors(plain.trunk, whole.trunk)
    assert same_tensors(plain.outputs, whole.outputs)


def test_tensors_that_do_not_fit_are_named():
    dense = (Head("centres", 1), Head("ltrb", 4, hidden=0, convolution="separable"))
    with pytest.raises(ValueError, match=r"do not fit .*missing.*outputs\.centres\.2\.bias.*misshaped"):
        fill_network(MobileCenterNet(dense), coco_start())


def test_weights_of_another_architecture_are_refused_and_change_nothing():
    network = FairMOT(neck="conv")
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    with pytest.raises(ValueError, match=r"do not fit fairmot-dla34 .*missing: .*, \.\.\.; .*unexpected: .*, \.\.\."):
        fill_network(network, coco_start())
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())


def saved_with(path: Path, change: Callable[[dict[str, torch.Tensor]], None]) -> None:
    """A file of weights whose tensors were changed, with the metadata of the unchanged network."""
    network = MobileCenterNet()
    save_network(network, path, provenance=HERE)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    tensors = network.state_dict()
    change(tensors)
    save_file(tensors, path, metadata=metadata)


def test_a_tensor_cut_short_is_named(tmp_path: Path):
    path = tmp_path / "net.safetensors"
    whole = tuple(MobileCenterNet().state_dict()["trunk.stem.0.bias"].shape)
    saved_with(path, lambda tensors: tensors.update({"trunk.stem.0.bias": tensors["trunk.stem.0.bias"][:-1].clone()}))
    short = (whole[0] - 1,)
    for read in (load_network, lambda path: fill_network(MobileCenterNet(), path)):
        with pytest.raises(ValueError, match="1 misshaped") as caught:
            read(path)
        assert f"trunk.stem.0.bias {short} instead of {whole}" in str(caught.value)


def test_missing_and_unexpected_tensors_are_errors(tmp_path: Path):
    path = tmp_path / "net.safetensors"
    saved_with(path, lambda tensors: tensors.update(stray=tensors.pop("trunk.stem.0.bias")))
    with pytest.raises(ValueError, match=r"1 missing: trunk\.stem\.0\.bias; 1 unexpected: stray"):
        load_network(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"architecture": "mobile-centernet-9"}, r"another version of outrack \(unknown architecture"),
        ({"heads": "[{}]"}, "its description is damaged"),
        ({"options": "{"}, "its description is damaged"),
        ({"options": "[]"}, "its description is damaged"),
        ({"options": "[" * 100_000}, "its description is damaged"),
        ({"options": '{"neck": []}'}, "cannot build the network"),
        ({"heads": "7"}, "its description is damaged"),
        ({"heads": '[{"name": "centres", "channels": 1000000000}]'}, "expected 1 to 4096 as channels"),
        ({"heads": '[{"name": "centres", "channels": 1.5}]'}, "expected 1 to 4096 as channels"),
        ({"heads": '[{"name": "centres", "channels": 1, "bias": NaN}]'}, "bias must be a finite number"),
    ],
)
def test_a_damaged_description_is_refused(tmp_path: Path, change: dict[str, str], message: str):
    path = tmp_path / "net.safetensors"
    with safe_open(coco_start(), framework="pt") as file:
        metadata = file.metadata()
    save_file({"x": torch.zeros(1)}, path, metadata={**metadata, **change})
    with pytest.raises(ValueError, match=message):
        load_network(path)


def test_weights_that_are_not_finite_are_refused_by_name(tmp_path: Path):
    path = tmp_path / "net.safetensors"
    network = MobileCenterNet()
    with torch.no_grad():
        network.trunk.stem[0].bias[0] = torch.nan
    save_network(network, path, provenance=HERE)
    with pytest.raises(
        ValueError, match=r"net\.safetensors: 1 of \d+ tensors are not finite, trunk\.stem\.0\.bias first"
    ):
        load_network(path)


def test_a_full_disk_keeps_the_previous_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "net.safetensors"
    save_network(MobileCenterNet(), path, provenance=HERE)
    before = path.read_bytes()

    def full(unfinished: Path, content: bytes) -> None:
        with unfinished.open("wb") as file:
            file.write(content[:1000])
        raise OSError(errno.ENOSPC, "No space left on device", str(unfinished))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match=r"No space left on device: .*net\.safetensors"):
        save_network(MobileCenterNet(), path, provenance=HERE)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["net.safetensors"]


def test_a_process_killed_while_it_writes_leaves_only_files_that_a_resumed_training_removes(tmp_path: Path):
    program = f"""
import os, pathlib, signal
from outrack.models import MobileCenterNet, Provenance, save_network

def killed(unfinished, content):
    unfinished.touch()
    os.kill(os.getpid(), signal.SIGKILL)

pathlib.Path.write_bytes = killed
save_network(MobileCenterNet(), pathlib.Path({str(tmp_path / "net.safetensors")!r}), provenance=Provenance("", ""))
"""
    assert subprocess.run([sys.executable, "-c", program]).returncode == -signal.SIGKILL
    assert len(list(tmp_path.iterdir())) == 1
    remove_unfinished(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_file_cut_short_is_refused(tmp_path: Path):
    (tmp_path / "cut.safetensors").write_bytes(coco_start().read_bytes()[:200_000])
    with pytest.raises(ValueError, match="truncated"):
        load_network(tmp_path / "cut.safetensors")


def test_foreign_and_absent_files_are_refused(tmp_path: Path):
    save_file({"x": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(ValueError, match="not written by outrack"):
        load_network(tmp_path / "other.safetensors")
    with pytest.raises(FileNotFoundError, match="no such weights file"):
        load_network(tmp_path / "absent.safetensors")


def test_the_registry_knows_its_names():
    assert "mobile-centernet" in architecture_names()
    with pytest.raises(ValueError, match=r"expected one of .*mobile-centernet"):
        create("yolo")
    with pytest.raises(ValueError, match=r"mobile-centernet: .*depth"):
        create("mobile-centernet", depth=3)
