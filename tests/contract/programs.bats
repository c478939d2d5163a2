#!/usr/bin/env bats
# Real programs run whole under our allocators and say the same as without them.
# HEAPLAB_BUILD: the build folder (default build).

setup() {
    build=$(realpath "${HEAPLAB_BUILD:-build}")
    cd "$BATS_TEST_TMPDIR" || return
}

needs() {
    command -v "$1" >/dev/null || skip "$1 is not installed"
}

# same COMMAND...: its output and status are those of the plain run under each of our allocators.
same() {
    local library plain under

    plain=$("$@" 2>&1 && echo "well ended")
    [[ $plain == *"well ended" ]] || {
        printf 'fails without an allocator of ours:\n%s\n' "$plain"
        return 1
    }
    for library in "$build"/lib{bin,buddy}.so; do
        [ -e "$library" ]
        under=$(LD_PRELOAD=$library timeout 120 "$@" 2>&1 && echo "well ended") || true
        [[ $under == "$plain" ]] || {
            printf 'differs under %s:\n' "$library"
            diff <(echo "$plain") <(echo "$under") | head -20
            return 1
        }
    done
}

@test "a preloaded library is mapped into the program" {
    for library in "$build"/lib{bin,buddy}.so; do
        LD_PRELOAD=$library grep -F "$library" /proc/self/maps
    done
}

@test "python3 with its own allocator off" {
    needs python3
    cat >work.py <<'END'
import json, random, re, threading

random.seed(1)
table = {}
def fill(part):
    for i in range(20000):
        table[part, i] = [str(i) * (i % 40), {"n": i, "list": list(range(i % 30))}]
threads = [threading.Thread(target=fill, args=(part,)) for part in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
text = json.dumps(sorted((str(key), value) for key, value in table.items()))
for key in random.sample(sorted(table), 40000): del table[key]
print(len(text), hash(len(table)), len(re.findall(r"\d+", text)), json.loads(text)[777])
END
    PYTHONMALLOC=malloc PYTHONHASHSEED=0 same python3 work.py
}

@test "perl: hashes, strings and regular expressions" {
    needs perl
    cat >work.pl <<'END'
my (%count, @lines);
for my $i (1 .. 60000) { push @lines, join ",", map { $i * $_ % 97 } 1 .. $i % 20; }
for (@lines) { $count{$_}++ for split /,/; }
my $text = join "\n", sort @lines;
$text =~ s/(\d)(\d)/$2$1/g;
print length $text, " ", join(" ", map { "$_=$count{$_}" } sort { $a <=> $b } keys %count), "\n";
END
    PERL_HASH_SEED=0 same perl work.pl
}

@test "git: commits, a repack with threads, a check of all objects" {
    needs git
    export GIT_AUTHOR_DATE='2020-01-01T00:00:00Z' GIT_COMMITTER_DATE='2020-01-01T00:00:00Z'
    export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
    export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
    cat >work.sh <<'END'
set -e
rm -rf tree && git init -q -b main tree && cd tree
for i in $(seq 1 20); do
    seq 1 $((i * 200)) >"file$((i % 5))"
    git add . && git commit -q -m "$i"
done
git -c pack.threads=4 repack -adfq --depth=50 && git fsck --strict --full 2>&1
git log --stat -p | sha256sum && git blame file3 | sha256sum
END
    same bash work.sh
}

@test "sqlite3: inserts, an index, joins, a vacuum" {
    needs sqlite3
    cat >work.sql <<'END'
CREATE TABLE t (id INTEGER PRIMARY KEY, word TEXT, n INT);
WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 40000)
INSERT INTO t SELECT i, printf('%d%.*c', i * 7919 % 10007, i % 60, 'x'), i * 31 % 1009 FROM s;
CREATE INDEX by_word ON t (word);
SELECT count(*), sum(length(word)), min(word), max(word) FROM t;
SELECT a.n, count(*), group_concat(substr(b.word, 1, 6)) FROM t a JOIN t b ON a.id = b.n
    GROUP BY a.n ORDER BY 2 DESC, 1 LIMIT 20;
DELETE FROM t WHERE n % 3 = 0; VACUUM; PRAGMA integrity_check;
END
    same bash -c 'rm -f work.db; sqlite3 work.db <work.sql'
}

@test "gcc: the object file is the same to the bit" {
    needs gcc
    {
        echo '#include <stdio.h>'
        echo '#include <string.h>'
        for i in $(seq 1 300); do
            echo "int f$i(const char *s, int n) { int t = $i; for (int i = 0; i < n; i++)" \
                "t += s[i] * ${i}u % 7 + (int)strlen(s + i); return t ? t : f$i(s, n - 1); }"
        done
    } >work.c
    same bash -c 'gcc -O2 -g -c work.c -o work.o && sha256sum work.o'
}

@test "sort with four threads" {
    needs sort
    seq 1 200000 | awk '{ print ($1 * 7919) % 1000003, $1 }' >numbers
    same bash -c 'sort --parallel=4 -S 64M -n numbers | sha256sum'
}

# Without those that take minutes: millions of events in a heap of their own, not in malloc's.
@test "our own unit tests" {
    programs=("$build"/tests/test_*)
    [ -x "${programs[0]}" ] || skip "the unit tests are not built"
    cd "$BATS_TEST_DIRNAME/../.." || return
    for program in "${programs[@]}"; do
        [ -x "$program" ] || continue
        case $program in */test_fit_* | */test_literature_* | */test_workloads) continue ;; esac
        echo "$program"
        HEAPLAB_BUILD=$build same bash -c "'$program' 2>&1 | grep -E '^\[ +(OK|FAILED|SKIPPED)'"
    done
}
