import numpy as np
import pytest
import tiny_models
from PIL import Image

from locomotion_hf.assets.diffusion.matting import Limits, cut
from locomotion_hf.assets.diffusion.segmenters import ClipScore, load_segmenter
from locomotion_hf.errors import AssetError


def scene(seed, size=64):
    """A disc of one colour on another, with noise; and where it is."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size]
    centre, radius = rng.uniform(0.4, 0.6, 2) * size, rng.uniform(0.2, 0.3) * size
    inside = np.hypot(x - centre[0], y - centre[1]) < radius
    pixels = np.where(inside[..., None], (190, 60, 40), (225, 225, 220)) + rng.normal(0, 4, (size, size, 3))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8)), inside


def overlap(a, b):
    return (a & b).sum() / (a | b).sum()


def test_the_plain_background_finds_the_disc():
    pictures, masks = zip(*(scene(seed) for seed in range(4)), strict=True)
    for found, mask in zip(load_segmenter("plain")(pictures, ["disc"] * 4), masks, strict=True):
        assert np.array_equal(found >= 0.5, mask)


def test_a_segmentation_model_that_learnt_discs_cuts_them_out(tmp_path):
    """Labels, logits, sizes and signs are right only if the cut-outs are."""
    import torch

    model, folder = tiny_models.segformer(tmp_path, ["thing", "background"])
    processor = load_segmenter("semantic", folder)._processor
    pictures, masks = zip(*(scene(seed) for seed in range(8)), strict=True)
    pixels = processor(images=list(pictures), return_tensors="pt").pixel_values
    labels = torch.stack([torch.tensor(np.array(Image.fromarray(~mask).resize((32, 32)))) for mask in masks]).long()
    optimizer = torch.optim.AdamW(model.parameters(), 0.01)
    for _ in range(60):
        loss = model(pixel_values=pixels, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.save_pretrained(folder)
    segment = load_segmenter("semantic", folder)
    for seed in (100, 101):  # not seen in training, and of another size
        picture, mask = scene(seed, size=80)
        (found,) = segment([picture], ["thing"])
        assert overlap(found >= 0.5, mask) > 0.85
        done = cut(np.asarray(picture), found, Limits())
        assert done.area == pytest.approx(mask.mean(), rel=0.15)


@pytest.mark.parametrize("kind", ["clipseg", "semantic", "single", "sam"])
def test_maps_have_the_size_of_their_picture_and_do_not_depend_on_neighbours(tmp_path, kind):
    make = {
        "clipseg": tiny_models.clipseg,
        "semantic": lambda folder: tiny_models.segformer(folder, ["Background", "a", "b"])[1],
        "single": lambda folder: tiny_models.segformer(folder, ["object"])[1],
        "sam": tiny_models.sam,
    }[kind]
    segment = load_segmenter("semantic" if kind == "single" else kind, make(tmp_path))
    pictures = [scene(0, 40)[0], scene(1, 64)[0].crop((0, 0, 64, 48)), scene(2, 33)[0]]
    nouns = ["disc", "red disc of some size", "x"]
    found = segment(pictures, nouns)
    for one, picture, noun in zip(found, pictures, nouns, strict=True):
        assert (one.shape, one.dtype) == ((picture.height, picture.width), np.float32)
        assert 0 <= one.min() < one.max() - 0.02 < 1
        assert len(np.unique(one)) > 50  # soft
        np.testing.assert_allclose(one, segment([picture], [noun])[0], atol=1e-5)


def test_clipseg_is_asked_for_the_noun(tmp_path):
    segment = load_segmenter("clipseg", tiny_models.clipseg(tmp_path))
    picture = scene(0)[0]
    teapot, ball = segment([picture, picture], ["teapot", "ball"])
    assert np.abs(teapot - ball).max() > 1e-3


def test_sam_gives_the_mask_it_is_surest_of(tmp_path):
    import torch
    from transformers import SamModel, SamProcessor

    folder = tiny_models.sam(tmp_path)
    processor, model = SamProcessor.from_pretrained(folder), SamModel.from_pretrained(folder).eval()
    picture = scene(0)[0].crop((0, 0, 64, 40))
    inputs = processor(images=picture, input_points=[[[32, 20]]], return_tensors="pt")  # its centre
    with torch.no_grad():
        out = model(**inputs)
    masks = processor.image_processor.post_process_masks(
        out.pred_masks, inputs["original_sizes"], inputs["reshaped_input_sizes"]
    )[0][0].numpy()
    best = int(out.iou_scores[0, 0].argmax())
    found = load_segmenter("sam", folder)([picture], [""])[0] > 0.5
    assert [np.array_equal(found, mask) for mask in masks] == [i == best for i in range(3)]


@pytest.mark.parametrize("make", [tiny_models.clip, tiny_models.siglip])
def test_clip_scores_are_cosines_of_each_picture_and_its_own_text(tmp_path, make):
    import torch
    from transformers import AutoModel, AutoProcessor

    folder = make(tmp_path)
    pictures, texts = [scene(seed)[0] for seed in range(3)], ["a teapot", "ball", "one rather longer text"]
    scores = ClipScore(folder, "cpu")(pictures, texts)
    processor, model = AutoProcessor.from_pretrained(folder), AutoModel.from_pretrained(folder)
    inputs = processor(text=texts, images=pictures, padding="max_length", return_tensors="pt")
    with torch.no_grad():
        logits = model(**inputs).logits_per_image
    bias = model.logit_bias if make is tiny_models.siglip else 0
    expected = ((logits - bias) / model.logit_scale.exp()).diagonal().detach()
    np.testing.assert_allclose(scores, expected, atol=1e-5)
    assert len({round(score, 3) for score in scores}) == 3


def test_models_that_do_not_fit(tmp_path):
    with pytest.raises(AssetError, match=r"gone cannot be loaded as a CLIPSeg model \(.*Expected: .*To fix it: "):
        load_segmenter("clipseg", str(tmp_path / "gone"))
    with pytest.raises(AssetError, match=r"segmenter=semantic without a model.*--segmenter_model"):
        load_segmenter("semantic")
    streets = tiny_models.segformer(tmp_path / "streets", ["road", "car"])[1]
    with pytest.raises(AssetError, match=r"has 2 classes \(road, car, \.\.\.\), and none of them is the background"):
        load_segmenter("semantic", streets)
    with pytest.raises(AssetError, match=r"cannot be loaded as a CLIP model"):
        ClipScore(str(tmp_path / "gone"), "cpu")
    clipseg = tiny_models.clipseg(tmp_path / "clipseg")
    with pytest.raises(AssetError, match=r"cannot be loaded as a semantic segmentation model"):
        load_segmenter("semantic", clipseg)
