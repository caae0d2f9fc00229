"""What reads a text in the light of a video: cross-attending BERT layers, and the head that guesses words."""

from typing import Any

import torch
from torch import nn
from transformers.activations import ACT2FN
from transformers.masking_utils import create_bidirectional_mask
from transformers.modeling_outputs import BaseModelOutput
from transformers.models.bert.modeling_bert import BertEncoder, BertPreTrainedModel
from transformers.processing_utils import Unpack
from transformers.utils import TransformersKwargs

from .configuration_locomotion import LocoMotionConfig


class LocoMotionCrossModalEncoder(BertPreTrainedModel):
    """BERT layers in which words attend to each other, both ways, and to the tokens of a video."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.encoder = BertEncoder(config)
        for layer in self.encoder.layer:
            # BERT builds cross-attention only as a decoder, and a decoder's words see the past alone.
            layer.attention.self.is_causal = False
        self.post_init()

    def forward(
        self,
        hidden_states: torch.Tensor,
        attention_mask: torch.Tensor | None,
        video_states: torch.Tensor,
        **kwargs: Unpack[TransformersKwargs],
    ) -> BaseModelOutput:
        """Read texts in the light of videos.

        Args:
            hidden_states: `(B, L, D)` from the text encoder.
            attention_mask: `(B, L)`, 0 for padding, or None.
            video_states: `(B, N, D)`, one clip for each text.
            **kwargs: handed on to the attention.

        Returns:
            `last_hidden_state` `(B, L, D)`.
        """
        mask = create_bidirectional_mask(
            config=self.config, inputs_embeds=hidden_states, attention_mask=attention_mask
        )
        out = self.encoder(
            hidden_states, attention_mask=mask, encoder_hidden_states=video_states, use_cache=False, **kwargs
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
