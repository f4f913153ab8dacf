"""A tiny RoBERTa with random weights, saved under a classification head, its hidden states and the gradients of all its parameters."""

import shutil
import tempfile
from pathlib import Path

import torch
from transformers import RobertaConfig, RobertaForSequenceClassification

import reference
import tiny_bert

LENGTHS = [7, 2, 19, 4, 64]  # the last one takes all positions
ABOUT = (
    "testdata/tiny-roberta over five random sequences as one padded batch, dropout off. loss = sum(hidden * loss_weights) over the packed hidden "
    "states; grad.NAME is its gradient with respect to the parameter that model.safetensors holds as roberta.NAME."
)


def write(folder: Path, model_folder: Path) -> None:
    """Writes the model's folder (config.json, model.safetensors) and the reference tiny-roberta."""
    config = RobertaConfig(
        vocab_size=120, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, max_position_embeddings=66,
        type_vocab_size=1, layer_norm_eps=1e-5, pad_token_id=1, bos_token_id=0, eos_token_id=2,
    )
    model = tiny_bert.randomise(RobertaForSequenceClassification(config), seed=13)
    model_folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        model.save_pretrained(temporary, safe_serialization=True)
        for name in ("config.json", "model.safetensors"):
            shutil.copyfile(Path(temporary) / name, model_folder / name)
    generator = torch.Generator().manual_seed(14)
    rows = [torch.randint(3, config.vocab_size, (length,), generator=generator) for length in LENGTHS]
    input_ids = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=config.pad_token_id)
    mask = (input_ids != config.pad_token_id).long()
    reference.write(folder, "tiny-roberta", ABOUT, {"lengths": LENGTHS}, tiny_bert.hidden_and_gradients(model.roberta, input_ids, mask))
