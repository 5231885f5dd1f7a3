"""All addresses: those of the site, and of allauth only those that an invited person needs."""

from __future__ import annotations

from allauth.account import views as account
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path, re_path
from django.views.i18n import set_language

handler400 = "zhiheng_web.site.errors.bad_request"
urlpatterns = [
    path("account/login/", account.login, name="account_login"),
    path("account/logout/", account.logout, name="account_logout"),
    path("account/reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("account/password/change/", account.password_change, name="account_change_password"),
    path("account/password/reset/", account.password_reset, name="account_reset_password"),
    path(
        "account/password/reset/done/",
        account.password_reset_done,
        name="account_reset_password_done",
    ),
    re_path(
        r"^account/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "account/password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("account/inactive/", account.account_inactive, name="account_inactive"),
    # allauth asks for this name; nobody signs himself up.
    path("account/signup/", account.signup, name="account_signup"),
    path("account/two-step/", include("allauth.mfa.urls")),
    path("language/", login_not_required(set_language), name="set_language"),
    path("api/v1/", include("zhiheng_web.api.urls")),
    path("", include("zhiheng_web.site.urls")),
]
