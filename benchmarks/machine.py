"""What the operating system knows: cores, the CPU time and memory of a process, and what machine this is."""

from __future__ import annotations

import os
import platform
import re
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.errors import CannotMeasure

PACKAGES = ("uvicorn", "uvloop", "httptools", "msgspec")


@dataclass(frozen=True)
class Cores:
    """Where the two sides run; None where the system decides."""

    server: int | None
    load: int | None

    def __str__(self) -> str:
        if self.server is None:
            return "server and load share a core or move about: latencies and requests/s are rough, CPU time holds"
        return f"server on core {self.server}, load on core {self.load}"


def two_cores() -> Cores:
    if not hasattr(os, "sched_setaffinity"):
        return Cores(None, None)
    allowed = sorted(os.sched_getaffinity(0))
    # The lowest core tends to serve the machine's interrupts, so the server gets the highest.
    return Cores(server=allowed[-1], load=allowed[0]) if len(allowed) > 1 else Cores(None, None)


def pin(pid: int, core: int | None) -> None:
    """Keep the process (0: this one) on that core; threads it starts later stay there too."""
    if core is not None:
        os.sched_setaffinity(pid, {core})


def require_linux() -> None:
    """Raise `CannotMeasure` where another process's CPU time cannot be read."""
    if platform.system() != "Linux":
        raise CannotMeasure(f"CPU time of the server is read the Linux way; this is {platform.system()}")


def cpu_seconds(pid: int) -> float:
    """User and system time of all threads of the process so far.

    The same sum as utime + stime in /proc/PID/stat, which counts in hundredths of a second: too coarse for a round
    of twenty requests. The number is what clock_getcpuclockid(3) answers for the process.
    """
    return time.clock_gettime((~pid << 3) | 2)


def resident_megabytes(pid: int) -> float:
    found = re.search(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="ascii"), re.MULTILINE)
    if found is None:
        raise CannotMeasure(f"/proc/{pid}/status has no VmRSS")
    return int(found[1]) * 1024 / 1e6


def private_megabytes(pid: int) -> float:
    """What the PC would have more of without the process: its resident memory without what it shares with others.

    Windows's Task Manager shows the same, the private working set. Code that all programs use is not in it.
    """
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    found = re.findall(r"^Private_(?:Clean|Dirty):\s+(\d+) kB", rollup, re.MULTILINE)
    if not found:
        raise CannotMeasure(f"/proc/{pid}/smaps_rollup has no Private_Dirty")
    return sum(map(int, found)) * 1024 / 1e6


def facts(cores: Cores) -> list[tuple[str, str]]:
    """The machine in a few lines: a figure without them says nothing."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    busy = os.getloadavg()[0]
    beware = ": if other programs are at work now, expect noise" if busy > 0.5 else ""
    return [
        ("machine", f"{_cpu_model()}, {os.cpu_count()} cores, load average {busy:.1f}{beware}"),
        ("cores", str(cores)),
        ("system", f"{platform.system()} {platform.release()}, {python}"),
        ("packages", ", ".join(f"{name} {version(name)}" for name in PACKAGES)),
    ]


def _cpu_model() -> str:
    found = re.search(r"^model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else platform.machine()
