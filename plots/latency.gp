# How long single calls took: the share of the sampled calls that took longer than a time, both axes
# logarithmic, a panel for each workload and kind of call, a line for each allocator. The samples of
# all counted blocks are pooled; what lies to the right and high up is the tail.
run = ARG1; out = ARG2; formats = ARG3
here = ARG0[1:strlen(ARG0) - strlen('latency.gp')]
load here.'theme.gp'
load here.'parts/names.gp'

calls_shown = 'malloc free calloc realloc'
call_count = words(calls_shown)
call_find(s) = sum [i = 1:call_count] (word(calls_shown, i) eq s ? i : 0)

# A run without the pass has no such file: gnuplot cannot ask, but `system` can.
if (strlen(system("test -s '".run."/latency.csv' && echo there")) == 0) { exit }

# ---- The last attempt at each block; earlier ones are void ----
block_count = 0
stats run.'/latency.csv' using (known(column('block')) ? \
    (block_count = int(greatest(block_count, column('block') + 1)), 0) : 0) nooutput
if (block_count == 0) { exit }
array last_attempt[block_count]
unused = sum [b = 1:block_count] (last_attempt[b] = 0, 0)
attempt_take(b, n) = (last_attempt[b] = greatest(last_attempt[b], n), 0)
stats run.'/latency.csv' using (known(column('block')) ? \
    attempt_take(int(column('block')) + 1, column('attempt')) : 0) nooutput

# ---- Rows as arrays: the file is read once, not once a line ----
is_valid(b, n, a, call) = known(b) && is_contestant(a) && call_find(call) > 0 && \
    (n == last_attempt[int(b) + 1] || !known(n))
row_count = 0
stats run.'/latency.csv' using (is_valid(column('block'), column('attempt'), strcol('allocator'), \
    strcol('call')) ? (row_count = row_count + 1, 0) : 0) nooutput
if (row_count == 0) { exit }
array row_line[row_count]           # of which line
array row_ns[row_count]
array row_calls[row_count]
array row_block[row_count]
line_at(c, k, a) = ((c - 1) * call_count + k - 1) * allocator_max + a
taken = 0
row_take(line, ns, calls, block) = (taken = taken + 1, row_line[taken] = line, row_ns[taken] = ns, \
    row_calls[taken] = calls, row_block[taken] = block, 0)
stats run.'/latency.csv' using (is_valid(column('block'), column('attempt'), strcol('allocator'), \
    strcol('call')) ? row_take(line_at(case_index(strcol('workload'), strcol('parameters'), \
        strcol('threads')), call_find(strcol('call')), allocator_index(strcol('allocator'))), \
        greatest(column('high_ns'), 1), column('calls'), column('block')) : 0) nooutput

# ---- What each line has ----
line_most = case_count * call_count * allocator_max
array line_calls[line_most]
array line_blocks[line_most]
array line_block[line_most]         # the block seen last
unused = sum [i = 1:line_most] (line_calls[i] = 0, line_blocks[i] = 0, line_block[i] = -1, 0)
line_take(l, i) = (line_calls[l] = line_calls[l] + row_calls[i], \
    line_blocks[l] = line_blocks[l] + (row_block[i] != line_block[l]), line_block[l] = row_block[i], 0)
unused = sum [i = 1:row_count] (line_take(row_line[i], i))
unused = sum [i = 1:line_most] (line_calls[i] > 0 ? (blocks_low = least(blocks_low, line_blocks[i]), \
    blocks_high = greatest(blocks_high, line_blocks[i]), 0) : 0)

# ---- Panels: for each workload its kinds of call side by side ----
array panel_case[case_max]
array panel_call[case_max]
panel_count = 0
calls_in(c, k) = sum [a = 1:allocator_count] (line_calls[line_at(c, k, a)])
is_used(k) = (sum [c = 1:case_count] (calls_in(c, k))) > 0
has_calls(c) = (sum [k = 1:call_count] (calls_in(c, k))) > 0
kinds = sum [k = 1:call_count] (is_used(k))
panel_add(c, k) = (panel_count = panel_count + 1, panel_case[panel_count] = c, panel_call[panel_count] = k, 1)
unused = sum [c = 1:case_count] (has_calls(c) ? (sum [k = 1:call_count] (is_used(k) ? panel_add(c, k) : 0)) : 0)
panel_title(p) = case_title(panel_case[p]).': '.word(calls_shown, panel_call[p])

