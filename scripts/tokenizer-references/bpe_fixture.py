"""Write a small byte-level BPE tokenizer as RoBERTa's are: tokenizer.json, and the same as vocab.json and merges.txt."""

import json
import pathlib

from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers, processors, trainers

import mixed_lines

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]


def write(folder):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=900, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    words = mixed_lines.WORDS
    tokenizer.train_from_iterator([" ".join(words), " ".join(reversed(words)), *words], trainer)
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, normalized=True)])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    file = json.loads(tokenizer.to_str())
    # As the models in use have it: later tokenizers write a merge as a list, and one setting more.
    file["model"].pop("ignore_merges", None)
    file["model"]["merges"] = merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in file["model"]["merges"]]
    vocab = file["model"]["vocab"]
    vocab["<mask>"] = len(vocab)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_text(json.dumps(file, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    (folder / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(merge + "\n" for merge in merges), encoding="utf-8")
