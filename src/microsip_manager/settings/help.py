"""The settings in the `--help` of a program."""

from __future__ import annotations

from microsip_manager.settings.programs import AnyKind, declared_for


def help_text(kind: AnyKind) -> str:
    """The settings of one program, for the end of its `--help`."""
    lines = ["settings (environment variable, else api_config.py, else the default):"]
    for setting in declared_for(kind):
        default = " ".join(setting.default) if isinstance(setting.default, tuple) else setting.default
        shown = f"{default:g}" if isinstance(default, float) else str(int(default) if default is False else default)
        lines += [f"  {setting.name}  [{shown}]" if shown else f"  {setting.name}", f"      {setting.help}"]
    return "\n".join(lines)
