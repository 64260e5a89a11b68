"""Builds the pinned Go programs once per machine, into a cache outside the repository.

A group's folder is named by what decides its content (module files, Go version, build flags) and appears by one
rename, so a folder that is there is complete. A lock keeps two builds apart.
"""

import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from localcluster.errors import BuildError, MissingRequirementError
from localcluster.groups import GROUPS, Group
from localcluster.overlaid import overlaid
from localcluster.progress import Estimate
from localcluster.settings import Settings

Report = Callable[[str], None]

_REPORT_EVERY = 15.0
"""Seconds between two progress lines of one program."""
WITHOUT_DEBUG = "-gcflags=all=-dwarf=false"
"""Not a part of the key: the linker drops debug data anyway, so the programs are the same."""
_MEMORY_TO_SPARE_MIB = 16000
_LANES = 2
"""Groups that are built side by side: linking uses one core for many seconds, which the other group fills."""


def go_version() -> str:
    """The Go toolchain's own name for itself, for example `go1.26.8`.

    Raises:
        MissingRequirementError: no Go on PATH.
    """
    if shutil.which("go") is None:
        raise MissingRequirementError(
            "build: Go is not on PATH; install it (https://go.dev/dl), or set ADDON_UPDATER_BINARIES to prebuilt programs"
        )
    answer = subprocess.run(["go", "env", "GOVERSION"], check=True, capture_output=True, text=True, cwd="/")
    return answer.stdout.strip()


def group_key(module_files: Iterable[bytes], toolchain: str, flags: Iterable[str]) -> str:
    """Twelve hexadecimal digits that change when anything that decides the programs changes."""
    digest = sha256()
    for part in (*module_files, toolchain.encode(), *(flag.encode() for flag in flags)):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()[:12]


def build_flags(group: Group) -> list[str]:
    variables = "".join(f" -X {name}={value}" for name, value in group.variables.items())
    return ["-trimpath", f"-tags={','.join(group.tags)}", f"-ldflags=-s -w{variables}"]


def group_folder(settings: Settings, group: Group, toolchain: str) -> Path:
    pins = [group.module / name for name in ("go.mod", "go.sum")]
    sources = sorted(group.module.rglob("*.go"))
    files = [path.read_bytes() for path in (*pins, *sources) if path.exists()]
    return settings.cache / "bin" / f"{group.name}-{group_key(files, toolchain, build_flags(group))}"


def program(settings: Settings, group_name: str, name: str) -> Path:
    """Where a built program lies.

    Raises:
        MissingRequirementError: it is not built; the message says how to.
    """
    group = next(group for group in GROUPS if group.name == group_name)
    if settings.binaries is not None:
        candidates = [settings.binaries / group_name / name, settings.binaries / name]
        remedy = f"put it into {candidates[0]}, or unset ADDON_UPDATER_BINARIES"
    else:
        candidates = [group_folder(settings, group, go_version()) / name]
        remedy = f"run `hack/cluster build {group_name}`"
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise MissingRequirementError(f"program {name} of {group_name} is not there; {remedy}")


def required_programs(settings: Settings, group_names: Iterable[str]) -> dict[str, str]:
    """Program name -> path for whole groups, for starting a node.

    Raises:
        MissingRequirementError: as `program`.
    """
    wanted = set(group_names)
    return {
        name: str(program(settings, group.name, name))
        for group in GROUPS
        if group.name in wanted
        for name in group.programs
    }


