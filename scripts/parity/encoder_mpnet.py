"""Hidden states of all-mpnet-base-v2 as transformers computes them."""

from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import MPNetModel

import encoder_minilm
import reference
import sentences

PADDING = 1
ABOUT = (
    "all-mpnet-base-v2 (scripts/fetch-mpnet.sh) over sentences as one padded batch: transformers' last_hidden_state, stored packed, "
    "that is without the padding's rows, sentence after sentence."
)


@torch.no_grad()
def fixed(folder: Path, model_folder: Path) -> None:
    """Writes encoder-mpnet, the committed reference."""
    texts = sentences.FIXED[:5]
    tokenizer = Tokenizer.from_file(str(model_folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    ids = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    input_ids, mask = encoder_minilm.padded(ids)
    input_ids[mask == 0] = PADDING
    model = MPNetModel.from_pretrained(str(model_folder), add_pooling_layer=False).eval()
    hidden = model(input_ids=input_ids, attention_mask=mask).last_hidden_state[mask.bool()]
    reference.write(folder, "encoder-mpnet", ABOUT, {"texts": texts}, {"input_ids": input_ids, "lengths": mask.sum(1), "hidden": hidden})