ns_low = 1e9; ns_high = 1; calls_most = 1
unused = sum [i = 1:row_count] (ns_low = least(ns_low, row_ns[i]), ns_high = greatest(ns_high, row_ns[i]), 0)
unused = sum [i = 1:line_most] (calls_most = greatest(calls_most, line_calls[i]), 0)
axis_low = 10 ** floor(log10(ns_low))
axis_high = 10 ** ceil(log10(ns_high) + 1e-6)
share_low = 10 ** greatest(-7, -ceil(log10(calls_most)))
# Labels at every second or third power of ten of the times: a panel is narrow.
time_tics = axis_high / axis_low > 2e6 ? '"" 1, "10 ns" 10, "" 100, "" 1e3, "10 µs" 1e4, "" 1e5, "" 1e6, \
"10 ms" 1e7, "" 1e8, "" 1e9' : \
'"" 1, "10 ns" 10, "" 100, "1 µs" 1e3, "" 1e4, "100 µs" 1e5, "" 1e6, "10 ms" 1e7, "" 1e8, "1 s" 1e9'
bare_times = '"" 1, "" 10, "" 100, "" 1e3, "" 1e4, "" 1e5, "" 1e6, "" 1e7, "" 1e8, "" 1e9'
share_tics = '"all" 1, "10 %%" 1e-1, "1 %%" 1e-2, "0.1 %%" 1e-3, "0.01 %%" 1e-4, "0.001 %%" 1e-5, \
"0.0001 %%" 1e-6, "0.00001 %%" 1e-7'
bare_shares = '"" 1, "" 1e-1, "" 1e-2, "" 1e-3, "" 1e-4, "" 1e-5, "" 1e-6, "" 1e-7'

panel_columns = least(panel_count, kinds == 1 ? 3 : kinds == 2 ? 4 : kinds)
chart_width_in = panel_count == 1 ? width_column_in : width_page_in
eval key_measure
chart_head_in = 0.14 + 0.14 * key_rows
chart_foot_in = 0.62
panel_title_in = 0.2
share_lowest = share_low < 2e-7 ? '0.00001 %' : share_low < 2e-6 ? '0.0001 %' : '0.001 %'
panel_left_in = greatest(0.8, 0.34 + text_in(share_lowest))
panel_gap_in = 0.16
panel_width_in = (chart_width_in - panel_left_in - 0.2 - panel_gap_in * (panel_columns - 1)) / panel_columns
panel_height_in = panel_columns > 2 ? 1.4 : 1.7
panel_pitch_in = panel_height_in + panel_title_in + 0.1
chart_height_in = panel_page_height(panel_count)
title_longest_in = 0.1
unused = sum [p = 1:panel_count] (title_longest_in = greatest(title_longest_in, text_in(panel_title(p))), 0)
title_font = sprintf('sans,%.2g', clamp(8 * panel_width_in / title_longest_in, 5.5, 8))

# A line's calls that took up to a time, over all blocks. Rows of other lines add nothing: a gap in
# their place would begin the sum anew.
calls_of(l, i) = row_line[i] == l ? row_calls[i] : 0
do for [p = 1:panel_count] {
    do for [a = 1:allocator_count] {
        l = line_at(panel_case[p], panel_call[p], a)
        if (line_calls[l] > 0) {
            eval sprintf('set table $line%d', l)
            plot sample [i = 1:row_count:1] '+' using (row_ns[int($1)]):(calls_of(l, int($1))) smooth cumulative
            unset table
        }
    }
}
set datafile separator whitespace
# A line ends where its longest call is.
longer(sum, all) = sum < all ? 1 - sum / all : share_low / 2

do for [format in formats] {
    eval chart_open('latency', format, chart_width_in, chart_height_in)
    set multiplot
    eval frame_begin
    set label 'time of a call (log scale)' at screen 0.5, screen 0.28 / chart_height_in center
    set label 'calls that took longer (log scale)' at screen 0.11 / chart_width_in, screen 0.5 \
        center rotate by 90
    set label note_blocks(blocks_low, blocks_high).' pooled, no intervals, baseline '.baseline_name \
        at screen 0.5, screen 0.13 / chart_height_in center textcolor rgb colour_text
    do for [a = 1:allocator_count] { eval key_line(a) }
    plot NaN notitle
    eval frame_end
    set logscale xy 10
    set xrange [axis_low:axis_high]
    set yrange [share_low:1.2]
    do for [p = 1:panel_count] {
        eval panel_place(p)
        set title panel_title(p) offset 0, -0.75 font title_font
        eval sprintf('set xtics (%s) nomirror', panel_is_lowest(p, panel_count) ? time_tics : bare_times)
        eval sprintf('set ytics (%s) nomirror', panel_column(p) == 0 ? share_tics : bare_shares)
        unset label
        if (calls_in(panel_case[p], panel_call[p]) == 0) {
            set label 'no such call' at graph 0.5, graph 0.5 center textcolor rgb colour_text
        }
        lines = 'plot NaN notitle'
        do for [a = 1:allocator_count] {
            l = line_at(panel_case[p], panel_call[p], a)
            if (line_calls[l] > 0) {
                lines = lines.sprintf(', $line%d using 1:(longer($2, line_calls[%d])) with steps \
linetype %d notitle, $line%d every 48::%d using 1:(longer($2, line_calls[%d])) with points linetype %d notitle', \
                    l, l, a, l, 6 * a, l, a)
            }
        }
        eval lines
    }
    unset multiplot
    unset output
}
