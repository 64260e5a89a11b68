"""AddonReleases that the API server must refuse, one wrong field per row."""

from cluster.invalid_objects import MISSING, RELEASE, Invalid


def _release(name: str, path: str, value: object, remedy: str, *, field: str | None = None) -> Invalid:
    return Invalid(name, RELEASE, f"spec.{path}", value, field or f"spec.{path}", remedy)


_LONG_DURATION = "write a duration as in 7d, 12h or 1h30m"
_SCHEDULE = "write five cron fields as in '0 2 * * 6'"
_ZONE = "write a time zone as in Europe/Paris or UTC"
_SERVICE = "write the address of a Service of this cluster as in http://prometheus.monitoring.svc:9090"
_REPOSITORY = (
    "write a registry and the first parts of a repository, without a tag, as in registry.k8s.io/coredns"
)
_CHAIN = "let no `to` lead into a `from`, or the repository would change again with every update"
_ITSELF = "name another AddonRelease, one cannot wait for itself"
_CHECK_NAME = "give the check a short name in small letters as in scrape-targets"
_MINOR = "write a Kubernetes minor, quoted, as in '1.36'"
_MINORS = "write a range of Kubernetes minors as in '1.35' or '>=1.34 <1.36'"
_DURATION = "write a duration as in 1h30m, 10m or 90s"
_RANGE = "write a version range as in '>=1.11 <1.15'"

INVALID_BASICS = (
    _release("addon left out", "addon", MISSING, "Required value"),
    _release("addon empty", "addon", "", "should be at least 1 chars long"),
    _release("addon in capitals", "addon", "CoreDNS", "write the addon's key in the catalog as in coredns"),
    _release("addon too long", "addon", "a" * 64, "may not be more than 63"),
    _release("addon a number", "addon", 53, "must be of type string"),
    _release("target of an old API", "targetRef.apiVersion", "apps/v1beta1", "use apiVersion apps/v1"),
    _release(
        "target of another kind", "targetRef.kind", "CronJob", 'supported values: "Deployment", "StatefulSet"'
    ),
    _release("target without a name", "targetRef.name", MISSING, "Required value"),
    _release(
        "target name with a slash",
        "targetRef.name",
        "kube-system/coredns",
        "write the name of the workload, which is in the namespace of the AddonRelease",
    ),
    _release("target in another namespace", "targetRef.namespace", "default", "unknown field"),
    _release(
        "container with a space", "container", "core dns", "write the name of a container of the workload"
    ),
    _release("container empty", "container", "", "should be at least 1 chars long"),
    _release("version in words", "version", "newest", _RANGE),
    _release("version with an unknown operator", "version", "=~1.12", _RANGE),
    _release("version empty", "version", "", "should be at least 1 chars long"),
    _release("version with an open end", "version", ">=1.11 <", _RANGE),
    _release("version unquoted in YAML", "version", 1.12, "must be of type string"),
    _release("channel unknown", "channel", "Stable", 'supported values: "Default", "LTS", "Latest"'),
    _release("delivery unknown", "delivery", "GitOps", 'supported values: "Direct", "Observe"'),
    _release("whenMissing unknown", "whenMissing", "Skip", 'supported values: "Fail", "Ignore"'),
    _release(
        "updates unknown",
        "policy.updates",
        "auto",
        'supported values: "Auto", "AutoPatch", "Manual", "PlanOnly"',
    ),
    _release("minEvidence unknown", "policy.minEvidence", "Sure", 'supported values: "Tested"'),
    _release(
        "skipVersions with a range",
        "policy.skipVersions",
        [">=1.12"],
        "name one exact version as in 1.12.4",
        field="spec.policy.skipVersions[0]",
    ),
    _release(
        "skipVersions twice the same",
        "policy.skipVersions",
        ["1.12.1", "1.12.1"],
        "Duplicate value",
        field="spec.policy.skipVersions[1]",
    ),
    _release(
        "skipVersions too many",
        "policy.skipVersions",
        [f"1.12.{patch}" for patch in range(33)],
        "must have at most 32 items",
    ),
    _release("soak without a unit", "rollout.soak", "300", _DURATION),
    _release("soak in days", "rollout.soak", "25h", "choose a duration between 0s and 24h"),
    _release(
        "progressDeadline too short", "rollout.progressDeadline", "5s", "choose a duration between 30s and 2h"
    ),
    _release(
        "unknownDeadline too long", "rollout.unknownDeadline", "3h", "choose a duration between 10s and 2h"
    ),
    _release(
        "minReadySeconds negative", "rollout.minReadySeconds", -1, "should be greater than or equal to 0"
    ),
    _release(
        "minReadySeconds too long", "rollout.minReadySeconds", 601, "should be less than or equal to 600"
    ),
    _release("minReadySeconds as text", "rollout.minReadySeconds", "10s", "must be of type integer"),
    _release(
        "health name with a space",
        "health.dns.names",
        ["db corp.example"],
        "write a DNS name as in db.corp.example",
        field="spec.health.dns.names[0]",
    ),
    _release(
        "health names too many",
        "health.dns.names",
        [f"host-{number}.example" for number in range(17)],
        "must have at most 16 items",
    ),
    _release("rollback never", "rollback.mode", "Never", 'supported values: "Auto"'),
    _release(
        "approval of no hash",
        "approvedPlans",
        ["latest"],
        "copy the hash from status.plan.hash: 16 hex digits",
        field="spec.approvedPlans[0]",
    ),
    _release(
        "approvals too many",
        "approvedPlans",
        [f"{number:016x}" for number in range(21)],
        "must have at most 20 items",
    ),
    _release(
        "releasedBy in a sentence",
        "releasedBy",
        ["argo cd"],
        "write one field manager as in argocd-controller",
        field="spec.releasedBy[0]",
    ),
    _release("suspend as text", "suspend", "yes", "must be of type boolean"),
    _release("a field that does not exist", "chanel", "Latest", "unknown field"),
    _release("a misspelled field inside", "rollout.soakTime", "5m", "unknown field"),
    Invalid("spec left out", RELEASE, "spec", MISSING, "spec", "Required value"),
)


