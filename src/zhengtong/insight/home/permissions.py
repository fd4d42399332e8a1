"""Who may see how the city, or their department, is doing."""

from zhengtong.kernel.actor import Permission

FIGURES = Permission("home.figures", "查看运行指标", "See how things are going")

PERMISSIONS = (FIGURES,)
