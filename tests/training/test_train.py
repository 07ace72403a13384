"""Whole runs in seconds: they learn, resume exactly, read no identity, and stop when something is wrong."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import nn

from outrack.cli import main
from outrack.io.origin import versions
from outrack.models import dense_outrack_heads, load_network, read_provenance
from outrack.training import Report, train
from outrack.training.config.config_file import dump_config, parse_config
from outrack.training.config.training_config import ModelConfig, ScheduleConfig, ValidationConfig
from outrack.training.data.data_config import SourceConfig
from outrack.training.data.examples import Batch
from outrack.training.data.two_frame import TwoFrameBatch
from outrack.training.engine import loop
from outrack.training.engine.build import Built, build_network
from outrack.training.engine.checkpoint import read_state, write_state
from outrack.training.engine.optimiser import MovingAverage
from outrack.training.engine.report import DataReport, StepReport, ValidationReport
from outrack.training.engine.run import Run
from outrack.training.engine.step import StepLoss, TrainingStep
from outrack.training.engine.validation import Validation, ValidationData
from tests.training.tiny import tiny_config, write_squares


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "last.safetensors")


def assert_same_weights(a: Path, b: Path) -> None:
    first, second = weights(a), weights(b)
    assert first.keys() == second.keys()
    different = [name for name in first if not torch.equal(first[name], second[name])]
    assert not different


def test_four_frames_are_overfitted(tmp_path: Path) -> None:
    data = write_squares(tmp_path / "four", num_frames=2)
    config = tiny_config(data)
    still = replace(
        config.augmentation,
        geometry=replace(config.augmentation.geometry, rotation_deg=0, scale=(1, 1), translate=0, shear_deg=0, flip=0),
        photometric=replace(config.augmentation.photometric, saturation=0, value=0),
    )
    config = replace(
        config,
        augmentation=still,
        schedule=ScheduleConfig(steps=160, kind="cosine", warmup=10, save_every=300),
        optimiser=replace(config.optimiser, lr=5e-3),
        validation=ValidationConfig(sources=(SourceConfig(path=str(data)),), every=300),
    )
    reports: list[Report] = []
    best = train(config, tmp_path / "run", on_report=reports.append)
    assert best == tmp_path / "run" / "best.safetensors"
    assert best.is_file()
    last = next(report.validation for report in reversed(reports) if isinstance(report, ValidationReport))
    assert last.sources[0].ap50 > 95
    assert last.sources[0].r1 == 100
    lines = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert lines[-2]["total"] < 0.3 * lines[1]["total"]
    assert {"centre", "ltrb", "offset", "occlusion", "reid_intra", "rate", "minutes"} <= lines[1].keys()


def test_of_networks_that_measure_alike_the_last_is_kept(
    squares: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny_config(squares)
    monkeypatch.setattr(Validation, "score", lambda self, measure: 50.0)
    validation = ValidationConfig(sources=(SourceConfig(path=str(squares)),), every=1)
    best, last = load_file(train(replace(config, validation=validation), tmp_path / "run")), weights(tmp_path / "run")
    assert all(torch.equal(best[name], last[name]) for name in last)


def test_killed_and_resumed_is_as_if_nothing_happened(
    squares: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny_config(squares)
    train(config, tmp_path / "whole")

    one_step = Run.one_step

    def killed_at_step_5(self: Run, batches: object) -> dict[str, float]:
        if self.progress.step == 5:
            raise SystemExit("killed")
        return one_step(self, batches)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Run, "one_step", killed_at_step_5)
        with pytest.raises(SystemExit):
            train(config, tmp_path / "broken")
    assert read_state(tmp_path / "broken" / "last.pt").progress.step == 3
    torch.manual_seed(99)  # another process would start elsewhere
    train(config, tmp_path / "broken", resume=True)
    assert read_state(tmp_path / "broken" / "last.pt").progress.step == 6
    assert_same_weights(tmp_path / "whole", tmp_path / "broken")
    whole, broken = (json.loads((tmp_path / name / "log.jsonl").read_text()) for name in ("whole", "broken"))
    assert whole | {"minutes": 0} == broken | {"minutes": 0}  # means of all six steps


def test_two_trainings_in_threads_learn_what_each_learns_alone(
    squares: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configs = {name: replace(tiny_config(squares), seed=seed) for name, seed in (("one", 1), ("two", 2))}
    for name, config in configs.items():
        train(config, tmp_path / name)

    def built_while_the_other_starts(model: ModelConfig) -> Built:
        time.sleep(0.3)
        return build_network(model)

    monkeypatch.setattr(loop, "build_network", built_while_the_other_starts)
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda name: train(configs[name], tmp_path / f"{name}-thread"), configs))
    for name in configs:
        assert_same_weights(tmp_path / name, tmp_path / f"{name}-thread")


def test_a_run_says_what_made_it(squares: Path, tmp_path: Path) -> None:
    config = replace(tiny_config(squares), seed=7)
    train(config, tmp_path / "run")
    with safe_open(tmp_path / "run" / "last.safetensors", framework="pt") as file:
        origin = json.loads(file.metadata()["made_by"])
    assert origin["made_by"] == versions()
    assert origin["settings"]["step"] == config.schedule.steps
    assert origin["settings"]["config"]["seed"] == 7
    first, *rest = (tmp_path / "run" / "config.yaml").read_text().splitlines(keepends=True)
    assert json.loads(first.removeprefix("# "))["made_by"] == versions()
    assert "".join(rest) == dump_config(config)


def test_workers_change_nothing(squares: Path, tmp_path: Path) -> None:
    config = tiny_config(squares)
    train(config, tmp_path / "none")
    train(replace(config, data=replace(config.data, workers=1)), tmp_path / "one")
    assert_same_weights(tmp_path / "none", tmp_path / "one")


def train_on_identities(tmp_path: Path, reid: str, rename: Callable[[int], int] | None) -> Path:
    name = "given" if rename is None else "renamed"
    config = tiny_config(write_squares(tmp_path / name, rename=rename))
    train(replace(config, loss=replace(config.loss, reid=reid)), tmp_path / f"run-{name}")
    return tmp_path / f"run-{name}"


@pytest.mark.parametrize("reid", ["utrack", "cycas", "none"])
def test_identities_are_not_read(reid: str, tmp_path: Path) -> None:
    runs = [train_on_identities(tmp_path, reid, rename) for rename in (None, lambda identity: 40 - 3 * identity)]
    labels = [json.loads((tmp_path / name / "annotations.json").read_text()) for name in ("given", "renamed")]
    assert labels[0]["annotations"][0]["track_id"] != labels[1]["annotations"][0]["track_id"]
    assert_same_weights(*runs)


def test_the_supervised_baseline_reads_them(tmp_path: Path) -> None:
    runs = [train_on_identities(tmp_path, "supervised", rename) for rename in (None, lambda identity: identity % 2)]
    classifiers = [read_state(run / "last.pt").model["reid.supervised.classifier.weight"] for run in runs]
    assert [len(classifier) for classifier in classifiers] == [6, 4]  # two videos share no identity


def test_pictures_without_people_are_used_for_training(tmp_path: Path) -> None:
    data = write_squares(tmp_path / "empty", people=0)
    train(tiny_config(data), tmp_path / "run")
    assert all(torch.isfinite(tensor).all() for tensor in weights(tmp_path / "run").values())


def test_accumulation_makes_the_same_number_of_steps(squares: Path, tmp_path: Path) -> None:
    config = tiny_config(squares)
    train(replace(config, optimiser=replace(config.optimiser, accumulate=2, ema=None)), tmp_path / "run")
    state = read_state(tmp_path / "run" / "last.pt")
    assert state.progress.step == 6
    assert state.averaged is None


def test_bf16_trains(squares: Path, tmp_path: Path) -> None:
    config = tiny_config(squares)
    train(replace(config, optimiser=replace(config.optimiser, precision="bf16")), tmp_path / "run")
    assert all(torch.isfinite(tensor).all() for tensor in weights(tmp_path / "run").values())


def test_interrupted_in_the_middle_of_a_step_it_finishes_the_step(
    squares: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny_config(squares)
    train(config, tmp_path / "whole")
    update = MovingAverage.update

    def interrupted_at_step_4(self: MovingAverage, network: nn.Module, step: int) -> None:
        if step == 3:  # gradients are taken and weights moved; the average and the count are not
            signal.raise_signal(signal.SIGINT)
        update(self, network, step)

    with monkeypatch.context() as patch:
        patch.setattr(MovingAverage, "update", interrupted_at_step_4)
        with pytest.raises(KeyboardInterrupt):
            train(config, tmp_path / "broken")
    assert read_state(tmp_path / "broken" / "last.pt").progress.step == 4
    train(config, tmp_path / "broken", resume=True)
    assert_same_weights(tmp_path / "whole", tmp_path / "broken")


def test_a_budget_of_time_ends_the_run_whole(squares: Path, tmp_path: Path) -> None:
    config = tiny_config(squares)
    schedule = replace(config.schedule, steps=100_000, max_minutes=1e-6)
    train(replace(config, schedule=schedule), tmp_path / "run")
    assert read_state(tmp_path / "run" / "last.pt").progress.step == 1


def test_a_loss_that_is_not_finite_names_itself_and_the_images(squares: Path, tmp_path: Path) -> None:
    config = tiny_config(squares)
    hot = replace(config.optimiser, lr=1e30, clip=None)
    with pytest.raises(FloatingPointError, match=r"step \d: the loss is not finite \(centre.*video\d frame") as caught:
        train(replace(config, optimiser=hot, schedule=replace(config.schedule, warmup=0)), tmp_path / "run")
    assert "Check the labels of these images" in str(caught.value)


def test_a_gradient_that_is_not_finite_is_not_used_for_training(
    squares: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny_config(squares)
    forward = TrainingStep.forward

    def with_broken_gradient(self: TrainingStep, batch: Batch) -> StepLoss:
        loss = forward(self, batch)
        root_of_zero = (0 * next(self.network.parameters()).sum()).sqrt()  # a number, and its slope is none
        return loss._replace(total=loss.total + root_of_zero)

    monkeypatch.setattr(TrainingStep, "forward", with_broken_gradient)
    no_clip = replace(config, optimiser=replace(config.optimiser, clip=None))
    for name, broken in (("clipped", config), ("whole", no_clip)):
        with pytest.raises(FloatingPointError, match=r"step 0: the gradient is not finite for .*video\d frame"):
            train(broken, tmp_path / name)
        assert not (tmp_path / name / "last.pt").exists()


def test_weights_that_are_not_finite_are_never_kept(
    squares: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny_config(squares)
    config = replace(config, schedule=replace(config.schedule, steps=6, save_every=2))
    one_step = Run.one_step

    def break_in_step_four(self: Run, batches: Sequence[Batch | TwoFrameBatch]) -> dict[str, float]:
        parts = one_step(self, batches)
        if self.progress.step == 4:
            with torch.no_grad():
                next(self._step.network.parameters())[0] = torch.nan
        return parts

    monkeypatch.setattr(Run, "one_step", break_in_step_four)
    with pytest.raises(FloatingPointError, match=r"step 4: 1 of \d+ tensors are not finite, network\..* first"):
        train(config, tmp_path / "run")
    assert read_state(tmp_path / "run" / "last.pt").progress.step == 2
    assert all(tensor.isfinite().all() for tensor in weights(tmp_path / "run").values())
    assert not list((tmp_path / "run").glob(".*"))


def test_partial_files_of_a_killed_run_are_removed_by_the_next_one(squares: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".last.safetensors.1.unfinished").touch()  # killed before its first checkpoint
    config = tiny_config(squares)
    train(replace(config, schedule=replace(config.schedule, steps=1)), tmp_path / "run")
    assert not list((tmp_path / "run").glob(".*"))


def test_what_would_fail_later_is_refused_before_the_data_are_read(squares: Path, tmp_path: Path) -> None:
    config, said = tiny_config(squares), []
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="Not a directory"):
        train(config, tmp_path / "file", on_report=said.append)
    gone = replace(config, model=replace(config.model, init="gone.safetensors"))
    with pytest.raises(FileNotFoundError, match=r"gone\.safetensors: no such weights file; expected a file, default"):
        train(gone, tmp_path / "run", on_report=said.append)
    with pytest.raises(FileNotFoundError, match="nothing to resume"):
        train(config, tmp_path / "run", resume=True, on_report=said.append)
    assert said == []


def test_a_run_of_four_processes_continues_in_one_with_the_same_steps(squares: Path, tmp_path: Path) -> None:
    """What four processes did in a step, one does by accumulation, and so does the next resume."""
    config, path = tiny_config(squares), tmp_path / "run" / "last.pt"
    train(replace(config, schedule=ScheduleConfig(steps=1)), tmp_path / "run")
    write_state(replace(read_state(path), processes=4), path)
    for steps in (2, 3):
        said: list[object] = []
        longer = replace(config, schedule=ScheduleConfig(steps=steps))
        train(longer, tmp_path / "run", resume=True, on_report=said.append)
        (data,) = [report for report in said if isinstance(report, DataReport)]
        assert data.pairs_per_step == 4 * config.data.pairs * config.optimiser.accumulate
        assert read_state(path).processes == 4


def test_runs_are_not_mixed_up(squares: Path, tmp_path: Path) -> None:
    config = tiny_config(squares)
    with pytest.raises(FileNotFoundError, match="nothing to resume"):
        train(config, tmp_path / "run", resume=True)
    train(config, tmp_path / "run")
    with pytest.raises(FileExistsError, match="already contains a run"):
        train(config, tmp_path / "run")
    other = replace(config, loss=replace(config.loss, id_weight=5.0))
    with pytest.raises(ValueError, match=r"with other settings: loss\.id_weight is 5\.0 and was 2\.0"):
        train(other, tmp_path / "run", resume=True)
    (source,) = config.data.sources
    for name, data in {
        r"sources\.0\.stride is 7 and was 1": (replace(source, stride=7),),  # unlike validation's, which may change
        r"sources\.1\.path is .* and was missing": (source, source),
    }.items():
        with pytest.raises(ValueError, match=rf"with other settings: data\.{name}"):
            train(replace(config, data=replace(config.data, sources=data)), tmp_path / "run", resume=True)
    longer = replace(config, schedule=replace(config.schedule, steps=8), trained_on="squares, for longer")
    train(longer, tmp_path / "run", resume=True)
    assert read_provenance(tmp_path / "run" / "last.safetensors").trained_on.startswith("squares, for longer")
    assert read_state(tmp_path / "run" / "last.pt").progress.step == 8


def test_a_setting_that_is_younger_than_the_checkpoint_does_not_stop_a_resume(squares: Path, tmp_path: Path) -> None:
    config = tiny_config(squares)
    train(config, tmp_path / "run")
    path = tmp_path / "run" / "last.pt"
    state = read_state(path)
    older = "".join(line for line in state.config.splitlines(keepends=True) if "temperature" not in line)
    assert older != state.config
    write_state(replace(state, config=older), path)
    longer = replace(config, schedule=replace(config.schedule, steps=7))
    train(longer, tmp_path / "run", resume=True)
    assert read_state(path).progress.step == 7


@pytest.mark.parametrize(
    "setting",
    ["temperature: 1.0", "placeholder: zero", "intra_weight: 0.0", "inter_weight: 0.0", "cycle_weight: 0.0"],
)
def test_every_setting_of_utrack_reaches_the_loss(setting: str, squares: Path, tmp_path: Path) -> None:
    config = tiny_config(squares)
    name, value = setting.split(": ")
    changed = parse_config(dump_config(config), overrides={f"loss.{name}": value})
    train(config, tmp_path / "run")
    train(changed, tmp_path / "changed")
    first, second = weights(tmp_path / "run"), weights(tmp_path / "changed")
    assert any(not torch.equal(first[key], second[key]) for key in first)


def test_no_data(tmp_path: Path, squares: Path) -> None:
    config = tiny_config(squares)
    with pytest.raises(ValueError, match=r"data\.sources is empty"):
        train(replace(config, data=replace(config.data, sources=())), tmp_path / "run")
    nothing_left = replace(config.data, sources=(SourceConfig(path=str(squares), only=("zebra",)),))
    with pytest.raises(ValueError, match="none of 16 images remains"):
        train(replace(config, data=nothing_left), tmp_path / "run")


def test_the_command_teaches_a_dense_network_from_random_weights(squares: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "dense.yaml"
    recipe.write_text(f"""