def _window(name: str, key: str, value: object, remedy: str) -> Invalid:
    return _release(name, f"windows.0.{key}", value, remedy, field=f"spec.windows[0].{key}")


def _url(name: str, url: str) -> Invalid:
    return _release(name, "health.http.0.url", url, _SERVICE, field="spec.health.http[0].url")


INVALID_CHOICES = (
    _release(
        "an override that changes nothing",
        "overrides",
        [{"kubernetes": "1.35"}],
        "say what the override changes: version, channel or both",
        field="spec.overrides[0]",
    ),
    _release(
        "an override for no minor",
        "overrides.0.kubernetes",
        MISSING,
        "Required value",
        field="spec.overrides[0]",
    ),
    _release(
        "an override for minors in words",
        "overrides.0.kubernetes",
        "next",
        _MINORS,
        field="spec.overrides[0].kubernetes",
    ),
    _release(
        "an override to a version in words",
        "overrides.0.version",
        "newest",
        _RANGE,
        field="spec.overrides[0].version",
    ),
    _release(
        "an override to no channel",
        "overrides.0.channel",
        "Beta",
        'supported values: "Default", "LTS", "Latest"',
        field="spec.overrides[0].channel",
    ),
    _release(
        "overrides too many",
        "overrides",
        [{"kubernetes": f"1.{minor}", "channel": "LTS"} for minor in range(20, 37)],
        "must have at most 16 items",
    ),
    _release(
        "breakingChanges unknown",
        "policy.breakingChanges",
        "Never",
        'supported values: "WithClusterMinor", "Allow", "Deny"',
    ),
    _release("minReleaseAge in weeks", "policy.minReleaseAge", "1w", _LONG_DURATION),
    _release(
        "minReleaseAge of years", "policy.minReleaseAge", "366d", "choose a duration between 0s and 365d"
    ),
    _release("prepareFor a patch", "prepareFor", "1.36.1", _MINOR),
    _release("prepareFor unquoted in YAML", "prepareFor", 1.36, "must be of type string"),
    _release("startJitter in days", "rollout.startJitter", "2d", "choose a duration between 0s and 24h"),
    _release("zeroLoss on", "rollout.zeroLoss", "On", 'supported values: "Off", "Advise"'),
    _release("restoreData by itself", "rollback.restoreData", "BeforeReady", 'supported values: "Manual"'),
)

INVALID_WINDOWS = (
    _window("a window of another kind", "kind", "Maybe", 'supported values: "Allow", "Deny"'),
    _window("a window without a schedule", "schedule", MISSING, "Required value"),
    _window("a schedule in words", "schedule", "@weekly", _SCHEDULE),
    _window("a schedule of four fields", "schedule", "0 2 * *", _SCHEDULE),
    _window("a schedule with seconds", "schedule", "0 0 2 * * 6", _SCHEDULE),
    _window("a minute that no hour has", "schedule", "60 2 * * *", _SCHEDULE),
    _window("a month that no year has", "schedule", "0 2 1 13 *", _SCHEDULE),
    _window("a weekday cut short", "schedule", "0 2 * * SA", _SCHEDULE),
    _window("a window without a length", "duration", MISSING, "Required value"),
    _window("a window without a unit", "duration", "4", _LONG_DURATION),
    _window("a window of no length", "duration", "0s", "choose a duration between 1m and 7d"),
    _window("a window that never closes", "duration", "8d", "choose a duration between 1m and 7d"),
    _window("a time zone by its letters", "timeZone", "CEST", _ZONE),
    _window("a time zone by its offset", "timeZone", "+02:00", _ZONE),
    _window("a time zone by a path", "timeZone", "../../etc/passwd", _ZONE),
    _window("overrun as a word", "overrun", "yes", "must be of type boolean"),
    _release(
        "windows too many",
        "windows",
        [{"kind": "Deny", "schedule": f"0 {hour} * * *", "duration": "1h"} for hour in range(17)],
        "must have at most 16 items",
    ),
)

