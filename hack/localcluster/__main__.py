"""The command line: `hack/cluster VERB`, or `python -m localcluster VERB` with `hack` on PYTHONPATH."""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

from localcluster import debian, lifecycle
from localcluster.build import build
from localcluster.coredns import install_coredns
from localcluster.errors import LocalClusterError, UsageError
from localcluster.groups import COREDNS_VERSIONS, select_groups
from localcluster.images import STAND_INS, operator_image, stand_in
from localcluster.kwok import FATES
from localcluster.levels import GROUPS_OF, Level, default_level
from localcluster.settings import KNOWN_VARIABLES, current_settings
from localcluster.versions import MINORS, parse_minor

_SILENT_S = 5.0


def _parser() -> argparse.ArgumentParser:
    variables = "\n".join(f"  {name}: {meaning}" for name, meaning in KNOWN_VARIABLES.items())
    fates = "\n".join(f"  -{end}: {fate}" for end, fate in FATES.items())
    parser = argparse.ArgumentParser(
        prog="cluster",
        description=(
            "A real Kubernetes on this machine: a node in namespaces of its own (root), "
            "or a control plane on loopback with simulated pods (anybody)."
        ),
        epilog=(
            f"environment:\n  KUBERNETES: minor to start, one of {', '.join(MINORS)}\n{variables}\n\n"
            f"simulated pods, by the end of the tag of the first container's image:\n{fates}"
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    def at_level(verb: argparse.ArgumentParser) -> argparse.ArgumentParser:
        levels = [level.value for level in Level]
        verb.add_argument("--level", choices=levels, help="default: node for root, else control-plane")
        return verb

    at_level(
        verbs.add_parser("setup", help="install the Debian packages that are missing", allow_abbrev=False)
    )
    builder = at_level(
        verbs.add_parser("build", help="build the Go programs that are missing", allow_abbrev=False)
    )
    builder.add_argument("groups", nargs="*", help="groups to build (default: what the level needs)")
    verbs.add_parser("list", help="the clusters, their levels, and whether they live", allow_abbrev=False)

    def on_cluster(name: str, summary: str) -> argparse.ArgumentParser:
        verb = verbs.add_parser(name, help=summary, allow_abbrev=False)
        verb.add_argument("--name", default="default", help="name of the cluster (default: default)")
        verb.add_argument("--state-dir", type=Path, help="folder of this cluster (default: one per name)")
        return verb

    start = at_level(on_cluster("start", "start a cluster; one of the same name is replaced"))
    start.add_argument("--kubernetes", help="minor to start (default: KUBERNETES, else 1.34)")
    start.add_argument("--coredns", choices=[*COREDNS_VERSIONS, "none"], default="1.11.3", help="cluster DNS")
    start.add_argument("--reuse", action="store_true", help="keep a living one of the same level and minor")
    on_cluster("stop", "end a cluster and remove everything of it")
    on_cluster("status", "the components of a cluster and what they do")
    on_cluster("kubeconfig", "print the path of the kubeconfig for this host")
    logs = on_cluster("logs", "print the end of a component's log")
    logs.add_argument("component")
    upgrade = on_cluster("upgrade", "move the living control plane to a later minor")
    upgrade.add_argument("--kubernetes", help="minor to reach (default: the next)")
    kubectl = on_cluster("kubectl", "run the built kubectl as cluster admin")
    kubectl.add_argument("command", nargs="+", help="after --: kubectl's arguments")
    execute = on_cluster("exec", "run a command where the cluster's addresses are reachable")
    execute.add_argument("command", nargs="+", help="after --: the command and its arguments")
    return parser


def _level(arguments: argparse.Namespace) -> Level:
    """The level asked for, or the user's own; which one that is must not come as a surprise."""
    if arguments.level is not None:
        return Level(arguments.level)
    level = default_level(os.geteuid())
    if level is Level.CONTROL_PLANE:
        _report("level control-plane: pods are simulated; a node, which runs them, needs root")
    return level


def _setup(arguments: argparse.Namespace) -> None:
    if _level(arguments) is Level.CONTROL_PLANE:
        _report("a control plane needs no Debian packages")
        return
    debian.setup(_report)


def _build(arguments: argparse.Namespace) -> None:
    """Without names also what a node's images need: their downloads run while the compiler works."""
    if arguments.groups:
        build(current_settings(), select_groups(arguments.groups), _report)
        return
    if _level(arguments) is Level.CONTROL_PLANE:
        build(current_settings(), select_groups(list(GROUPS_OF[Level.CONTROL_PLANE])), _report)
        return
    debian.require_packages()
    with ThreadPoolExecutor(1) as pool:
        images = pool.submit(_prepare_images)
        build(current_settings(), select_groups([]), _report)
        if wait([images], timeout=_SILENT_S).not_done:
            _report("waiting for the operator's image")
        images.result()


def _prepare_images() -> None:
    operator_image()
    for name in STAND_INS:
        stand_in(name)


def _list(_: argparse.Namespace) -> None:
    for name, level, lives in lifecycle.list_clusters():
        print(f"{name}\t{level}\t{'running' if lives else 'dead (the next start or stop removes it)'}")


def _start(arguments: argparse.Namespace) -> None:
    minor = parse_minor(arguments.kubernetes or current_settings().kubernetes)
    level = _level(arguments)
    lifecycle.require_rights(level)
    groups = list(GROUPS_OF[level])
    if level is Level.NODE:
        debian.require_packages()
        groups += [] if arguments.coredns == "none" else [f"coredns-{arguments.coredns}"]
    build(current_settings(), select_groups(groups), _report)
    cluster = lifecycle.start(
        level, arguments.name, kubernetes=minor, state_dir=arguments.state_dir, reuse=arguments.reuse
    )
    if arguments.coredns != "none" and not cluster.pod_ips("k8s-app=kube-dns", "kube-system"):
        install_coredns(cluster, arguments.coredns)
    _report(f"{cluster.level} {cluster.name} runs Kubernetes {cluster.kubernetes}")
    print(f"export KUBECONFIG={cluster.kubeconfig}")


def _stop(arguments: argparse.Namespace) -> None:
    lifecycle.stop(arguments.name, arguments.state_dir)
    _report(f"cluster {arguments.name} is gone")


def _status(arguments: argparse.Namespace) -> None:
    cluster = lifecycle.attach(arguments.name, arguments.state_dir)
    print(f"kubernetes\t{cluster.kubernetes}\t{cluster.level}\t{cluster.kubeconfig}")
    for name, status in cluster.control("status").items():
        print(f"{name}\t{status['state']}\tstarted {status['starts']} times")


def _kubeconfig(arguments: argparse.Namespace) -> None:
    print(lifecycle.attach(arguments.name, arguments.state_dir).kubeconfig)


def _logs(arguments: argparse.Namespace) -> None:
    cluster = lifecycle.attach(arguments.name, arguments.state_dir)
    path = cluster.layout.logs / f"{arguments.component}.log"
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in cluster.layout.logs.glob("*.log")))
        raise UsageError(f"logs: no component {arguments.component}; known are {known}")
    print("\n".join(path.read_text(errors="replace").splitlines()[-200:]))


