"""Old weights in small: state dicts of the original shapes, and what they compute, by the original's description."""

import math

import torch
from torch import nn
from torch.nn import functional as F

#: Width, feed-forward width, blocks, layers for text and across, words, positions, pixels of a patch, patches a side.
BASE = {"D": 768, "I": 3072, "blocks": 12, "text": 9, "cross": 3, "V": 30522, "P": 512, "patch": 16, "side": 14}
TINY = {"D": 128, "I": 96, "blocks": 2, "text": 2, "cross": 1, "V": 60, "P": 16, "patch": 4, "side": 3}
SPACE, FRAMES = 256, 4


def shapes(kind, D, I, blocks, text, cross, V, P, patch, side):  # noqa: E741
    """Original names and shapes, as the two code bases' modules declare them."""
    out = {
        "vision_encoder.embeddings.cls_token": (1, 1, D),
        "vision_encoder.embeddings.patch_embeddings.projection.weight": (D, 3, patch, patch),
        "vision_encoder.embeddings.patch_embeddings.projection.bias": (D,),
        "temp": (),
    }

    def linear(name, rows, columns, bias=True):
        out[f"{name}.weight"] = (rows, columns)
        if bias:
            out[f"{name}.bias"] = (rows,)

    def norm(name):
        out[f"{name}.weight"] = out[f"{name}.bias"] = (D,)

    for i in range(blocks):
        layer = f"vision_encoder.encoder.layer.{i}"
        for part in ("query", "key", "value"):
            linear(f"{layer}.attention.attention.{part}", D, D, bias=part != "key")
        table = f"{layer}.attention.attention.relative_position_bias.relative_position"
        out[f"{table}_bias_table"] = ((2 * side - 1) ** 2 + 3, D // 64)
        out[f"{table}_index"] = (side**2 + 1, side**2 + 1)
        linear(f"{layer}.attention.output.dense", D, D)
        linear(f"{layer}.intermediate.dense", I, D)
        linear(f"{layer}.output.dense", D, I)
        norm(f"{layer}.layernorm_before")
        norm(f"{layer}.layernorm_after")
        out[f"{layer}.lambda_1"] = out[f"{layer}.lambda_2"] = (D,)
        if kind == "vindlu":
            out[f"{layer}.temp_model.scale"] = ()
            out[f"{layer}.temp_model.temporal_attn.in_proj_weight"] = (3 * D, D)
            out[f"{layer}.temp_model.temporal_attn.in_proj_bias"] = (3 * D,)
            linear(f"{layer}.temp_model.temporal_attn.out_proj", D, D)
            norm(f"{layer}.temp_model.norm")
            linear(f"{layer}.temp_model.linear", D, D)
    norm("vision_encoder.pooler.layernorm")
    norm("vision_layernorm")
    if kind == "vindlu":
        out["vision_encoder.embeddings.temporal_position_embeddings"] = (1, FRAMES, 1, D)
    else:
        out["temporal_embeddings"] = (1, FRAMES, 1, D)
    bert = "text_encoder.bert"
    out[f"{bert}.embeddings.position_ids"] = (1, P)
    for name, rows in (("word", V), ("position", P), ("token_type", 2)):
        out[f"{bert}.embeddings.{name}_embeddings.weight"] = (rows, D)
    norm(f"{bert}.embeddings.LayerNorm")
    stacks = [(f"{bert}.encoder", text + cross, text)]
    if kind == "singularity_temporal":
        stacks.append(("temporal_vision_encoder", 2, 2))
    for stack, layers, first_crossing in stacks:
        for i in range(layers):
            layer = f"{stack}.layer.{i}"
            for attention in ("attention", "crossattention")[: 2 if i >= first_crossing else 1]:
                for part in ("query", "key", "value"):
                    linear(f"{layer}.{attention}.self.{part}", D, D)
                linear(f"{layer}.{attention}.output.dense", D, D)
                norm(f"{layer}.{attention}.output.LayerNorm")
            linear(f"{layer}.intermediate.dense", I, D)
            linear(f"{layer}.output.dense", D, I)
            norm(f"{layer}.output.LayerNorm")
    head = "text_encoder.cls.predictions"
    linear(f"{head}.transform.dense", D, D)
    norm(f"{head}.transform.LayerNorm")
    out[f"{head}.bias"] = out[f"{head}.decoder.bias"] = (V,)
    out[f"{head}.decoder.weight"] = (V, D)
    linear("vision_proj", SPACE, D)
    linear("text_proj", SPACE, D)
    linear("itm_head", 2, D)
    return out


def original(kind, sizes=TINY, finetuned=False):
    """A random state dict of the original shapes; layer norms and scales are far from where training starts."""
    generator = torch.Generator().manual_seed(0)
    state = {}
    for name, shape in shapes(kind, **sizes).items():
        if "position_ids" in name or "_index" in name:
            state[name] = torch.zeros(shape, dtype=torch.long)
        elif sizes is BASE:
            state[name] = torch.ones(()).expand(shape)  # only shapes matter there
        else:
            spread = 1.0 if len(shape) < 2 or "table" in name else 2 / math.sqrt(shape[-1])
            state[name] = torch.randn(shape, generator=generator) * spread
    state["temp"] = torch.tensor(0.0123)
    state["text_encoder.cls.predictions.decoder.weight"] = state[
        "text_encoder.bert.embeddings.word_embeddings.weight"
    ]
    state["text_encoder.cls.predictions.decoder.bias"] = state["text_encoder.cls.predictions.bias"]
    if kind != "vindlu":
        state["temporal_embeddings"] = torch.zeros(1, FRAMES, 1, sizes["D"]) + (kind == "singularity_temporal")
    if finetuned:
        state = {k.replace("text_encoder.bert.", "text_encoder."): v for k, v in state.items() if ".cls." not in k}
    return state


# What the original computes, written from its description.


def norm(state, name, x):
    return F.layer_norm(x, x.shape[-1:], state[f"{name}.weight"], state[f"{name}.bias"], 1e-12)


def linear(state, name, x):
    return F.linear(x, state[f"{name}.weight"], state.get(f"{name}.bias"))


def attend(q, k, v, bias=0.0):
    """Heads of 64, one at a time."""
    heads = []
    for h, (a, b, c) in enumerate(zip(q.split(64, -1), k.split(64, -1), v.split(64, -1), strict=True)):
        scores = a @ b.transpose(-1, -2) / 8 + (bias[h] if torch.is_tensor(bias) else bias)
        heads.append(scores.softmax(-1) @ c)
    return torch.cat(heads, -1)


def distance_bias(table, side):
    """`(heads, N, N)`: one row of the table for each displacement, the last three for what concerns CLS."""
    places = [None, *((row, column) for row in range(side) for column in range(side))]
    rows = []
    for q in places:
        for k in places:
            if q is None or k is None:
                rows.append(len(table) - (1 if q is k else 3 if q is None else 2))
            else:
                rows.append((q[0] - k[0] + side - 1) * (2 * side - 1) + q[1] - k[1] + side - 1)
    return table[rows].view(len(places), len(places), -1).permute(2, 0, 1)


def original_video(state, clips, sizes=TINY):
    """`(B, T, N, D)` tokens as the text sees them, and `(B, T, D)` summaries of the frames."""
    batch, frames = clips.shape[:2]
    embed = "vision_encoder.embeddings."
    x = F.conv2d(
        clips.flatten(0, 1),
        state[f"{embed}patch_embeddings.projection.weight"],
        state[f"{embed}patch_embeddings.projection.bias"],
        stride=sizes["patch"],
    )
    x = torch.cat([state[f"{embed}cls_token"].expand(len(x), -1, -1), x.flatten(2).mT], 1)
    x = x.unflatten(0, (batch, frames))
    if f"{embed}temporal_position_embeddings" in state:
        positions = state[f"{embed}temporal_position_embeddings"]
        if frames > FRAMES:
            positions = F.interpolate(positions[:, :, 0].mT, frames, mode="linear").mT[:, :, None]
        x = x + positions[:, :frames]
    for i in range(sizes["blocks"]):
        layer = f"vision_encoder.encoder.layer.{i}"
        y = norm(state, f"{layer}.layernorm_before", x)
        q, k, v = (linear(state, f"{layer}.attention.attention.{part}", y) for part in ("query", "key", "value"))
        table = state[f"{layer}.attention.attention.relative_position_bias.relative_position_bias_table"]
        y = linear(state, f"{layer}.attention.output.dense", attend(q, k, v, distance_bias(table, sizes["side"])))
        x = x + state[f"{layer}.lambda_1"] * y
        y = F.gelu(linear(state, f"{layer}.intermediate.dense", norm(state, f"{layer}.layernorm_after", x)))
        x = x + state[f"{layer}.lambda_2"] * linear(state, f"{layer}.output.dense", y)
        over_time = f"{layer}.temp_model"
        if f"{over_time}.scale" in state and frames > 1:
            attention = nn.MultiheadAttention(sizes["D"], sizes["D"] // 64)  # the original's own module
            attention.load_state_dict(
                {n.split("temporal_attn.")[1]: p for n, p in state.items() if f"{over_time}.temporal_attn." in n}
            )
            y = norm(state, f"{over_time}.norm", x).transpose(0, 1).flatten(1, 2)  # time first
            y = attention(y, y, y)[0].unflatten(1, (batch, -1)).transpose(0, 1)
            x = x + state[f"{over_time}.scale"] * y
    summaries = norm(state, "vision_encoder.pooler.layernorm", x[:, :, 1:].mean(2))
    return norm(state, "vision_layernorm", x), summaries


def original_bert_layer(state, layer, x, mask, video=None):
    for attention, seen, bias in (("attention", None, mask), ("crossattention", video, 0.0)):
        if attention == "crossattention" and video is None:
            continue
        seen = x if seen is None else seen
        name = f"{layer}.{attention}"
        q, k, v = (linear(state, f"{name}.self.{p}", s) for p, s in (("query", x), ("key", seen), ("value", seen)))
        bias = bias.expand(x.shape[-1] // 64, *bias.shape) if torch.is_tensor(bias) else bias
        x = norm(state, f"{name}.output.LayerNorm", x + linear(state, f"{name}.output.dense", attend(q, k, v, bias)))
    y = linear(state, f"{layer}.output.dense", F.gelu(linear(state, f"{layer}.intermediate.dense", x)))
    return norm(state, f"{layer}.output.LayerNorm", x + y)


def original_text(state, ids, mask, sizes=TINY):
    embed = "text_encoder.bert.embeddings."
    x = state[f"{embed}word_embeddings.weight"][ids] + state[f"{embed}token_type_embeddings.weight"][0]
    x = norm(state, f"{embed}LayerNorm", x + state[f"{embed}position_embeddings.weight"][: ids.shape[1]])
    for i in range(sizes["text"]):
        x = original_bert_layer(state, f"text_encoder.bert.encoder.layer.{i}", x, mask)
    return x


def original_fusion(state, text, mask, video, sizes=TINY):
    for i in range(sizes["text"], sizes["text"] + sizes["cross"]):
        text = original_bert_layer(state, f"text_encoder.bert.encoder.layer.{i}", text, mask, video)
    return text


IDS = torch.arange(3, 24).reshape(3, 7)
SEEN = torch.ones(3, 7, dtype=torch.long)
SEEN[1, 4:] = 0
HIDE = ((1 - SEEN) * -1e9)[:, None, :].float()
