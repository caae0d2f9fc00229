"""torch.compile takes the models in one piece: `fullgraph` refuses any break."""

import pytest
import torch

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _nothing_compiled_before():
    torch.compiler.reset()


def gradients(model, step, inputs):
    model.zero_grad()
    torch.manual_seed(0)  # a generator as an argument cannot be compiled; the global one can
    output = step(**inputs)
    output.loss.backward()
    return output.loss.detach(), {name: parameter.grad.clone() for name, parameter in model.named_parameters()}


def test_encoding_has_no_graph_break(model, inputs):
    model.eval()
    compiled = torch.compile(model.model, fullgraph=True, backend="eager")
    with torch.inference_mode():
        torch.testing.assert_close(
            compiled(**inputs).logits_per_video, model.model(**inputs).logits_per_video, atol=1e-5, rtol=1e-5
        )


def test_a_step_of_pre_training_has_no_graph_break(model, inputs):
    compiled = torch.compile(model, fullgraph=True, backend="eager")
    torch.testing.assert_close(gradients(model, compiled, inputs), gradients(model, model, inputs))


def test_an_image_model_that_looks_along_time_has_no_graph_break(image_based, inputs):
    compiled = torch.compile(image_based, fullgraph=True, backend="eager")
    expected = gradients(image_based, image_based, inputs)
    torch.testing.assert_close(gradients(image_based, compiled, inputs), expected)


def test_generated_code_encodes_the_same(model, inputs):
    model.eval()
    compiled = torch.compile(model.model, fullgraph=True)
    with torch.inference_mode():
        torch.testing.assert_close(
            compiled(**inputs).logits_per_video, model.model(**inputs).logits_per_video, atol=1e-4, rtol=1e-4
        )
