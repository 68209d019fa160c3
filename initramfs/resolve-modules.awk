# Which kernel modules a driver set means, with all that they depend on, one path a line, sorted by the caller.
#   awk -f resolve-modules.awk modules.builtin modules.softdep modules.dep DRIVERS.list
# A line of DRIVERS.list is a module name or a glob (virtio*), or with a slash in it a glob on the path (kernel/drivers/net/phy/*).
# "-" and "_" are the same, as for modprobe. A line that starts with "?" may match nothing; any other that matches neither a module
# nor something built into the kernel is an error: a typing mistake must not cost a machine its disk.
# Lines "kernel PACKAGE" and "firmware GLOB" belong to build/initramfs and are skipped here.

function name_of(path,   n, parts) {
    n = split(path, parts, "/")
    sub(/\.ko(\.(xz|zst|gz))?$/, "", parts[n])
    gsub(/-/, "_", parts[n])
    return parts[n]
}

function glob_to_regex(glob) {
    gsub(/[.+^$(){}|\\]/, "\\\\&", glob)
    gsub(/\*/, ".*", glob)
    gsub(/\?/, ".", glob)
    return "^" glob "$"
}

# Depth first over hard and soft dependencies; a name that is built in or missing ends there.
function take(path,   i, n, deps, parts, m) {
    if (path in taken) return
    taken[path] = 1
    n = split(depends[path], deps, " ")
    for (i = 1; i <= n; i++) take(deps[i])
    m = split(soft[name_of(path)], parts, " ")
    for (i = 1; i <= m; i++) if (parts[i] in path_of) take(path_of[parts[i]])
}

FNR == 1 { file++ }

file == 1 { builtin[name_of($1)] = $1; next }

# softdep NAME pre: A B post: C
file == 2 {
    if ($1 != "softdep") next
    gsub(/-/, "_", $2)
    for (i = 3; i <= NF; i++) {
        if ($i ~ /:$/) continue
        soft_name = $i
        gsub(/-/, "_", soft_name)
        soft[$2] = soft[$2] " " soft_name
    }
    next
}

# PATH: PATH PATH...
file == 3 {
    colon = index($0, ":")
    path = substr($0, 1, colon - 1)
    depends[path] = substr($0, colon + 1)
    path_of[name_of(path)] = path
    next
}

/^[ \t]*(#|$)/ || $1 == "kernel" || $1 == "firmware" { next }

{
    glob = $1
    optional = sub(/^\?/, "", glob)
    by_path = index(glob, "/") > 0
    if (!by_path) gsub(/-/, "_", glob)
    regex = glob_to_regex(glob)
    found = 0
    for (name in path_of)
        if ((by_path ? path_of[name] : name) ~ regex) { take(path_of[name]); found = 1 }
    for (name in builtin)
        if ((by_path ? builtin[name] : name) ~ regex) found = 1
    if (!found && !optional) {
        print "line " FNR ": '" $1 "' is neither a module of this kernel nor built into it" > "/dev/stderr"
        failed = 1
    }
}

END {
    if (failed) exit 1
    for (path in taken) print path
}
