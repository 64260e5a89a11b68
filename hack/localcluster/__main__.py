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
from localcluster.images import operator_image, stand_in
from localcluster.settings import KNOWN_VARIABLES, current_settings
from localcluster.versions import MINORS, parse_minor

_SILENT_S = 5.0


def _parser() -> argparse.ArgumentParser:
    variables = "\n".join(f"  {name}: {meaning}" for name, meaning in KNOWN_VARIABLES.items())
    parser = argparse.ArgumentParser(
        prog="cluster",
        description="A real Kubernetes node on this machine, in namespaces of its own.",
        epilog=f"environment:\n  KUBERNETES: minor to start, one of {', '.join(MINORS)}\n{variables}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verbs.add_parser("setup", help="install the Debian packages that are missing", allow_abbrev=False)
    builder = verbs.add_parser("build", help="build the Go programs that are missing", allow_abbrev=False)
    builder.add_argument("groups", nargs="*", help="groups to build (default: what a node needs)")
    verbs.add_parser("list", help="names of the nodes and whether they live", allow_abbrev=False)

    def on_node(name: str, summary: str) -> argparse.ArgumentParser:
        verb = verbs.add_parser(name, help=summary, allow_abbrev=False)
        verb.add_argument("--name", default="default", help="name of the node (default: default)")
        verb.add_argument("--state-dir", type=Path, help="folder of this node (default: one per name)")
        return verb

    start = on_node("start", "start a node; one of the same name is replaced")
    start.add_argument("--kubernetes", help="minor to start (default: KUBERNETES, else 1.34)")
    start.add_argument("--coredns", choices=[*COREDNS_VERSIONS, "none"], default="1.11.3", help="cluster DNS")
    start.add_argument("--reuse", action="store_true", help="keep a living node of the same minor")
    on_node("stop", "end a node and remove everything of it")
    on_node("status", "the components of a node and what they do")
    on_node("kubeconfig", "print the path of the kubeconfig for this host")
    logs = on_node("logs", "print the end of a component's log")
    logs.add_argument("component")
    upgrade = on_node("upgrade", "move the living control plane to a later minor")
    upgrade.add_argument("--kubernetes", help="minor to reach (default: the next)")
    kubectl = on_node("kubectl", "run the built kubectl as cluster admin")
    kubectl.add_argument("command", nargs="+", help="after --: kubectl's arguments")
    execute = on_node("exec", "run a command inside the node's namespaces")
    execute.add_argument("command", nargs="+", help="after --: the command and its arguments")
    return parser


def _setup(_: argparse.Namespace) -> None:
    debian.setup(_report)


def _build(arguments: argparse.Namespace) -> None:
    """Without names also what the images need: their downloads run while the compiler works."""
    groups = select_groups(arguments.groups)
    if arguments.groups:
        build(current_settings(), groups, _report)
        return
    debian.require_packages()
    with ThreadPoolExecutor(1) as pool:
        images = pool.submit(_prepare_images)
        build(current_settings(), groups, _report)
        if wait([images], timeout=_SILENT_S).not_done:
            _report("waiting for the operator's image")
        images.result()


def _prepare_images() -> None:
    operator_image()
    stand_in()


def _list(_: argparse.Namespace) -> None:
    for name, lives in lifecycle.list_nodes():
        print(f"{name}\t{'running' if lives else 'dead (the next start or stop removes it)'}")


def _start(arguments: argparse.Namespace) -> None:
    minor = parse_minor(arguments.kubernetes or current_settings().kubernetes)
    debian.require_packages()
    coredns = [] if arguments.coredns == "none" else [f"coredns-{arguments.coredns}"]
    build(current_settings(), select_groups([*lifecycle.NODE_GROUPS, *coredns]), _report)
    node = lifecycle.start_node(
        arguments.name, kubernetes=minor, state_dir=arguments.state_dir, reuse=arguments.reuse
    )
    if coredns and not node.pod_ips("k8s-app=kube-dns", "kube-system"):
        install_coredns(node, arguments.coredns)
    _report(f"node {node.name} runs Kubernetes {node.kubernetes}")
    print(f"export KUBECONFIG={node.kubeconfig}")


def _stop(arguments: argparse.Namespace) -> None:
    lifecycle.stop_node(arguments.name, arguments.state_dir)
    _report(f"node {arguments.name} is gone")


def _status(arguments: argparse.Namespace) -> None:
    node = lifecycle.attach_node(arguments.name, arguments.state_dir)
    print(f"kubernetes\t{node.kubernetes}\t{node.kubeconfig}")
    for name, status in node.control("status").items():
        print(f"{name}\t{status['state']}\tstarted {status['starts']} times")


def _kubeconfig(arguments: argparse.Namespace) -> None:
    print(lifecycle.attach_node(arguments.name, arguments.state_dir).kubeconfig)


def _logs(arguments: argparse.Namespace) -> None:
    node = lifecycle.attach_node(arguments.name, arguments.state_dir)
    path = node.layout.logs / f"{arguments.component}.log"
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in node.layout.logs.glob("*.log")))
        raise UsageError(f"logs: no component {arguments.component}; known are {known}")
    print("\n".join(path.read_text(errors="replace").splitlines()[-200:]))


def _upgrade(arguments: argparse.Namespace) -> None:
    node = lifecycle.attach_node(arguments.name, arguments.state_dir)
    node.upgrade(arguments.kubernetes)
    _report(f"node {node.name} runs Kubernetes {node.kubernetes}")


def _exec(arguments: argparse.Namespace) -> None:
    node = lifecycle.attach_node(arguments.name, arguments.state_dir)
    with node.popen(arguments.command) as process:
        raise SystemExit(process.wait())


def _kubectl(arguments: argparse.Namespace) -> None:
    node = lifecycle.attach_node(arguments.name, arguments.state_dir)
    sys.exit(subprocess.call(node.kubectl_command(*arguments.command)))


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
