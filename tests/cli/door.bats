#!/usr/bin/env bats
# run.sh: what it installs, when it asks for root, what it passes on. Most tests run a copy of it
# beside a Makefile that builds a heaplab which prints its words, under a PATH whose dpkg-query,
# apt-get, sudo and id are played: an installed package is a line of $world/installed.
# shellcheck disable=SC2016 # the bodies of the played programs are expanded when they run

setup() {
    repository=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    lab=$BATS_TEST_TMPDIR/lab
    world=$BATS_TEST_TMPDIR/world
    mkdir -p "$lab" "$world/bin" "$world/offered"
    cp "$repository/run.sh" "$lab"
    cat >"$lab/Makefile" <<'MAKEFILE'
BUILD ?= build
all:
	@mkdir -p $(BUILD)
	@printf '#!/bin/sh\necho "in $$PWD:" "$$@"\nexit $${PLAYED_STATUS:-0}\n' >$(BUILD)/heaplab
	@chmod +x $(BUILD)/heaplab
test:
	@echo tests ran
MAKEFILE
    play id 'echo "${PLAYED_UID:-0}"'
    play dpkg-query 'while read -r package; do echo "installed $package"; done <"$world/installed"'
    play apt-get '
        echo "apt-get $*" >>"$world/calls"
        case " $* " in
            *" update "*) exit "${PLAYED_UPDATE_STATUS:-0}" ;;
        esac
        for word in "$@"; do
            case $word in -* | install | DPkg::*) continue ;; esac
            [ -e "$world/offered/$word" ] || { echo "E: Unable to locate package $word"; exit 100; }
        done
        for word in "$@"; do
            case $word in -* | install | DPkg::*) continue ;; esac
            echo "$word" >>"$world/installed"
        done'
    : >"$world/installed"
    : >"$world/calls"
    mapfile -t packages < <(sed -n '/^[a-z]*_packages=(/,/)/p' "$lab/run.sh" |
        sed 's/^[a-z]*_packages=(//; s/)//' | tr -s ' ' '\n' | sort -u | grep .)
    [ "${#packages[@]}" -gt 15 ]
    (cd "$world/offered" && touch "${packages[@]}")
    real_build=${HEAPLAB_BUILD:-$repository/build}
    unset HEAPLAB_BUILD MAKEFLAGS MAKELEVEL
    export world PATH=$world/bin:$PATH
}

# play NAME BODY: puts a program of that name in front of the real one.
play() {
    printf '#!/bin/sh\n%s\n' "$2" >"$world/bin/$1"
    chmod +x "$world/bin/$1"
}

install_all() {
    printf '%s\n' "${packages[@]}" >"$world/installed"
}

installs() {
    grep -c ' install ' "$world/calls" || true
}

@test "installs what is missing in one go, builds and runs the campaign" {
    run "$lab/run.sh"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ ${lines[-1]} == "in "*": run" ]]
    [ "$(installs)" -eq 1 ]
    grep -qx libcsv-dev "$world/installed"
    grep -qx libmimalloc2.0 "$world/installed"
    run grep -x clang-tidy "$world/installed"
    [ "$status" -eq 1 ]
}

@test "a second run installs nothing and needs no root" {
    run "$lab/run.sh" list
    [ "$status" -eq 0 ]
    : >"$world/calls"
    PLAYED_UID=1000 run "$lab/run.sh" list
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == "in "*": list" ]]
    [ ! -s "$world/calls" ]
}

@test "test installs the tools of the tests too and runs make test" {
    run "$lab/run.sh" test
    echo "$output"
    [ "$status" -eq 0 ]
    [[ ${lines[-1]} == "tests ran" ]]
    grep -qx clang-tidy "$world/installed"
    grep -qx bats "$world/installed"
}

@test "without root and sudo it names the packages and the command to ask for" {
    install_all
    sed -i '/^libcsv-dev$/d; /^gcc$/d' "$world/installed"
    hide_sudo
    PLAYED_UID=1000 PATH=$BATS_TEST_TMPDIR/bare run "$lab/run.sh"
    echo "$output"
    [ "$status" -eq 1 ]
    [[ $output == *"as root, run: apt-get install gcc libcsv-dev" ]]
    [ ! -s "$world/calls" ]
}