like: quick
schedule: {{steps: 8, warmup: 1}}
model: {{architecture: dense-outrack, init: null, width: 96, height: 64, embedding_dim: 128}}
data: {{sources: [{{path: {squares}}}], workers: 0}}
optimiser: {{lr: 1e-3}}
validation: {{sources: []}}
""")
    assert main(["train", str(recipe), "-o", str(tmp_path / "run")]) == 0
    network = load_network(tmp_path / "run" / "last.safetensors")
    assert network.heads == dense_outrack_heads(offset=True, embedding_dim=128)
    *_, last = (json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines())
    assert last["step"] == 8
    assert {"centre", "ltrb", "offset", "occlusion", "occlusion_offset", "reid_intra"} <= last.keys()
    assert last["total"] < 100


@pytest.mark.parametrize("at_step", [2, 4])
def test_an_interrupted_validation_is_made_up_for(
    squares: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_step: int
) -> None:
    config = tiny_config(squares)
    validation = ValidationConfig(sources=(SourceConfig(path=str(squares)),), every=2)
    config = replace(config, validation=validation, schedule=replace(config.schedule, steps=4))
    measure = ValidationData.measure

    def interrupted(self: ValidationData, network: nn.Module) -> Validation:
        if steps and steps[-1] == at_step:
            raise KeyboardInterrupt
        return measure(self, network)

    steps: list[int] = []

    def note(report: Report) -> None:
        if isinstance(report, StepReport):
            steps.append(report.progress.step)

    with monkeypatch.context() as patch:
        patch.setattr(ValidationData, "measure", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train(config, tmp_path / "run", on_report=note)
    validated: list[int] = []

    def note_validation(report: Report) -> None:
        if isinstance(report, ValidationReport):
            validated.append(report.progress.step)

    assert train(config, tmp_path / "run", resume=True, on_report=note_validation).is_file()
    assert validated == list(range(at_step, 5, 2))
    validated.clear()
    train(config, tmp_path / "run", resume=True, on_report=note_validation)
    assert validated == []
