# Free blocks over the stream, from the heap walks: a panel for each workload on its fewest threads, a
# line for each allocator that offers one. The grey band is half of the used blocks, what the
# fifty-percent rule says of a heap in equilibrium.
run = ARG1; out = ARG2; formats = ARG3
here = ARG0[1:strlen(ARG0) - strlen('free-list.gp')]
load here.'theme.gp'
load here.'parts/names.gp'

sample_columns = 'heap_free_blocks heap_used_blocks'
load here.'parts/samples.gp'
if (sample_count == 0) { exit }

array source[case_max]              # the allocator whose used blocks draw the rule
unused = sum [c = 1:case_count] (source[c] = case_source(c), 0)
is_fewest(c) = source[c] > 0 && (sum [d = 1:case_count] (case_workloads[d] eq case_workloads[c] && \
    threads_of(d) < threads_of(c) && source[d] > 0)) == 0
array panel_case[case_max]
panel_count = 0
panel_add(c) = (panel_count = panel_count + 1, panel_case[panel_count] = c, 1)
unused = sum [c = 1:case_count] (is_fewest(c) ? panel_add(c) : 0)

# A logarithmic axis with a place for 0, below 1.
zero_at = 0.2
free_at(c, a, i) = is_of(c, a, i) ? greatest(sample_first[i], zero_at) : NaN
half_at(i) = greatest(0.5 * sample_second[i], zero_at)
array top[case_max]
unused = sum [c = 1:case_count] (top[c] = 10, 0)
unused = sum [i = 1:sample_count] (top[sample_case[i]] = \
    greatest(top[sample_case[i]], greatest(sample_first[i], 0.5 * sample_second[i])), 0)

panel_columns = panel_count < 3 ? panel_count : 3
chart_width_in = panel_count == 1 ? width_column_in : width_page_in
key_first = 1
key_longest_in = text_in('½ × used blocks')
eval key_measure
array walked[allocator_max]         # those with a heap walk, in the key's order
walked_count = 0
walked_add(a) = (walked_count = walked_count + 1, walked[walked_count] = a, 1)
is_walked(a) = (sum [c = 1:case_count] (first[cell(c, a)] > 0)) > 0
unused = sum [a = 1:allocator_count] (is_walked(a) ? walked_add(a) : 0)
key_columns = least(key_columns, walked_count + key_first)
key_rows = int((walked_count + key_first - 1) / key_columns) + 1
chart_head_in = 0.14 + 0.14 * key_rows
fewest_note = (sum [c = 1:case_count] (source[c] > 0 && !is_fewest(c))) == 0 ? '' : \
    'of several numbers of threads only the fewest is shown'
remark_in = strlen(fewest_note) ? 0.13 : 0
chart_foot_in = 0.5 + remark_in
panel_title_in = 0.2
panel_left_in = 0.55
panel_gap_in = 0.45
panel_width_in = (chart_width_in - panel_left_in - 0.12 - panel_gap_in * (panel_columns - 1)) / panel_columns
panel_height_in = panel_count == 1 ? 1.9 : 1.5
panel_pitch_in = panel_height_in + panel_title_in + 0.08
chart_height_in = panel_page_height(panel_count)
eval title_measure

array step[case_max]
unused = sum [p = 1:panel_count] (step[panel_case[p]] = step_of(cell(panel_case[p], source[panel_case[p]])), 0)

do for [format in formats] {
    eval chart_open('free-list', format, chart_width_in, chart_height_in)
    set multiplot
    eval frame_begin
    set label 'part of the stream done (%)' at screen 0.5, screen (0.25 + remark_in) / chart_height_in center
    set label 'free blocks (log scale)' at screen 0.1 / chart_width_in, screen 0.5 center rotate by 90
    set label 'samples of one block, no intervals, baseline '.baseline_name \
        at screen 0.5, screen (0.1 + remark_in) / chart_height_in center textcolor rgb colour_text
    set label fewest_note at screen 0.5, screen 0.09 / chart_height_in center textcolor rgb colour_text
    eval key_area(0, '½ × used blocks', colour_live)
    do for [n = 1:walked_count] { eval key_line_at(n, walked[n]) }
    plot NaN notitle
    eval frame_end
    set logscale y 10
    do for [p = 1:panel_count] {
        c = panel_case[p]
        eval panel_place(p)
        set title case_title(c) offset 0, -0.75 font title_font
        set xrange [0:100]
        set yrange [0.8 * zero_at:2 * top[c]]
        set xtics 0, 25, 100 nomirror
        set xtics format (panel_is_lowest(p, panel_count) ? '%g' : '')
        set ytics ('0' zero_at, '1' 1, '10' 10, '100' 100, '10³' 1e3, '10⁴' 1e4, '10⁵' 1e5, '10⁶' 1e6, '10⁷' 1e7) nomirror
        k = cell(c, source[c])
        plot sample [i = first[k]:last[k]:step[c]] '+' using (100 * progress[int($1)]): \
                (is_of(c, source[c], int($1)) ? half_at(int($1)) : NaN) with lines lt 1 dt 1 lc rgb colour_live lw 5 notitle, \
            for [a = 1:allocator_count] [i = greatest(first[cell(c, a)], 1):greatest(last[cell(c, a)], 1):step[c]] \
                '+' using (100 * progress[int($1)]):(free_at(c, a, int($1))) with lines linetype a notitle, \
            for [a = 1:allocator_count] [i = greatest(first[cell(c, a)], 1):greatest(last[cell(c, a)], 1):step[c]] \
                '+' using (100 * progress[int($1)]):(free_at(c, a, int($1)) * \
                (is_marked(cell(c, a), int($1), a, step[c]) ? 1 : NaN)) with points linetype a notitle
    }
    unset multiplot
    unset output
}
