"""Prepares the installation and runs it: the web server, and beside it one worker for the background."""

from __future__ import annotations

import ctypes
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import typer
from django.conf import settings
from django.core.management import call_command
from django.db import transaction

from zhiheng.errors import InputError
from zhiheng.framework.load import builtin_codes
from zhiheng_web.accounts.models import Role, User
from zhiheng_web.audit.actions import record
from zhiheng_web.config.backup.place import refuse_unfinished
from zhiheng_web.frameworks.actions import add_built_in
from zhiheng_web.jobs.locks import SITE, held
from zhiheng_web.jobs.queue import enqueue_named, resume
from zhiheng_web.site.metrics import FOLDER

FIRST = (Role.ADMINISTRATOR, Role.SYSTEM, Role.SECURITY, Role.AUDITOR)
"""Roles that the command line may make; all others come by invitation."""
GRACE_S = 10.0
START_S = 60.0
PR_SET_PDEATHSIG = 1
DAY_S = 86_400.0
SWEEPS = ("zhiheng_web.evidence.tasks.sweep_evidence", "zhiheng_web.exchange.tasks.sweep_imports")
REMINDER = "zhiheng_web.rounds.tasks.remind_due"
MOST_WORKERS = 4
"""Processes that are started when nobody says how many."""


class ServerError(InputError):
    """The server cannot start as asked."""

    code = "site.server"


def prepare() -> None:
    """
    Bring the database up to date, collect static files and add the built-in frameworks; safe to repeat.

    Refused: a restore that was cut off (UnfinishedRestoreError).
    """
    refuse_unfinished()
    for folder in (settings.DATA, Path(settings.MEDIA_ROOT), Path(settings.EMAIL_FILE_PATH)):
        Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    call_command("migrate", interactive=False, verbosity=0)
    # htmx is vendored; the package's own copies import modules that it does not ship.
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["django_htmx"])
    for code in builtin_codes():
        add_built_in(code)


def serve(host: str, port: int, workers: int, *, demonstration: bool = False) -> None:
    """Prepare, start, and stay until Ctrl-C or SIGTERM; both processes end together."""
    with held(SITE, alone=False) as free:
        if not free:
            msg = "正在恢复备份，请等它结束再启动。"
            raise ServerError(msg)
        _serve(host, port, workers, demonstration=demonstration)


def _serve(host: str, port: int, workers: int, *, demonstration: bool) -> None:
    _free(host, port)
    typer.echo("正在准备数据库和静态文件……")
    prepare()
    resume()
    daily()
    if demonstration:
        from zhiheng_web.config.demonstration import load  # noqa: PLC0415 - the demonstration is no part of a real installation

        load()
    count = str(workers or min(MOST_WORKERS, os.cpu_count() or 1))
    web = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--workers", count,
        "--blocking-threads", "4", "--workers-kill-timeout", "5", "--no-access-log", "--log-level", "warning",
        "zhiheng_web.config.wsgi:application",
    ]  # fmt: skip
    worker = [sys.executable, "-m", "django", "db_worker", "--settings", "zhiheng_web.config.settings", "-v", "0"]
    ended: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda got, _frame: ended.append(got))
    counts = _counts()
    children = [_start(web, counts), _start(worker, {})]
    if _answers(host, port, children, ended):
        typer.echo(f"网站已启动：http://{host}:{port}/  按 Ctrl-C 结束。")
    sys.exit(_wait(children, ended))


def _counts() -> dict[str, str]:
    """Empty the folder where the web processes share what they count, and return the variable that names it."""
    folder = Path(settings.DATA) / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return {FOLDER: str(folder)}


def _start(command: list[str], variables: dict[str, str]) -> subprocess.Popen[bytes]:
    # Ctrl-C reaches the whole group of a terminal; a session of its own lets us end the processes in order.
    return subprocess.Popen(  # noqa: S603 - our own commands
        command,
        env=os.environ | variables,
        start_new_session=True,
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - no threads run yet
    )


def _die_with_parent() -> None:
    """Ask Linux to end this process when its parent is killed: a server without its worker would look alive."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _answers(host: str, port: int, children: list[subprocess.Popen[bytes]], ended: list[int]) -> bool:
    """Wait until the site answers; return False where a signal came, a process ended or it takes too long."""
    until = time.monotonic() + START_S
    while not ended and time.monotonic() < until and all(child.poll() is None for child in children):
        try:
            with closing(http.client.HTTPConnection(host, port, timeout=2)) as connection:
                connection.request("GET", "/healthz", headers={"Host": _own_name()})
                if connection.getresponse().status == http.HTTPStatus.OK:
                    return True
        except (OSError, http.client.HTTPException):
            pass
        time.sleep(0.2)
    return False


def _own_name() -> str:
    """Return a name that the site answers to."""
    first: str = settings.ALLOWED_HOSTS[0] if settings.ALLOWED_HOSTS else "localhost"
    return "localhost" if first == "*" else first.lstrip(".")


def daily() -> None:
    """Put the work of every day into the queue: reminders before deadlines, and sweeping of what nobody lists."""
    for path in SWEEPS:
        enqueue_named(path)
    for days in settings.REMIND_DAYS:
        enqueue_named(REMINDER, days)


def _free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            msg = f"端口 {port} 无法使用（{error.strerror}），请换一个：make run PORT=8123。"
            raise ServerError(msg) from error


def _wait(children: list[subprocess.Popen[bytes]], ended: list[int]) -> int:
    """Wait until a signal comes or a child ends, end all children, and return the exit code."""
    next_day = time.monotonic() + DAY_S
    while not ended and all(child.poll() is None for child in children):
        time.sleep(0.2)
        if time.monotonic() >= next_day:
            next_day += DAY_S
            daily()
    code = 0 if ended else 1
    for child in children:
        if child.poll() is None:
            child.terminate()
    until = time.monotonic() + GRACE_S
    for child in children:
        try:
            child.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
    typer.echo("网站已停止。" if ended else "网站的一个进程意外结束，已全部停止。", err=not ended)
    return code


@transaction.atomic
def first_account(username: str, name: str, role: str) -> str:
    """Make one of the first accounts and return what to tell its owner."""
    from zhiheng_web.accounts.actions import reset_password  # noqa: PLC0415 - signals need the app registry first

    if role not in FIRST:
        msg = f"“{role}”不能由命令行建立；可用：{'、'.join(FIRST)}。"
        raise ServerError(msg)
    if User.objects.filter(username__iexact=username).exists():
        msg = f"账号“{username}”已经存在。"
        raise ServerError(msg)
    user = User(username=username, full_name=name, role=role)
    user.set_unusable_password()
    user.full_clean(exclude=["password"])
    user.save()
    record("account.first", user, after={"role": role})
    return f"账号：{username}　一次性密码：{reset_password(user)}　首次登录须修改密码。"
