#!/usr/bin/env bash
# Records workloads/recorded/NAME.trace afresh, by the recipe that NAME.md tells.
#   workloads/recorded/record.sh NAME...       HEAPLAB: the program, default build/heaplab
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
heaplab=$(realpath "${HEAPLAB:-$here/../../build/heaplab}")
export LC_ALL=C PYTHONHASHSEED=0

record() {
    "$heaplab" record --force -o "$here/$name.trace" -- "$@" >/dev/null
}

# Object files of made-up functions, for the linker.
make_objects() {
    local number
    for number in $(seq 100 295); do
        perl functions.pl 25 $((number * 25)) >"part$number.c"
        gcc -O0 -g -ffunction-sections -c "part$number.c"
    done
}

recipe() {
    case $1 in
        perl) record perl words.pl ;;
        sqlite)
            perl statements.pl >statements.sql
            record sqlite3 :memory: '.read statements.sql'
            ;;
        python) PYTHONMALLOC=malloc record /usr/bin/python3 -S notes.py ;;
        pipeline) PYTHONMALLOC=malloc record /usr/bin/python3 -S pipeline.py ;;
        lua) record lua5.4 tables.lua ;;
        jq)
            perl document.pl 5000 >document.json
            record jq -f stations.jq document.json
            ;;
        cc1)
            perl functions.pl 130 >functions.c
            record "$(gcc -print-prog-name=cc1)" -quiet -O2 functions.c -o functions.s
            ;;
        lld)
            make_objects
            record ld.lld --threads=4 -shared --gdb-index --icf=all -o linked.so part*.o
            ;;
        *)
            echo "record.sh: no recipe \"$1\"; see $here/README.md" >&2
            exit 2
            ;;
    esac
}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for name in "$@"; do
    mkdir "$folder/$name"
    cp "$here"/inputs/* "$folder/$name"
    cd "$folder/$name"
    recipe "$name"
done
