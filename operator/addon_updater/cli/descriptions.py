"""The help that explains the commands."""

from __future__ import annotations

DESCRIPTION = """\
Shows what addon-updater sees and what it would do next, and gives it a person's word.
Every command works with your own rights. Five of them write, each one annotation of one AddonRelease:
approve, retry, rollback, refresh and reset-breaker."""

EXAMPLES = """\
examples:
  kubectl addons status -A                           every release of the cluster
  kubectl addons status coredns -n kube-system       one release in full
  kubectl addons plan coredns -n kube-system         the next update and its difference
  kubectl addons why coredns -n kube-system 1.13.1   why that version does not run
  kubectl addons approve coredns -n kube-system      look at the plan, then approve it by its hash
  kubectl addons plan --offline --kubernetes 1.34 --addon coredns --current 1.11.3
                                                     what it would choose, without a cluster
  kubectl addons catalog show coredns                what is known about an addon, and who says so

exit codes: 0 done, 1 failed or refused, 2 wrong usage, 130 ended by Ctrl-C"""

STATUS = """\
Shows, for each AddonRelease, what runs, what should run, what that waits for, and what you can do about it.
With NAME, everything that is known about one release."""

PLAN = """\
Computes here and now what the operator would do next, by the operator's own code from the same objects: target,
hops, findings, the difference of image and configuration, and the verdict on every version of the catalog.
Nothing is written and no functional check is asked. With --offline, what it would choose for a cluster that is not
there, from the catalog and the flags alone: no kubeconfig is read, and no configuration is looked at."""

WHY = """\
Answers why a release does not run another version: what runs, what is wanted, what holds it and what helps, and the
verdict on each version with who says so. With VERSION, the full story of that one. Computed here and now, so it also
answers while the operator is down. Nothing is written."""

HISTORY = """\
Shows the recorded revisions of a release and how each attempt ended, newest first, from the ControllerRevisions of its
namespace: they outlive the operator and the AddonRelease. Nothing is written."""

APPROVE = """\
Gives the word that an update waits for: sets the annotation addon-updater.dev/approve to the hash of the plan. A hash
that is not that of the present plan is refused. Without HASH the plan is shown and its hash asked for. While an update
runs whose check has no answer, HASH is the id of the attempt, which is then kept without that answer."""

RETRY = """\
Lets what failed here be tried again: sets the annotation addon-updater.dev/resetAt to now, and says which quarantines
that clears. Nothing is written when nothing is held back."""

ROLLBACK = """\
Takes back the update that is running: sets the annotation addon-updater.dev/rollback to the id of its attempt. The
operator puts image and configuration back as one. A finished update is not taken back."""

REFRESH = """\
Lets the operator look at a release anew, now: sets the annotation addon-updater.dev/requestedAt to now. What it only
remembers, such as the addresses and permissions around the workload, is asked again."""

RESET_BREAKER = """\
Ends the pause of all updates after several addons have failed: sets the annotation addon-updater.dev/resetBreakerAt to
the moment of the newest failure, on the AddonRelease that failed last or on NAME. It counts for the whole cluster.
Nothing is written while the circuit breaker is closed."""

CATALOG = """\
Checks, shows and compares catalogs: the embedded one, files of one addon, and manifests of AddonCatalog objects.
No cluster is asked. docs/catalog.md describes the fields."""

LINT = """\
Finds everything that is wrong with catalog files, each with file, path and remedy; exit code 1 when a file
cannot be used, while notes leave it at 0. A manifest that extends is checked as it lies over the embedded catalog."""

SHOW = """\
Shows what the catalog knows about an addon: releases, how each stands on the newest minors, stops, breaking changes,
long-term support and sources. With VERSION, everything about that one."""

DIFF = """\
Says what a catalog file changes of the embedded catalog: releases, evidence, denials, and how versions then stand on
each minor. With two files, what the second one changes of the first."""