def build(settings: Settings, groups: Iterable[Group], report: Report) -> None:
    """Build what is missing of the groups.

    Raises:
        MissingRequirementError: no Go, or not enough room on the disk.
        BuildError: a program did not compile; the message carries the compiler's last lines.
    """
    if settings.binaries is not None:
        for group in groups:
            for name in group.programs:
                program(settings, group.name, name)
        report(f"prebuilt programs of {settings.binaries} are used; nothing to build")
        return
    toolchain = go_version()
    wanted = tuple(groups)
    # What is there is whole, so whoever wants nothing else need not wait for the build of somebody who does.
    if not _missing(settings, wanted, toolchain):
        report("everything is built already")
        return
    with _lock(settings, report):
        missing = _missing(settings, wanted, toolchain)
        if not missing:
            report("the other build has built everything")
            return
        _check_room(settings, missing)
        estimate = Estimate({group.name: float(group.seconds) for group in missing})
        report(f"{len(missing)} groups to build, {estimate.text(0.0)} on two cores; later runs take seconds")
        start = time.monotonic()
        _build_standard_library(missing)
        with ThreadPoolExecutor(_LANES) as lanes:
            builds = [
                lanes.submit(
                    _build_group, settings, group, toolchain, estimate=estimate, start=start, report=report
                )
                for group in missing
            ]
            done, waiting = wait(builds, return_when=FIRST_EXCEPTION)
            for future in waiting:
                future.cancel()
            for future in done:
                future.result()


def _missing(settings: Settings, groups: Iterable[Group], toolchain: str) -> list[Group]:
    return [group for group in groups if not group_folder(settings, group, toolchain).is_dir()]


def _check_room(settings: Settings, groups: list[Group]) -> None:
    wanted = sum(group.disk_mib for group in groups)
    settings.cache.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.cache).free // 2**20
    if free < wanted:
        raise MissingRequirementError(
            f"build: {wanted} MiB wanted for Go sources, build cache and programs, {free} MiB free in "
            f"{settings.cache}; free some room, or point ADDON_UPDATER_CACHE, GOCACHE and GOMODCACHE elsewhere"
        )


def _build_group(
    settings: Settings, group: Group, toolchain: str, *, estimate: Estimate, start: float, report: Report
) -> None:
    target = group_folder(settings, group, toolchain)
    workspace = target.with_name(f".{target.name}.{os.getpid()}")
    workspace.mkdir(parents=True)
    begun = time.monotonic()
    estimate.begin(group.name, begun - start)
    try:
        with overlaid(group, target.parent, _go_environment()) as flags:
            label = f"{group.name}: {', '.join(group.programs)}"

            def say() -> None:
                report(f"{label}: {estimate.text(time.monotonic() - start)}")

            _build_programs(group, flags, workspace, say)
        workspace.rename(target)
    finally:
        shutil.rmtree(workspace, ignore_errors=True)
    estimate.finish(group.name, time.monotonic() - start)
    report(f"{group.name} built in {time.monotonic() - begun:.0f} s")


def _build_programs(group: Group, flags: list[str], workspace: Path, say: Callable[[], None]) -> None:
    """All programs by one command, so that one of them is linked while the next is compiled.

    The compiler names several programs by their packages, a single one as it is told.
    """
    (first, *more) = group.programs
    output = f"{workspace}/" if more else str(workspace / first)
    command = [
        "go",
        "build",
        *build_flags(group),
        WITHOUT_DEBUG,
        "-o",
        output,
        *flags,
        *group.programs.values(),
    ]
    say()
    with subprocess.Popen(
        command,
        cwd=group.module,
        env=_go_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        while True:
            try:
                output_text, _ = process.communicate(timeout=_REPORT_EVERY)
                break
            except subprocess.TimeoutExpired:
                say()
            except BaseException:
                process.kill()
                raise
    if process.returncode != 0:
        last = "\n".join(output_text.splitlines()[-15:])
        raise BuildError(f"build: {group.name} failed in {group.module}:\n{last}")


def _build_standard_library(groups: list[Group]) -> None:
    """Compile what every group needs once; groups that start side by side would each compile it."""
    command = ["go", "build", "-trimpath", WITHOUT_DEBUG, "std"]
    subprocess.run(command, cwd=groups[0].module, env=_go_environment(), check=True)


def _go_environment() -> dict[str, str]:
    """The environment of the compiler, which with memory to spare runs without collecting garbage.

    Measured on etcd: that and leaving out debug data, which is stripped anyway, take a sixth off its time.
    """
    fast = {"GOGC": "off"} if _memory_mib() >= _MEMORY_TO_SPARE_MIB else {}
    return {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly -buildvcs=false", **fast}


def _memory_mib() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20


@contextmanager
def _lock(settings: Settings, report: Report) -> Iterator[None]:
    folder = settings.cache / "bin"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report("another build is running; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
