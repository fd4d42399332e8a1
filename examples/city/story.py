"""The people whose story runs through the product: fixed names in a city that is otherwise drawn.

何小满 keeps a bean-curd shop in 溪东区 and asks for a subsidy; 林晚 (人社局) handles it with a range of income that
沈若川 (税务局) agreed to share with 顾一舟 (人社局); 李明 (数据管理局) watches over it and 陈稻 (审计局) proves it.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache

from . import places

RESIDENT_NAME, RESIDENT_NAME_EN = "何小满", "He Xiaoman"
RESIDENT_BORN = date(1988, 5, 21)
SHOP = "云溪市溪东区何记豆花店"
SHOP_ADDRESS = "云溪市溪东区柳桥街道柳桥路12号"
SHOP_BODY = "MA5K7T2X"
_DISTRICT = "990105"


@dataclass(frozen=True, slots=True)
class Part:
    """A person of the story: where they work, as what, with which role, under which staff number."""

    name: str
    sex: str
    department: str
    office: str
    title: str
    role: str
    staff_number: str


CAST = (
    Part("周启明", "male", "data", "运行保障科", "科长", "administrator", "0007"),
    Part("李明", "male", "data", "共享协调科", "科长", "data_bureau", "0012"),
    Part("沈若川", "male", "tax", "", "副局长", "department_cdo", "0141"),
    Part("顾一舟", "female", "labour", "", "副局长", "department_cdo", "0203"),
    Part("林晚", "female", "labour", "就业促进科", "经办人", "officer", "0217"),
    Part("陈稻", "male", "audit", "", "审计专员", "auditor", "0188"),
    Part("许知行", "male", "transport", "", "经办人", "officer", "0164"),
    Part("何清", "male", "government", "", "秘书长", "leader", "0001"),
    Part("岳平", "male", "emergency", "", "局长", "leader", "0176"),
    Part("韩序", "female", "tax", "数据科", "科长", "sharing_office", "0146"),
)


@cache
def block() -> int:
    """The block of residents where 何小满 lives: the first one of her district."""
    return next(number for number in range(100) if places.area_of_block(number).code == _DISTRICT)
