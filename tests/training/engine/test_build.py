"""From a recipe to a network: heads, necks, and initial weights of all kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from outrack.cli import main
from outrack.models import COCO_HEADS, DenseNetwork, FairMOT, dense_outrack_heads, fairmot_heads
from outrack.models.mobile_centernet import MobileCenterNet
from outrack.models.registry import ARCHITECTURES
from outrack.training import load_config
from outrack.training.config.training_config import ModelConfig
from outrack.training.engine.build import build_network

THEIR_NAMES = {
    "trunk.": "module.base.",
    "neck.": "module.",
    "outputs.centres.": "module.hm.",
    "outputs.ltrb.": "module.wh.",
    "outputs.offset.": "module.reg.",
    "outputs.embedding.": "module.id.",
}
DEAD_PROJECTIONS = 64 * 128 + 2 * 128 + 128 * 256 + 2 * 256
"""Parameters of the official DLA-34 that reach no output; ours does without (notes#dla-34)."""
SMALL = ModelConfig(architecture="fairmot-dla34", init=None, occlusion=False, neck="conv")


def public_file(network: DenseNetwork, path: Path, *, change: Mapping[str, Tensor] | None = None) -> Path:
    """The network's tensors as FairMOT's training script would have written them."""
    state = {}
    for name, value in network.state_dict().items():
        ours = next(prefix for prefix in THEIR_NAMES if name.startswith(prefix))
        state[THEIR_NAMES[ours] + name.removeprefix(ours)] = value
    torch.save({"epoch": 30, "state_dict": {**state, **(change or {})}}, path)
    return path


@pytest.fixture(scope="module")
def fairmot(tmp_path_factory: pytest.TempPathFactory) -> tuple[FairMOT, Path]:
    torch.manual_seed(5)
    network = FairMOT(fairmot_heads(), neck="conv")
    return network, public_file(network, tmp_path_factory.mktemp("public") / "fairmot_dla34.pth")


@pytest.mark.parametrize(
    ("system", "parameters"),
    [("fairmot", 19.656e6), ("fairmot-utrack", 19.837e6), ("outrack-fm", 20.133e6), ("otrack-ct", 20.252e6)],
)
def test_systems_have_the_official_number_of_parameters(system: str, parameters: float) -> None:
    with torch.device("meta"):
        network = build_network(replace(load_config(system).model, init=None)).network
    ours = DEAD_PROJECTIONS + sum(parameter.numel() for parameter in network.parameters())
    if system == "otrack-ct":
        ours += 256 * 64 * 9 + 256 + 256 * 2 + 2  # the box head that CenterTrack computes and never uses
    assert ours == pytest.approx(parameters, abs=1e3)


def test_the_neck_is_a_setting() -> None:
    with torch.device("meta"):
        for neck in ("deform", "conv"):
            network = build_network(replace(SMALL, neck=neck)).network  # type: ignore[arg-type]
            assert network.options == {"neck": neck}
            assert any("conv_offset_mask" in name for name in network.state_dict()) == (neck == "deform")
    with pytest.raises(ValueError, match=r"architecture mobile-outrack: .*neck"):
        build_network(ModelConfig(architecture="mobile-outrack", init=None, neck="conv"))


def test_a_public_checkpoint_is_a_start(fairmot: tuple[FairMOT, Path]) -> None:
    network, path = fairmot
    built = build_network(replace(SMALL, init=str(path)))
    assert built.new_heads == ()
    ours = built.network.state_dict()
    assert all(torch.equal(ours[name], value) for name, value in network.state_dict().items())
    with_occlusions = build_network(replace(SMALL, init=str(path), occlusion=True))
    assert with_occlusions.new_heads == ("occlusion", "occlusion_offset")
    assert with_occlusions.transfer is not None
    assert len(with_occlusions.transfer.missing) == 8
    assert build_network(replace(SMALL, embedding_dim=0, init=str(path))).new_heads == ()


def init_from(path: Path, folder: Path, *words: str) -> int:
    """What `outrack train --init-from FILE` answers, on an empty folder of data."""
    settings = ("model.neck=conv", "model.width=128", "model.height=96", "schedule.epochs=null", "schedule.steps=1")
    sets = [word for setting in (*settings, *words) for word in ("--set", setting)]
    return main(["train", "outrack-fm", "--init-from", str(path), "-o", str(folder / "run"), *sets])


def test_invalid_initial_weights_are_refused(
    fairmot: tuple[FairMOT, Path], squares: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network, whole = fairmot
    data = ("data.sources=[{path: " + str(squares) + "}]", "data.workers=0", "validation.sources=[]")
    torch.save({"conv1.weight": torch.zeros(64, 3, 7, 7)}, tmp_path / "resnet.pth")
    cut = {"module.base.level3.tree1.tree1.conv1.weight": torch.zeros(128, 64, 3, 2)}
    public_file(network, tmp_path / "cut_tensor.pth", change=cut)
    (tmp_path / "cut_file.pth").write_bytes(whole.read_bytes()[:100_000])
    (tmp_path / "page.pth").write_text("<html>Quota exceeded</html>")
    for name, message in (
        ("resnet", "expected a DLA-34 checkpoint"),
        ("cut_tensor", "level3.tree1.tree1.conv1.weight (128, 64, 3, 2) instead of (128, 64, 3, 3)"),
        ("cut_file", "not a checkpoint of plain tensors, or truncated"),
        ("page", "not a checkpoint of plain tensors, or truncated"),
        ("absent", "no such weights file"),
    ):
        assert init_from(tmp_path / f"{name}.pth", tmp_path, *data) == 1
        error = capsys.readouterr().err.replace("\n", " ")
        assert f"{name}.pth" in error
        assert message in error
    assert init_from(whole, tmp_path, *data, "model.neck=deform") == 1
    assert "its neck is conv" in capsys.readouterr().err
    assert not (tmp_path / "run" / "last.pt").exists()


def test_the_command_reports_what_initial_weights_contained(
    fairmot: tuple[FairMOT, Path], squares: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ("data.sources=[{path: " + str(squares) + "}]", "data.workers=0", "validation.sources=[]", "data.pairs=1")
    assert init_from(fairmot[1], tmp_path, *data) == 0
    assert "start: fairmot checkpoint" in capsys.readouterr().out
    lines = (tmp_path / "run" / "init.txt").read_text().splitlines()
    assert lines[0].endswith("0 skipped, 8 missing")
    assert lines[1] == "  missing outputs.occlusion.0.weight: keeps its initial values"


def test_centertrack_may_start_from_fairmot(fairmot: tuple[FairMOT, Path]) -> None:
    config = ModelConfig(
        architecture="centertrack-dla34", init=str(fairmot[1]), embedding_dim=0, occlusion=False, neck="conv"
    )
    built = build_network(config)
    assert built.new_heads == ("displacement",)
    assert built.transfer is not None
    stems = {name.split(".")[1] for name in built.transfer.missing if name.startswith("trunk.")}
    assert stems == {"pre_img_layer", "pre_hm_layer"}


def test_the_class_of_a_network_says_which_heads_it_has_and_not_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    class Pocket(MobileCenterNet):
        architecture = "pocket"

    class MobilePaper(FairMOT):
        architecture = "mobile-paper"

    for kind in (Pocket, MobilePaper):
        monkeypatch.setitem(ARCHITECTURES, kind.architecture, kind)
    with torch.device("meta"):
        pocket = build_network(ModelConfig(architecture="pocket", init=None, embedding_dim=0)).network
        paper = build_network(replace(SMALL, architecture="mobile-paper")).network
    assert pocket.heads[: len(COCO_HEADS)] == COCO_HEADS
    assert paper.heads == fairmot_heads(embedding_dim=SMALL.embedding_dim, occlusion=False)


def test_a_dense_network_has_its_own_heads_and_no_bundled_weights() -> None:
    config = ModelConfig(architecture="dense-outrack", init=None, embedding_dim=640)
    built = build_network(config)
    assert built.network.heads == dense_outrack_heads(offset=True)
    assert set(built.new_heads) == {head.name for head in built.network.heads}
    for init in ("default", "coco"):
        with pytest.raises(ValueError, match=rf"no weights of dense-outrack are bundled, got '{init}'.*--init-from"):
            build_network(replace(config, init=init))
    with pytest.raises(ValueError, match=r"model\.hidden: fixed for the heads of dense-outrack"):
        build_network(replace(config, hidden=32))
