import io
import warnings
from pathlib import Path

import av
import numpy as np
import pytest
import torch

from locomotion_hf.modeling import LocoMotionProcessor, LocoMotionVideoProcessor, sample_frame_indices


def write_video(path, frames, container=None, codec="libx264rgb", options=None):
    """Lossless by default, so that decoded frames can be compared."""
    with av.open(path, "w", format=container) as output:
        stream = output.add_stream(codec, rate=10, options=options or {"crf": "0", "bf": "0"})
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = "rgb24" if codec == "libx264rgb" else "yuv420p"
        for frame in frames:
            output.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        output.mux(stream.encode())


@pytest.fixture(scope="module")
def clip():
    """Ten frames, each of one grey that tells which frame it is."""
    return np.repeat(np.arange(0, 200, 20, dtype=np.uint8), 16 * 16 * 3).reshape(10, 16, 16, 3)


@pytest.fixture(scope="module")
def path(clip, tmp_path_factory):
    path = tmp_path_factory.mktemp("videos") / "clip.mp4"
    write_video(str(path), clip)
    return path


@pytest.fixture
def videos():
    return LocoMotionVideoProcessor(num_frames=4, size={"height": 16, "width": 16})


@pytest.mark.parametrize(
    ("there", "wanted", "indices"),
    [
        (10, 4, [0, 3, 6, 9]),
        (8, 8, [0, 1, 2, 3, 4, 5, 6, 7]),
        (16, 8, [0, 2, 4, 6, 9, 11, 13, 15]),
        (4, 3, [0, 2, 3]),  # 1.5 is rounded up
        (2, 4, [0, 0, 1, 1]),
        (1, 3, [0, 0, 0]),
        (9, 1, [4]),
    ],
)
def test_frames_are_evenly_spaced_with_both_ends(there, wanted, indices):
    assert sample_frame_indices(there, wanted).tolist() == indices


@pytest.mark.parametrize(("there", "wanted", "name"), [(0, 4, "num_frames_in"), (4, 0, "num_frames_out")])
def test_no_frames_are_refused(there, wanted, name):
    with pytest.raises(ValueError, match=f"{name} is 0"):
        sample_frame_indices(there, wanted)


def test_values_are_normalised(videos, clip):
    pixels = videos(clip)["pixel_values_videos"]
    assert pixels.shape == (1, 4, 3, 16, 16)
    assert pixels.dtype == torch.float32
    expected = torch.tensor([0.0, 60, 120, 180]) / 255 / 0.5 - 1
    torch.testing.assert_close(pixels[0, :, 0, 0, 0], expected)
    raw = videos(clip, do_normalize=False)["pixel_values_videos"]
    torch.testing.assert_close(raw, (pixels + 1) / 2)


def test_every_way_to_give_a_clip_is_the_same(videos, clip, path):
    expected = videos(clip)["pixel_values_videos"]
    tensor = torch.from_numpy(clip)
    content = path.read_bytes()
    ways = {
        "tensor": tensor,
        "channels first": tensor.permute(0, 3, 1, 2),
        "batch of one": clip[None],
        "list": [clip],
        "floats": None,
        "path": path,
        "string": str(path),
        "bytes": content,
        "row with bytes": {"bytes": content, "path": "elsewhere.mp4"},
        "row with path": {"bytes": None, "path": str(path)},
        "list of paths": [path],
    }
    for name, way in ways.items():
        if name == "floats":
            pixels = videos(clip.astype(np.float32) / 255, do_rescale=False)["pixel_values_videos"]
        else:
            pixels = videos(way)["pixel_values_videos"]
        torch.testing.assert_close(pixels, expected, msg=name)


def test_a_list_of_mixed_clips_becomes_a_batch_in_order(videos, clip, path):
    large = np.repeat(np.repeat(clip[::-1], 2, 1), 2, 2)
    pixels = videos([clip, path, large])["pixel_values_videos"]
    assert pixels.shape == (3, 4, 3, 16, 16)
    torch.testing.assert_close(pixels[0], pixels[1])
    torch.testing.assert_close(pixels[2], pixels[0].flip(0))


