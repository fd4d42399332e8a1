"""The settings of identity: how long sessions last, and the city's own identity provider."""

from datetime import timedelta

from pydantic import Field, SecretStr

from zhengtong.kernel.settings import Section


class IdentitySettings(Section):
    """Sessions and the city's identity provider."""

    idle_minutes: int = Field(
        30, ge=1, le=480, description="无操作多少分钟后退出 | minutes without use before a session ends"
    )
    absolute_hours: int = Field(12, ge=1, le=72, description="登录最长多少小时 | hours a session lasts at most")
    service_session_minutes: int = Field(
        60, ge=1, le=720, description="服务账号会话分钟数 | minutes a service account's session lasts"
    )
    oidc_issuer: str = Field(
        "", description="城市统一身份认证（OIDC）地址，空为不用 | issuer of the city's OpenID provider; empty: none"
    )
    oidc_client_id: str = Field("", description="OIDC 客户端编号 | client id at the provider")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="OIDC 客户端密钥 | client secret at the provider")
    oidc_name_zh: str = Field(
        "统一身份认证", description="登录按钮文字 | the provider's name on the button, in Chinese"
    )
    oidc_name_en: str = Field(
        "City sign-in", description="登录按钮英文 | the provider's name on the button, in English"
    )
    oidc_scopes: str = Field("openid profile", description="OIDC 授权范围 | scopes asked for")
    oidc_claim: str = Field(
        "",
        description="首次登录按哪个声明匹配登录名，空为不自动关联 | claim that holds the login name, to link at first "
        "sign-in; empty: accounts are linked by hand",
    )
    oidc_second_factor: list[str] = Field(
        ["mfa", "hwk", "otp", "sc"],
        description="提供方 amr 含其一即视为两项验证 | amr values of the provider taken as a second factor (RFC 8176)",
    )

    @property
    def idle(self) -> timedelta:
        return timedelta(minutes=self.idle_minutes)

    @property
    def absolute(self) -> timedelta:
        return timedelta(hours=self.absolute_hours)

    @property
    def service_session(self) -> timedelta:
        return timedelta(minutes=self.service_session_minutes)
