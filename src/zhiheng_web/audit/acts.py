"""The Chinese title of every act that is recorded; a test finds acts without one."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

KINDS = {
    "session": _("登录"),
    "access": _("访问"),
    "account": _("账号"),
    "units": _("评价对象"),
    "framework": _("指标体系"),
    "round": _("考核轮次"),
    "unit": _("单位填报"),
    "answer": _("自评"),
    "evidence": _("佐证材料"),
    "decision": _("核查"),
    "workbook": _("工作簿"),
    "job": _("后台任务"),
    "audit": _("审计日志"),
}
"""Kinds of acts, by the word before the dot."""
ACTS = {
    "session.sign_in": _("登录"),
    "session.sign_out": _("退出"),
    "session.lock_out": _("登录失败过多被锁定"),
    "session.second_factor": _("两步验证码有误"),
    "access.denied": _("访问无权的页面"),
    "account.first": _("命令行建立账号"),
    "account.demo": _("载入演示账号"),
    "account.invite": _("邀请"),
    "account.withdraw_invitation": _("撤回邀请"),
    "account.replace_invitation": _("由新邀请代替"),
    "account.accept": _("接受邀请"),
    "account.change": _("修改姓名和邮箱"),
    "account.move": _("调整角色和单位"),
    "account.activate": _("启用账号"),
    "account.deactivate": _("停用账号"),
    "account.unlock": _("解除锁定"),
    "account.end_sessions": _("结束登录"),
    "account.password": _("修改密码"),
    "account.reset_password": _("重设密码"),
    "account.reset_factor": _("重置两步验证"),
    "account.add_factor": _("启用两步验证"),
    "account.remove_factor": _("停用两步验证"),
    "account.renew_factor": _("更换恢复码"),
    "account.export": _("导出账号列表"),
    "units.add": _("新增评价对象"),
    "units.change": _("修改评价对象"),
    "units.move": _("移动评价对象"),
    "units.remove": _("删除评价对象"),
    "framework.add": _("载入指标体系"),
    "framework.lock": _("锁定指标体系"),
    "framework.remove": _("删除指标体系"),
    "round.create": _("建立轮次"),
    "round.change": _("修改轮次"),
    "round.windows": _("调整阶段时间"),
    "round.remove": _("删除轮次"),
    "round.units": _("选定评价对象"),
    "round.open": _("开始轮次"),
    "round.move": _("进入下一阶段"),
    "round.remind": _("催报"),
    "round.sample": _("抽取核查样本"),
    "round.export": _("导出轮次数据"),
    "round.prepare_export": _("生成案例文件夹"),
    "unit.extend": _("延长期限"),
    "unit.remarks": _("退回意见"),
    "unit.hand_over": _("送审"),
    "unit.take_back": _("撤回送审"),
    "unit.send_back": _("退回填报员"),
    "unit.submit": _("报送"),
    "unit.return": _("退回单位"),
    "unit.accept": _("核定完成"),
    "unit.reopen": _("重新核查"),
    "answer.save": _("填写自评"),
    "evidence.add": _("上传佐证材料"),
    "evidence.read": _("识别佐证材料内容"),
    "evidence.remove": _("删除佐证材料"),
    "evidence.dismiss": _("处理重复提示"),
    "decision.save": _("核查考核要点"),
    "decision.settle": _("统一核定考核要点"),
    "decision.withdraw": _("撤销核查结论"),
    "workbook.upload": _("上传工作簿"),
    "workbook.apply": _("导入工作簿"),
    "workbook.drop": _("放弃导入工作簿"),
    "job.retry": _("重试后台任务"),
    "job.letters": _("处理发送中断的邮件"),
    "audit.archive": _("归档日志"),
    "audit.verify": _("校验日志"),
    "audit.export": _("导出日志"),
}
"""Acts, by their code."""
FIELD_TITLES = {
    "username": _("账号"), "full_name": _("姓名"), "role": _("角色"), "unit": _("单位"), "active": _("启用"),
    "email": _("电子邮箱"),
    "reason": _("理由"), "sessions": _("结束的登录数"), "kind": _("方式"), "code": _("代码"), "name": _("名称"),
    "pronoun": _("行文简称"), "level": _("级别"), "parent": _("上级代码"), "group": _("分组"), "state": _("状态"),
    "stage": _("阶段"), "units": _("单位"), "count": _("数量"), "until": _("期限"), "due_at": _("补正期限"),
    "mark": _("得分"), "stance": _("自评"), "remark": _("说明"), "note": _("说明"), "version": _("版本"),
    "hash": _("校验值"), "sha256": _("校验值"), "size": _("大小"), "entries": _("条数"), "breaks": _("不一致处"),
    "title": _("标题"), "people": _("人数"), "text": _("内容"), "filters": _("筛选条件"), "framework": _("指标体系"),
    "by": _("经办账号"), "act": _("结论"), "again": _("重新发送"), "task": _("任务"), "items": _("事项"),
    "date": _("日期"),
}  # fmt: skip
"""Titles of the values in `before` and `after`."""


def title_of(act: str) -> str:
    """Return an act in words; one that this version does not know by its code."""
    return str(ACTS.get(act, act))


def field_title(name: str, act: str = "") -> str:
    """Return the title of a value in words; one that this version does not know by its name."""
    if name == "full_name" and act.startswith("units."):
        return str(_("全称"))
    return str(FIELD_TITLES.get(name, name))
