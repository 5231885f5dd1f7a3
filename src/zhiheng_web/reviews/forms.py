"""Reads what the office plans and what experts hand in."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiheng.framework.model import Framework
from zhiheng.marks import plain
from zhiheng_web.accounts.models import User
from zhiheng_web.language import bracketed
from zhiheng_web.reviews.actions import Plan, judged_points
from zhiheng_web.reviews.models import ReviewPlan
from zhiheng_web.reviews.queries import experts
from zhiheng_web.reviews.settling import default_threshold
from zhiheng_web.rounds.models import Round, RoundUnit

MOST_TEXT = 2_000
"""Characters of a reason."""
MOMENT = "%Y-%m-%dT%H:%M"
MOST_SEED = 2_000_000_000


class PeopleField(forms.ModelMultipleChoiceField[User]):
    """Experts by name, with the unit that they belong to."""

    def label_from_instance(self, obj: Any) -> str:
        """Return name and unit."""
        return bracketed(obj.full_name, obj.unit_name or obj.username)


class PlanForm(forms.Form):
    """The plan of a review, with a threshold for every point that may be reviewed."""

    double = forms.ChoiceField(
        label=gettext_lazy("评审方式"),
        choices=(("1", gettext_lazy("双评：每项两名专家独立评分")), ("", gettext_lazy("单评：每项一名专家"))),
        required=False, widget=forms.RadioSelect, initial="1",
    )  # fmt: skip
    blind = forms.BooleanField(
        label=gettext_lazy("不向专家显示自评得分和核定得分"), required=False,
        help_text=gettext_lazy("不显示时，每项评分都须写明理由。"),
    )  # fmt: skip
    due_at = forms.DateTimeField(
        label=gettext_lazy("评审期限"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)
    )
    seed = forms.IntegerField(
        label=gettext_lazy("分配种子"), min_value=0, max_value=MOST_SEED, initial=1,
        help_text=gettext_lazy("专家、要点和回避情况不变时，同一种子的分配结果相同。"),
    )  # fmt: skip
    experts = PeopleField(
        label=gettext_lazy("参加评审的专家"), queryset=User.objects.none(), widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("请选择参加评审的专家。")},
    )  # fmt: skip
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, round_: Round, framework: Framework, plan: ReviewPlan | None, data: Any = None) -> None:
        super().__init__(data, initial=self._start(round_, plan))
        self.framework = framework
        self.fields["experts"].queryset = experts()  # type: ignore[attr-defined]  # a choice of models has one
        kept = {one.point: one.threshold for one in plan.points.all()} if plan else {}
        chosen = set(kept) if plan else set(judged_points(framework))
        for _parent, point in framework.points:
            limit = kept.get(point.no, default_threshold(framework, point))
            words = {"no": point.no}
            self.fields[f"use-{point.no}"] = forms.BooleanField(
                label=_("评审第%(no)s项") % words, required=False, initial=point.no in chosen
            )
            self.fields[f"limit-{point.no}"] = forms.DecimalField(
                label=_("第%(no)s项的复议界限") % words, required=False, min_value=0, max_value=framework.full(point),
                max_digits=15, decimal_places=6, initial=plain(limit),
                widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
            )  # fmt: skip

    def _start(self, round_: Round, plan: ReviewPlan | None) -> dict[str, Any]:
        if plan is None:
            window = next((w for w in round_.windows.all() if w.stage == round_.stage), None)
            due = timezone.localtime(window.closes_at) if window else None
            return {"version": 0, "experts": list(experts().values_list("pk", flat=True)), "due_at": due}
        return {
            "version": plan.version, "experts": [one.pk for one in plan.experts.all()], "seed": plan.seed,
            "double": "1" if plan.double else "", "blind": plan.blind, "due_at": timezone.localtime(plan.due_at),
        }  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Ask for a point at least, and fill in the usual threshold where none is given."""
        super().clean()
        if not any(self.cleaned_data.get(f"use-{point.no}") for _parent, point in self.framework.points):
            self.add_error(None, _("请选择需要评审的考核要点。"))
        return self.cleaned_data

    def plan(self) -> Plan:
        """Return the plan."""
        found = self.cleaned_data
        limits: dict[int, Decimal] = {}
        for _parent, point in self.framework.points:
            if found[f"use-{point.no}"]:
                given = found[f"limit-{point.no}"]
                limits[point.no] = default_threshold(self.framework, point) if given is None else given
        return Plan(
            limits, [one.pk for one in found["experts"]], found["due_at"], double=bool(found["double"]),
            blind=found["blind"], seed=found["seed"],
        )  # fmt: skip


class MarkForm(forms.Form):
    """An expert's mark; whether it fits the rule is for the action to say."""

    mark = forms.DecimalField(
        label=gettext_lazy("得分"), max_digits=15, decimal_places=6,
        error_messages={
            "required": gettext_lazy("请选择或者填写得分。"), "invalid": gettext_lazy("请填写数字，例如1.5。"),
        },
    )  # fmt: skip
    reason = forms.CharField(label=gettext_lazy("理由"), required=False, max_length=MOST_TEXT)
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class WhyForm(forms.Form):
    """A reason that somebody will read later."""

    reason = forms.CharField(
        label=gettext_lazy("理由"), max_length=MOST_TEXT, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("请说明理由。")},
    )  # fmt: skip


class PersonChoice(forms.ModelChoiceField[User]):
    """An expert by name, with the unit that he belongs to."""

    def label_from_instance(self, obj: Any) -> str:
        """Return name and unit."""
        return bracketed(obj.full_name, obj.unit_name or obj.username)


class ExpertForm(WhyForm):
    """Another expert, and why."""

    expert = PersonChoice(label=gettext_lazy("专家"), queryset=User.objects.none(), empty_label=gettext_lazy("请选择"))
    whole_unit = forms.BooleanField(label=gettext_lazy("这位专家在该单位可以改派的其他项也一并改派"), required=False)
    field_order = ("expert", "reason", "whole_unit")

    def __init__(self, data: Any, *, people: Any, whole: bool) -> None:
        super().__init__(data)
        self.fields["expert"].queryset = people  # type: ignore[attr-defined]  # a choice of models has one
        if not whole:
            del self.fields["whole_unit"]


class ConflictForm(WhyForm):
    """An expert who is to be kept from a unit, and why."""

    expert = PersonChoice(label=gettext_lazy("专家"), queryset=User.objects.none(), empty_label=gettext_lazy("请选择"))
    unit = forms.ModelChoiceField(
        label=gettext_lazy("单位"), queryset=RoundUnit.objects.none(), empty_label=gettext_lazy("请选择")
    )
    field_order = ("expert", "unit", "reason")

    def __init__(self, round_: Round, data: Any = None) -> None:
        super().__init__(data)
        self.fields["expert"].queryset = experts()  # type: ignore[attr-defined]  # a choice of models has one
        self.fields["unit"].queryset = round_.units.all()  # type: ignore[attr-defined]  # as above
