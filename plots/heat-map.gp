# Time per operation relative to the baseline as a table of colours: a row for each workload and
# number of threads, a column for each allocator, the ratio printed in every cell.
run = ARG1; out = ARG2; formats = ARG3
here = ARG0[1:strlen(ARG0) - strlen('heat-map.gp')]
load here.'theme.gp'

figure = 'ns_per_op'
figure_pass = 'throughput'
load here.'parts/ratios.gp'

ratio_count = sum [c = 1:case_count] (sum [a = 1:allocator_count] (known(ratio[cell(c, a)]) ? 1 : 0))
if (ratio_count == 0) { exit }

# Colours: blue below 1, white at 1, orange above, by log2, ending at a factor of 4. The blue is
# darker than the orange, and the printed numbers carry the values in a grey print.
colour_end = 2
set palette defined (-1 '#2166ac', -0.5 '#7fb2d9', 0 '#ffffff', 0.5 '#fdc98a', 1 '#e08214')
heat(k) = known(ratio[k]) ? clamp(log(ratio[k]) / log(2), -colour_end, colour_end) : NaN
heat_text(k) = !known(ratio[k]) ? (failure_words[k] eq '' ? '–' : failure_words[k]) : \
    sprintf(ratio[k] < 0.0995 ? '%.3f' : ratio[k] < 9.95 ? '%.2f' : ratio[k] < 99.5 ? '%.1f' : '%.0f', \
            ratio[k]).(failures[k] > 0 ? '*' : '')
is_dark(k) = known(ratio[k]) && ratio[k] < 0.41

row_longest = 0
unused = sum [c = 1:case_count] (row_longest = greatest(row_longest, strlen(case_title(c))), 0)
name_longest = 0
unused = sum [a = 1:allocator_count] (name_longest = greatest(name_longest, strlen(allocators[a])), 0)
failed_some = sum [c = 1:case_count] (sum [a = 1:allocator_count] \
    (known(ratio[cell(c, a)]) && failures[cell(c, a)] > 0))

# The geometric mean stands below the workloads, apart.
mean_case = case_find(mean_key)
is_mean_shown = mean_case > 0 && case_count > 2    # over a single workload it would repeat it
rows = case_count - (mean_case > 0 && !is_mean_shown)
row_at(c) = c == mean_case ? (is_mean_shown ? rows + 0.4 : NaN) : c - (mean_case > 0 && c > mean_case)

left_in = 0.15 + 0.058 * row_longest
column_in = least(0.62, greatest(0.44, 0.08 + 0.057 * name_longest))
column_in = left_in + column_in * allocator_count > 6.9 ? (6.9 - left_in) / allocator_count : column_in
is_slanted = column_in < 0.057 * name_longest
row_in = 0.165
head_in = is_slanted ? 0.1 + 0.045 * name_longest : 0.25
foot_in = 0.62 + (failed_some ? 0.13 : 0)
width_in = greatest(width_column_in, left_in + column_in * allocator_count + 0.1)
height_in = head_in + foot_in + row_in * (rows + 0.5)
right_at = (left_in + column_in * allocator_count) / width_in
middle_in = 0.5 * width_in

unset border
unset grid
set xrange [0.5:allocator_count + 0.5]
set yrange [rows + 1:0.5]
unset xtics
set ytics () scale 0 textcolor rgb '#000000'
set x2tics () scale 0 textcolor rgb '#000000'
set x2range [0.5:allocator_count + 0.5]
if (is_slanted) { set x2tics rotate by 35 left offset -0.8, 0 }
do for [a = 1:allocator_count] { set x2tics add (allocators[a] a) }
do for [c = 1:case_count] { if (known(row_at(c))) { set ytics add (case_title(c) row_at(c)) } }
set cbrange [-colour_end:colour_end]
set colorbox horizontal user origin screen (middle_in - 1.2) / width_in, screen (foot_in - 0.28) / height_in \
    size screen 2.4 / width_in, screen 0.08 / height_in noborder
set cbtics ('≤ 1/4' -2, '1/2' -1, '1' 0, '2' 1, '≥ 4' 2) scale 0 offset 0, 0.6 textcolor rgb '#000000'
set label 'time per operation / that of the baseline (colour by log2)' \
    at screen 0.5, screen (foot_in - 0.13) / height_in center

do for [format in formats] {
    eval chart_open('heat-map', format, width_in, height_in)
    set lmargin at screen left_in / width_in
    set rmargin at screen right_at
    set tmargin at screen 1 - head_in / height_in
    set bmargin at screen foot_in / height_in
    set label 99 note_text(baseline_name) at screen 0.5, screen 0.08 / height_in center \
        textcolor rgb colour_text
    if (failed_some) {
        set label 98 '* failed in some blocks' at screen 0.5, screen 0.2 / height_in center \
            textcolor rgb colour_text
    }
    cells = case_count * allocator_count
    row(i) = int((i - 1) / allocator_count) + 1
    col(i) = int(i - 1) % allocator_count + 1
    key(i) = cell(row(i), col(i))
    text_where(i, dark) = is_dark(key(i)) == dark ? row_at(row(i)) : NaN
    plot sample [i = 1:cells:1] '+' using (col($1)):(known(heat(key($1))) ? row_at(row($1)) : NaN): \
            (col($1) - 0.48):(col($1) + 0.48):(row_at(row($1)) - 0.46):(row_at(row($1)) + 0.46): \
            (heat(key($1))) with boxxyerror fillstyle solid 1 noborder palette notitle, \
        [i = 1:cells:1] '+' using (col($1)):(known(heat(key($1))) ? NaN : row_at(row($1))): \
            (col($1) - 0.48):(col($1) + 0.48):(row_at(row($1)) - 0.46):(row_at(row($1)) + 0.46) \
            with boxxyerror fillstyle pattern 4 noborder lc rgb '#cccccc' notitle, \
        [i = 1:cells:1] '+' using (col($1)):(text_where($1, 0)):(heat_text(key($1))) \
            with labels center textcolor rgb '#000000' notitle, \
        [i = 1:cells:1] '+' using (col($1)):(text_where($1, 1)):(heat_text(key($1))) \
            with labels center textcolor rgb '#ffffff' notitle
    unset output
}
