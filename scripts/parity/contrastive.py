"""The two contrastive losses: InfoNCE with several positives a row, and the margin loss."""

from pathlib import Path

import torch
from torch.nn.functional import softplus

import reference

INFO_NCE = (
    "score_ij = sentence_i . skill_j * exp(logit_scale), so the temperature is exp(-logit_scale). Over the positives j of row i: "
    "pair_ij = softplus(logsumexp(score_in over n not positive) - score_ij), and 0 if the row has no negative. Row loss: mean over its "
    "positives; loss: mean over the rows that have a positive. symmetric_loss = (loss + the same on the transpose) / 2. "
    "The embeddings are taken as they are (they have length 1; the loss does not normalise). grad.* belong to loss, "
    "symmetric_grad.* to symmetric_loss. The cases' tensors are prefixed: plain., full_row. (row 1 is positive everywhere), "
    "hard_negatives. (skills 5 to 7 are positive nowhere)."
)
MARGIN = (
    "cos_ij = sentence_i . skill_j (all of length 1; the loss does not normalise). loss = mean over all triples (i, p, n), p positive and n "
    "not positive for i, of relu(margin - cos_ip + cos_in). Triples without loss count in the mean. violations counts those with one."
)


def info_nce(score: torch.Tensor, positive: torch.Tensor) -> torch.Tensor:
    """Returns the loss of score [B, S] with the positives [B, S], in one direction."""
    negative_lse = score.masked_fill(positive, -torch.inf).logsumexp(1, keepdim=True)
    everywhere = positive.all(1, keepdim=True)
    negative_lse = torch.where(everywhere, torch.zeros_like(negative_lse), negative_lse)
    pair = softplus(negative_lse - score) * (positive & ~everywhere)
    count = positive.sum(1)
    rows = count > 0
    return (pair.sum(1)[rows] / count[rows]).mean()


def plain_loops(score: torch.Tensor, positive: torch.Tensor) -> float:
    """Returns the same loss written as its definition, in float64, to check info_nce."""
    score = score.detach().double()
    rows = []
    for i in range(score.shape[0]):
        positives = [j for j in range(score.shape[1]) if positive[i, j]]
        negatives = [j for j in range(score.shape[1]) if not positive[i, j]]
        if not positives:
            continue
        denominator = sum(score[i, n].exp() for n in negatives)
        terms = [-torch.log(score[i, j].exp() / (score[i, j].exp() + denominator)) for j in positives]
        rows.append(sum(terms) / len(terms))
    return float(sum(rows) / len(rows))


def positives(rows: list[list[int]], skills: int) -> torch.Tensor:
    """Returns the mask [B, S] of the positives named row by row."""
    mask = torch.zeros(len(rows), skills, dtype=torch.bool)
    for i, row in enumerate(rows):
        mask[i, row] = True
    return mask


def info_nce_case(prefix: str, mask: torch.Tensor, temperature: float, seed: int) -> dict[str, torch.Tensor]:
    """Returns the tensors of one case, gradients included."""
    generator = torch.Generator().manual_seed(seed)
    inputs = {
        "sentence": reference.unit_rows(mask.shape[0], 16, generator).requires_grad_(),
        "skill": reference.unit_rows(mask.shape[1], 16, generator).requires_grad_(),
        "logit_scale": torch.tensor([1 / temperature]).log().requires_grad_(),
    }
    score = inputs["sentence"] @ inputs["skill"].T * inputs["logit_scale"].exp()
    one_way, back = info_nce(score, mask), info_nce(score.T, mask.T)
    for loss, scores, wanted in ((one_way, score, mask), (back, score.T, mask.T)):
        assert abs(loss.item() - plain_loops(scores, wanted)) < 1e-5
    symmetric = (one_way + back) / 2
    tensors = dict(inputs, positive=mask, score=score, loss=reference.scalar(one_way), symmetric_loss=reference.scalar(symmetric))
    for name, loss in (("grad", one_way), ("symmetric_grad", symmetric)):
        gradients = torch.autograd.grad(loss, list(inputs.values()), retain_graph=True)
        tensors.update({f"{name}.{key}": gradient for key, gradient in zip(inputs, gradients)})
    return {f"{prefix}.{key}": tensor for key, tensor in tensors.items()}


def write_info_nce(folder: Path) -> None:
    """Writes the reference info-nce."""
    cases = {
        "plain": (positives([[0], [1, 2], [3, 0, 4], [5], [2, 6, 7, 8], [8]], 9), 0.05, 21),
        "full_row": (positives([[0, 2], [0, 1, 2, 3], [3], [1]], 4), 0.1, 22),
        "hard_negatives": (positives([[0], [1], [2, 1], [3, 4]], 8), 0.07, 23),
    }
    tensors: dict[str, torch.Tensor] = {}
    for prefix, (mask, temperature, seed) in cases.items():
        tensors.update(info_nce_case(prefix, mask, temperature, seed))
    reference.write(folder, "info-nce", INFO_NCE, {"temperature": {case: values[1] for case, values in cases.items()}}, tensors)


def write_margin(folder: Path) -> None:
    """Writes the reference margin."""
    margin = 0.5
    generator = torch.Generator().manual_seed(31)
    mask = positives([[0], [1, 2], [3, 0, 4], [5], [2, 6]], 7)
    skill = reference.unit_rows(mask.shape[1], 16, generator)
    near = mask.float() @ skill / mask.sum(1, keepdim=True) + 0.25 * reference.unit_rows(mask.shape[0], 16, generator)
    sentence = torch.nn.functional.normalize(near, dim=1).requires_grad_()  # near their skills, so that some triples have no loss
    skill.requires_grad_()
    cosine = sentence @ skill.T
    terms = torch.stack([
        torch.relu(margin - cosine[i, p] + cosine[i, n])
        for i in range(mask.shape[0])
        for p in range(mask.shape[1]) if mask[i, p]
        for n in range(mask.shape[1]) if not mask[i, n]
    ])
    assert 0 < (terms > 0).sum() < len(terms), "both sides of the margin must occur"
    loss = terms.mean()
    loss.backward()
    reference.write(folder, "margin", MARGIN, {"margin": margin}, {
        "sentence": sentence, "skill": skill, "positive": mask, "loss": reference.scalar(loss),
        "violations": (terms > 0).sum().reshape(1), "triples": torch.tensor([len(terms)]),
        "grad.sentence": sentence.grad, "grad.skill": skill.grad,
    })
