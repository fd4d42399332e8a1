"""The roles a city begins with, what each may do at first, and who may give which."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from zhengtong.kernel.actor import Scope
from zhengtong.office.identity.rules.organisation import RoleScope

ADMINISTRATOR = "administrator"
DATA_BUREAU = "data_bureau"
DEPARTMENT_CDO = "department_cdo"
SHARING_OFFICE = "sharing_office"
OFFICER = "officer"
LEADER = "leader"
AUDITOR = "auditor"
DEPARTMENT_ADMIN = "department_admin"
RESIDENT = "resident"


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A role every city has. `delegable`: a department's administrator may give it without holding all it may do."""

    key: str
    zh: str
    en: str
    about_zh: str
    about_en: str
    scope: RoleScope
    delegable: bool = False


BUILT_IN = (
    BuiltIn(
        ADMINISTRATOR,
        "系统管理员",
        "Administrator",
        "设置平台、部门、人员与角色",
        "Sets up the platform, departments, people and roles",
        RoleScope.CITY,
    ),
    BuiltIn(
        DATA_BUREAU,
        "数据管理局",
        "Data bureau",
        "统筹全市目录、共享与督办",
        "Steers the city's catalogue, sharing and supervision",
        RoleScope.CITY,
    ),
    BuiltIn(
        DEPARTMENT_CDO,
        "首席数据官",
        "Chief data officer",
        "对本部门数据负责，签发数据项",
        "Answers for the department's data and publishes its items",
        RoleScope.OWN_AND_BELOW,
    ),
    BuiltIn(
        SHARING_OFFICE,
        "共享工作机构",
        "Sharing office",
        "初核本部门的共享申请，协调答复",
        "Checks the department's own applications to share and settles the answers",
        RoleScope.OWN_AND_BELOW,
    ),
    BuiltIn(OFFICER, "经办人", "Officer", "办理本部门的事", "Handles the department's work", RoleScope.OWN, True),
    BuiltIn(
        LEADER,
        "领导",
        "Leader",
        "审定本部门及下级的事",
        "Decides for the department and those below",
        RoleScope.OWN_AND_BELOW,
        True,
    ),
    BuiltIn(
        AUDITOR,
        "审计",
        "Auditor",
        "查阅全部审计记录，不能改动任何内容",
        "Reads the whole audit trail and can change nothing",
        RoleScope.CITY,
    ),
    BuiltIn(
        DEPARTMENT_ADMIN,
        "部门管理员",
        "Department administrator",
        "管理本部门及下级的人员与岗位",
        "Looks after the people and posts of the department and those below",
        RoleScope.OWN_AND_BELOW,
    ),
    BuiltIn(
        RESIDENT,
        "办事人",
        "Resident",
        "居民和企业办自己的事",
        "Residents and firms, for their own affairs",
        RoleScope.OWN,
    ),
)
NOT_FOR_POSTS = frozenset({RESIDENT})


def matching(patterns: Sequence[str], names: Iterable[str]) -> set[str]:
    """The permission names that a list of patterns means; `!` takes away again, later patterns win.

    >>> sorted(matching(["a.*", "!a.secret"], ["a.read", "a.secret", "b.read"]))
    ['a.read']
    """
    meant: set[str] = set()
    for pattern in patterns:
        found = {name for name in names if fnmatchcase(name, pattern.removeprefix("!"))}
        meant = meant - found if pattern.startswith("!") else meant | found
    return meant


def lacking(role: Mapping[str, Scope], held: Mapping[str, Scope]) -> set[str]:
    """What a role would give that the giver does not hold as far: names of permissions."""
    return {name for name, scope in role.items() if not reaches(held.get(name, Scope()), scope)}


def may_give(would: Mapping[str, Scope], held: Mapping[str, Scope], giving: Scope, *, delegable: bool) -> bool:
    """True when someone who holds `held`, and may give posts within `giving`, may give a role that `would` give this.

    Delegable roles may be given wherever one gives posts as far as they reach; others only by who gives posts in the
    whole city and holds all that they give.
    """
    if delegable and all(reaches(giving, scope) for scope in would.values()):
        return True
    return giving.everywhere and not lacking(would, held)


def reaches(wide: Scope, narrow: Scope) -> bool:
    """True when `wide` holds wherever `narrow` does."""
    return wide.everywhere or (not narrow.everywhere and narrow.departments <= wide.departments)
