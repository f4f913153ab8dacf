"""The head of a skillspace model for sentence-transformers, 3 or newer.

It reads the encoder's token states. Its options are in 1_Head/config.json: an optional BiLSTM whose output is added through a
gate, mean, CLS or attention pooling, and an optional projection. The vector has length 1.
"""

import json
import os

import torch
from safetensors.torch import load_file
from torch import nn


class SkillspaceHead(nn.Module):
    def __init__(self, config):
        super().__init__()
        if config.get("refused"):
            raise ValueError(config["refused"])
        self.config = config
        hidden, size = config["hidden_size"], config["embedding_dimension"]
        if config["bilstm"]:
            state = config["bilstm_hidden"]
            self.lstm = nn.LSTM(hidden, state, batch_first=True, bidirectional=True)
            self.lstm_output = nn.Linear(2 * state, hidden)
            self.gate = nn.Parameter(torch.zeros(1))
        if config["pooling"] == "attention":
            self.attention = nn.Linear(hidden, hidden)
            self.attention.score = nn.Parameter(torch.zeros(1, hidden))
        if config["projection"]:
            self.projection = nn.Linear(hidden, size, bias=False)

    def forward(self, features):
        states_bth, mask_bt = features["token_embeddings"].float(), features["attention_mask"].bool()
        if self.config["bilstm"]:
            lengths = mask_bt.sum(1).cpu()
            packed = nn.utils.rnn.pack_padded_sequence(states_bth, lengths, batch_first=True, enforce_sorted=False)
            read, _ = nn.utils.rnn.pad_packed_sequence(self.lstm(packed)[0], batch_first=True, total_length=states_bth.shape[1])
            states_bth = states_bth + self.gate * self.lstm_output(read)
        vector_bh = self._pool(states_bth, mask_bt)
        if self.config["projection"]:
            vector_bh = self.projection(vector_bh)
        features["sentence_embedding"] = nn.functional.normalize(vector_bh, dim=1)
        return features

    def _pool(self, states_bth, mask_bt):
        if self.config["pooling"] == "cls":
            return states_bth[:, 0]
        if self.config["pooling"] == "mean":
            weights_bt = mask_bt / mask_bt.sum(1, keepdim=True)
        else:
            score_bt = torch.tanh(self.attention(states_bth)) @ self.attention.score[0]
            weights_bt = score_bt.masked_fill(~mask_bt, float("-inf")).softmax(1)
        return (weights_bt.unsqueeze(2) * states_bth.masked_fill(~mask_bt.unsqueeze(2), 0)).sum(1)

    def get_sentence_embedding_dimension(self):
        return self.config["embedding_dimension"]

    def get_embedding_dimension(self):
        return self.config["embedding_dimension"]

    def save(self, output_path, *args, **kwargs):
        from safetensors.torch import save_file

        with open(os.path.join(output_path, "config.json"), "w", encoding="utf-8") as out:
            json.dump(self.config, out, indent=2)
        save_file(self.state_dict(), os.path.join(output_path, "model.safetensors"))

    @staticmethod
    def load(model_name_or_path, subfolder="", token=None, cache_folder=None, revision=None, local_files_only=False, **kwargs):
        folder = os.path.join(model_name_or_path, subfolder) if subfolder else model_name_or_path
        if not os.path.isdir(folder):
            from sentence_transformers.util import load_dir_path

            folder = load_dir_path(model_name_or_path, subfolder, token=token, cache_folder=cache_folder, revision=revision, local_files_only=local_files_only)
        with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
            head = SkillspaceHead(json.load(file))
        head.load_state_dict(load_file(os.path.join(folder, "model.safetensors")))
        return head
