"""The settings as a backup keeps them: what differs from the defaults, and for each secret the reminder to set it again."""

import json

from zhengtong.kernel.settings import Settings

_HEAD = """# 备份时的设置，不含机密；恢复时不自动采用。 | The settings at the time of the backup, without secrets; not applied by itself.
"""


def settings_of(settings: Settings) -> bytes:
    """TOML. A value that hides a secret stands as a comment."""
    lines, section = [_HEAD], ""
    for one in settings.told():
        if one.source == "default":
            continue
        if one.section != section:
            section = one.section
            lines.append(f"\n[{section}]\n")
        hidden = "***" in one.value
        about = "  # 机密，须重新设置 | a secret: set it again" if hidden else ""
        lines.append(f"{'# ' if hidden else ''}{one.key} = {json.dumps(one.value, ensure_ascii=False)}{about}\n")
    return "".join(lines).encode()
