"""A run's steps: averages, precision, what it says, and how it ends when it cannot go on."""

import json
import resource
from dataclasses import replace
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from tiny_run import arguments, batch, limited, losses, tiny_model, train

from locomotion_hf.errors import TrainingError
from locomotion_hf.training import make_accelerator, run_steps
from locomotion_hf.training.averaging import WeightAverage
from locomotion_hf.training.costs import measure, peak_flops, told_when_out_of_memory
from locomotion_hf.training.engine import move
from locomotion_hf.training.optimizers import make_optimizers
from locomotion_hf.training.tracking import track_results

torch.set_num_threads(1)


def test_it_says_what_it_will_do_and_logs_how_fast_it_goes(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    args = arguments(output_dir=str(tmp_path), gradient_accumulation_steps=3, max_steps=2)
    cost = train(tiny_model(), args)
    said = capsys.readouterr().out
    assert "0.1 M parameters, 0.1 M trained; 2 steps of 12 clips (4 a pass, 3 passes a step, 1 process)" in said
    assert "VTC 11 texts" in said
    assert "GB of memory a process" in said
    assert cost["clips"] == 24
    assert cost["clips_per_second"] == pytest.approx(24 / cost["seconds"], rel=1e-3)
    assert 0 <= cost["data_stall"] <= 1
    assert "mfu" not in cost  # a CPU
    line = json.loads((tmp_path / "train_log.jsonl").read_text().splitlines()[-1])
    assert {"step", "loss", "lr", "grad_norm", "clips_per_second", "data_stall"} <= line.keys()


def test_the_measured_step_leaves_no_trace_and_counts_what_it_should() -> None:
    model = tiny_model(dropout=0.1)
    before, weights = torch.get_rng_state(), {name: p.clone() for name, p in model.named_parameters()}
    costs = measure(model)
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(p, weights[name]) and p.grad is None for name, p in model.named_parameters())
    assert not costs.unused
    assert measure(tiny_model(mlm_weight=0)).unused
    without = measure(tiny_model(mlm_weight=0, vtm_weight=0))
    assert 0 < without.flops < costs.flops
    assert 0 < without.activation_bytes < costs.activation_bytes
    assert measure(model, num_frames=1).flops < costs.flops < measure(model, num_frames=16).flops


def test_adapters_and_frozen_weights_stay_out_of_muon() -> None:
    model = tiny_model()
    for parameter in model.model.video_model.parameters():
        parameter.requires_grad_(False)
    adamw, muon = make_optimizers(model, arguments())
    moved = [p for optimizer in (adamw, muon) for group in optimizer.param_groups for p in group["params"]]
    assert {id(p) for p in moved} == {id(p) for p in model.parameters() if p.requires_grad}
    assert len(moved) == len({id(p) for p in moved})
    ids = {id(p) for group in muon.param_groups for p in group["params"]}
    assert id(model.model.text_projection.weight) not in ids
    assert len(make_optimizers(model, arguments(optim="adamw"))) == 1


def test_the_average_is_what_a_run_with_one_ends_with(tmp_path: Path) -> None:
    model = tiny_model()
    train(model, arguments(output_dir=str(tmp_path), ema_decay=0.5))
    saved = torch.load(tmp_path / "checkpoint-4" / "average.bin")
    last = torch.load(tmp_path / "checkpoint-4" / "pytorch_model.bin")
    assert saved["steps"] == 4
    for name, parameter in model.named_parameters():
        assert torch.equal(parameter, saved["average"][name])
    assert not torch.equal(last["vtm_head.weight"], model.vtm_head.weight)


