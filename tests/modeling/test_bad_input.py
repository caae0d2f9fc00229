"""What the models refuse, by the name of the argument; what is wrong with values the processor refuses."""

import pytest
import torch

IDS, CLIPS = "input_ids", "pixel_values_videos"


def changed(inputs, name, change):
    return {**inputs, name: change(inputs[name])}


BAD = {
    "channels last": (CLIPS, lambda x: x.movedim(2, -1), r"so 16 channels\. Expected: 3, as the third axis"),
    "channels before frames": (CLIPS, lambda x: x.transpose(1, 2), r"so 4 channels\. Expected: 3"),
    "bytes": (CLIPS, lambda x: x.to(torch.uint8), r"has the dtype torch\.uint8\. Expected: floats"),
    "one clip": (CLIPS, lambda x: x[0], r"has the shape \(4, 3, 16, 16\)\. Expected: \(batch, frames"),
    "no frames": (CLIPS, lambda x: x[:, :0], "at least one clip, frame and pixel"),
    "too few clips": (CLIPS, lambda x: x[:4], r"has 4 rows and input_ids 5\. Expected: one row for each text"),
    "one text": (IDS, lambda x: x[0], r"has the shape \(14,\)\. Expected: \(batch, length\)"),
    "no words": (IDS, lambda x: x[:, :0], r"has the shape \(5, 0\)"),
    "fractions": (IDS, lambda x: x.float(), r"has the dtype torch\.float32\. Expected: integers"),
    "too long": (IDS, lambda x: x.repeat(1, 5), r"has texts of 70 tokens\. Expected: at most 64"),
    "a mask of another shape": (
        "attention_mask",
        lambda x: x[:, :3],
        r"has the shape \(5, 3\) and input_ids \(5, 14\)",
    ),
    "too few groups": ("group_ids", lambda x: x[:2], "has 2 rows and input_ids 5"),
    "too few scenes": ("scene_ids", lambda x: x[:2], "has 2 rows and input_ids 5"),
    "too few masked texts": ("mlm_input_ids", lambda x: x[:2], "has 2 rows and input_ids 5"),
    "too few labels": ("mlm_labels", lambda x: x[:2], "has 2 rows and input_ids 5"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_batch_that_does_not_fit_is_refused_by_name(model, inputs, case):
    name, change, message = BAD[case]
    ids = torch.arange(5)
    batch = {**inputs, "group_ids": ids, "scene_ids": ids, "mlm_input_ids": inputs[IDS], "mlm_labels": inputs[IDS]}
    model(**batch)
    with pytest.raises(ValueError, match=f"{name} .*{message}") as caught:
        model(**changed(batch, name, change))
    assert "To fix it:" in str(caught.value)


def test_each_encoder_refuses_by_itself(model, inputs):
    dual = model.model
    with pytest.raises(ValueError, match=r"pixel_values_videos has the dtype torch\.uint8"):
        dual.get_video_features(inputs[CLIPS].byte())
    with pytest.raises(ValueError, match="input_ids has texts of 70 tokens"):
        dual.get_text_features(inputs[IDS].repeat(1, 5))
    with pytest.raises(ValueError, match="pixel_values_videos has 4 rows and input_ids 5"):
        dual(inputs[IDS], inputs[CLIPS][:4], return_loss=True)


def test_without_a_loss_there_may_be_more_texts_than_clips(model, inputs):
    """As retrieval has it."""
    output = model(**{**inputs, CLIPS: inputs[CLIPS][:2]}, return_loss=False)
    assert output.logits_per_video.shape == (2, 5)
