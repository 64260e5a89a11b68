"""Everything the operator's account must be refused, in one table: for the tests, and to show a person.

Two questions can be asked of each row: is it refused as installed, and is it still refused by its policy when
the account is given every right there is? The second proves the policies themselves; rows guarded by RBAC alone
have only the first.
"""

from node.admission.forbidden import RBAC, ForbiddenWrite
from node.admission.forbidden_jobs import JOBS
from node.admission.forbidden_monitoring import STATEFUL_SETS, STRATEGIES, STUCK_PODS
from node.admission.forbidden_others import CLUSTER, IDENTITY_AND_RIGHTS, OWN_INPUTS, REVISIONS
from node.admission.forbidden_pods import PODS, REHEARSALS
from node.admission.forbidden_workloads import CONFIG_MAPS, WORKLOADS

FORBIDDEN_WRITES: tuple[ForbiddenWrite, ...] = (
    *WORKLOADS,
    *CONFIG_MAPS,
    *REHEARSALS,
    *PODS,
    *JOBS,
    *STATEFUL_SETS,
    *STRATEGIES,
    *STUCK_PODS,
    *REVISIONS,
    *IDENTITY_AND_RIGHTS,
    *OWN_INPUTS,
    *CLUSTER,
)

REFUSED_BY_POLICY = tuple(write for write in FORBIDDEN_WRITES if write.refused_by != RBAC)
