"""`zhiheng`: the commands, the global options, and the one place where refusals become messages and exit codes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Annotated

import typer
from rich.markup import escape

from zhiheng import __version__
from zhiheng.cli.console import OPTIONS, console, errors
from zhiheng.errors import InputError, ZhihengError

OK, FINDINGS, BAD_INPUT = 0, 1, 2
COMMANDS = ("score", "explain", "report", "compare", "reconstruct", "simulate", "verify")
"""Commands of one file each; the function bears the name of its file."""
QUIET = ("--quiet", "-q")
GROUPS = ("framework",)
"""Commands with commands below them."""
ADDED = "zhiheng.commands"
"""Entry points of installed packages that add commands: the library never imports the site, the site is found here."""


def options(
    *,
    quiet: Annotated[bool, typer.Option(*QUIET, help="不显示进度和提示。")] = False,
) -> None:
    """Hold the global options."""
    OPTIONS.quiet = quiet


def version() -> None:
    """显示版本号。"""
    console().print(f"zhiheng {__version__}", highlight=False)


def application(words: Sequence[str] = ()) -> typer.Typer:
    """
    Return the command line.

    Parameters
    ----------
    words
        What the user wrote. Where a command is among the words only that one is loaded: the others would cost more
        time than most commands take.
    """
    app = typer.Typer(
        name="zhiheng",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        help="知衡：由指标体系和佐证材料得出可核对的得分、比较和正式报告。",
    )
    app.callback()(options)
    app.command("version")(version)
    asked = next((word for word in words if not word.startswith("-")), "")
    known = (*COMMANDS, *GROUPS)
    for name in known if asked not in known else (asked,):
        module = import_module(f"zhiheng.cli.{name}")
        if name in GROUPS:
            app.add_typer(module.app, name=name)
        else:
            app.command(name)(getattr(module, name))
    for added in _added(asked) if asked not in known else ():
        command = added.load()
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=added.name)
        else:
            app.command(added.name)(command)
    return app


def _added(asked: str) -> list[EntryPoint]:
    """Return the commands of other packages: the one that was asked for, or all where it is unknown."""
    found = list(entry_points(group=ADDED))
    return [entry for entry in found if entry.name == asked] or found


def quiet_first(words: Sequence[str]) -> list[str]:
    """Move `--quiet` to the front, where the global options stand: people write it after the command, too."""
    end = words.index("--") if "--" in words else len(words)
    quiet = [word for word in words[:end] if word in QUIET]
    return [*quiet, *(word for word in words[:end] if word not in QUIET), *words[end:]]


def run() -> None:
    """Run the command line; exit 0 done, 1 findings, 2 bad input. Bad input never shows a traceback."""
    # A Windows console may not be UTF-8; a Chinese report must not fail on its own messages.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    words = quiet_first(sys.argv[1:])
    try:
        application(words)(words)
    except ZhihengError as error:
        show(error)
        raise SystemExit(BAD_INPUT) from None
    except OSError as error:
        errors().print(f"[bold red]错误[/] {escape(str(error))}", highlight=False)
        raise SystemExit(BAD_INPUT) from None
    except KeyboardInterrupt:
        errors().print("已中断，没有写入未完成的文件。")
        raise SystemExit(130) from None


def show(error: ZhihengError) -> None:
    """Print a refusal: its message and code, then every problem on a line of its own."""
    out = errors()
    out.print(f"[bold red]错误[/] {escape(error.message)} [dim]({error.code})[/]", highlight=False, soft_wrap=True)
    if isinstance(error, InputError):
        for problem in error.problems:
            out.print(f"  {escape(str(problem))}", highlight=False, soft_wrap=True)
