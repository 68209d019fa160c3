# Shared by the scripts of this folder: `. "$(dirname "$0")/lib.sh"` after `set -euo pipefail`.
# shellcheck shell=bash

REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
OUT=${KADEPLOY_OUT:-$REPO/out}
export DEBIAN_FRONTEND=noninteractive DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

# The same words must mean the same thing whatever the caller's locale: sort order is part of the result.
export LC_ALL=C

# Debian packages by purpose. A script asks for the purposes it needs; nothing else is installed.
declare -A PACKAGES=(
    # Linking the static agent: clang drives, lld links (bfd aborts on static links), the -dev packages hold the static libraries.
    [agent]="clang lld llvm cmake zlib1g-dev libssl-dev libzstd-dev"
    # Operating system images.
    [image]="debootstrap zstd xz-utils"
    # kadeployd at run time: power control, proof of the installed system, storage.
    [controller]="ipmitool openssh-client libsqlite3-0"
    # Virtual clusters: machines, firmware, DHCP and TFTP, BMCs.
    [cluster]="qemu-system-x86 ipxe-qemu seabios ovmf ipxe dnsmasq-base openipmi ipmitool iproute2"
    # Looking at what was written to a virtual disk, without mounting it.
    [inspect]="e2fsprogs mtools fdisk util-linux"
    # What the agent runs on a node, for its tests on files as disks.
    [disks]="busybox-static grub-pc-bin grub-common binutils fdisk e2fsprogs dosfstools util-linux tar zstd gzip bzip2 xz-utils acl attr"
    # Broadcast tools to compare with, and a C compiler for the yardstick.
    [bench]="python3 gcc libc6-dev netcat-openbsd udpcast uftp iproute2"
    # The other gRPC implementation that ours is tested against.
    [grpc-tests]="python3 python3-grpcio"
    # The controller looks into installed systems over SSH, and leaves them by kexec; its tests have a real server and the real program.
    [ssh-tests]="openssh-client openssh-server kexec-tools"
    # /bin/kill, by which tests send signals.
    [signals]="procps"
)

# Messages go to stderr: a script's stdout is its result.
say() { printf '==> %s\n' "$*" >&2; }
note() { printf '    %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
warn() {
    printf '%s\n' '!!!' >&2
    printf '!!! %s\n' "$@" >&2
    printf '%s\n' '!!!' >&2
}

# human BYTES: 12.3 MB, with 1 MB = 1,000,000 bytes.
human() { awk -v n="$1" 'BEGIN { if (n < 1e6 && n > -1e6) printf "%.1f kB", n / 1e3; else printf "%.1f MB", n / 1e6 }'; }

# Once in a run, also when one script calls another.
apt_update_once() {
    [ -z "${KADEPLOY_APT_UPDATED:-}" ] || return 0
    say "Refreshing Debian's package lists"
    as_root apt-get update -qq || die "apt-get update failed: no package mirror reachable?"
    export KADEPLOY_APT_UPDATED=1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo -n "$@"
    else die "'$*' needs root: run as root or install sudo"
    fi
}

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# need_packages PURPOSE...: installs what is missing of the named purposes.
need_packages() {
    local purpose package missing=()
    for purpose in "$@"; do
        [ -n "${PACKAGES[$purpose]:-}" ] || die "build/lib.sh knows no package list '$purpose'"
        for package in ${PACKAGES[$purpose]}; do
            is_installed "$package" || missing+=("$package")
        done
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    apt_update_once
    say "Installing Debian packages: ${missing[*]}"
    as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$(log_file apt)" 2>&1 ||
        die "installing ${missing[*]} failed; see $(log_file apt)"
}

need_dotnet() {
    command -v dotnet >/dev/null || die "the .NET SDK 10 is missing: 'dotnet' is not on the PATH"
}

log_file() { mkdir -p "$OUT/logs"; printf '%s/logs/%s.log' "$OUT" "$1"; }

# with_lock NAME: this script waits until no other one holds NAME, and holds it until it ends.
with_lock() {
    mkdir -p "$OUT/locks"
    local fd
    exec {fd}>"$OUT/locks/$1"
    flock -n "$fd" || { say "Waiting for another run that holds '$1'"; flock "$fd"; }
}

# scratch NAME: a fresh folder under out/tmp in $SCRATCH, removed when the script ends.
scratch() {
    mkdir -p "$OUT/tmp"
    SCRATCH=$(mktemp -d "$OUT/tmp/$1.XXXXXX")
    trap 'rm -rf -- "$SCRATCH"' EXIT
}