def test_the_batch_way_equals_the_clips_one_by_one(videos):
    batch = np.random.default_rng(0).integers(0, 256, (3, 4, 16, 16, 3), dtype=np.uint8)
    one_by_one = torch.cat([videos(clip)["pixel_values_videos"] for clip in batch])
    assert torch.equal(videos(batch)["pixel_values_videos"], one_by_one)
    assert torch.equal(videos(list(batch))["pixel_values_videos"], one_by_one)


def test_resizing_averages_what_it_drops(videos):
    stripes = np.zeros((4, 64, 64, 3), np.uint8)
    stripes[:, :, ::2] = 255
    pixels = videos(stripes, do_normalize=False)["pixel_values_videos"]
    assert pixels.shape[-2:] == (16, 16)
    assert (pixels - 0.5).abs().max() < 0.05  # without antialiasing every pixel would be 0 or 1


def test_all_frames_and_sizes_can_be_kept(videos, clip, path):
    assert videos(clip, do_sample_frames=False)["pixel_values_videos"].shape[1] == 10
    assert videos(path, do_sample_frames=False)["pixel_values_videos"].shape[1] == 10
    assert videos(clip[:, :12], do_resize=False)["pixel_values_videos"].shape[-2:] == (12, 16)
    with pytest.raises(ValueError, match="videos holds clips that come out as"):
        videos([clip, clip[:5]], do_sample_frames=False)


def test_too_few_frames_are_repeated_also_from_a_file(videos, clip, tmp_path):
    write_video(str(tmp_path / "short.mp4"), clip[:2])
    pixels = videos([tmp_path / "short.mp4", clip[:2]])["pixel_values_videos"]
    torch.testing.assert_close(pixels[0], pixels[1])
    torch.testing.assert_close(pixels[0, 0], pixels[0, 1])


def test_a_file_that_does_not_state_its_length_is_read_to_its_end(videos, clip):
    buffer = io.BytesIO()
    write_video(buffer, clip, container="matroska")
    with av.open(io.BytesIO(buffer.getvalue())) as opened:
        assert opened.streams.video[0].frames == 0
    torch.testing.assert_close(videos(buffer.getvalue())["pixel_values_videos"], videos(clip)["pixel_values_videos"])


def test_a_file_that_overstates_its_length_is_read_to_its_end(videos, clip, path, monkeypatch):
    """The real reader, told of three frames too many, as by a wrong header."""
    from transformers import video_utils

    import locomotion_hf.modeling.video_processing_locomotion as room

    def lying(source, wanted, **kwargs):
        def more(metadata, **_):
            metadata.total_num_frames += 3
            return wanted(metadata)

        return video_utils.read_video_pyav(source, more, **kwargs)

    monkeypatch.setattr(room, "read_video_pyav", lying)
    torch.testing.assert_close(videos(path)["pixel_values_videos"], videos(clip)["pixel_values_videos"])


