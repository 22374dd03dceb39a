"""Peak memory of `annexa serve` over a plant on disk, and how long a cold `annexa ask` takes."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx

from assistant.app import Progress
from assistant.ownership import Holder, holder
from evals.bench import plant, texts
from evals.bench.figures import Figure

_PASSAGES = 10_000
_QUESTIONS = 50
_LIMIT_MIB = 1536
_QUESTION = "how long do we keep PLC backups?"
_ENCODE = "from knowledge.embedding import Encoder; Encoder().encode_query('warm')"


def run(data: Path, full: bool = False, progress: Progress | None = None) -> list[Figure]:
    """Figures at 10,000 passages."""
    passages = plant.build(data, _PASSAGES, _PASSAGES if full else 1_000, progress)
    folder = plant.settings(data, _PASSAGES).data
    environment = os.environ | {"ANNEXA_DATA": str(folder), "ANNEXA_MODEL": ""}
    cold = _seconds([sys.executable, "-m", "assistant", "ask", _QUESTION, "--json"], environment)
    encoder = _seconds([sys.executable, "-c", _ENCODE], environment)
    peak, started = _serve(folder, environment)
    asked = {
        "of_documents": _PASSAGES,
        "in_all": passages,
        "questions": _QUESTIONS,
        "peak_mib": round(peak),
        "until_it_listens_s": round(started, 1),
    }
    return [
        Figure("memory", "peak of annexa serve over 1.5 GiB", peak / _LIMIT_MIB, at_most=1, details=asked),
        Figure(
            "memory",
            "annexa ask, cold, over loading the encoder and one question",
            cold / encoder,
            details={"ask_s": round(cold, 2), "encoder_s": round(encoder, 2)},
        ),
    ]


def _seconds(command: list[str], environment: dict[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def _serve(folder: Path, environment: dict[str, str]) -> tuple[float, float]:
    """(peak MiB after the questions, seconds until the process listened)."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "assistant", "serve", "--port", "0"], env=environment, stdout=subprocess.DEVNULL)
    try:
        owner = _listening(process, folder)
        started = time.perf_counter() - start
        with httpx.Client(
            base_url=f"http://127.0.0.1:{owner.port}", headers={"Authorization": f"Bearer {owner.token}"}, timeout=120
        ) as client:
            for question in texts.questions(_QUESTIONS):
                client.post("/api/ask", json={"question": question}).raise_for_status()
        status = Path(f"/proc/{process.pid}/status").read_text("ascii")
        peak = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
        assert peak
        return int(peak[1]) / 1024, started
    finally:
        process.terminate()
        process.wait(30)


def _listening(process: subprocess.Popen[bytes], folder: Path) -> Holder:
    until = time.monotonic() + 300
    while time.monotonic() < until and process.poll() is None:
        found = holder(folder)
        if found and found.port:
            return found
        time.sleep(0.1)
    raise RuntimeError("annexa serve did not begin to listen")
