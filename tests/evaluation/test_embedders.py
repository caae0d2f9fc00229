import numpy as np
import pytest
import torch

from locomotion_hf.evaluation.views import reversed_time

TEXTS = ["a red teapot moves up", "a dog", "a dog moves slowly to the left, then quickly down", "a cup turns"]


def clips(count=5, frames=8, side=32):
    return list(np.random.default_rng(0).integers(0, 256, (count, frames, side, side, 3), dtype=np.uint8))


def test_vectors_are_unit_and_do_not_depend_on_the_batch(make):
    embedder, one_by_one = make(), make(batch_size=1)
    for together, apart in (
        (embedder.embed_videos(clips()), one_by_one.embed_videos(clips())),
        (embedder.embed_texts(TEXTS), one_by_one.embed_texts(TEXTS)),
    ):
        assert together.dtype == np.float32
        assert together.shape[1] == 8
        assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(len(together)), abs=1e-5)
        assert together == pytest.approx(apart, abs=1e-5)
        assert np.ptp(together, axis=0).max() > 1e-2


def test_the_model_goes_on_in_the_mode_it_was_in(make):
    embedder = make()
    embedder.model.train()
    first = embedder.embed_videos(clips()), embedder.embed_texts(TEXTS)
    assert embedder.model.training
    assert all(parameter.requires_grad for parameter in embedder.model.parameters())
    embedder.model.eval()
    second = embedder.embed_videos(clips()), embedder.embed_texts(TEXTS)
    assert not embedder.model.training
    assert (first[0] == second[0]).all()
    assert (first[1] == second[1]).all()


def test_the_mean_over_frames_cannot_tell_a_clip_from_its_reverse_and_ours_can(ours, frame_mean):
    forward, backward = clips(), [reversed_time(clip) for clip in clips()]
    blind, seeing = frame_mean(), ours()
    assert blind.embed_videos(forward) == pytest.approx(blind.embed_videos(backward), abs=1e-6)
    assert np.abs(seeing.embed_videos(forward) - seeing.embed_videos(backward)).max() > 1e-2


def test_the_mean_is_over_each_clips_own_frames(frame_mean):
    embedder = frame_mean()
    two, three = clips(2, frames=3)[0][:2], clips(2, frames=3)[1]
    both = embedder.embed_videos([two, three])
    single = [embedder.embed_videos([frame[None]])[0] for frame in two]
    mean = np.mean(single, 0)
    assert both[0] == pytest.approx(mean / np.linalg.norm(mean), abs=1e-5)
    assert both[1] == pytest.approx(embedder.embed_videos([three])[0], abs=1e-5)


def test_our_vectors_are_those_of_the_model(ours):
    embedder = ours()
    inputs = embedder.processor(videos=clips(), text=TEXTS)
    model = embedder.model.eval()
    with torch.no_grad():
        video = model.get_video_features(inputs["pixel_values_videos"]).pooler_output
    expected = video / video.norm(dim=1, keepdim=True)
    assert embedder.embed_videos(clips()) == pytest.approx(expected.numpy(), abs=1e-5)


@pytest.mark.parametrize("batch_size", [2, 64])
def test_matching_equals_one_padded_batch_of_the_model(ours, batch_size):
    embedder = ours(batch_size=batch_size)
    embedder.model.train()
    rescore = embedder.matcher(clips(), TEXTS)
    found = np.stack([rescore(text, np.arange(5)) for text in range(len(TEXTS))])
    assert embedder.model.training
    assert rescore(2, np.array([4, 1])) == pytest.approx(found[2, [4, 1]], abs=1e-5)

    model = embedder.model.eval()
    inputs = embedder.processor(videos=clips(), text=TEXTS)
    with torch.no_grad():
        videos = model.get_video_features(inputs["pixel_values_videos"]).last_hidden_state
        texts = model.get_text_features(inputs["input_ids"], inputs["attention_mask"]).last_hidden_state
        text, video = (index.reshape(-1) for index in torch.meshgrid(torch.arange(4), torch.arange(5), indexing="ij"))
        logits = model.match_logits(videos[video], texts[text], inputs["attention_mask"][text])
    assert found == pytest.approx((logits[:, 1] - logits[:, 0]).view(4, 5).numpy(), abs=1e-4)
    assert np.ptp(found) > 1e-3


def test_a_model_without_a_second_look_says_so(ours, frame_mean):
    assert ours(ours().model.model).matcher(clips(), TEXTS) is None
    assert frame_mean().matcher(clips(), TEXTS) is None
