"""What can go wrong when someone signs in or tends their own account."""

from zhengtong.kernel import errors


class SignInFailed(errors.SignInNeeded):
    zh = "登录名或密码不对。"
    en = "The login name or the password is wrong."


class CodeWrong(errors.SignInNeeded):
    zh = "验证码不对或已用过，请等下一个验证码再试。"
    en = "The code is wrong or was used already; wait for the next one and try again."


class PasskeyRefused(errors.SignInNeeded):
    zh = "通行密钥未通过验证；请重试，或改用密码登录。"
    en = "The passkey was not accepted; try again, or sign in with your password."


class TooManyAttempts(errors.TooMany):
    zh = "失败次数太多，请 {wait_s} 秒后再试。"
    en = "Too many failures; try again in {wait_s} seconds."


class StepLost(errors.SignInNeeded):
    zh = "登录已超时，请从头再来。"
    en = "This sign-in has timed out; begin again."


class LinkUsedOrExpired(errors.NotFound):
    zh = "这个链接已用过或已过期，请向管理员要一个新的。"
    en = "This link was used already or has expired; ask your administrator for a new one."


class CityNotEmpty(errors.Conflict):
    zh = "本市已有系统管理员，请用其账号登录。"
    en = "This city has an administrator already; sign in with that account."


class PasswordTooWeak(errors.Invalid):
    zh = "这个密码不行，请按提示换一个。"
    en = "This password will not do; choose another as told."


class CurrentPasswordWrong(errors.SignInNeeded):
    zh = "现在的密码不对。"
    en = "The present password is wrong."


class LastFactor(errors.Conflict):
    zh = "这是最后一个第二验证方式，请先添加另一个再删除。"
    en = "This is your last second factor; add another before you remove it."


class LastWayIn(errors.Conflict):
    zh = "这是您唯一的登录方式，请先设置密码或添加通行密钥再解除。"
    en = "This is your only way in; set a password or add a passkey before you unlink it."


class NotYourFactor(errors.NotFound):
    zh = "您的账号里没有这一项，可能已被删除。"
    en = "Your account has no such entry; it may have been removed already."


class PostNotHeld(errors.Conflict):
    zh = "您现在没有这个岗位，请刷新后重选。"
    en = "You do not hold that post now; reload and choose again."


class OidcUnavailable(errors.Unavailable):
    zh = "统一身份认证暂时连不上，请稍后再试或用密码登录。"
    en = "The city's identity provider cannot be reached; try later or use your password."


class OidcRefused(errors.SignInNeeded):
    zh = "统一身份认证没有通过：{reason}。"
    en = "The city's identity provider did not confirm you: {reason}."


class OidcNoAccount(errors.Refused):
    zh = "统一身份认证已通过，但平台里没有对应的账号，请联系本部门管理员。"
    en = "The provider confirmed you, but there is no account for you here; ask your department's administrator."


class TooManyPasskeys(errors.Conflict):
    zh = "最多可登记 {most} 个通行密钥，请先删除不用的。"
    en = "There can be {most} passkeys at most; remove one you no longer use."


class PasswordAsBefore(errors.Invalid):
    zh = "新密码与现在的相同，请换一个。"
    en = "The new password is the present one; choose another."


class SessionNotFound(errors.NotFound):
    zh = "没有这个会话，可能已经结束。"
    en = "There is no such session; it may have ended already."
