"""Foils and twins in the losses, and what is counted of them."""

import pytest
import torch
from huggingface_hub.errors import StrictDataclassClassValidationError, StrictDataclassFieldValidationError
from torch.nn import functional as F

import locomotion_hf.modeling.matching_locomotion as matching
from locomotion_hf.modeling import LocoMotionForPreTraining, LocoMotionModel
from locomotion_hf.modeling.losses_locomotion import IGNORED, mask_tokens

THERE = torch.tensor([[1, 1], [1, 0], [0, 0], [0, 1], [1, 1]]).bool()


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def foils():
    """Two for each of five clips, of other lengths than the texts; some are missing, the third clip's both."""
    ids = torch.randint(5, 4000, (5, 2, 19), generator=seeded(4))
    ids[..., 0] = 2
    mask = torch.ones_like(ids)
    mask[0, 1, 7:], mask[3, 1, 11:] = 0, 0
    return {"negative_input_ids": ids, "negative_attention_mask": mask * THERE[..., None]}


def build(tiny_config, cls=LocoMotionForPreTraining, **changes):
    torch.manual_seed(0)
    return cls(tiny_config(**changes)).train()


def texts_alone(model, foils, row, column):
    """The foil's words without padding, and their states."""
    length = int(foils["negative_attention_mask"][row, column].sum())
    ids = foils["negative_input_ids"][row, column : column + 1, :length]
    return model.get_text_features(ids)


def test_contrast_equals_a_loop_in_which_foils_count_for_their_own_clip(tiny_config, inputs, foils):
    model = build(tiny_config, LocoMotionModel, foil_vtc_weight=0.5)
    groups = [1, 1, 2, 3, 3]
    output = model(**inputs, **foils, group_ids=torch.tensor(groups), return_loss=True)
    videos, texts = output.video_embeds, output.text_embeds
    losses, better = [], []
    for row in range(5):
        friends = [j for j in range(5) if groups[j] == groups[row]]
        seen = (videos[row] @ texts.T / 0.07).exp()
        wrong = [
            (videos[row] @ F.normalize(texts_alone(model, foils, row, column).pooler_output[0], dim=0) / 0.07).exp()
            for column in range(2)
            if THERE[row, column]
        ]
        better += [seen[row] > one for one in wrong]
        whole = seen.sum() + 0.5 * sum(wrong)
        losses.append(-torch.stack([(seen[j] / whole).log() for j in friends]).mean())
        back = (texts[row] @ videos.T / 0.07).softmax(0)
        losses.append(-torch.stack([back[j].log() for j in friends]).mean())
    torch.testing.assert_close(output.loss, torch.stack(losses).mean(), rtol=1e-4, atol=1e-5)
    assert output.foil_vtc_accuracy.item() == pytest.approx(torch.stack(better).float().mean().item())


def test_matching_equals_a_loop_with_its_foils(tiny_config, inputs, foils, monkeypatch):
    drawn = []

    def recorded(*args):
        drawn.append(original(*args))
        return drawn[-1]

    original = matching.sample_negatives
    monkeypatch.setattr(matching, "sample_negatives", recorded)
    model = build(tiny_config, foil_vtm_weight=0.25, mlm_weight=0)
    output = model(**inputs, **foils, generator=seeded())
    (wrong_video, _), (wrong_text, _) = drawn
    pairs = [(i, i, 1) for i in range(5)]
    pairs += [(wrong_video[i].item(), i, 0) for i in range(5)] + [(i, wrong_text[i].item(), 0) for i in range(5)]
    states = model.get_video_features(inputs["pixel_values_videos"]).last_hidden_state

    def loss(video, text, label):
        logits = model.match_logits(states[video : video + 1], text)
        return F.cross_entropy(logits, torch.tensor([label])), logits.argmax().item() == label

    ordinary = []
    for video, text, label in pairs:
        length = int(inputs["attention_mask"][text].sum())
        words = model.get_text_features(inputs["input_ids"][text : text + 1, :length]).last_hidden_state
        ordinary.append(loss(video, words, label))
    wrong = [
        loss(row, texts_alone(model, foils, row, column).last_hidden_state, 0)
        for row, column in THERE.nonzero().tolist()
    ]
    total = sum(one for one, _ in ordinary) + 0.25 * sum(one for one, _ in wrong)
    torch.testing.assert_close(output.loss_vtm, total / (15 + 0.25 * len(wrong)), rtol=1e-4, atol=1e-5)
    assert output.vtm_accuracy.item() == pytest.approx(sum(right for _, right in ordinary) / 15)
    assert output.foil_vtm_accuracy.item() == pytest.approx(sum(right for _, right in wrong) / len(wrong))


