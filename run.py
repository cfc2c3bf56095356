"""The one door: `python run.py` shows the product work. Needs nothing but Python 3.11 or newer.

It keeps its own environment in `.venv`, installed from the locked requirements.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue

ROOT = Path(__file__).resolve().parent
PYTHONS = ("3.11", "3.12", "3.13")
RUNNING = "requirements.txt"
DEVELOPING = "requirements-dev.txt"
FAST = "not wine and not slow"
"""The tests that need only Python, as pytest's marks say it."""

TOOLS = {
    "/usr/lib/wine/wine64": "wine64",
    "Xvfb": "xvfb",
    "x86_64-w64-mingw32-gcc": "gcc-mingw-w64-x86-64",
    "curl": "curl",
    "ip": "iproute2",
    "chromium": "chromium",
}
"""What `test --all` needs beside Python, and the Debian package that has it."""


class Stop(Exception):
    """Something on this machine is missing or wrong; the text says what to do."""


# --- the environment -------------------------------------------------------------------------------------------------


def environment(requirements: str, folder: str = "", python: str = sys.executable) -> Path:
    """The Python of an environment that holds these requirements; made or brought up to date when it is not.

    Without a folder it is the environment this Python runs in, if that lies in this checkout, else `.venv`.
    """
    folder = folder or (Path(sys.prefix).name if Path(sys.prefix).parent == ROOT else ".venv")
    venv = ROOT / folder
    inside = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    version = _version_of(python)
    for enough in {requirements, DEVELOPING}:
        stamp = venv / f"installed-{enough}"
        if inside.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == _wanted(enough, version):
            return inside
    if not inside.exists() or f"version = {version}" not in (venv / "pyvenv.cfg").read_text(encoding="utf-8"):
        say(f"making {folder} with Python {version}")
        _quietly([python, "-m", "venv", "--clear", str(venv)], "apt-get install python3-venv, on Debian and Ubuntu")
    _install(inside, requirements)
    (venv / f"installed-{requirements}").write_text(_wanted(requirements, version), encoding="utf-8")
    return inside


def _wanted(requirements: str, version: str) -> str:
    return f"{version} {hashlib.sha256(_locked_text(requirements).encode()).hexdigest()[:16]}"


def _install(python: Path, requirements: str) -> None:
    total = len(re.findall(r"^[a-z0-9][^\s]*==", _locked_text(requirements), flags=re.MULTILINE | re.IGNORECASE))
    command = [
        str(python),
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--require-hashes",
        "-r",
        requirements,
    ]
    said: list[str] = []
    with subprocess.Popen(
        command,
        cwd=ROOT,
        text=True,
        encoding="utf-8",
        errors="replace",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as pip:
        done = 0
        for line in pip.stdout or ():
            said.append(line)
            if found := re.match(r"(?:Collecting|Requirement already satisfied:) ([^\s=]+)", line):
                done = min(done + 1, total)
                progress(f"fetching {done} of {total} packages: {found[1]}")
            elif line.startswith("Installing"):
                progress(f"installing {total} packages")
    end_progress()
    if pip.returncode:
        raise Stop("the packages could not be installed:\n" + "".join(said[-15:]))


def _locked_text(requirements: str) -> str:
    text = (ROOT / requirements).read_text(encoding="utf-8")
    return text.replace(f"-r {RUNNING}\n", (ROOT / RUNNING).read_text(encoding="utf-8") + "\n")


def _version_of(python: str) -> str:
    if python == sys.executable:
        return ".".join(str(part) for part in sys.version_info[:3])
    code = "import sys; print('.'.join(map(str, sys.version_info[:3])))"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def _quietly(command: list[str], remedy: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Stop(f"{' '.join(command)} failed; perhaps: {remedy}\n{(done.stdout + done.stderr).strip()[-800:]}")


# --- the screen ------------------------------------------------------------------------------------------------------


def say(text: str) -> None:
    print(f"run.py: {text}", flush=True)


_last_shown = [0.0]


def progress(text: str) -> None:
    """One line that is written over on a terminal, and a line every few seconds in a log."""
    if sys.stdout.isatty():
        print(f"\r\033[Krun.py: {text}", end="", flush=True)
    elif time.monotonic() - _last_shown[0] > 5:
        _last_shown[0] = time.monotonic()
        say(text)


def end_progress() -> None:
    if sys.stdout.isatty():
        print("\r\033[K", end="", flush=True)


# --- the verbs -------------------------------------------------------------------------------------------------------


def become(command: Sequence[str]) -> int:
    """Run the command in place of this process, so that signals and the exit code are its own."""
    env = python_path()
    os.chdir(ROOT)
    if os.name != "nt":
        os.execve(command[0], list(command), env)  # noqa: S606 - no shell is the point: nothing is to be expanded
    return subprocess.run(command, env=env, check=False).returncode


def python_path() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))}


