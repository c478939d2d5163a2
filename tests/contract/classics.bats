#!/usr/bin/env bats
# The classical allocators without a fit search (buddies, pool, arena): real programs say the same
# under them, and their tunables do what they say. HEAPLAB_BUILD: the build folder (default build).

setup() {
    build=$(realpath "${HEAPLAB_BUILD:-build}")
    classics=(buddy buddy-lazy buddy-fibonacci buddy-weighted pool arena)
    cd "$BATS_TEST_TMPDIR" || return
}

needs() {
    command -v "$1" >/dev/null || skip "$1 is not installed"
}

# same COMMAND...: its output and status are those of the plain run under each of them.
same() {
    local name plain under

    plain=$("$@" 2>&1 && echo "well ended")
    [[ $plain == *"well ended" ]]
    for name in "${classics[@]}"; do
        [ -e "$build/lib$name.so" ]
        under=$(LD_PRELOAD=$build/lib$name.so timeout 120 "$@" 2>&1 && echo "well ended") || true
        [[ $under == "$plain" ]] || {
            printf 'differs under %s:\n' "$name"
            diff <(echo "$plain") <(echo "$under") | head -20
            return 1
        }
    done
}

@test "python3 with its own allocator off" {
    needs python3
    PYTHONMALLOC=malloc PYTHONHASHSEED=0 same python3 -c '
import json, threading
table = {}
def fill(part):
    for i in range(6000): table[part, i] = [str(i) * (i % 40), {"n": i, "list": list(range(i % 30))}]
threads = [threading.Thread(target=fill, args=(part,)) for part in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
text = json.dumps(sorted((str(key), value) for key, value in table.items()))
for key in sorted(table)[::2]: del table[key]
print(len(text), len(table), json.loads(text)[777])'
}

@test "perl: hashes, strings and regular expressions" {
    needs perl
    # shellcheck disable=SC2016 # perl's variables
    PERL_HASH_SEED=0 same perl -e '
my (%count, @lines);
for my $i (1 .. 15000) { push @lines, join ",", map { $i * $_ % 97 } 1 .. $i % 20; }
for (@lines) { $count{$_}++ for split /,/; }
my $text = join "\n", sort @lines;
$text =~ s/(\d)(\d)/$2$1/g;
print length $text, " ", join(" ", map { "$_=$count{$_}" } sort { $a <=> $b } keys %count), "\n";'
}

@test "gcc: the object file is the same to the bit" {
    needs gcc
    for i in $(seq 1 100); do
        echo "int f$i(const char *s, int n) { int t = $i; for (int i = 0; i < n; i++)" \
            "t += s[i] * ${i}u % 7; return t ? t : f$i(s, n - 1); }"
    done >work.c
    same bash -c 'gcc -O2 -g -c work.c -o work.o && sha256sum work.o'
}

@test "beyond its limit an allocator refuses, and the program can go on" {
    needs python3
    cat >limit.py <<'END'
def take(bytes):
    try: return "had" if bytearray(bytes) else ""
    except MemoryError: return "refused"
print(take(4 << 20), take(200 << 20), take(4 << 20))
END
    for name in "${classics[@]}"; do
        run env LD_PRELOAD="$build/lib$name.so" HEAPLAB_TUNABLES=limit=100M python3 limit.py
        echo "$name: $status $output"
        [ "$output" = "had refused had" ]
        run env LD_PRELOAD="$build/lib$name.so" python3 limit.py
        [ "$output" = "had had had" ]
    done
}

@test "the initial memory is there from the start" {
    for name in "${classics[@]}"; do
        resident=$(LD_PRELOAD=$build/lib$name.so HEAPLAB_TUNABLES=initial=40M \
            awk '/^VmRSS/ { print $2 }' /proc/self/status)
        echo "$name: $resident KiB"
        [ "$resident" -ge 40960 ]
        resident=$(LD_PRELOAD=$build/lib$name.so awk '/^VmRSS/ { print $2 }' /proc/self/status)
        [ "$resident" -lt 20480 ]
    done
}

@test "settings that make no sense stop the program at its start, with one line" {
    for name in "${classics[@]}"; do
        for setting in limit=1M:initial=2M limit=12 limit=lots colour=red; do
            run env LD_PRELOAD="$build/lib$name.so" HEAPLAB_TUNABLES=$setting true
            echo "$name $setting: $status $output"
            [ "$status" -eq 2 ]
            [ "${#lines[@]}" -eq 1 ]
            [[ $output == "heaplab $name: HEAPLAB_TUNABLES \"$setting\": "* ]]
        done
    done
}

@test "the watermark is buddy-lazy's alone" {
    LD_PRELOAD=$build/libbuddy-lazy.so HEAPLAB_TUNABLES=watermark=4 true
    run env LD_PRELOAD="$build/libbuddy.so" HEAPLAB_TUNABLES=watermark=4 true
    [ "$status" -eq 2 ]
}

# size_under LIMIT_KIB LIBRARY: KiB of addresses that a small program has under that limit.
size_under() {
    bash -c "ulimit -v $1 && LD_PRELOAD=$2 exec awk '/^VmSize/ { print \$2 }' /proc/self/status"
}

@test "a program with few addresses keeps half of them" {
    for limit in 60000 80000 150000 300000 3000000; do
        plain=$(size_under "$limit" "")
        most=$((plain + (limit - plain) / 2 + limit / 50 + 1024)) # the pool's tables; the library
        for name in "${classics[@]}"; do
            size=$(size_under "$limit" "$build/lib$name.so")
            echo "$name, ulimit -v $limit: $size KiB, at most $most"
            [ "$size" -le "$most" ]
            [ "$size" -gt $((plain + limit / 16)) ] # and the allocator has some
        done
    done
}

@test "slabs of a pool that ended serve pools of another size" {
    needs python3
    cat >pools.py <<'END'
import ctypes, sys
library = ctypes.CDLL(sys.argv[1])
for name in "new", "acquire":
    getattr(library, "heaplab_pool_" + name).restype = ctypes.c_void_p
def fill(bytes):
    pool = ctypes.c_void_p(library.heaplab_pool_new(ctypes.c_size_t(bytes)))
    count = 0
    while library.heaplab_pool_acquire(pool): count += 1
    library.heaplab_pool_free(pool)
    return count * bytes >> 20
print(*(fill(bytes) for bytes in (10000, 500000, 60000, 2000000, 10000)))
END
    run env HEAPLAB_TUNABLES=limit=16M python3 pools.py "$build/libpool.so"
    echo "$output"
    for mebibytes in $output; do [ "$mebibytes" -ge 13 ]; done
    [ "$(wc -w <<<"$output")" -eq 5 ]
}

@test "what is written to after it was freed ends with a message, under the pool" {
    needs python3
    run env LD_PRELOAD="$build/libpool.so" python3 -c '
import ctypes
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
block = ctypes.c_void_p(library.malloc(ctypes.c_size_t(25000)))
library.free(block)
ctypes.memset(block, 65, 25000)
library.malloc(ctypes.c_size_t(25000))'
    echo "$output"
    [ "$status" -eq 134 ]
    [[ $output == *"heaplab pool: malloc(0x"*"): this object was written to after it was freed; the "* ]]
}

@test "the message of a wrong free names the call, the address and the block around it" {
    needs python3
    for name in "${classics[@]}"; do
        run env LD_PRELOAD="$build/lib$name.so" python3 -c '
import ctypes
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
block = library.malloc(ctypes.c_size_t(24000))
print(f"{block + 48:#x}): ", f" bytes at {block:#x} are live", sep="\n", flush=True)
library.free(ctypes.c_void_p(block + 48))'
        echo "$name: $status $output"
        [ "$status" -eq 134 ]
        [[ ${lines[2]} == "heaplab $name: free(${lines[0]}"*"; the "*"${lines[1]}"* ]]
    done
}
