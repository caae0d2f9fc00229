"""transformers' own common model tests, of the installed version, over our three models.

Run with `pytest -m transformers_common`; add `-rs` for the reasons of skipping, which all stand in this file. The
first run downloads transformers' source distribution with pip (see `common_source.py`), later ones are offline.
"""

import copy
import re
import tempfile
import unittest

import pytest
import torch
from common_source import SourceNotAvailable, import_common_tests

from locomotion_hf.modeling import (
    LocoMotionConfig,
    LocoMotionForPreTraining,
    LocoMotionModel,
    LocoMotionVideoConfig,
    LocoMotionVideoModel,
)

try:
    common = import_common_tests()
except SourceNotAvailable as error:
    pytest.skip(f"transformers' source distribution is not to be had: {error}", allow_module_level=True)

pytestmark = pytest.mark.transformers_common

BATCH, FRAMES, WORDS, LAYERS, HEADS = 3, 4, 7, 2, 2
VIDEO_WIDTH, TEXT_WIDTH, VOCABULARY = 24, 32, 99

HARDWARE = "needs an accelerator, or a library that needs one; this suite runs on any machine"
#: Pattern of the whole name of a test -> why it is skipped. The parts named are those that our models do not have.
SKIPPED = {
    r"test_flash_attn_.*|test_sdpa_can_dispatch_on_flash": f"{HARDWARE}; for its terms see test_attention.py",
    r"test_(cpu|disk)_offload.*|test_model_parallelism": f"{HARDWARE}; for the CPU see test_placement.py",
    r"test_torch_compile_.*|test_sdpa_can_compile_dynamic": f"{HARDWARE}; for the CPU see test_compiling.py",
    r"test_can_load_with_(device_context_manager|global_device_set)": HARDWARE,
    r"test_flex_attention_with_grads|test_kernels_can_load_without_crashing": HARDWARE,
    r"test_resize_.*_with_deepspeed(_multi_gpu)?": "needs deepspeed, which needs a GPU",
    r"test_causal_lm_loss_honors_shift_labels": "no part generates word by word",
    r"test_encoder_decoder_loss_no_double_shift": "no part generates word by word",
    r"test_eager_matches_batched_and_grouped_inference.*": "no mixture of experts",
    r"test_moe_models_record_router_logits|test_output_router_logits_from_config": "no mixture of experts",
    r"test_model_rope_.*|test_vision_axial_rope": "no rotary positions",
    r"test_sliding_window_mask": "no attention within a window",
    r"test_tp_plan_matches_params|test_tied_head_has_a_tp_plan_entry": "no plan for tensor parallelism",
    r"test_inputs_embeds": "no argument inputs_embeds: a text comes as ids",
    r"test_resize_position_vector_embeddings": "no resize_position_embeddings: positions are interpolated",
    r"test_reverse_loading_mapping|test_can_load_from_already_mapped_keys": "no weights with other names when saved",
}
NO_PARTS = "the video encoder is one model, not several; LocoMotionModelTest has this test"
PARTS = "the model consists of several; LocoMotionVideoModelTest has this test"


def some_clips():
    return torch.rand(BATCH, FRAMES, 3, 16, 16) * 2 - 1


def video_config():
    return LocoMotionVideoConfig(
        image_size=16,
        num_frames=FRAMES,
        patch_hidden_size=16,
        num_queries=2,
        hidden_size=VIDEO_WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        intermediate_size=32,
    )


class VideoTester:
    """What transformers' tests ask for: a small configuration, inputs, and the sizes to expect."""

    batch_size, seq_length, hidden_size = BATCH, FRAMES, VIDEO_WIDTH
    num_hidden_layers, num_attention_heads = LAYERS, HEADS
    is_training = True

    def prepare_config_and_inputs_for_common(self):
        return video_config(), {"pixel_values_videos": some_clips()}


