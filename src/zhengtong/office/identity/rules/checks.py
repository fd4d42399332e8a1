"""What must be right in what is typed in, by hand or by import; each wrong field with its remedy in both languages."""

from datetime import date

from zhengtong.kernel.errors import Field
from zhengtong.office.identity.rules import identifiers
from zhengtong.office.identity.rules.organisation import Kind, needs_code

CODE_WRONG = Field(
    "code",
    "统一社会信用代码不对：应为 18 位，且末位校验符正确（GB 32100）。",
    "The unified social credit code is wrong: 18 characters, the last a check character (GB 32100).",
)
CODE_MISSING = Field(
    "code", "这类部门须填统一社会信用代码。", "This kind of department needs its unified social credit code."
)
NAME_MISSING = Field("name_zh", "请填写名称。", "Give the name.")
PERSON_NAME_MISSING = Field("name", "请填写姓名。", "Give the name.")
LOGIN_WRONG = Field(
    "login",
    "登录名应为 2 到 32 位小写字母、数字、点或横线，以字母开头。",
    "A login name has 2 to 32 small letters, digits, dots or lines, and begins with a letter.",
)
PHONE_WRONG = Field(
    "phone",
    "电话应为 11 位手机号，或带区号的座机号，如 0571-88886666。",
    "Give a mobile number of 11 digits, or a landline with its area code such as 0571-88886666.",
)
EMAIL_WRONG = Field("email", "邮箱格式不对。", "This is not an e-mail address.")
DATES_WRONG = Field("until_on", "结束日期不能早于开始日期。", "The end cannot be before the start.")
ID_NUMBER_WRONG = Field(
    "id_number",
    "身份号码不对：应为 18 位，出生日期真实，末位校验符正确（GB 11643）。",
    "The identity number is wrong: 18 characters with a real birth date and a right check character (GB 11643).",
)


def department_faults(*, name_zh: str, code: str | None, kind: Kind) -> list[Field]:
    """What is wrong with a department as typed in."""
    faults = [] if name_zh.strip() else [NAME_MISSING]
    if code and not identifiers.is_code(code):
        faults.append(CODE_WRONG)
    if not code and needs_code(kind):
        faults.append(CODE_MISSING)
    return faults


def person_faults(*, name: str, login: str, phone: str | None, email: str | None) -> list[Field]:
    """What is wrong with a member of the staff as typed in."""
    checks = (
        (bool(name.strip()), PERSON_NAME_MISSING),
        (identifiers.is_login(login), LOGIN_WRONG),
        (not phone or identifiers.is_phone(phone), PHONE_WRONG),
        (not email or identifiers.is_email(email), EMAIL_WRONG),
    )
    return [fault for right, fault in checks if not right]


def resident_faults(*, name: str, id_number: str, phone: str | None, on: date) -> list[Field]:
    """What is wrong with a resident as typed in. 实名: the number must be valid on that day."""
    checks = (
        (bool(name.strip()), PERSON_NAME_MISSING),
        (identifiers.read_id_number(id_number, on=on) is not None, ID_NUMBER_WRONG),
        (not phone or identifiers.is_phone(phone), PHONE_WRONG),
    )
    return [fault for right, fault in checks if not right]


def firm_faults(*, name: str, code: str, phone: str | None) -> list[Field]:
    """What is wrong with a firm as typed in."""
    checks = (
        (bool(name.strip()), PERSON_NAME_MISSING),
        (identifiers.is_code(code), CODE_WRONG),
        (not phone or identifiers.is_phone(phone), PHONE_WRONG),
    )
    return [fault for right, fault in checks if not right]
