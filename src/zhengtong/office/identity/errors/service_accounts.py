"""What can go wrong with service accounts."""

from zhengtong.kernel import errors


class ServiceAccountNotFound(errors.NotFound):
    zh = "没有这个服务账号，请核对编号。"
    en = "There is no such service account; check the id."


class ServiceAccountStopped(errors.Conflict):
    zh = "服务账号“{name}”已停用，不能再改。"
    en = "The service account “{name}” has been stopped and cannot be changed."


class KeyNotFound(errors.NotFound):
    zh = "这个服务账号没有该密钥。"
    en = "The service account has no such key."


class KeyKnownAlready(errors.Conflict):
    zh = "这个公钥已经登记过，请生成新的密钥对。"
    en = "This public key is registered already; make a new key pair."


class KeyDatesWrong(errors.Invalid):
    zh = "密钥有效期不对：结束须在开始之后，且不超过两年。"
    en = "The key's dates are wrong: it must end after it begins, and within two years."


class GrantBeyondOwn(errors.Refused):
    zh = "您自己没有“{permission}”权限（或范围不够），不能授给服务账号。"
    en = "You do not hold “{permission}” yourself (or not as far), so you cannot give it to a service account."


class UnknownPermission(errors.Invalid):
    zh = "没有“{permission}”这个权限。"
    en = "There is no permission “{permission}”."


class ServiceSignInRefused(errors.SignInNeeded):
    zh = "服务账号验证失败：{reason}。"
    en = "The service account was refused: {reason}."
