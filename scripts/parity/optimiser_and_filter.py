"""AdamW's steps and the filter's weighted loss."""

from pathlib import Path

import torch

import reference

ADAMW = (
    "torch.optim.AdamW over 20 steps. value.NAME: the start; grad.NAME [20, ...]: the gradient given at each step; step1., step5., "
    "step20.NAME: the value after that many steps. dense.weight and embedding.weight decay, norm.bias does not."
)
WEIGHTED_BCE = (
    "binary_cross_entropy_with_logits(logits, labels, pos_weight), mean over the examples: a positive's term counts pos_weight times, the "
    "divisor is the number of examples. grad.logits belongs to loss; some logits are large, where a naive formula overflows."
)


def write_adamw(folder: Path) -> None:
    """Writes the reference adamw."""
    generator = torch.Generator().manual_seed(51)
    shapes = {"dense.weight": (7, 5), "embedding.weight": (11, 3), "norm.bias": (5,)}
    values = {name: torch.nn.Parameter(torch.randn(shape, generator=generator)) for name, shape in shapes.items()}
    gradients = {name: torch.randn(20, *shape, generator=generator) * 0.5 for name, shape in shapes.items()}
    gradients["embedding.weight"][:, 4:] = 0  # tokens that no batch holds: only the decay moves them
    settings = {"lr": 2e-3, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": {"dense.weight": 0.1, "embedding.weight": 0.1, "norm.bias": 0.0}}
    optimizer = torch.optim.AdamW(
        [{"params": [values[name]], "weight_decay": settings["weight_decay"][name]} for name in shapes],
        lr=settings["lr"], betas=tuple(settings["betas"]), eps=settings["eps"],
    )
    tensors = {f"value.{name}": value.detach().clone() for name, value in values.items()}
    tensors.update({f"grad.{name}": gradient for name, gradient in gradients.items()})
    for step in range(1, 21):
        for name, value in values.items():
            value.grad = gradients[name][step - 1].clone()
        optimizer.step()
        if step in (1, 5, 20):
            tensors.update({f"step{step}.{name}": value.detach().clone() for name, value in values.items()})
    reference.write(folder, "adamw", ADAMW, settings, tensors)


def write_weighted_bce(folder: Path) -> None:
    """Writes the reference weighted-bce."""
    generator = torch.Generator().manual_seed(61)
    logits = torch.cat([torch.randn(12, generator=generator) * 3, torch.tensor([60.0, -60.0, 0.0, 110.0])]).requires_grad_()
    labels = torch.tensor([1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0]).float()
    weight = torch.tensor([2.5])
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, labels, pos_weight=weight)
    loss.backward()
    tensors = {"logits": logits, "labels": labels, "pos_weight": weight, "loss": reference.scalar(loss), "grad.logits": logits.grad}
    reference.write(folder, "weighted-bce", WEIGHTED_BCE, {"pos_weight": 2.5}, tensors)