def test_the_average_forgets_its_start() -> None:
    layer = torch.nn.Linear(1, 1, bias=False)
    layer.weight.data.fill_(100.0)
    average, expected = WeightAverage(layer, 0.9), 100.0
    for step in range(200):
        layer.weight.data.fill_(step % 3)
        average.update()
        decay = min(0.9, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * (step % 3)
    assert average.average["weight"].item() == pytest.approx(expected)
    assert 0.5 < expected < 1.5


@pytest.fixture
def fresh_state():
    AcceleratorState._reset_state(True)
    yield
    AcceleratorState._reset_state(True)


def test_bfloat16_trains_and_compares_in_float32(tmp_path: Path, fresh_state: None) -> None:
    model = tiny_model(dropout=0.0)
    seen: dict[str, set] = {"projected": set(), "compared": set()}
    model.model.text_projection.register_forward_hook(lambda _, __, out: seen["projected"].add(out.dtype))
    model.model.temperature.register_forward_hook(lambda _, given, __: seen["compared"].add(given[0].dtype))
    accelerator = Accelerator(mixed_precision="bf16", cpu=True)
    args = arguments(output_dir=str(tmp_path), max_steps=15, save_steps=15)
    one = [batch(0, 4)] * 15
    run_steps(accelerator, model, lambda first: iter(one[first:]), tmp_path, args, {})
    assert torch.bfloat16 in seen["projected"]
    assert seen["compared"] == {torch.float32}
    course = losses(tmp_path)
    assert course[14] < 0.95 * course[0]
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    about = json.loads((tmp_path / "checkpoint-15" / "run.json").read_text())
    assert about["settings"]["mixed_precision"] == "bf16"


def test_a_loss_that_is_no_number_ends_the_run_before_the_weights_are_spoilt(tmp_path: Path) -> None:
    model = tiny_model()
    args = arguments(output_dir=str(tmp_path), save_steps=1, learning_rate=1e30, warmup_ratio=0, optim="adamw")
    with pytest.raises(
        TrainingError, match=r"the similarities are no finite numbers at step 1\..* lower --learning_rate"
    ):
        train(model, args)
    assert list(losses(tmp_path)) == [0]
    saved = torch.load(tmp_path / "checkpoint-1" / "pytorch_model.bin")
    assert all(torch.isfinite(weight).all() for weight in saved.values())
    with pytest.raises(TrainingError, match=r"the loss is \w+ at step 1, the norm of its gradient"):
        train(tiny_model(vtm_weight=0), replace(args, output_dir=str(tmp_path / "without_vtm")))


def test_out_of_memory_says_what_to_turn_down(tmp_path: Path) -> None:
    args = arguments(output_dir=str(tmp_path), per_device_train_batch_size=1_000_000)
    told = (
        r"out of memory with per_device_train_batch_size=1000000 .*allocate.* "
        r"--per_device_train_batch_size 500000 with --gradient_accumulation_steps 2"
    )
    with limited(resource.RLIMIT_AS, _address_space() + 2**29), pytest.raises(TrainingError, match=told):
        train(tiny_model(), args)


def _address_space() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def test_other_errors_are_not_taken_for_a_lack_of_memory() -> None:
    with pytest.raises(RuntimeError, match="shapes"), told_when_out_of_memory(arguments()):
        raise RuntimeError("shapes differ")
    with pytest.raises(TrainingError, match="out of memory"), told_when_out_of_memory(arguments()):
        raise torch.OutOfMemoryError("CUDA out of memory.")


def test_data_that_end_early_are_told(tmp_path: Path) -> None:
    args = arguments(output_dir=str(tmp_path))
    with pytest.raises(TrainingError, match="the data ended at step 1"):
        run_steps(Accelerator(cpu=True), tiny_model(), lambda first: iter([batch(0, 4)]), tmp_path, args, {})


@pytest.mark.skipif(find_spec("tensorboard") is None, reason="an optional package")
def test_tensorboard_gets_what_the_log_gets(tmp_path: Path, fresh_state: None) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    args = arguments(output_dir=str(tmp_path), report_to="tensorboard")
    accelerator = make_accelerator(args)
    train(tiny_model(), args, accelerator)
    track_results(accelerator, {"figures": {"v2t/vtc/r1": {"value": 0.25}}}, args.max_steps)
    assert not accelerator.trackers
    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    [found] = events.Scalars("eval/v2t/vtc/r1")
    assert (found.step, found.value) == (args.max_steps, 0.25)
    told = {event.step: event.value for event in events.Scalars("loss")}
    assert told == pytest.approx(losses(tmp_path), abs=1e-4)
    assert {"lr", "clips_per_second", "data_stall", "loss_vtc"} <= set(events.Tags()["scalars"])


@pytest.mark.skipif(find_spec("wandb") is not None, reason="it is installed here")
def test_a_tracker_that_is_not_installed_is_told_before_any_work() -> None:
    with pytest.raises(TrainingError, match="pip install wandb"):
        make_accelerator(arguments(report_to="wandb"))


def test_accumulation_by_accelerate_is_refused(monkeypatch: pytest.MonkeyPatch, fresh_state: None) -> None:
    monkeypatch.setenv("ACCELERATE_GRADIENT_ACCUMULATION_STEPS", "4")
    with pytest.raises(TrainingError, match="pass --gradient_accumulation_steps to the script"):
        make_accelerator(arguments())


def test_settings_out_of_range() -> None:
    with pytest.raises(TrainingError, match=r"gradient_accumulation_steps=0\. Expected: 1 or more"):
        arguments(gradient_accumulation_steps=0)
    with pytest.raises(TrainingError, match=r"ema_decay=1\.0"):
        arguments(ema_decay=1.0)
    # A negative one would climb.
    with pytest.raises(TrainingError, match=r"max_grad_norm=-1\. Expected: more than 0"):
        arguments(max_grad_norm=-1)
    with pytest.raises(TrainingError, match=r"muon_learning_rate=0\. Expected: more than 0"):
        arguments(muon_learning_rate=0)
    with pytest.raises(TrainingError, match=r"warmup_ratio=4\. Expected: 0 or more, less than 1"):
        arguments(warmup_ratio=4)


def test_two_optimizers_share_one_scale() -> None:
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    weights = [torch.nn.Parameter(torch.ones(2)) for _ in range(2)]
    optimizers = [torch.optim.SGD([weight], lr=1.0) for weight in weights]
    scaler.scale(weights[0].sum() + weights[1].sum()).backward()
    for optimizer in optimizers:
        scaler.unscale_(optimizer)  # as clipping does
    # float16 needs a GPU, so the accelerator is what `move` looks at of it.
    move(SimpleNamespace(scaler=scaler), [SimpleNamespace(optimizer=o, zero_grad=o.zero_grad) for o in optimizers])
    assert all(torch.equal(weight.detach(), torch.zeros(2)) for weight in weights)
    assert all(weight.grad is None for weight in weights)


def test_processes_wait_while_one_evaluates(fresh_state: None) -> None:
    assert make_accelerator(arguments()).init_handler.timeout >= timedelta(hours=1)


@pytest.mark.parametrize(
    ("name", "peak"), [("NVIDIA A40", 149.7e12), ("NVIDIA A100-SXM4-80GB", 312e12), ("NVIDIA RTX A4000", None)]
)
def test_a_gpu_is_known_by_its_whole_name(monkeypatch: pytest.MonkeyPatch, name: str, peak: float | None) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: name)
    assert peak_flops(torch.device("cuda"), half=True) == peak