INVALID_CHECKS = (
    _url("a page on the internet", "https://example.com/health"),
    _url("a page at an address", "http://10.0.0.1:3000/health"),
    _url("a page of the machine itself", "http://localhost/health"),
    _url("a name with a user", "http://admin@web.site.svc/health"),
    _url("a Service only named", "web.site.svc:3000"),
    _url("a Service without its namespace", "http://web.svc/health"),
    _url("a port that does not exist", "http://web.site.svc:65536/health"),
    _url("a host behind the port", "http://web.site.svc:80@example.com/"),
    _url("a path with a space", "http://web.site.svc/health check"),
    _url("another protocol", "ftp://web.site.svc/health"),
    _release(
        "a status that HTTP has not",
        "health.http.0.status",
        99,
        "should be greater than or equal to 100",
        field="spec.health.http[0].status",
    ),
    _release(
        "a check named in a sentence",
        "health.http.0.name",
        "Web page",
        _CHECK_NAME,
        field="spec.health.http[0].name",
    ),
    _release(
        "two checks of one name",
        "health.http",
        [{"name": "page", "url": "http://web.site.svc"}] * 2,
        "Duplicate value",
        field="spec.health.http[1]",
    ),
    _release(
        "a query elsewhere",
        "health.promql.0.url",
        "http://prometheus.example.com:9090",
        _SERVICE,
        field="spec.health.promql[0].url",
    ),
    _release(
        "no query",
        "health.promql.0.query",
        "",
        "should be at least 1 chars long",
        field="spec.health.promql[0].query",
    ),
    _release(
        "a query too long",
        "health.promql.0.query",
        "x" * 257,
        "may not be more than 256",
        field="spec.health.promql[0].query",
    ),
)

INVALID_SURROUNDINGS = (
    _release(
        "a rewrite with a tag",
        "images.rewrites.0.to",
        "mirror.corp/coredns:v1",
        _REPOSITORY,
        field="spec.images.rewrites[0].to",
    ),
    _release(
        "a rewrite with a protocol",
        "images.rewrites.0.from",
        "https://registry.k8s.io",
        _REPOSITORY,
        field="spec.images.rewrites[0].from",
    ),
    _release(
        "a rewrite without a registry",
        "images.rewrites.0.to",
        "corp/coredns",
        _REPOSITORY,
        field="spec.images.rewrites[0].to",
    ),
    _release(
        "a rewrite into itself",
        "images.rewrites",
        [{"from": "registry.k8s.io", "to": "registry.k8s.io/mirror"}],
        _CHAIN,
        field="spec.images",
    ),
    _release(
        "a rewrite into another one",
        "images.rewrites",
        [{"from": "registry.k8s.io", "to": "mirror.corp/k8s"}, {"from": "mirror.corp", "to": "edge.corp"}],
        _CHAIN,
        field="spec.images",
    ),
    _release(
        "two rewrites of one repository",
        "images.rewrites",
        [{"from": "registry.k8s.io", "to": "one.corp"}, {"from": "registry.k8s.io", "to": "two.corp"}],
        "Duplicate value",
        field="spec.images.rewrites[1]",
    ),
    _release("waiting for itself", "dependsOn", [{"name": "wrong"}], _ITSELF),
    _release(
        "waiting for a path",
        "dependsOn.0.name",
        "monitoring/prometheus",
        "write the name of an AddonRelease as in coredns",
        field="spec.dependsOn[0].name",
    ),
    _release(
        "waiting in no namespace",
        "dependsOn.0.namespace",
        "kube_system",
        "write the name of a namespace as in kube-system",
        field="spec.dependsOn[0].namespace",
    ),
    _release(
        "waiting for too many", "dependsOn", [{"name": f"addon-{n}"} for n in range(17)], "at most 16 items"
    ),
    _release("no copy kept", "backup.volume.keep", 0, "should be greater than or equal to 1"),
    _release("too many copies kept", "backup.volume.keep", 11, "should be less than or equal to 10"),
    _release(
        "a backup that is only hoped for",
        "backup.database.external",
        "Yes",
        'supported values: "Acknowledged"',
    ),
)

INVALID_RELEASES = (
    *INVALID_BASICS,
    *INVALID_CHOICES,
    *INVALID_WINDOWS,
    *INVALID_CHECKS,
    *INVALID_SURROUNDINGS,
)