def server(rest: list[str]) -> int:
    return become([str(environment(RUNNING)), "server/api_server.py", *rest])


def agent(rest: list[str]) -> int:
    return become([str(environment(RUNNING)), "client/api_client_stable.py", *rest])


def cli(rest: list[str]) -> int:
    return become([str(environment(RUNNING)), "-m", "microsip_manager.cli", *rest])


def demo(rest: list[str]) -> int:
    return become([str(environment(RUNNING)), "-m", "microsip_manager.demo", *rest])


def bench(rest: list[str]) -> int:
    return become([str(environment(DEVELOPING)), "-m", "benchmarks", *rest])


def pictures(rest: list[str]) -> int:
    return become([str(environment(DEVELOPING)), "-m", "pictures", *rest])


def fix(_: list[str]) -> int:
    python = str(environment(DEVELOPING))
    return _run([python, "-m", "ruff", "check", "--fix", "."]) or _run([python, "-m", "ruff", "format", "."])


def lint(_: list[str]) -> int:
    python = str(environment(DEVELOPING))
    # What only Windows has is checked as for Windows, and everything else as for this system.
    windows = ["src/microsip_manager/agent/windows", "tests/windows/inside"]
    others = [word for folder in windows for word in ("--exclude", f"^{folder}/")]
    return run_all(
        {
            "ruff check": lambda: _run([python, "-m", "ruff", "check", "."]),
            "ruff format": lambda: _run([python, "-m", "ruff", "format", "--check", "."]),
            "mypy": lambda: _run([python, "-m", "mypy", *others, "."]),
            "mypy (Windows)": lambda: _run([python, "-m", "mypy", "--platform", "win32", *windows]),
        }
    )


def test(rest: list[str]) -> int:
    everything = "--all" in rest
    rest = [word for word in rest if word != "--all"]
    python = str(environment(DEVELOPING))
    if everything:
        return test_all(python, rest)
    code = _run([python, "-m", "pytest", "-m", FAST, *rest])
    say("not run here: the Windows tests under Wine, the slow ones, other Python versions. `python run.py test --all`")
    return code


def test_all(python: str, rest: list[str]) -> int:
    """Everything, on every Python; a missing tool is a failure that names itself."""
    others = {version: _other_python(version) for version in PYTHONS if version != _version_of(sys.executable)[:4]}
    missing = [f"python{version}" for version, found in others.items() if found is None]
    missing += [f"{tool} (Debian: {package})" for tool, package in TOOLS.items() if shutil.which(tool) is None]
    if not may_make_networks():
        missing.append("the right to make network namespaces (run it as root)")
    if missing:
        raise Stop("test --all needs what is not on this machine: " + ", ".join(missing))

    pytest = ["-m", "pytest", "-q", *rest]
    own = f"Python {_version_of(sys.executable)}"
    mostly_waiting = {f"slow and Wine tests, {own}": [python, *pytest, "-m", f"not ({FAST}) and not alone"]}
    computing = {f"tests, {own}": [python, *pytest, "-m", FAST]}
    for version, found in others.items():
        there = str(environment(DEVELOPING, f".venv-{version}", str(found)))
        computing[f"tests, Python {version}"] = [there, *pytest, "-m", f"{FAST} and not thorough"]
    computing["tests inside Wine's Windows Python"] = [
        *(python, "tests/windows/testbed.py", "python", "--", "-m", "pytest", "-q", "tests/windows/inside")
    ]
    steps = {
        "lint": lambda: lint([]),
        "supply chain": lambda: _run([python, "tools/supply_chain.py"]),
        "tests that take the whole machine": lambda: _run([python, *pytest, "-m", "alone"]),
        "tests": lambda: run_side_by_side(mostly_waiting, computing),
    }
    return run_all(steps)


def run_side_by_side(*lanes: dict[str, list[str]]) -> int:
    """Run the commands of a lane one after the other, and the lanes at once.

    Tells now and then which are under way, and shows what each command said once it has ended.
    """
    under_way: set[str] = set()
    worst = 0
    began = time.monotonic()
    ended: SimpleQueue[tuple[str, int, str]] = SimpleQueue()
    with ThreadPoolExecutor(len(lanes)) as pool:
        running = [pool.submit(_run_lane, lane, under_way, ended) for lane in lanes]
        left = sum(len(lane) for lane in lanes)
        while left:
            try:
                name, code, said = ended.get(timeout=60)
            except Empty:
                for each in running:
                    if each.done():
                        each.result()  # raises what ended it before its time
                say(f"{time.monotonic() - began:.0f} s; under way: {'; '.join(sorted(under_way))}")
                continue
            left -= 1
            worst = worst or code
            print(said, flush=True)
            say(f"{'ok' if code == 0 else 'FAILED'} after {time.monotonic() - began:.0f} s: {name}")
    return worst


