"""The bi-encoder's head: BiLSTM as a gated residual, attention pooling, projection and L2 norm."""

from pathlib import Path

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import reference

HIDDEN, ATTENTION, EMBEDDING = 32, 24, 16
LENGTHS = [7, 1, 12, 4, 9]
ABOUT = (
    "h' = h + gate * (output.weight [forward; backward] + output.bias), forward and backward from a one-layer bidirectional torch.nn.LSTM "
    "(hidden 16 each way) over each sequence's tokens alone; score_t = attention.context . tanh(attention.dense.weight h'_t + "
    "attention.dense.bias); attention_weights = softmax of the scores within the sequence; pooled = sum of attention_weights_t * h'_t; "
    "embedding = projection.weight pooled (no bias), L2-normalised. loss = sum(embedding * loss_weights); grad.hidden and grad.NAME are its "
    "gradients. hidden, lstm_output, residual (h') and attention_weights are packed: without padding, sequence after sequence."
)


def make_parameters(lstm: torch.nn.LSTM, generator: torch.Generator) -> dict[str, torch.Tensor]:
    """Returns every parameter under its name, the LSTM's own ones filled with larger random values."""
    with torch.no_grad():
        for weight in lstm.parameters():
            weight.copy_(torch.randn(weight.shape, generator=generator) * 0.3)
    parameters = {f"lstm.{name}": weight for name, weight in lstm.named_parameters()}
    shapes = {
        "output.weight": (HIDDEN, HIDDEN), "output.bias": (HIDDEN,),
        "attention.dense.weight": (ATTENTION, HIDDEN), "attention.dense.bias": (ATTENTION,), "attention.context": (ATTENTION,),
        "projection.weight": (EMBEDDING, HIDDEN),
    }
    for name, shape in shapes.items():
        parameters[name] = reference.parameter(*shape, generator=generator, deviation=0.3)
    parameters["gate"] = torch.tensor([0.7], requires_grad=True)
    return parameters


def head(parameters: dict[str, torch.Tensor], lstm: torch.nn.LSTM, hidden: torch.Tensor, mask: torch.Tensor) -> dict[str, torch.Tensor]:
    """Returns what the head computes from the padded hidden [B, T, H] and the mask [B, T]."""
    packed = pack_padded_sequence(hidden, mask.sum(1), batch_first=True, enforce_sorted=False)
    states, _ = pad_packed_sequence(lstm(packed)[0], batch_first=True, total_length=hidden.shape[1])
    linear = torch.nn.functional.linear
    residual = hidden + parameters["gate"] * linear(states, parameters["output.weight"], parameters["output.bias"])
    inner = torch.tanh(linear(residual, parameters["attention.dense.weight"], parameters["attention.dense.bias"]))
    weights = (inner @ parameters["attention.context"]).masked_fill(~mask, -torch.inf).softmax(1)
    pooled = (weights.unsqueeze(-1) * residual).sum(1)
    embedding = torch.nn.functional.normalize(linear(pooled, parameters["projection.weight"]), dim=1)
    return {
        "lstm_output": states[mask], "residual": residual[mask], "attention_weights": weights[mask], "pooled": pooled, "embedding": embedding,
    }


def write(folder: Path) -> None:
    """Writes the reference bilstm-pooling."""
    generator = torch.Generator().manual_seed(41)
    lstm = torch.nn.LSTM(HIDDEN, HIDDEN // 2, batch_first=True, bidirectional=True)
    parameters = make_parameters(lstm, generator)
    lengths = torch.tensor(LENGTHS)
    mask = torch.arange(max(LENGTHS)).unsqueeze(0) < lengths.unsqueeze(1)
    padded = torch.randn(len(LENGTHS), max(LENGTHS), HIDDEN, generator=generator)  # noise at padding too: it must not matter
    hidden = padded[mask].requires_grad_()
    outputs = head(parameters, lstm, padded.masked_scatter(mask.unsqueeze(-1), hidden), mask)
    with torch.no_grad():
        clean = head(parameters, lstm, torch.zeros_like(padded).masked_scatter(mask.unsqueeze(-1), hidden), mask)
    assert all(torch.equal(outputs[name], clean[name]) for name in outputs), "padding leaks into the outputs"
    loss_weights = torch.randn(outputs["embedding"].shape, generator=generator)
    loss = (outputs["embedding"] * loss_weights).sum()
    loss.backward()
    tensors = {"lengths": lengths, "hidden": hidden, **outputs, "loss_weights": loss_weights, "loss": reference.scalar(loss)}
    tensors["grad.hidden"] = hidden.grad
    for name, weight in parameters.items():
        tensors[name], tensors[f"grad.{name}"] = weight, weight.grad
    settings = {"hidden": HIDDEN, "lstm_hidden": HIDDEN // 2, "attention": ATTENTION, "embedding": EMBEDDING}
    reference.write(folder, "bilstm-pooling", ABOUT, settings, tensors)
