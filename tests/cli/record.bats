#!/usr/bin/env bats
# heaplab record: programs whose calls are known leave traces that hold just those, however they
# end. What heap_calls does is told in tests/fixtures/heap_calls.c.
# shellcheck disable=SC2030,SC2031 # each test is a subshell, and its exports are its own
bats_require_minimum_version 1.5.0

setup_file() {
    local fixtures=$BATS_TEST_DIRNAME/../fixtures
    export -n LD_PRELOAD
    export heaplab=${HEAPLAB_BUILD:-$BATS_TEST_DIRNAME/../../build}/heaplab
    export calls=$BATS_FILE_TMPDIR/heap_calls
    local flags=(-O2 -D_GNU_SOURCE -fno-builtin -pthread)
    gcc "${flags[@]}" -o "$calls" "$fixtures/heap_calls.c"
    gcc "${flags[@]}" -static -o "$BATS_FILE_TMPDIR/static" "$fixtures/heap_calls.c"
    gcc "${flags[@]}" -shared -fPIC -o "$BATS_FILE_TMPDIR/layered.so" "$fixtures/layered_allocator.c"
    gcc "${flags[@]}" -shared -fPIC -o "$BATS_FILE_TMPDIR/dlsym.so" "$fixtures/allocating_dlsym.c"
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

# record ARGUMENT...: under a time limit, with what it prints shown where the test fails.
record() {
    run timeout 60 "$heaplab" record "$@"
    echo "$output"
}

# count TRACE KIND: the events of a kind.
count() {
    "$heaplab" trace inspect "$1" | awk -v kind="$2" '
        /^Events/ { on = 1; if (kind == "all") found = $2; next }
        /^$/ { on = 0 }
        on { name = substr($0, 3, 20); sub(/ +$/, "", name); if (name == kind) found = $(NF - 2) }
        END { gsub(",", "", found); print found + 0 }'
}

# holds TRACE KIND NUMBER...
holds() {
    local trace=$1
    shift
    while (($# > 0)); do
        echo "$trace: $1: $(count "$trace" "$1"), not $2"
        [ "$(count "$trace" "$1")" -eq "$2" ]
        shift 2
    done
}

# never_freed TRACE: the objects that live at the end.
never_freed() {
    "$heaplab" trace inspect "$1" | awk '/never freed/ { gsub(",", "", $NF); print $NF }'
}

# The 25 events of `heap_calls all`.
holds_every_entry_point() {
    holds "$1" malloc 4 calloc 2 aligned_alloc 5 realloc 3 free 11 all 25
    [ "$(never_freed "$1")" -eq 0 ]
}

@test "every entry point is recorded, failures and free(NULL) are not" {
    record -- "$calls" all
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == "heaplab: wrote heap_calls.trace: 25 events, "*" bytes/event, 1 thread" ]]
    holds_every_entry_point heap_calls.trace
}

@test "blocks freed by other threads: all there, in an order that holds" {
    record "$calls" foreign
    [ "$status" -eq 0 ]
    holds heap_calls.trace malloc 8000 "thread start" 16
    [ $(($(count heap_calls.trace malloc) + $(count heap_calls.trace calloc) - $(count heap_calls.trace free))) \
        -eq "$(never_freed heap_calls.trace)" ]
    "$heaplab" trace inspect heap_calls.trace | grep "for 8000 changes of thread"
    [ "$(count heap_calls.trace wait)" -ge 8 ]
}

@test "2000 threads that come and go" {
    record "$calls" many
    [ "$status" -eq 0 ]
    holds heap_calls.trace malloc 2000
    [[ $output == *" 1024 threads" ]]
}

@test "frees of a thread after the recorder's own destructor" {
    record "$calls" late
    [ "$status" -eq 0 ]
    holds heap_calls.trace malloc 5 free 4
}

@test "a forked child has a trace of its own, without its parent's blocks" {
    record "$calls" fork
    [ "$status" -eq 0 ]
    holds heap_calls.trace malloc 1000 free 1000 all 2000
    child=$(echo heap_calls.*.trace)
    holds "$child" malloc 20 free 20 all 40
    "$heaplab" trace inspect "$child" | grep "10 frees of blocks from before the recording"
    [[ $output == *"2 traces of 2 processes" ]]
}

@test "a signal handler that allocates" {
    record "$calls" signal
    [ "$status" -eq 0 ]
    holds heap_calls.trace malloc 200 free 200
}

@test "a crash: the exit code of a shell, and all that was done before" {
    record "$calls" crash
    [ "$status" -eq 139 ]
    holds heap_calls.trace malloc 1000 all 1000
    [ "$(never_freed heap_calls.trace)" -eq 1000 ]
}

@test "_exit: the command's exit code, and nothing is lost" {
    record "$calls" _exit
    [ "$status" -eq 7 ]
    holds heap_calls.trace malloc 1000 all 1000
}

@test "exec: the last image is the command's, the first has a trace too" {
    record "$calls" exec
    [ "$status" -eq 0 ]
    holds_every_entry_point heap_calls.trace
    holds "$(echo heap_calls.*.trace)" malloc 1000 all 1000
}

@test "a wrapper: what it starts is recorded" {
    record -o out.trace env "$calls" all
    [ "$status" -eq 0 ]
    holds_every_entry_point out.trace
}

@test "Ctrl-C leaves what has been recorded" {
    # A shell gives its background jobs a deaf ear for SIGINT; perl gives it back.
    perl -e '$SIG{INT} = "DEFAULT"; setpgrp(0, 0); exec @ARGV' \
        "$heaplab" record -o out.trace "$calls" wait 3>&- &
    group=$!
    for _ in $(seq 50); do
        sleep 0.1
        pgrep -g "$group" heap_calls >waiting && break
    done
    sleep 0.3
    kill -INT -- -"$group"
    status=0
    wait "$group" || status=$?
    [ "$status" -eq 130 ]
    holds out.trace malloc 1000 all 1000
}

@test "an allocator that is preloaded too, and calls itself" {
    export LD_PRELOAD=$BATS_FILE_TMPDIR/layered.so
    record "$calls" all
    unset LD_PRELOAD
    [ "$status" -eq 0 ]
    holds_every_entry_point heap_calls.trace
}

@test "a dlsym that allocates before there is an allocator" {
    export LD_PRELOAD=$BATS_FILE_TMPDIR/dlsym.so
    record "$calls" all
    unset LD_PRELOAD
    [ "$status" -eq 0 ]
    holds_every_entry_point heap_calls.trace
}

@test "a full disk ends the recording, not the program" {
    mkdir small
    mount -t tmpfs -o size=200k none small 2>/dev/null || skip "this needs the right to mount"
    export TMPDIR=$PWD/small
    record "$calls" fill
    unset TMPDIR
    umount small
    [ "$status" -eq 0 ]
    [[ $output == *"truncated"* ]]
    [ "$(count heap_calls.trace all)" -gt 10000 ]
    [ "$(count heap_calls.trace all)" -lt 25600 ]
}

@test "static programs are refused with the reason" {
    record "$BATS_FILE_TMPDIR/static" all
    [ "$status" -eq 126 ]
    [[ $output == *"linked statically"* ]]
    [ ! -e static.trace ]
}

@test "a command that is not there: 127 and one line" {
    run -127 timeout 60 "$heaplab" record no-such-command
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == 'heaplab: cannot run "no-such-command": '* ]]
}

@test "a trace is not replaced unless told so" {
    echo precious >heap_calls.trace
    record "$calls" all
    [ "$status" -eq 1 ]
    [ "$(cat heap_calls.trace)" = precious ]
    record --force "$calls" all
    [ "$status" -eq 0 ]
    holds_every_entry_point heap_calls.trace
}

@test "raw events are removed, or kept and named" {
    mkdir raw
    export TMPDIR=$PWD/raw
    record "$calls" all
    [ -z "$(ls raw)" ]
    record --force --keep-raw "$calls" all
    [[ $output == *"raw events are in $TMPDIR/heaplab-record-"* ]]
    [ -n "$(ls raw/*/*.events)" ]
}

@test "wrong usage is told and ends with 2" {
    record
    [ "$status" -eq 2 ]
    record --no-such-option "$calls"
    [ "$status" -eq 2 ]
    [[ $output == *'"--no-such-option"'* ]]
}
