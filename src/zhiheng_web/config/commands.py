"""The commands that the site adds to the library's command line: site, audit, backup and restore."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

site = typer.Typer(help="网站：准备、演示、启动和维护。", no_args_is_help=True)
audit = typer.Typer(help="审计日志：校验和归档。", no_args_is_help=True)
FINDINGS = 1


def _django() -> None:
    """Load Django; it is wanted by the commands of the site only."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiheng_web.config.settings")
    import django  # noqa: PLC0415 - loading it takes longer than most commands of the library

    django.setup()


def _manage(*words: Any, **options: Any) -> None:
    from django.core.management import call_command  # noqa: PLC0415 - see _django

    call_command(*words, **options)


@site.command("prepare")
def prepare() -> None:
    """建立或者升级数据库，收集静态文件，载入自带的指标体系。"""
    _django()
    from zhiheng_web.config.server import prepare as run  # noqa: PLC0415 - needs Django

    run()


@site.command("demo")
def demo() -> None:
    """载入演示数据（各阶段的考核轮次、演示账号），已有的不再载入。"""
    _django()
    from zhiheng_web.config.demonstration import load  # noqa: PLC0415 - needs Django

    load()


@site.command("serve")
def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="端口。")] = 8000,
    host: Annotated[str, typer.Option(help="监听地址。")] = "127.0.0.1",
    workers: Annotated[int, typer.Option(min=0, help="进程数，0为按处理器数。")] = 0,
    *,
    demonstration: Annotated[bool, typer.Option("--demo", help="先载入演示数据。")] = False,
) -> None:
    """启动网站和后台任务；按 Ctrl-C 结束。"""
    _django()
    from zhiheng_web.config.server import serve as run  # noqa: PLC0415 - needs Django

    run(host, port, workers, demonstration=demonstration)


@site.command("administrator")
def administrator(
    username: Annotated[str, typer.Argument(help="账号。")],
    name: Annotated[str, typer.Option(help="姓名。")],
    role: Annotated[str, typer.Option(help="administrator、system、security 或者 auditor。")] = "administrator",
) -> None:
    """建立第一批账号，打印一次性密码。"""
    _django()
    from zhiheng_web.config.server import first_account  # noqa: PLC0415 - needs Django

    typer.echo(first_account(username, name, role))


@site.command("manage", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def manage(context: typer.Context) -> None:
    """运行 Django 的管理命令，如 `zhiheng site manage check --deploy`。"""
    _django()
    _manage(*context.args)


@audit.command("verify")
def verify() -> None:
    """逐条校验审计日志；有改动、缺失的，列出并以 1 退出。"""
    _django()
    from zhiheng_web.audit.models import Entry  # noqa: PLC0415 - needs Django
    from zhiheng_web.audit.queries import chain_breaks  # noqa: PLC0415 - needs Django

    found = list(chain_breaks())
    for each in found:
        typer.echo(f"第{each.number}条：{each.message}")
    if found:
        typer.echo(f"审计日志有{len(found)}处不一致。", err=True)
        raise typer.Exit(FINDINGS)
    typer.echo(f"审计日志完整，共{Entry.objects.count()}条。")


@audit.command("archive")
def archive(folder: Annotated[Path, typer.Option("--out", help="归档文件夹。")]) -> None:
    """把超过保存期限的审计日志写入签名文件；日志本身不删除。"""
    _django()
    from zhiheng_web.audit.archive import write  # noqa: PLC0415 - needs Django

    path, count = write(folder)
    typer.echo(f"已归档{count}条：{path}" if count else "没有超过保存期限的日志。")


Passphrase = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        help="存放口令的文件；也可以用环境变量 ZHIHENG_BACKUP_PASSPHRASE。",
        exists=True,
        dir_okay=False,
    ),
]


def backup(
    target: Annotated[Path | None, typer.Argument(help="文件夹或者文件名，不写时为当前文件夹。")] = None,
    passphrase_file: Passphrase = None,
    check: Annotated[Path | None, typer.Option("--check", help="只校验这个备份，不恢复。", dir_okay=False)] = None,
    *,
    with_files: Annotated[bool, typer.Option("--with-files", help="材料在对象存储时，也取来放入备份。")] = False,
) -> None:
    """备份数据库、佐证材料和密钥，不必停止网站；写完后逐个校验。"""
    _django()
    from zhiheng_web.config.backup import report  # noqa: PLC0415 - needs Django

    words = _passphrase(passphrase_file)
    if check is not None:
        report.checked(check, words)
    elif report.backed_up(target, words, with_files=with_files):
        raise typer.Exit(FINDINGS)


def restore(
    file: Annotated[Path, typer.Argument(help="备份文件。", dir_okay=False)],
    passphrase_file: Passphrase = None,
    *,
    force: Annotated[bool, typer.Option("--force", help="已有数据时，先把它移到一边再恢复。")] = False,
) -> None:
    """恢复备份：先完整校验，再换入，升级数据库，核对审计日志和每份材料。须先停止网站。"""
    _django()
    from zhiheng_web.config.backup import report  # noqa: PLC0415 - needs Django

    if report.restored(file, _passphrase(passphrase_file), force=force):
        raise typer.Exit(FINDINGS)


def _passphrase(file: Path | None) -> str:
    """Return the passphrase; never a word of the command line, which everybody on the machine can read."""
    if file is not None:
        return file.read_text("utf-8").strip()
    return os.environ.get("ZHIHENG_BACKUP_PASSPHRASE", "")