# A PATH without sudo: links to the few programs that the door uses.
hide_sudo() {
    local program
    mkdir -p "$BATS_TEST_TMPDIR/bare"
    for program in bash sh env readlink dirname cat grep make mkdir nproc printf chmod tail; do
        ln -s "$(command -v "$program")" "$BATS_TEST_TMPDIR/bare/$program"
    done
    cp "$world"/bin/* "$BATS_TEST_TMPDIR/bare"
}

@test "a user with sudo installs through it" {
    play sudo 'echo "sudo $*" >>"$world/calls"; exec "$@"'
    PLAYED_UID=1000 run "$lab/run.sh" list
    echo "$output"
    [ "$status" -eq 0 ]
    grep -q '^sudo env DEBIAN_FRONTEND=noninteractive apt-get .* install ' "$world/calls"
}

@test "an allocator that apt cannot give is named, skipped and not asked for again" {
    rm "$world/offered/libmimalloc2.0"
    run "$lab/run.sh" list
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *"goes on without 'libmimalloc2.0'"* ]]
    grep -qx libjemalloc2 "$world/installed"
    : >"$world/calls"
    run "$lab/run.sh" list
    echo "$output"
    [ "$status" -eq 0 ]
    [ ! -s "$world/calls" ]
}

@test "a needed package that apt cannot give ends it with the reason" {
    rm "$world/offered/libcsv-dev"
    run "$lab/run.sh"
    echo "$output"
    [ "$status" -eq 1 ]
    [[ $output == *"Unable to locate package libcsv-dev"* ]]
    [[ ${lines[-1]} == *"run: apt-get install "*libcsv-dev* ]]
}

@test "without a network it works when everything is installed, and says so when not" {
    install_all
    PLAYED_UPDATE_STATUS=100 run "$lab/run.sh" list
    [ "$status" -eq 0 ]
    [ ! -s "$world/calls" ]
    sed -i '/^libcsv-dev$/d' "$world/installed"
    rm "$world"/offered/*
    PLAYED_UPDATE_STATUS=100 run "$lab/run.sh" list
    echo "$output"
    [ "$status" -eq 1 ]
    [[ $output == *"apt-get update failed"* ]]
}

@test "another gnuplot than gnuplot-nox will do" {
    install_all
    sed -i '/^gnuplot-nox$/d' "$world/installed"
    play gnuplot ':'
    run "$lab/run.sh" list
    [ "$status" -eq 0 ]
    [ ! -s "$world/calls" ]
}

@test "help installs and builds nothing once heaplab is built" {
    "$lab/run.sh" list
    : >"$world/installed"
    : >"$world/calls"
    echo 'all: ; false' >"$lab/Makefile"
    for word in help --help -h; do
        run "$lab/run.sh" "$word"
        echo "$output"
        [ "$status" -eq 0 ]
        [[ $output == "in "*": $word" ]]
    done
    [ ! -s "$world/calls" ]
}

@test "words and the working directory reach heaplab as they are, its status comes back" {
    install_all
    mkdir "$BATS_TEST_TMPDIR/else where"
    cd "$BATS_TEST_TMPDIR/else where"
    PLAYED_STATUS=7 run ../lab/run.sh plot 'a folder' --out=x
    echo "$output"
    [ "$status" -eq 7 ]
    [[ $output == "in $BATS_TEST_TMPDIR/else where: plot a folder --out=x" ]]
}

@test "it works through a symbolic link and with another build folder" {
    install_all
    ln -s "$lab/run.sh" "$BATS_TEST_TMPDIR/door"
    cd "$BATS_TEST_TMPDIR"
    HEAPLAB_BUILD=other run ./door list
    echo "$output"
    [ "$status" -eq 0 ]
    [ -x "$BATS_TEST_TMPDIR/other/heaplab" ]
    [ ! -e "$lab/build/heaplab" ]
}

@test "a build that fails shows its messages and ends with 1" {
    install_all
    printf 'all:\n\t@echo "main.c:1: error: no such thing" >&2; false\n' >"$lab/Makefile"
    run "$lab/run.sh" list
    echo "$output"
    [ "$status" -eq 1 ]
    [[ $output == *"main.c:1: error: no such thing"* ]]
    [[ ${lines[-1]} == "heaplab: the build failed"* ]]
}

@test "a user who may not write to the build folder runs what is in it" {
    [ "$(command id -u)" -eq 0 ] || skip "only root can be another user"
    install_all
    "$lab/run.sh" list
    printf 'all:\n\t@touch build/new\n' >"$lab/Makefile"
    chmod a+rx "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/test "$BATS_TEST_TMPDIR"
    cd /
    run setpriv --reuid=65534 --regid=65534 --clear-groups "$lab/run.sh" list
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *"may not write to '$lab/build'"*"in /: list" ]]
}

@test "a word that heaplab does not know ends with 2" {
    [ -x "$real_build/heaplab" ]
    install_all
    HEAPLAB_BUILD=$real_build run "$repository/run.sh" frobnicate
    echo "$output"
    [ "$status" -eq 2 ]
    [[ $output == *"frobnicate"* ]]
}
