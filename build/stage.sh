# Laying out and packing what boots: shared by build/initramfs and build/image, which source inputs.sh first.
# shellcheck shell=bash

# Everything in the archive has this time, so that the hour of the build is not part of the result.
EPOCH=1577836800

# stage_busybox ROOT: the static busybox, and a link for each applet where Debian's busybox would put it.
stage_busybox() {
    local root=$1 applet
    install -D -m 755 "$TOOLS/bin/busybox" "$root/bin/busybox"
    "$TOOLS/bin/busybox" --list-full | while read -r applet; do
        # All applets go to /bin and /sbin: /usr/bin and /usr/sbin are for Debian's real programs, which are named by absolute path.
        case "$applet" in
            bin/busybox) ;;
            sbin/*|usr/sbin/*) ln -s /bin/busybox "$root/sbin/${applet##*/}" ;;
            *) ln -s /bin/busybox "$root/bin/${applet##*/}" ;;
        esac
    done
}

# stage_modules ROOT KERNEL DRIVERS: the driver set's modules out of the unpacked package KERNEL, with what they depend on.
stage_modules() {
    local root=$1 kernel=$2 drivers=$3 version module glob firmware
    version=$(basename "$kernel"/lib/modules/*)
    depmod_ "$kernel" "$version"
    awk -f "$REPO/initramfs/resolve-modules.awk" "$kernel/lib/modules/$version"/modules.{builtin,softdep,dep} "$drivers" |
        sort >"$root.modules" || die "$drivers: see the lines above"
    while read -r module; do
        install -D -m 644 "$kernel/lib/modules/$version/$module" "$root/lib/modules/$version/$module"
    done <"$root.modules"
    install -m 644 "$kernel/lib/modules/$version"/modules.{builtin,builtin.modinfo,order} "$root/lib/modules/$version/"
    depmod_ "$root" "$version"
    # busybox reads the text files only.
    rm -f "$root/lib/modules/$version"/*.bin "$root/lib/modules/$version"/modules.{devname,order,builtin.modinfo}
    awk '$1 == "firmware" { print $2 }' "$drivers" | while read -r glob; do
        ( cd "$TOOLS/lib/firmware" 2>/dev/null && compgen -G "$glob" ) >"$root.firmware" ||
            die "$drivers: no package of ${LOCK#"$REPO"/} brings /lib/firmware/$glob"
        while read -r firmware; do
            install -D -m 644 "$TOOLS/lib/firmware/$firmware" "$root/lib/firmware/$firmware"
        done <"$root.firmware"
    done
    KERNEL_VERSION=$version
    MODULE_COUNT=$(wc -l <"$root.modules")
}

# kmod is one program that acts by the name it was called with.
depmod_() {
    "$TOOLS/lib64/ld-linux-x86-64.so.2" --library-path "$TOOLS/lib/x86_64-linux-gnu:$TOOLS/usr/lib/x86_64-linux-gnu" \
        --argv0 depmod "$TOOLS/bin/kmod" -b "$1" "$2" || die "depmod failed for $1"
}

# pack ROOT FILE: the tree as a compressed cpio that depends on names, contents and modes only.
pack() {
    local root=$1 file=$2
    find "$root" -type d -exec chmod 755 {} +
    find "$root" -type f -perm -u+x -exec chmod 755 {} +
    find "$root" -type f ! -perm -u+x -exec chmod 644 {} +
    find "$root" -exec touch --no-dereference --date="@$EPOCH" {} +
    # --reproducible leaves out inode and device numbers; the order is the sorted names'.
    ( cd "$root" && find . -mindepth 1 -printf '%P\n' | sort |
        tool /bin/cpio --quiet --create --format=newc --reproducible --owner=0:0 ) >"$file.cpio"
    # One thread: with more, zstd cuts the input differently. The kernel's decoder takes level 19's 8 MiB window.
    tool /usr/bin/zstd -19 -T1 --no-progress -q -f "$file.cpio" -o "$file"
    UNPACKED_SIZE=$(stat -c %s "$file.cpio")
    rm "$file.cpio"
}
