#!/bin/sh
# Installs what the system tests need from Debian, and says clearly why they cannot run where they cannot.
set -eu

fail() {
    echo "make test-system: $1" >&2
    exit 1
}

[ "$(uname -s)" = Linux ] || fail "needs Linux"
[ "$(id -u)" = 0 ] || fail "needs root: the tests mount file systems"

missing=""
while read -r command package; do
    command -v "$command" >/dev/null 2>&1 || missing="$missing $package"
done <<'TOOLS'
mount mount
losetup mount
setpriv util-linux
mkfs.ext2 e2fsprogs
mkfs.ext4 e2fsprogs
mkfs.xfs xfsprogs
mkfs.btrfs btrfs-progs
mkfs.exfat exfatprogs
mount.exfat-fuse exfat-fuse
mkfs.ntfs ntfs-3g
lowntfs-3g ntfs-3g
zsh zsh
fish fish
mandoc mandoc
systemd-analyze systemd
crontab cron
unshare util-linux
dbus-run-session dbus-daemon
dbus-send dbus-bin
gnome-keyring-daemon gnome-keyring
TOOLS

if [ -n "$missing" ]; then
    command -v apt-get >/dev/null 2>&1 || fail "needs these Debian packages:$missing"
    packages=$(printf '%s\n' $missing | sort -u)
    log=$(mktemp)
    # shellcheck disable=SC2086 # one word for each package
    if ! { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends $packages; } \
        </dev/null >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        fail "apt-get could not install:$missing"
    fi
    rm -f "$log"
fi

# Only one program of the package: all of it would start a server on this machine.
if ! command -v promtool >/dev/null 2>&1; then
    command -v apt-get >/dev/null 2>&1 || fail "needs promtool, of Prometheus"
    place=$(mktemp -d)
    if ! (cd "$place" && apt-get update -qq && apt-get download -qq prometheus && dpkg-deb --fsys-tarfile prometheus_*.deb \
        | tar -x --strip-components=3 -C /usr/local/bin ./usr/bin/promtool) </dev/null >"$place/log" 2>&1; then
        cat "$place/log" >&2
        rm -r "$place"
        fail "could not get promtool from the package prometheus"
    fi
    rm -r "$place"
fi

[ -c /dev/fuse ] || fail "needs /dev/fuse"
[ -c /dev/loop-control ] || fail "needs loop devices"
for kind in tmpfs ext2 ext4 xfs btrfs; do
    grep -qw "$kind" /proc/filesystems || modprobe -q "$kind" 2>/dev/null || fail "this kernel has no $kind"
done

# The right to mount, which root lacks in most containers.
probe=$(mktemp -d)
mount -t tmpfs -o size=64k kodokeep-probe "$probe" || { rmdir "$probe"; fail "root may not mount here"; }
umount "$probe"
rmdir "$probe"
