#!/usr/bin/env bats
# Every link from one of our pages to a file leads to one.

@test "links in the README files lead somewhere" {
    cd "$BATS_TEST_DIRNAME/../.."
    broken=0 seen=0
    while IFS=: read -r page link; do
        seen=$((seen + 1))
        if [ ! -e "$(dirname "$page")/$link" ]; then
            echo "$page: \"$link\" is not there"
            broken=1
        fi
    done < <(find . \( -name build -o -path ./results -o -path ./.git \) -prune -o -name '*.md' \
        -exec grep -HoE '\]\([^):#]+' {} + | sed 's/:\](/:/')
    [ "$seen" -gt 0 ]
    [ "$broken" -eq 0 ]
}