def _run_lane(lane: dict[str, list[str]], under_way: set[str], ended: SimpleQueue[tuple[str, int, str]]) -> None:
    for name, command in lane.items():
        under_way.add(name)
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as out:
            code = subprocess.run(
                command, cwd=ROOT, env=python_path(), stdout=out, stderr=subprocess.STDOUT, check=False
            ).returncode
            out.seek(0)
            under_way.discard(name)
            ended.put((name, code, out.read()))


def may_make_networks() -> bool:
    """Whether the tests can cut a network that is theirs alone."""
    unshare = shutil.which("unshare")  # of util-linux, which every Linux has
    return unshare is not None and subprocess.run([unshare, "--net", "true"], check=False).returncode == 0


def lock(arguments: list[str]) -> int:
    """Bring the lock file and both requirement files to what pyproject.toml asks; `--upgrade` takes newer versions."""
    uv = str(environment(DEVELOPING).with_name("uv"))
    common = [uv, "pip", "compile", "-q", "--universal", "--generate-hashes", "--no-annotate", "--no-header"]
    common += ["--python-version", PYTHONS[0], "pyproject.toml"]
    code = _run([*common, *arguments, "--all-extras", "-o", "requirements.lock"])
    extras = ["--extra", "server", "--extra", "agent", "--extra", "cli"]
    code = code or _run([*common, *extras, "-c", "requirements.lock", "-o", RUNNING])
    running, everything = (_blocks(ROOT / name) for name in (RUNNING, "requirements.lock"))
    only_developing = "".join(block for name, block in everything.items() if name not in running)
    (ROOT / DEVELOPING).write_text(f"-r {RUNNING}\n{only_developing}", encoding="utf-8")
    return code


def _blocks(path: Path) -> dict[str, str]:
    """Each requirement of a file with its hashes, by its name and version."""
    blocks = re.split(r"^(?=[a-zA-Z0-9])", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {block.split()[0]: block for block in blocks if block.strip()}


def _other_python(version: str) -> str | None:
    found = shutil.which(f"python{version}")
    if found is None or subprocess.run([found, "--version"], capture_output=True, check=False).returncode:
        return None
    return found


def _run(command: list[str]) -> int:
    return subprocess.run(command, cwd=ROOT, env=python_path(), check=False).returncode


def run_all(steps: dict[str, Callable[[], int]]) -> int:
    """Run every step, also after a failure, and show at the end how each went."""
    lines, worst = [], 0
    for name, step in steps.items():
        say(f"--- {name}")
        began = time.monotonic()
        code = step()
        worst = worst or code
        lines.append(f"{'ok    ' if code == 0 else 'FAILED'} {time.monotonic() - began:6.1f} s  {name}")
    for line in lines:
        say(line)
    return worst


VERBS: dict[str, tuple[Callable[[list[str]], int], str]] = {
    "demo": (demo, "a server and a dozen simulated PCs; this is also what `python run.py` alone does"),
    "server": (server, "the server on port 8083 (the same as python server/api_server.py)"),
    "agent": (agent, "the agent on port 8084 (the same as python client/api_client_stable.py); try --simulate"),
    "cli": (cli, "the command line for administrators (the same as microsip-manager); try: cli status"),
    "test": (test, "the tests that need only Python; --all: everything, on every Python, Windows under Wine too"),
    "lint": (lint, "ruff and mypy --strict"),
    "fix": (fix, "let ruff mend and format what it can"),
    "bench": (bench, "measure; `bench heartbeats`, `bench link`, `bench panel` or `bench sleeping`"),
    "pictures": (pictures, "photograph the panel with an office in it; `pictures build/pictures`"),
    "lock": (lock, "bring the lock file up to date; --upgrade takes newer versions"),
}


def main() -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 - this file is the one an older Python may meet
        print("run.py: Python 3.11 or newer is needed; this is", sys.version.split()[0], file=sys.stderr)
        return 2
    parser = argparse.ArgumentParser(
        prog="run.py",
        description="MicroSIP Manager: the one door.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="verbs:\n"
        + "\n".join(f"  {name:<10}{text}" for name, (_, text) in VERBS.items())
        + "\n\nexample:\n  python run.py demo",
    )
    parser.add_argument("verb", choices=list(VERBS), nargs="?", default="demo", metavar="verb")
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="passed on; try: python run.py server --help")
    given = parser.parse_args()
    try:
        return VERBS[given.verb][0](given.rest)
    except Stop as reason:
        print(f"run.py: {reason}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
