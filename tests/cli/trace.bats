#!/usr/bin/env bats
# `heaplab trace`: what it saves, what it replaces, and what it refuses.

# shellcheck disable=SC2154 # campaign.bash sets them
load campaign

setup() {
    campaign_setup
}

@test "a trace that is there is replaced with --force only" {
    echo precious >my.trace
    run "$heaplab" trace save --scale 0.01 larson my.trace
    echo "$output"
    [ "$status" -eq 1 ]
    [ "$output" = 'heaplab: will not replace "my.trace": it exists; give another name, or --force' ]
    [ "$(cat my.trace)" = precious ]
    "$heaplab" trace save --force --scale 0.01 larson my.trace
    "$heaplab" trace inspect my.trace | grep -q 'workload larson, 1 thread, seed 1, scale 0.01'
}

@test "saving says how many threads there are, and which of them --threads counts" {
    run "$heaplab" trace save --scale 0.01 --threads 2 larson larson.trace
    [[ $output == 'larson.trace: '*' events, 3 threads: 2 of --threads, and one that starts them' ]]
    run "$heaplab" trace save --scale 0.01 sized sized.trace
    [[ $output == 'sized.trace: '*' events, 1 thread' ]]
    run "$heaplab" trace save ./larson.trace copy.trace # it has the threads it has
    echo "$output"
    [[ $output == *' events, 3 threads' ]]
}

@test "wrong words are named, with status 2, and nothing is written" {
    local words expected
    while IFS='|' read -r words expected; do
        # shellcheck disable=SC2086 # words
        run "$heaplab" trace $words
        echo "$words: $output"
        [ "$status" -eq 2 ]
        [[ ${lines[0]} == "heaplab: "*"$expected"* ]]
    done <<'WORDS'
frobnicate|"frobnicate"
inspect --foo F|"--foo"
inspect F G|"G"
inspect|takes one FILE
save larson F --scale 0.01|options stand before WORKLOAD and FILE, not behind: "--scale"
save larson F G|"G"
save larson|FILE
save --foo larson F|"--foo"
save --threads 0 larson F|--threads "0": must be a whole number
save --scale nan larson F|--scale "nan"
save --seed|"--seed"
save nosuch F|"nosuch"
WORDS
    [ ! -e F ]
    run "$heaplab" trace
    [ "$status" -eq 2 ]
}
