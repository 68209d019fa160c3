# The inputs of what boots machines: Debian packages pinned by version and sha256. Sourced by build/initramfs and build/image.
# shellcheck shell=bash

INPUTS_LOCK=${INPUTS_LOCK:-$REPO/initramfs/inputs.lock}
INPUTS_CACHE=$OUT/cache/debs
# What was resolved when a pinned version was no longer served; never committed.
INPUTS_REFRESHED=$OUT/inputs.lock

apt_download() { ( cd "$1" && shift && apt-get -o APT::Sandbox::User=root -qq download "$@" ); }

# lock_lines LOCK: "REQUEST PACKAGE VERSION SHA256" of every input, without comments.
lock_lines() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$1"; }

deb_path() { printf '%s/%s.deb' "$INPUTS_CACHE" "$1"; }

# inputs_fetch LOCK: every package of LOCK is in the cache with the right digest; false when a version is not served any more.
inputs_fetch() {
    local lock=$1 request package version sha folder file missing=()
    mkdir -p "$INPUTS_CACHE"
    while read -r request package version sha; do
        [ -s "$(deb_path "$sha")" ] || missing+=("$package=$version")
    done < <(lock_lines "$lock")
    [ ${#missing[@]} -gt 0 ] || return 0
    apt_update_once
    say "Fetching ${#missing[@]} Debian packages"
    folder=$(mktemp -d "$INPUTS_CACHE/get.XXXXXX")
    # All or none: packages of two states of the archive do not always fit together.
    if ! apt_download "$folder" "${missing[@]}" 2>"$folder/log"; then
        note "not served any more: $(grep '^E:' "$folder/log" | head -n 3 | tr '\n' ' ')"
        rm -rf -- "$folder"
        return 1
    fi
    while read -r request package version sha; do
        [ ! -s "$(deb_path "$sha")" ] || continue
        file=$(compgen -G "$folder/${package}_*.deb")
        if ! printf '%s  %s\n' "$sha" "$file" | sha256sum --check --status; then
            rm -rf -- "$folder"
            die "$package $version as served does not have the digest that $lock pins for it: not using it"
        fi
        mv "$file" "$(deb_path "$sha")"
    done < <(lock_lines "$lock")
    rm -rf -- "$folder"
}

# kernel_package REQUEST: the kernel's own package is named in the dependencies of the one that follows it; its name holds the ABI number.
kernel_package() {
    local package
    package=$(apt-cache depends "$1" | awk '$1 == "Depends:" && $2 ~ /^linux-image-[0-9]/ { print $2; exit }')
    [ -n "$package" ] || die "apt does not say which package '$1' stands for"
    printf '%s' "$package"
}

# inputs_resolve FROM TO: writes to TO the requests of FROM, each at the version that the archive serves now.
inputs_resolve() {
    local from=$1 to=$2 request rest package file sha folder
    local -A package_of=()
    apt_update_once
    mkdir -p "$INPUTS_CACHE" "$(dirname "$to")"
    while read -r request rest; do
        package_of[$request]=$request
        case "$request" in linux-image-*) package_of[$request]=$(kernel_package "$request") ;; esac
    done < <(lock_lines "$from")
    folder=$(mktemp -d "$INPUTS_CACHE/get.XXXXXX")
    apt_download "$folder" "${package_of[@]}" 2>"$folder/log" || die "cannot fetch the inputs: $(grep '^E:' "$folder/log" | head -n 3)"
    sed -n '/^#/p' "$from" >"$to.new"
    while read -r request rest; do
        package=${package_of[$request]}
        file=$(compgen -G "$folder/${package}_*.deb")
        sha=$(sha256sum "$file" | cut -d ' ' -f 1)
        printf '%s %s %s %s\n' "$request" "$package" "$(dpkg-deb -f "$file" Version)" "$sha" >>"$to.new"
        mv "$file" "$(deb_path "$sha")"
    done < <(lock_lines "$from")
    rm -rf -- "$folder"
    mv "$to.new" "$to"
}

# inputs_ready: $LOCK is a lock whose packages are all in the cache; $PINS is "committed", or "refreshed" when the archive has moved on.
inputs_ready() {
    LOCK=$INPUTS_LOCK PINS=committed
    inputs_fetch "$LOCK" && return 0
    LOCK=$INPUTS_REFRESHED PINS=refreshed
    if [ ! -s "$LOCK" ] || [ "$INPUTS_LOCK" -nt "$LOCK" ] || ! inputs_fetch "$LOCK"; then
        say "Resolving the inputs anew"
        inputs_resolve "$INPUTS_LOCK" "$LOCK"
    fi
    warn "Debian no longer serves every package version that ${INPUTS_LOCK#"$REPO"/} pins (security updates replace them)." \
        "This build uses the versions served now, listed in ${LOCK#"$REPO"/}." \
        "ITS OUTPUT DIFFERS FROM THE COMMITTED PIN. To pin them: build/initramfs --update-inputs, then commit."
}

# input REQUEST: the .deb that LOCK names for it.
input() {
    local sha
    sha=$(lock_lines "$LOCK" | awk -v r="$1" '$1 == r { print $4 }')
    [ -n "$sha" ] || die "${LOCK#"$REPO"/} has no line for '$1'"
    deb_path "$sha"
}

# tools_root: $TOOLS is a folder with every input but the kernels unpacked; one per content of the lock.
tools_root() {
    local key request package version sha
    key=$(lock_lines "$LOCK" | grep -v '^linux-image-' | sha256sum | cut -c 1-16)
    TOOLS=$OUT/cache/tools-$key
    [ ! -d "$TOOLS" ] || return 0
    mkdir -p "$TOOLS.new"
    while read -r request package version sha; do
        case "$request" in linux-image-*) continue ;; esac
        dpkg-deb -x "$(deb_path "$sha")" "$TOOLS.new" || die "cannot unpack $package $version"
    done < <(lock_lines "$LOCK")
    mv "$TOOLS.new" "$TOOLS"
}

# tool PATH ARGUMENTS...: runs a program of the unpacked packages with their libraries, so that the host's versions do not matter.
tool() {
    local program=$1
    shift
    "$TOOLS/lib64/ld-linux-x86-64.so.2" --library-path "$TOOLS/lib/x86_64-linux-gnu:$TOOLS/usr/lib/x86_64-linux-gnu" \
        --argv0 "$program" "$TOOLS$program" "$@"
}

# tool_libraries PATH: the libraries a program needs, as paths in TOOLS; fails when one is not among the inputs.
tool_libraries() {
    local listing
    listing=$("$TOOLS/lib64/ld-linux-x86-64.so.2" --library-path "$TOOLS/lib/x86_64-linux-gnu:$TOOLS/usr/lib/x86_64-linux-gnu" --list "$TOOLS$1") ||
        die "cannot list the libraries of $1"
    # Lines read "NAME => PATH (ADDRESS)"; a path outside TOOLS is the host's, which must never get in.
    awk -v root="$TOOLS/" '
        $2 != "=>" { next }
        $1 ~ /ld-linux/ { next }
        index($3, root) == 1 { print $3; next }
        { print $1 > "/dev/stderr"; bad = 1 }
        END { exit bad }' <<<"$listing" || die "$1 needs the libraries above, which no package of ${LOCK#"$REPO"/} brings"
}

# kernel_unpack REQUEST FOLDER: the kernel package's boot and lib folders.
kernel_unpack() {
    mkdir -p "$2"
    dpkg-deb --fsys-tarfile "$(input "$1")" | tar -x -C "$2" ./boot ./lib || die "cannot unpack the kernel $1"
}
