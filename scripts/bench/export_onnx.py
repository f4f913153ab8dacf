"""Exports MiniLM-L6 with mean pooling and L2 norm to ONNX in fp32, fused by onnxruntime's own transformer optimiser.

Usage: export_onnx.py --model DIR --output FILE
"""

import argparse
import tempfile
from pathlib import Path

import torch
from onnxruntime.transformers import optimizer
from onnxruntime.transformers.fusion_options import FusionOptions
from transformers import BertModel

import peer


class Embedder(torch.nn.Module):
    """BERT, the mean over a sentence's tokens, and the L2 norm."""

    def __init__(self, folder: Path):
        super().__init__()
        # Plain attention is the pattern that the optimiser can fuse.
        self.bert = BertModel.from_pretrained(str(folder), add_pooling_layer=False, attn_implementation="eager").eval()

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        hidden = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        weights = attention_mask.unsqueeze(-1).to(hidden.dtype)
        return torch.nn.functional.normalize((hidden * weights).sum(1) / weights.sum(1), dim=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("model", "output"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    peer.quiet()
    model = Embedder(args.model)
    config = model.bert.config
    example = torch.ones(2, 8, dtype=torch.long)
    free = {0: "batch", 1: "length"}
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw.onnx"
        torch.onnx.export(model, (example, example), str(raw), input_names=["input_ids", "attention_mask"], output_names=["embedding"],
                          dynamic_axes={"input_ids": free, "attention_mask": free, "embedding": {0: "batch"}}, opset_version=17)
        fused = optimizer.optimize_model(str(raw), model_type="bert", num_heads=config.num_attention_heads,
                                         hidden_size=config.hidden_size, optimization_options=FusionOptions("bert"))
    counts = {name: count for name, count in fused.get_fused_operator_statistics().items() if count}
    if counts.get("Attention", 0) != config.num_hidden_layers:
        raise SystemExit(f"the optimiser fused {counts}, want {config.num_hidden_layers} attention layers")
    fused.save_model_to_file(str(args.output))
    peer.answer({"fused": counts})


if __name__ == "__main__":
    main()
