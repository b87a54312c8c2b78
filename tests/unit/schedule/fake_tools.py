"""A directory of programs that stand in for systemctl, loginctl, crontab, launchctl and schtasks: they remember."""

import shutil
from pathlib import Path

_SYSTEMCTL = """
[ "$1" = --user ] && shift
command=$1; shift
refuse() { echo "$1" >&2; exit 1; }
[ "$1" = --now ] && shift
case $command in
show-environment) [ ! -e "$state/no-systemd" ] || refuse "Failed to connect to bus: No medium found" ;;
enable) [ ! -e "$state/refuses" ] || refuse "Failed to enable unit: Access denied"
    for unit; do : > "$state/enabled-$unit"; done ;;
restart) for unit; do : > "$state/active-$unit"; done ;;
disable) for unit; do rm -f "$state/active-$unit" "$state/enabled-$unit"; done ;;
is-active) for unit; do if [ -e "$state/active-$unit" ]; then echo active; else echo inactive; fi; done ;;
is-enabled) for unit; do if [ -e "$state/enabled-$unit" ]; then echo enabled; else echo disabled; fi; done ;;
esac
"""
_LOGINCTL = 'if [ -e "$state/lingers" ]; then echo yes; else echo no; fi'
_CRONTAB = """
case $1 in
-l) if [ -e "$state/crontab" ]; then cat "$state/crontab"; else echo "no crontab for me" >&2; exit 1; fi ;;
-r) rm "$state/crontab" ;;
-) [ -e "$state/refuses" ] && { cat > /dev/null; echo "you are not allowed to use this program (crontab)" >&2; exit 1; }
   cat > "$state/crontab" ;;
esac
"""
_LAUNCHCTL = """
case $1 in
print) [ -e "$state/loaded-${2##*/}" ] ;;
bootout) rm "$state/loaded-${2##*/}" ;;
bootstrap) label=${3##*/}; : > "$state/loaded-${label%.plist}" ;;
esac
"""
_SCHTASKS = """
case $1 in
/Query) [ -e "$state/task-${3##*\\\\}" ] ;;
/Delete) rm "$state/task-${4##*\\\\}" ;;
/Create) cat "$6" > "$state/task-${4##*\\\\}" ;;
esac
"""
SCRIPTS = {
    "systemctl": _SYSTEMCTL,
    "loginctl": _LOGINCTL,
    "crontab": _CRONTAB,
    "launchctl": _LAUNCHCTL,
    "schtasks": _SCHTASKS,
}


class FakeTools:
    """Put `directory`, and nothing else, on PATH."""

    def __init__(self, root: Path) -> None:
        self.directory = root / "tools"
        self._state = root / "state-of-tools"
        self._log = root / "calls"
        for directory in (self.directory, self._state):
            directory.mkdir()
        for real in ("cat", "rm"):
            (self.directory / real).symlink_to(shutil.which(real) or "")

    def add(self, *names: str) -> None:
        """Let there be these programs."""
        for name in names:
            script = self.directory / name
            script.write_text(
                f"#!/bin/sh\nstate='{self._state}'\necho {name} \"$@\" >> '{self._log}'\n{SCRIPTS[name]}\n"
            )
            script.chmod(0o755)

    def remove(self, name: str) -> None:
        """Let there be no such program any more."""
        (self.directory / name).unlink()

    def mark(self, name: str) -> None:
        """`no-systemd`, `refuses`, `lingers`: what a program finds when it is called."""
        (self._state / name).touch()

    def forget(self, name: str) -> None:
        """The opposite; also `active-UNIT`, `enabled-UNIT`, `loaded-LABEL`, `task-NAME`."""
        (self._state / name).unlink()

    def has(self, name: str) -> bool:
        """True if a program remembers this."""
        return (self._state / name).exists()

    def remembered(self, start: str) -> list[str]:
        """All that begins so."""
        return sorted(file.name for file in self._state.glob(f"{start}*"))

    @property
    def crontab(self) -> str:
        """What crontab holds."""
        file = self._state / "crontab"
        return file.read_bytes().decode("utf-8", "surrogateescape") if file.exists() else ""

    @crontab.setter
    def crontab(self, text: str) -> None:
        (self._state / "crontab").write_bytes(text.encode("utf-8", "surrogateescape"))

    def calls(self) -> list[str]:
        """The command lines since it was asked last."""
        lines = self._log.read_text().splitlines() if self._log.exists() else []
        self._log.unlink(missing_ok=True)
        return lines