class Tester:
    """The same for the models of videos and texts."""

    batch_size, seq_length, hidden_size = BATCH, WORDS, TEXT_WIDTH
    num_hidden_layers, num_attention_heads = LAYERS, HEADS
    is_training = True

    def prepare_config_and_inputs_for_common(self):
        bert = {
            "vocab_size": VOCABULARY,
            "hidden_size": TEXT_WIDTH,
            "num_hidden_layers": LAYERS,
            "num_attention_heads": HEADS,
            "intermediate_size": 48,
            "max_position_embeddings": 32,
            "type_vocab_size": 1,
            "hidden_dropout_prob": 0.0,
            "attention_probs_dropout_prob": 0.0,
        }
        config = LocoMotionConfig(
            video_config=video_config(), text_config=bert, cross_modal_config=dict(bert), projection_dim=16
        )
        input_ids = torch.randint(5, VOCABULARY, (BATCH, WORDS))
        input_ids[:, 0] = config.cls_token_id
        attention_mask = torch.ones_like(input_ids)
        attention_mask[1, WORDS - 2 :] = 0
        inputs = {"input_ids": input_ids, "pixel_values_videos": some_clips(), "attention_mask": attention_mask}
        return config, inputs


class FromEncodersTester(Tester):
    """A model as `from_encoders` builds it: BEiT whose blocks look along time, and one BERT for both text parts."""

    def prepare_config_and_inputs_for_common(self):
        config, inputs = super().prepare_config_and_inputs_for_common()
        image = {
            "model_type": "beit",
            "image_size": 16,
            "patch_size": 8,
            "hidden_size": TEXT_WIDTH,
            "num_hidden_layers": LAYERS,
            "num_attention_heads": HEADS,
            "intermediate_size": 48,
            "use_relative_position_bias": True,
            "drop_path_rate": 0.0,
        }
        parts = {"text_config": config.text_config, "cross_modal_config": config.cross_modal_config}
        config = LocoMotionConfig(video_config=image, project_video_states=False, projection_dim=16, **parts)
        return config, inputs


class VideoModelWithLoss(LocoMotionVideoModel):
    """An encoder has no loss of its own; the tests of training need one."""

    def forward(self, pixel_values_videos, **kwargs):
        output = super().forward(pixel_values_videos, **kwargs)
        output.loss = output.pooler_output.square().mean()
        return output


class LocoMotionVideoModelTest(common.ModelTesterMixin, unittest.TestCase):
    all_model_classes = (LocoMotionVideoModel,)
    test_can_init_all_missing_weights_before_2023 = True  # no year stands in our files
    test_resize_embeddings = False
    skipped = {
        **SKIPPED,
        r"test_.*_composite_models?|test_internal_model_config_and_subconfig_are_same": NO_PARTS,
        r"test_resize_(tokens_embeddings|embeddings_untied.*)": "no words in a video encoder",
        r"test_keep_in_fp32_modules.*": "no weight that half precision would harm",
    }

    def setUp(self):
        self.model_tester = VideoTester()
        if re.search("training|with_gradient_checkpointing", self._testMethodName):
            self.all_model_classes = (VideoModelWithLoss,)

    def test_model_get_set_embeddings(self):
        """Theirs asks for an `nn.Embedding`, which no encoder of pixels has."""
        model = LocoMotionVideoModel(video_config())
        before = model.get_input_embeddings()
        after = torch.nn.Linear(before.in_features, before.out_features)
        model.set_input_embeddings(after)
        assert model.get_input_embeddings() is after is not before
        assert model.get_output_embeddings() is None


