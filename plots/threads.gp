# Throughput against the number of threads, a panel for each workload that ran with several, a line
# for each allocator with its interval as a band.
run = ARG1; out = ARG2; formats = ARG3
here = ARG0[1:strlen(ARG0) - strlen('threads.gp')]
load here.'theme.gp'
load here.'parts/names.gp'

array rate[case_max * allocator_max]
array rate_low[case_max * allocator_max]
array rate_high[case_max * allocator_max]
cell(c, a) = (c - 1) * allocator_max + a
unused = sum [i = 1:case_max * allocator_max] (rate[i] = NaN, rate_low[i] = NaN, rate_high[i] = NaN, 0)
rate_put(k, m, l, h) = (rate[k] = m / 1e6, rate_low[k] = l / 1e6, rate_high[k] = h / 1e6, 0)
rate_take(c, a, m, l, h, blocks, level, base) = (known(m) ? note_take(blocks, level, base) : 0, \
    rate_put(cell(c, a), m, l, h))
stats run.'/summary.csv' using (strcol('figure') eq 'ops_per_s' && strcol('pass') eq 'throughput' && is_contestant(strcol('allocator')) && \
    strcol('workload') ne geomean_name ? rate_take( \
        case_index(strcol('workload'), strcol('parameters'), strcol('threads')), \
        allocator_index(strcol('allocator')), column('median'), column('low'), column('high'), \
        column('blocks'), column('confidence'), strcol('baseline')) : 0) nooutput

# A panel for each case that is the first of its workload and has twins with other threads.
is_first(c) = (sum [d = 1:c] (case_workloads[d] eq case_workloads[c])) == 1
has_rate(c) = (sum [a = 1:allocator_count] (known(rate[cell(c, a)]) ? 1 : 0)) > 0
twins(c) = sum [d = 1:case_count] (case_workloads[d] eq case_workloads[c] && has_rate(d))
array panel_case[case_max]
panel_count = 0
panel_add(c) = (panel_count = panel_count + 1, panel_case[panel_count] = c, 1)
unused = sum [c = 1:case_count] (is_first(c) && twins(c) > 1 ? panel_add(c) : 0)
if (panel_count == 0) { exit }

# The cases of a panel by rising threads: nth_case(c, n).
is_twin(c, d) = case_workloads[d] eq case_workloads[c] && has_rate(d)
rank(c, d) = 1 + (sum [e = 1:case_count] (is_twin(c, e) && threads_of(e) < threads_of(d)))
nth_case(c, n) = sum [d = 1:case_count] (is_twin(c, d) && rank(c, d) == n ? d : 0)
array line_case[case_max]           # of the panel being drawn
most_threads(c) = (top_threads = 0, \
    sum [d = 1:case_count] (is_twin(c, d) ? (top_threads = greatest(top_threads, threads_of(d)), 0) : 0), \
    top_threads)
highest_rate(c) = (top_rate = 0, sum [d = 1:case_count] (is_twin(c, d) ? (sum [a = 1:allocator_count] \
    (top_rate = greatest(greatest(top_rate, rate[cell(d, a)]), rate_high[cell(d, a)]), 0)) : 0), top_rate)

panel_columns = panel_count < 3 ? panel_count : 3
chart_width_in = panel_count == 1 ? width_column_in : width_page_in
eval key_measure
chart_head_in = 0.14 + 0.14 * key_rows
chart_foot_in = 0.42
panel_title_in = 0.2
panel_left_in = 0.5
panel_gap_in = 0.45
panel_width_in = (chart_width_in - panel_left_in - 0.12 - panel_gap_in * (panel_columns - 1)) / panel_columns
panel_height_in = 1.6
panel_pitch_in = panel_height_in + panel_title_in + 0.24
chart_height_in = panel_page_height(panel_count)

do for [format in formats] {
    eval chart_open('threads', format, chart_width_in, chart_height_in)
    set multiplot
    eval frame_begin
    set label 'threads' at screen 0.5, screen 0.25 / chart_height_in center
    set label 'million operations / s' at screen 0.1 / chart_width_in, screen 0.5 \
        center rotate by 90
    set label note_text(baseline_name) at screen 0.5, screen 0.1 / chart_height_in center \
        textcolor rgb colour_text
    do for [a = 1:allocator_count] { eval key_line(a) }
    plot NaN notitle
    eval frame_end
    do for [p = 1:panel_count] {
        c = panel_case[p]
        eval panel_place(p)
        set title case_workloads[c] offset 0, -0.75
        count = twins(c)
        do for [n = 1:count] { line_case[n] = nth_case(c, n) }
        fewest = threads_of(line_case[1])
        most = most_threads(c)
        unset logscale
        set xrange [fewest / 1.15:most * 1.15]
        set logscale x 2
        set yrange [0:1.08 * highest_rate(c)]
        set xtics () nomirror
        do for [n = 1:count] { set xtics add (case_threads[line_case[n]] threads_of(line_case[n])) }
        set ytics autofreq nomirror
        plot sample [n = 1:1:1] '+' using (NaN):(NaN) with points notitle, \
            for [a = 1:allocator_count] [n = 1:count:1] '+' \
                using (threads_of(line_case[int($1)])):(rate_low[cell(line_case[int($1)], a)]): \
                (rate_high[cell(line_case[int($1)], a)]) \
                with filledcurves fillstyle transparent solid 0.18 noborder linetype a notitle, \
            for [a = 1:allocator_count] [n = 1:count:1] '+' \
                using (threads_of(line_case[int($1)])):(rate[cell(line_case[int($1)], a)]) \
                with linespoints linetype a notitle
    }
    unset multiplot
    unset output
}
