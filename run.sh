#!/usr/bin/env bash
# heaplab's door for a person: installs what Debian 12 lacks, builds, passes the words on.
#
#   ./run.sh              the standard campaign (heaplab run)
#   ./run.sh test         all tests
#   ./run.sh WORDS...     any other command of heaplab: list, run, record, plot, help, ...
#
# A second run installs nothing and needs no root. HEAPLAB_BUILD names another build folder.
set -euo pipefail

# ---- packages of Debian 12 ----
# Nothing builds without these.
build_packages=(gcc make libc6-dev libcsv-dev libzstd-dev libmd-dev)
# heaplab works without these, with less to show: charts, its own revision, instructions where the
# processor does not count them, other allocators.
extra_packages=(gnuplot-nox git valgrind libjemalloc2 libmimalloc2.0 libtcmalloc-minimal4
    libtbbmalloc2 libclang-rt-14-dev)
# What the tests and `make lint` need besides.
test_packages=(clang clang-tidy clang-format cppcheck shellcheck shfmt libcmocka-dev bats valgrind
    libclang-rt-14-dev git procps python3 perl sqlite3 lua5.4)

root=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
build=$(readlink -m "${HEAPLAB_BUILD:-$root/build}")
refused=$build/packages-refused # extra packages that apt could not give: not asked for again
apt_log=$build/apt.log
as_root=()

say() {
    printf 'heaplab: %s\n' "$*" >&2
}

die() {
    say "$@"
    exit 1
}

# Prints those of its arguments that are not installed. Another gnuplot than gnuplot-nox, which it
# would conflict with, will do.
missing_packages() {
    local installed package
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
    for package in "$@"; do
        [[ $package == gnuplot-nox ]] && command -v gnuplot >/dev/null && continue
        grep -qxF "installed $package" <<<"$installed" || printf '%s\n' "$package"
    done
}

# Finds out how to become root; false when there is no way.
find_root() {
    [[ $(id -u) == 0 ]] && return
    command -v sudo >/dev/null || return 1
    as_root=(sudo)
}

apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -o DPkg::Lock::Timeout=120 "$@" >"$apt_log" 2>&1
}

apt_install() {
    apt install -y --no-install-recommends "$@"
}

# Installs the needed packages (first argument: how many of the rest are needed) or dies; extra
# packages that cannot be had are named and remembered.
install_packages() {
    local count=$1 package
    shift
    local needed=("${@:1:count}") extra=("${@:count+1}")

    say "installing $*"
    mkdir -p "$build"
    apt update || say "apt-get update failed ($(tail -n 1 "$apt_log")); going on with the old lists"
    apt_install "$@" && return
    if ((count > 0)) && ! apt_install "${needed[@]}"; then
        tail -n 5 "$apt_log" >&2
        die "apt-get could not install what heaplab needs; run: apt-get install ${needed[*]}"
    fi
    for package in "${extra[@]}"; do
        apt_install "$package" && continue
        say "goes on without '$package', which apt-get could not install ($(tail -n 1 "$apt_log"))"
        printf '%s\n' "$package" >>"$refused"
    done
}

# Sees to it that the packages for the command in $1 are there.
ensure_packages() {
    local needed=("${build_packages[@]}") extra=()

    command -v dpkg-query >/dev/null || return 0 # not Debian: the compiler will tell
    [[ $1 == test ]] && needed+=("${test_packages[@]}")
    mapfile -t needed < <(missing_packages "${needed[@]}")
    mapfile -t extra < <(missing_packages "${extra_packages[@]}" |
        grep -vxF -e "$(cat "$refused" 2>/dev/null)" -e "$(printf '%s\n' "${needed[@]}")")
    ((${#needed[@]} + ${#extra[@]} > 0)) || return 0
    if find_root; then
        install_packages "${#needed[@]}" "${needed[@]}" "${extra[@]}"
    elif ((${#needed[@]} > 0)); then
        die "needs packages and cannot become root; as root, run: apt-get install ${needed[*]}"
    else
        say "goes on without '${extra[*]}'; to have them, as root, run: apt-get install ${extra[*]}"
    fi
}

# The build folder as make is told it: its default unless another is asked for.
make_quietly() {
    make -s -C "$root" -j"$(nproc)" ${HEAPLAB_BUILD:+"BUILD=$build"} "$@"
}

# Builds what is out of date. Who may not write to the build folder runs what is in it.
build_heaplab() {
    if [[ -x $build/heaplab && ! -w $build ]]; then
        say "runs what was built before: may not write to '$build'"
    else
        make_quietly all >&2 || die "the build failed; its messages are above"
    fi
}

case ${1-run} in
    help | -h | --help)
        [[ -x $build/heaplab ]] && exec "$build/heaplab" "$@"
        ;;
esac

ensure_packages "${1-run}"
if [[ ${1-run} == test ]]; then
    make_quietly test
    exit
fi
build_heaplab
if (($# == 0)); then
    set -- run
fi
exec "$build/heaplab" "$@"
