"""What reads a text in the light of a video: cross-attending BERT layers, and the head that guesses words."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from transformers.activations import ACT2FN
from transformers.masking_utils import create_bidirectional_mask
from transformers.modeling_outputs import BaseModelOutput
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS
from transformers.models.bert.modeling_bert import BertCrossAttention, BertEncoder, BertPreTrainedModel
from transformers.processing_utils import Unpack
from transformers.utils import TransformersKwargs

from .configuration_locomotion import LocoMotionConfig
from .video_encoder_locomotion import eager_attention


class LocoMotionCrossAttention(BertCrossAttention):
    """BERT's, but a video's keys and values are computed once, not once for each of its texts."""

    def forward(
        self,
        hidden_states: torch.Tensor,
        encoder_hidden_states: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        past_key_values: None = None,
        **kwargs: Unpack[TransformersKwargs],
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Words look at videos.

        Args:
            hidden_states: `(B, L, D)`.
            encoder_hidden_states: `(V, N, D)`, each video once.
            attention_mask: where BERT hands on the mask of what is attended to, of which a video has none, the row
                of each text's video is handed on, `(B,)` int64. None: B / V texts for each video, one video's
                after the other's.
            past_key_values: None; nothing is generated.
            **kwargs: handed on to the attention.
        """
        states, rows = encoder_hidden_states, attention_mask
        key, value = (
            project(states).unflatten(-1, (self.num_attention_heads, -1)).transpose(1, 2)
            for project in (self.key, self.value)
        )
        if rows is not None:
            key, value = key[rows], value[rows]
        # Words do not see each other here, so a video's texts can ask as if they were one long text.
        query = self.query(hidden_states).view(len(key), -1, self.num_attention_heads, self.attention_head_size)
        attend: Callable = ALL_ATTENTION_FUNCTIONS.get_interface(self.config._attn_implementation, eager_attention)
        attended, weights = attend(
            self,
            query.transpose(1, 2),
            key,
            value,
            None,
            scaling=self.scaling,
            dropout=self.dropout.p if self.training else 0.0,
            **kwargs,
        )
        return attended.reshape(hidden_states.shape), weights


class LocoMotionCrossModalEncoder(BertPreTrainedModel):
    """BERT layers in which words attend to each other, both ways, and to the tokens of a video."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.encoder = BertEncoder(config)
        for number, layer in enumerate(self.encoder.layer):
            # BERT builds cross-attention only as a decoder, and a decoder's words see the past alone.
            layer.attention.self.is_causal = False
            with torch.random.fork_rng(devices=()):  # a seed gives the weights that it gave before this line
                layer.crossattention.self = LocoMotionCrossAttention(config, layer_idx=number)
        self.post_init()

    def forward(
        self,
        hidden_states: torch.Tensor,
        attention_mask: torch.Tensor | None,
        video_states: torch.Tensor,
        rows: torch.Tensor | None = None,
        **kwargs: Unpack[TransformersKwargs],
    ) -> BaseModelOutput:
        """Read texts in the light of videos.

        Args:
            hidden_states: `(B, L, D)` from the text encoder.
            attention_mask: `(B, L)`, 0 for padding, or None.
            video_states: `(V, N, D)`.
            rows: `(B,)` int64, the video of each text. None: B / V texts for each video, one video's after the
                other's.
            **kwargs: handed on to the attention.

        Returns:
            `last_hidden_state` `(B, L, D)`.
        """
        mask = create_bidirectional_mask(
            config=self.config, inputs_embeds=hidden_states, attention_mask=attention_mask
        )
        out = self.encoder(
            hidden_states,
            attention_mask=mask,
            encoder_hidden_states=video_states,
            encoder_attention_mask=rows,  # see LocoMotionCrossAttention
            use_cache=False,
            **kwargs,
        )
        return BaseModelOutput(last_hidden_state=out.last_hidden_state)


class LocoMotionMLMHead(nn.Module):
    """Scores every word of the vocabulary; the last layer is the word embedding, tied."""

    def __init__(self, config: LocoMotionConfig) -> None:
        super().__init__()
        text = config.text_config
        self.dense = nn.Linear(text.hidden_size, text.hidden_size)
        self.activation = ACT2FN[text.hidden_act]
        self.norm = nn.LayerNorm(text.hidden_size, eps=text.layer_norm_eps)
        self.decoder = nn.Linear(text.hidden_size, text.vocab_size)

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        """`(..., D)` to `(..., vocabulary)`."""
        return self.decoder(self.norm(self.activation(self.dense(hidden_states))))


__all__ = ["LocoMotionCrossModalEncoder", "LocoMotionMLMHead"]
