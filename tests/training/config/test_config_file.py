"""Recipes: the bundled ones load, misspelt settings are named, and resolved recipes can be read back."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from outrack.losses import cycas_loss, occlusion_loss, utrack_loss
from outrack.training import dump_config, load_config, preset_names
from outrack.training.config.training_config import LossConfig, OptimiserConfig
from tests.conftest import ROOT

RECIPES = ROOT / "src" / "outrack" / "experiments" / "recipes"


@pytest.mark.parametrize("name", preset_names())
def test_every_recipe_loads_and_survives_writing(name: str, tmp_path: Path) -> None:
    config = load_config(name)
    (tmp_path / "again.yaml").write_text(dump_config(config), encoding="utf-8")
    assert load_config(tmp_path / "again.yaml") == config


def test_the_papers_recipe_has_the_papers_numbers() -> None:
    config = load_config("mot17_half")
    assert (config.model.width, config.model.height, config.model.embedding_dim) == (1088, 608, 128)
    assert (config.schedule.epochs, config.schedule.drop_at) == (30, (20,))
    assert (config.optimiser.name, config.optimiser.lr, config.optimiser.ema) == ("adam", 1e-4, None)
    assert (config.data.pairs, config.data.negative, config.data.window, config.data.merge) == (8, 0.2, 10, 1)
    assert config.augmentation.geometry.scale == (0.5, 1.2)
    assert config.augmentation.photometric.tint == config.augmentation.photometric.blur == 0


@pytest.mark.parametrize(
    ("loss", "prefix"), [(utrack_loss, ""), (occlusion_loss, "occlusion_")], ids=["utrack", "occlusion"]
)
def test_a_recipe_that_says_nothing_has_the_defaults_of_the_losses(loss: Callable[..., object], prefix: str) -> None:
    defaults = {
        f"{prefix}{name}": argument.default
        for name, argument in inspect.signature(loss).parameters.items()
        if argument.default is not argument.empty and name != "ignore"
    }
    assert defaults
    assert {name: getattr(LossConfig(), name) for name in defaults} == defaults
    for name in defaults:
        assert re.search(rf"^    {name}: .* = _(UTRACK|OCCLUSION)\[", inspect.getsource(LossConfig), re.M), name


def test_what_utrack_and_cycas_share_has_the_same_defaults() -> None:
    for name in ("margin", "temperature"):
        assert getattr(LossConfig(), name) == inspect.signature(cycas_loss).parameters[name].default


@pytest.mark.parametrize("name", [*preset_names(), *map(str, RECIPES.glob("*.yaml"))])
def test_every_recipe_learns_with_the_normalisation_of_the_authors_code(name: str) -> None:
    config = load_config(name)
    if config.loss.reid == "utrack":
        assert (config.loss.negatives, config.loss.normalise) == ("official", "batch")
    if config.model.occlusion:
        assert config.loss.occlusion_normalise == "official"


def test_settings_are_changed_by_dotted_name() -> None:
    config = load_config(
        "quick",
        overrides={"optimiser.lr": "1e-4", "data.sources.0.drawn_people": "7", "augmentation.geometry.flip": "0"},
    )
    assert config.optimiser.lr == 1e-4
    assert config.data.sources[0].drawn_people == 7
    assert config.augmentation.geometry.flip == 0.0


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("optimiser.learning_rate", "1", "unknown setting optimiser.learning_rate; did you mean optimiser"),
        ("optimizer", "{lr: 1}", "did you mean optimiser"),
        ("augmentation.geometry.rotate", "1", "did you mean augmentation.geometry.rotation_deg"),
        ("optimiser.lr", "fast", "optimiser.lr: expected float, got 'fast'"),
        ("optimiser.lr", ".nan", "optimiser.lr: expected float, got nan"),
        ("optimiser.lr", "1" + "0" * 400, "optimiser.lr: expected float, got 1000"),
        ("optimiser.lr", "-1", "learning rates must be positive"),
        ("optimiser.clip", "0", "expected a positive norm, or null"),
        ("optimiser.weight_decay", "-0.1", "expected 0 or more"),
        ("schedule.drop", "0", "expected a factor above 0"),
        ("data.pairs", "2.5", "data.pairs: expected int, got 2.5"),
        ("data.partners_detect", "1", "data.partners_detect: expected bool, got 1"),
        ("loss.reid", "utrak", "loss.reid: expected one of none, supervised, cycas, utrack"),
        ("augmentation.geometry.scale", "[1, 2, 3]", "augmentation.geometry.scale: expected 2 values, got 3"),
        ("augmentation.geometry.scale", "1", "expected a list"),
        ("data.sources", "[{share: 1}]", "give a path"),
        ("data", "3", "data: expected a group of settings"),
        ("seed.x", "3", "seed is a single value"),
        ("model.width", "100", "multiples of 32"),
        ("schedule.epochs", "3", "either epochs or steps"),
        ("model.embedding_dim", "0", "needs model.embedding_dim above 0"),
        ("loss.placeholder", "none", "loss: negative pairs are learned by assigning all objects to the placeholder"),
        ("loss.margin", "-1", "loss: margin must be positive"),
        ("loss.temperature", "0", "loss: temperature must be positive"),
        ("loss.id_weight", "-3", "loss.id_weight: expected 0 or more, got -3"),
        ("data.occlusion_threshold", "1.5", "data.occlusion_threshold: expected a share between 0 and 1, got 1.5"),
        ("data.negative", "1.5", "data.negative: expected a share from 0 to 1, got 1.5"),
        ("data.window", "0", "data.window: expected 1 frame or more, got 0"),
        ("augmentation.geometry.translate", "-4", "geometry.translate: expected 0 or more, got -4"),
    ],
)
def test_bad_settings_report_the_error(key: str, value: str, message: str) -> None:
    with pytest.raises(ValueError, match=r".*") as caught:
        load_config("quick", overrides={"seed": "1", key: value})
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("data.sources.7.path", "a", "--set data.sources.7.path: expected the number of a list entry, got '7'"),
        ("data.sources.first.path", "a", "got 'first'; the list has"),
        ("data.sources.-1", "a", "got '-1'"),
        ("data.sources.", "a", "expected the number of a list entry"),
        ("data.sources.99999999999999999999", "a", "expected the number of a list entry"),
        ("optimiser.lr", "[" * 3000, "nested too deeply"),
        ("optimiser.lr", "!!int ''", "not valid YAML"),
        ("optimiser.lr", "9" * 5000, "not valid YAML"),
        ("optimiser.lr", "&a [*a]", "more than 100,000 values"),
    ],
)
def test_a_setting_at_no_place_or_of_no_value_says_so(key: str, value: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"quick\.yaml with --set: --set ") as caught:
        load_config("quick", overrides={key: value})
    assert message in str(caught.value)


def test_settings_of_the_release_before_are_read_by_their_new_names(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "old.yaml").write_text(
        "schedule: {steps: 5}\ndata: {sources: [{path: MOT17/train, frames: fairmot-train}, {path: boxes, every: 3}]}\n"
    )
    one, two = load_config(tmp_path / "old.yaml").data.sources
    assert (one.half, one.stride, two.half, two.stride) == ("fairmot-train", 1, "full", 3)
    assert (
        "data.sources.0.frames was renamed to data.sources.0.half; the old name will be removed in 0.3" in caplog.text
    )
    assert "data.sources.1.every was renamed to data.sources.1.stride" in caplog.text


def test_bad_files(tmp_path: Path) -> None:
    with pytest.raises(
        FileNotFoundError, match=r"no such file or recipe; the recipes are centertrack, .*crowdhuman, default"
    ):
        load_config("defualt")
    for text, message in (("a: [", "not valid YAML"), ("- 1", "expected settings"), ("seed: 3", "missing setting")):
        (tmp_path / "bad.yaml").write_text(text)
        with pytest.raises(ValueError, match=message):
            load_config(tmp_path / "bad.yaml")


def test_a_recipe_may_be_like_another(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("like: quick\nmodel: {width: 320}\nloss: {detection: {ltrb: 0.3}}\n")
    mine, quick = load_config(tmp_path / "mine.yaml", overrides={"model.height": "192"}), load_config("quick")
    assert (mine.model.width, mine.model.height) == (320, 192)
    assert (mine.loss.detection.ltrb, mine.loss.id_weight) == (0.3, quick.loss.id_weight)
    assert (mine.data, mine.validation) == (quick.data, quick.validation)
    circle = [tmp_path / name for name in ("a.yaml", "b.yaml")]
    for path, other in zip(circle, reversed(circle), strict=True):
        path.write_text(f"like: {other}\n")
    with pytest.raises(ValueError, match=r"a\.yaml: this recipe is `like` itself, through a\.yaml, b\.yaml"):
        load_config(circle[0])
    (tmp_path / "lost.yaml").write_text("like: unknown\n")
    (tmp_path / "long.yaml").write_text(f"like: {'quick' * 1000}\n")
    with pytest.raises(FileNotFoundError, match=r"long\.yaml: like: (quick){40}: no such file or recipe; the recipes"):
        load_config(tmp_path / "long.yaml")
    with pytest.raises(FileNotFoundError, match=r"lost\.yaml: like: unknown: no such file or recipe"):
        load_config(tmp_path / "lost.yaml")


@pytest.mark.parametrize(
    ("system", "architecture", "reid", "embedding_dim", "occlusion"),
    [
        ("fairmot", "fairmot-dla34", "none", 0, False),
        ("fairmot-supervised", "fairmot-dla34", "supervised", 128, False),
        ("fairmot-cycas", "fairmot-dla34", "cycas", 128, False),
        ("fairmot-utrack", "fairmot-dla34", "utrack", 128, False),
        ("fairmot-utrack-gsm", "fairmot-dla34", "utrack", 128, False),
        ("outrack-fm", "fairmot-dla34", "utrack", 128, True),
        ("centertrack", "centertrack-dla34", "none", 0, False),
        ("centertrack-gsm", "centertrack-dla34", "none", 0, False),
        ("otrack-ct", "centertrack-dla34", "none", 0, True),
    ],
)
def test_the_systems_of_the_papers_tables(
    system: str, architecture: str, reid: str, embedding_dim: int, occlusion: bool
) -> None:
    config = load_config(system)
    assert (config.model.architecture, config.model.embedding_dim) == (architecture, embedding_dim)
    assert (config.loss.reid, config.model.occlusion) == (reid, occlusion)
    assert config.model.init is not None
    if system.startswith(("fairmot", "outrack")):
        assert (config.schedule, config.optimiser) == (load_config("mot17_half").schedule, OptimiserConfig(lr=1e-4))
    else:
        assert (config.schedule.epochs, config.schedule.drop_at, config.optimiser.lr) == (70, (60,), 1.25e-4)
        assert (config.data.pairs, config.data.window, config.data.itself, config.data.negative) == (32, 2, True, 0)
        assert (config.prior.lost, config.prior.doubled, config.prior.jitter) == (0.4, 0.1, 0.05)


def test_other_data_take_the_place_of_the_recipes_files() -> None:
    config = load_config("footage").on_data(["/a", "/b"])
    assert [(source.path, source.share) for source in config.data.sources] == [("/a", 0.3), ("/b", 0.3), (None, 0.4)]
    assert config.data.sources[0].min_score == 0.4
    config = load_config("default").on_data(["/a"])
    assert [source.path for source in config.data.sources] == ["/a"]
    assert config.validation.sources == ()
    for recipe in ("mot17_half", "default-appearance"):  # which learn from a half, and one from two sequences
        replaced = next(source for source in load_config(recipe).data.sources if source.path is not None)
        assert replaced.half == "fairmot-train"
        (source,) = (one for one in load_config(recipe).on_data(["/a"]).data.sources if one.path is not None)
        assert (source.split, source.half, source.only, source.without) == ("all", "full", (), ())


def test_a_video_is_no_recipe(tmp_path: Path) -> None:
    (tmp_path / "street.mp4").write_bytes(bytes(200))
    with pytest.raises(ValueError, match=r"street\.mp4: expected a recipe, got a video\. .*track .*--data boxes/"):
        load_config(tmp_path / "street.mp4")


def test_the_origin_of_replaced_data_is_not_that_of_the_recipe(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("like: quick\ndata: {sources: [{path: boxes}]}\n")
    replaced = load_config(path)
    assert (replaced.trained_on, replaced.licence) == ("unknown", "unknown")
    path.write_text("like: quick\ndata: {sources: [{path: boxes}]}\ntrained_on: mine\nlicence: MIT\n")
    assert (load_config(path).trained_on, load_config(path).licence) == ("mine", "MIT")
    path.write_text("like: quick\ndata: {pairs: 3}\n")
    assert load_config(path).licence == "Apache-2.0"
    assert load_config("quick", overrides={"data.sources": "[{path: boxes}]"}).licence == "unknown"
    assert load_config("quick").on_data(["boxes"]).licence == "unknown"
    path.write_text("like: quick\ndata: 3\n")
    with pytest.raises(ValueError, match="data: expected a group of settings, got 3"):
        load_config(path)