BAD = {
    "1 axes": (np.zeros(3, np.uint8), "videos has 1 axes"),
    "a picture": (np.zeros((16, 16, 3), np.uint8), "videos has 3 axes"),
    "no frames": (np.zeros((0, 16, 16, 3), np.uint8), "at least one clip, one frame"),
    "alpha": (np.zeros((4, 16, 16, 4), np.uint8), "Expected: 3 channels"),
    "floats": (np.zeros((4, 16, 16, 3), np.float32), "videos has the dtype float32. Expected: uint8"),
    "int64": (torch.zeros(4, 16, 16, 3, dtype=torch.int64), "videos has the dtype int64"),
    "nothing": ([], "non-empty sequence"),
    "None": (None, "videos is None"),
    "frames": ([np.zeros((16, 16, 3), np.uint8)] * 4, "videos holds an array of 3 axes"),
    "numbers": ([1, 2], "videos holds a int"),
    "an empty row": ({"bytes": None, "path": None}, "'bytes' and 'path' are both missing"),
    "no video": (b"not a video at all", "which cannot be decoded as a video"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_clip_is_refused_by_name(videos, name):
    value, message = BAD[name]
    with pytest.raises(ValueError, match=message) as caught:
        videos(value)
    assert "Expected:" in str(caught.value)
    assert "To fix it:" in str(caught.value)


def test_floats_out_of_range_are_refused(videos, clip):
    with pytest.raises(ValueError, match="videos has values from 0 to 180 with do_rescale=False"):
        videos(clip.astype(np.float32), do_rescale=False)
    with pytest.raises(ValueError, match="videos has the dtype uint8 with do_rescale=False"):
        videos(clip, do_rescale=False)


def test_files_that_cannot_be_read_are_named(videos, clip, path, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.mp4', which is not a file"):
        videos(tmp_path / "nowhere.mp4")
    text = tmp_path / "text.mp4"
    text.write_text("hello")
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    sound = tmp_path / "sound.wav"
    with av.open(str(sound), "w") as output:
        stream = output.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        output.mux(stream.encode(frame))
        output.mux(stream.encode())
    for bad in (text, cut, sound):
        with pytest.raises(ValueError, match=f"{bad.name}', which cannot be decoded as a video"):
            videos(bad)


def test_there_is_no_flip_and_no_crop(videos, clip):
    with pytest.raises(TypeError):
        videos(clip, do_flip=True)
    with pytest.raises(TypeError):
        videos(clip, do_center_crop=True)


def test_the_processor_takes_texts_clips_or_both(processor, frames):
    both = processor(text=["a dog", "a red cat moves left"], videos=frames[:2])
    assert sorted(both) == ["attention_mask", "input_ids", "pixel_values_videos"]
    assert both["input_ids"].shape == both["attention_mask"].shape == (2, 7)
    assert sorted(processor(text="a dog")) == ["attention_mask", "input_ids"]
    assert processor(text="a dog")["input_ids"].shape == (1, 4)
    assert sorted(processor(videos=frames)) == ["pixel_values_videos"]
    with pytest.warns(UserWarning, match="1 of 3 texts were longer than 64 tokens and are cut"):
        tokens = processor(text=["a dog", "dog " * 100, "dog " * 62])  # the last one just fits, with CLS and SEP
    assert tokens["input_ids"].shape == (3, 64)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert processor(text=["dog " * 62, "a"])["input_ids"].shape == (2, 64)
    assert processor(videos=frames, num_frames=2)["pixel_values_videos"].shape[1] == 2
    with pytest.raises(ValueError, match="text and videos are both None"):
        processor()


@pytest.mark.parametrize("shown", ["", "  "])
def test_empty_texts_are_refused_by_place(processor, shown):
    with pytest.raises(ValueError, match=f"text holds '{shown}' at place 1. Expected: a text with at least one word"):
        processor(text=["a dog", shown])
    with pytest.raises(ValueError, match="text is an empty list"):
        processor(text=[])
    with pytest.raises(ValueError, match="text holds None at place 0"):
        processor(text=[None])


def test_texts_over_the_limit_are_refused_where_they_may_not_be_cut(processor):
    with pytest.raises(
        ValueError, match=r"text holds a text of 102 tokens with truncation=False\. Expected: at most 64"
    ):
        processor(text=["a dog", "dog " * 100], truncation=False)
    assert processor(text=["dog " * 100], truncation=False, max_length=128)["input_ids"].shape == (1, 102)


def test_frames_that_are_not_numbers_are_refused(videos, clip):
    frames = clip.astype(np.float32) / 255
    frames[1, 2, 3, 0] = np.nan
    with pytest.raises(
        ValueError, match=r"videos has values from nan to nan with do_rescale=False\. Expected: 0 to 1"
    ):
        videos(frames, do_rescale=False)


def test_a_wrong_part_is_refused(processor):
    with pytest.raises(TypeError, match="video_processor is a BertTokenizer"):
        LocoMotionProcessor(processor.tokenizer, processor.tokenizer)


def test_paths_are_what_os_path_like_says(videos, path):
    assert isinstance(path, Path)
    assert torch.equal(videos([str(path)])["pixel_values_videos"], videos(path)["pixel_values_videos"])