def test_what_is_no_foil_changes_nothing(model, inputs, foils):
    ids = foils["negative_input_ids"].clone()
    outputs = []
    for other in (0, 99):
        ids[~THERE] = other
        model.zero_grad()
        again = {**foils, "negative_input_ids": ids}
        output = model(**inputs, **again, generator=seeded())
        output.loss.backward()
        outputs.append([output.loss.detach(), *(p.grad.clone() for p in model.parameters())])
        assert all(torch.isfinite(value).all() for value in outputs[-1])
        assert (output.logits_per_foil[~THERE] < -1e30).all()
        assert (output.logits_per_foil[THERE].abs() < 20).all()
    # The word embedding of what is hidden gets no gradient either, as the first word alone is seen by itself.
    torch.testing.assert_close(*outputs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("left_out", [{"foil_vtc_weight": 0, "foil_vtm_weight": 0}, {}])
def test_without_foils_the_step_is_as_ever(tiny_config, inputs, foils, left_out):
    model = build(tiny_config, **left_out)
    given = foils if left_out else {**foils, "negative_attention_mask": torch.zeros_like(foils["negative_input_ids"])}
    with_foils, without = (model(**inputs, **more, generator=seeded()) for more in (given, {}))
    for name in ("loss", "loss_vtc", "loss_vtm", "loss_mlm", "vtm_accuracy", "mlm_accuracy"):
        # All masked out, the texts still are as long as the foils, which rounds otherwise.
        tolerance = {"rtol": 0, "atol": 0} if left_out else {"rtol": 1e-5, "atol": 1e-6}
        torch.testing.assert_close(with_foils[name], without[name], **tolerance)
    assert without.foil_vtc_accuracy is None
    assert without.foil_vtm_accuracy is None


def test_foils_are_scored_without_a_loss(model, inputs, foils):
    output = model(**inputs, **foils, return_loss=False)
    assert output.loss is None
    assert output.logits_per_foil.shape == (5, 2)
    states = output.foil_model_output.last_hidden_state.unflatten(0, (5, 2))
    torch.testing.assert_close(
        states[3, 1, :11], texts_alone(model, foils, 3, 1).last_hidden_state[0], rtol=1e-4, atol=1e-5
    )


def test_a_few_steps_tell_foils_from_texts(tiny_config, inputs, foils):
    model = build(tiny_config)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    outputs = []
    for _ in range(25):
        outputs.append(model(**inputs, **foils, generator=seeded()))
        outputs[-1].loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    first, last = outputs[0], outputs[-1]
    assert last.foil_vtc_accuracy == 1
    assert last.foil_vtm_accuracy == 1
    own, margin = first.logits_per_video.diagonal()[:, None], last.logits_per_video.diagonal()[:, None]
    assert ((margin - last.logits_per_foil) > (own - first.logits_per_foil))[THERE].all()


@pytest.mark.parametrize("twin_texts", [False, True])
def test_wrong_videos_are_twins_and_wrong_texts_where_asked(tiny_config, inputs, twin_texts, monkeypatch):
    """Two scenes of two and a clip alone; what the cross-modal encoder reads is recorded."""
    model = build(tiny_config, mlm_weight=0, vtm_twin_texts=twin_texts)
    scenes, twins = torch.tensor([7, 8, 7, 8, 9]), [2, 3, 0, 1]
    read = []
    original = model.fuse
    monkeypatch.setattr(model, "fuse", lambda *args: read.append(args) or original(*args))
    states = model.get_text_features(inputs["input_ids"], inputs["attention_mask"]).last_hidden_state
    texts_of_twins, alone = [], set()
    for seed in range(12):
        model(**inputs, scene_ids=scenes, generator=seeded(seed))
        _, texts, _, rows = read[-1]
        assert rows[5:9].tolist() == twins
        alone.add(rows[9].item())
        wrong = [int((states[:, 0] - text[0]).norm(dim=1).argmin()) for text in texts[10:]]
        texts_of_twins.append(wrong[:4] == twins)
        assert wrong[4] != 4
    assert len(alone) > 1  # without a twin, from the whole batch
    assert all(texts_of_twins) == twin_texts


def test_one_process_draws_alike_wherever_from(tiny_config, inputs):
    scenes, losses = torch.tensor([7, 8, 7, 8, 9]), {}
    for whence in ("global", "local"):
        model = build(tiny_config, vtm_negatives=whence)
        losses[whence] = [model(**inputs, scene_ids=scenes, generator=seeded(seed)).loss.item() for seed in range(4)]
    assert losses["global"] == losses["local"]
    assert len(set(losses["local"])) == 4


def test_guesses_of_motion_words_are_counted_apart(tiny_config, inputs):
    motion = sorted(set(inputs["input_ids"][:, 4].tolist()))
    model = build(tiny_config, motion_token_ids=motion)
    ids = {"pad_token_id": 0, "cls_token_id": 2, "mask_token_id": 4, "vocab_size": 4096}
    masked, labels = mask_tokens(inputs["input_ids"], inputs["attention_mask"], **ids, generator=seeded())
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for _ in range(15):
        output = model(**inputs, mlm_input_ids=masked, mlm_labels=labels, generator=seeded())
        output.loss_mlm.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.eval()
    output = model(**inputs, mlm_input_ids=masked, mlm_labels=labels)
    states = model.get_video_features(inputs["pixel_values_videos"]).last_hidden_state
    words = model.get_text_features(masked, inputs["attention_mask"]).last_hidden_state
    guesses = model.mlm_head(model.fuse(states, words, inputs["attention_mask"])).argmax(-1)
    counts = {True: [], False: []}
    for place in (labels != IGNORED).nonzero().tolist():
        label = labels[tuple(place)].item()
        counts[label in motion].append(guesses[tuple(place)].item() == label)
    assert output.mlm_motion_accuracy.item() == pytest.approx(sum(counts[True]) / len(counts[True]))
    assert output.mlm_other_accuracy.item() == pytest.approx(sum(counts[False]) / len(counts[False]))
    everything = counts[True] + counts[False]
    assert output.mlm_accuracy.item() == pytest.approx(sum(everything) / len(everything))
    assert output.mlm_motion_accuracy != output.mlm_other_accuracy


def test_settings_of_negatives_are_kept_and_checked(tiny_config, tmp_path):
    settings = {"vtm_negatives": "local", "vtm_twin_texts": True, "foil_vtc_weight": 2, "motion_token_ids": [5, 9]}
    build(tiny_config, **settings).save_pretrained(tmp_path)
    config = LocoMotionForPreTraining.from_pretrained(tmp_path).config
    assert {name: getattr(config, name) for name in settings} == settings
    assert tiny_config().vtm_negatives == "global"
    assert tiny_config().motion_token_ids is None
    assert type(config).faithful().vtm_negatives == "local"
    with pytest.raises(StrictDataclassFieldValidationError, match="vtm_negatives"):
        tiny_config(vtm_negatives="everywhere")
    with pytest.raises(StrictDataclassClassValidationError, match=r"foil_vtm_weight is -1\. Expected: 0 or more"):
        tiny_config(foil_vtm_weight=-1)


@pytest.mark.slow
def test_foils_compile_without_a_graph_break(model, inputs, foils):
    torch.compiler.reset()
    losses = []
    for step in (model, torch.compile(model, fullgraph=True, backend="eager")):
        torch.manual_seed(0)
        losses.append(step(**inputs, **foils).loss.detach())
    torch.testing.assert_close(*losses)


@pytest.mark.parametrize(
    ("ids", "mask", "message"),
    [
        ((5, 9), None, r"negative_input_ids has the shape \(5, 9\) and there are 5 clips.*Expected: \(clips, foils"),
        ((4, 2, 9), None, r"negative_input_ids has the shape \(4, 2, 9\) and there are 5 clips"),
        ((5, 0, 9), None, r"negative_input_ids has the shape \(5, 0, 9\)"),
        (
            (5, 2, 9),
            (5, 2, 8),
            r"negative_attention_mask has the shape \(5, 2, 8\) and negative_input_ids \(5, 2, 9\)",
        ),
        ((5, 2, 65), None, "negative_input_ids has texts of 65 tokens. Expected: at most 64"),
    ],
)
def test_foils_that_do_not_fit_are_refused(model, inputs, ids, mask, message):
    given = {"negative_input_ids": torch.full(ids, 7)}
    if mask:
        given["negative_attention_mask"] = torch.ones(mask, dtype=torch.long)
    with pytest.raises(ValueError, match=message):
        model(**inputs, **given)