def _upgrade(arguments: argparse.Namespace) -> None:
    cluster = lifecycle.attach(arguments.name, arguments.state_dir)
    cluster.upgrade(arguments.kubernetes)
    _report(f"{cluster.level} {cluster.name} runs Kubernetes {cluster.kubernetes}")


def _exec(arguments: argparse.Namespace) -> None:
    cluster = lifecycle.attach(arguments.name, arguments.state_dir)
    with cluster.popen(arguments.command) as process:
        raise SystemExit(process.wait())


def _kubectl(arguments: argparse.Namespace) -> None:
    cluster = lifecycle.attach(arguments.name, arguments.state_dir)
    sys.exit(subprocess.call(cluster.kubectl_command(*arguments.command)))


_VERBS: dict[str, Callable[[argparse.Namespace], None]] = {
    "setup": _setup,
    "build": _build,
    "list": _list,
    "start": _start,
    "stop": _stop,
    "status": _status,
    "kubeconfig": _kubeconfig,
    "logs": _logs,
    "upgrade": _upgrade,
    "kubectl": _kubectl,
    "exec": _exec,
}


def _report(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main(argv: Sequence[str]) -> int:
    """Run one verb. Exit codes: 0 done, 1 failed, 2 wrong usage."""
    arguments = _parser().parse_args(argv)
    try:
        _VERBS[arguments.verb](arguments)
    except LocalClusterError as error:
        _report(f"error: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; nothing may be flushed to it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main(sys.argv[1:]))