class LocoMotionModelTest(common.ModelTesterMixin, unittest.TestCase):
    all_model_classes = (LocoMotionModel, LocoMotionForPreTraining)
    additional_model_inputs = ["pixel_values_videos", "attention_mask"]
    test_can_init_all_missing_weights_before_2023 = True
    _is_composite = True
    skipped = {**SKIPPED, r"test_sdpa_can_dispatch_non_composite_models": PARTS}
    #: Of the video encoder: the shapes of a layer's states and of its attention; and how many parts it has.
    video_states, video_attention, video_parts = (BATCH, FRAMES, VIDEO_WIDTH), (BATCH, HEADS, FRAMES, FRAMES), 1

    def setUp(self):
        self.model_tester = Tester()

    def _prepare_for_class(self, inputs_dict, model_class, return_labels=False):
        """LocoMotion's labels are the pairs themselves, so a flag asks for the loss.

        In pre-training the loss, the first of the outputs, is always asked for, and its draws are repeated: what
        compares two runs then compares all of the network.
        """
        inputs = super()._prepare_for_class(inputs_dict, model_class, return_labels)
        if model_class is LocoMotionForPreTraining:
            return {**inputs, "generator": torch.Generator().manual_seed(0)}
        return {**inputs, "return_loss": return_labels}

    def _outputs_of_the_encoders(self, asked_in_config, names):
        """For each model, the outputs of its two encoders with the shapes of a layer's states and attention."""
        for model_class in self.all_model_classes:
            config, inputs = self.model_tester.prepare_config_and_inputs_for_common()
            asked = {f"output_{name}": True for name in names}
            if asked_in_config:
                for name in asked:
                    setattr(config, name, True)
                    self._set_subconfig_attributes(config, name, True)
            else:
                inputs.update(asked)
            model = model_class._from_config(copy.deepcopy(config), attn_implementation="eager").eval()
            output = model(**self._prepare_for_class(inputs, model_class))
            yield output, output.video_model_output, self.video_states, self.video_attention
            words = (BATCH, WORDS, TEXT_WIDTH), (BATCH, HEADS, WORDS, WORDS)
            yield output, output.text_model_output, *words

    def test_attention_outputs(self):
        """Theirs looks for one list of attentions; here each encoder has its own."""
        for asked_in_config in (False, True):
            for _, encoder, _, shape in self._outputs_of_the_encoders(asked_in_config, ["attentions"]):
                assert len(encoder.attentions) == LAYERS
                for attention in encoder.attentions:
                    assert attention.shape == shape
                    torch.testing.assert_close(attention.sum(-1), torch.ones(shape[:-1]))
                assert encoder.hidden_states is None

    def test_hidden_states_output(self):
        """Theirs looks for one list of hidden states; here each encoder has its own."""
        for asked_in_config in (False, True):
            for _, encoder, shape, _ in self._outputs_of_the_encoders(asked_in_config, ["hidden_states"]):
                assert len(encoder.hidden_states) == LAYERS + 1
                assert {states.shape for states in encoder.hidden_states} == {shape}
                assert encoder.attentions is None

    def test_retain_grad_hidden_states_attentions(self):
        """What is shown is what is used: gradients reach all of it."""
        for output, encoder, _, _ in self._outputs_of_the_encoders(True, ["hidden_states", "attentions"]):
            shown = [*encoder.hidden_states[:-1], *encoder.attentions]
            for states in shown:
                states.retain_grad()
            output.logits_per_video[0, 0].backward(retain_graph=True)
            assert all(states.grad is not None and states.grad.abs().sum() > 0 for states in shown)

    def test_sdpa_can_dispatch_composite_models(self):
        """Theirs knows the parts of a vision-language model by their usual names; ours are called otherwise."""
        for model_class in self.all_model_classes:
            model = model_class(self.model_tester.prepare_config_and_inputs_for_common()[0])
            with tempfile.TemporaryDirectory() as folder:
                model.save_pretrained(folder)
                for asked, expected in ((None, "sdpa"), ("sdpa", "sdpa"), ("eager", "eager")):
                    model = model_class.from_pretrained(folder, attn_implementation=asked)
                    parts = [part for part in model.modules() if isinstance(part, common.PreTrainedModel)]
                    assert len(parts) == self.video_parts + (2 if model_class is LocoMotionModel else 4)
                    assert {part.config._attn_implementation for part in parts} == {expected}


class FromEncodersTest(LocoMotionModelTest):
    # Of pictures, each of four patches and a token for the whole.
    video_states, video_attention = (BATCH * FRAMES, 5, TEXT_WIDTH), (BATCH * FRAMES, HEADS, 5, 5)
    video_parts = 2

    def setUp(self):
        self.model_tester = FromEncodersTester()


#: What may be skipped for want of hardware, or because the other class has it, but for no other reason.
CORE = re.compile("save_load|load_save|torch_save|grad|training|batching|atten|attn|sdpa|determinis")


@pytest.mark.parametrize("tests", [LocoMotionVideoModelTest, LocoMotionModelTest, FromEncodersTest])
def test_what_matters_most_is_not_skipped(tests):
    for name in (name for name in dir(tests) if name.startswith("test_") and CORE.search(name)):
        for pattern, reason in tests.skipped.items():
            if re.fullmatch(pattern, name):
                assert reason in (NO_PARTS, PARTS) or HARDWARE in reason, name
