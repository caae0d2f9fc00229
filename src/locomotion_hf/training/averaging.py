"""A moving average of the weights (EMA), which often does better than the last step's."""

from __future__ import annotations

import torch


class WeightAverage:
    """Keeps `average = decay * average + (1 - decay) * weights`, over the weights that are trained.

    In the first steps the decay is lower, (1 + step) / (10 + step), so that the random start is forgotten.
    Source: TensorFlow's ExponentialMovingAverage with num_updates.

    Args:
        model: whose weights are averaged; read at each `update`.
        decay: per step, between 0 and 1.
    """

    def __init__(self, model: torch.nn.Module, decay: float) -> None:
        self.decay, self.steps = decay, 0
        self._weights = {name: p for name, p in model.named_parameters() if p.requires_grad}
        self.average = {name: p.detach().clone() for name, p in self._weights.items()}

    @torch.no_grad()
    def update(self) -> None:
        """Take in the weights as they are after a step."""
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        self.steps += 1
        for name, weight in self._weights.items():
            self.average[name].lerp_(weight, 1 - decay)

    @torch.no_grad()
    def apply(self) -> None:
        """Put the average into the model."""
        for name, weight in self._weights.items():
            weight.copy_(self.average[name])

    def state_dict(self) -> dict[str, object]:
        """What a checkpoint has to keep."""
        return {"steps": self.steps, "average": self.average}

    def load_state_dict(self, state: dict[str, object]) -> None:
        """Go on from a checkpoint."""
        average = state["average"]
        assert isinstance(average, dict)
        assert isinstance(state["steps"], int)
        self.steps = state["steps"]
        for name, value in self.average.items():
            value.copy_(average[name])
