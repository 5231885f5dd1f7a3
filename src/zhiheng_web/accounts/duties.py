"""What each role may do, in words, for the page of an account."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhiheng_web.accounts.models import Role

DUTIES: dict[str, tuple[Promise, ...]] = {
    Role.FILLER: (_("填写本单位的自评，上传佐证材料"), _("下载和导入本单位的工作簿"), _("送审，不能报送")),
    Role.APPROVER: (_("查看本单位的自评"), _("审核后报送，或者退回填报员"), _("不能填写，不能报送自己填写过的自评")),
    Role.ADMINISTRATOR: (
        _("建立考核轮次，载入指标体系，管理评价对象"),
        _("邀请填报员、审核员、核查员、专家和领导，调整其角色和单位"),
        _("查看全部单位的填报和核查进度"),
    ),
    Role.VERIFIER: (_("查看全部单位的自评和佐证材料"), _("核定、调整、不予认定考核要点"), _("退回单位，核定完成")),
    Role.EXPERT: (_("查看考核轮次和指标体系"),),
    Role.LEADER: (_("查看全部单位的填报、核查和得分"), _("不能修改任何内容")),
    Role.SYSTEM: (_("邀请管理员，调整其角色"), _("查看账号、评价对象和后台任务"), _("不能查看填报内容和日志")),
    Role.SECURITY: (
        _("解除锁定，重设密码，重置两步验证，停用和启用账号"),
        _("查看审计管理员的操作日志"),
        _("不能邀请，不能处理自己的账号"),
    ),
    Role.AUDITOR: (_("查看、校验和导出除自己以外所有人的操作日志"), _("不能查看日志以外的内容")),
}
"""Two or three things that people of a role do here, and what they may not where it matters."""
