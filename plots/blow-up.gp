# Blow-up: peak resident memory with several threads relative to that with one, a panel for each
# workload that ran with both, a row for each allocator. A dashed line is the same ratio of the live
# bytes: what the program itself asked for more.
run = ARG1; out = ARG2; formats = ARG3
here = ARG0[1:strlen(ARG0) - strlen('blow-up.gp')]
load here.'theme.gp'
load here.'parts/names.gp'

figure_names = 'rss_bytes_peak live_bytes_peak'
if (case_count == 0) { exit }
load here.'parts/medians.gp'

# The numbers of threads above one, rising: counts[1..count_count].
array counts[case_max]
count_count = 0
is_counted(c) = threads_of(c) > 1 && medians_of(1, c) > 0
count_next(low) = (hit = 0, sum [c = 1:case_count] (is_counted(c) && threads_of(c) > low && \
    (hit == 0 || threads_of(c) < hit) ? (hit = threads_of(c), 0) : 0), hit)
do for [i = 1:case_count] {
    next = count_next(count_count ? counts[count_count] : 1)
    if (next) { count_count = count_count + 1; counts[count_count] = next }
}

# The case of case c's workload with t threads, 0 where it has no figures.
twin(c, t) = sum [d = 1:case_count] (case_workloads[d] eq case_workloads[c] && threads_of(d) == t && \
    medians_of(1, d) > 0 ? d : 0)
is_shown(c) = threads_of(c) == 1 && medians_of(1, c) > 0 && (sum [i = 1:count_count] (twin(c, counts[i]) > 0)) > 0
array panel_case[case_max]
panel_count = 0
panel_add(c) = (panel_count = panel_count + 1, panel_case[panel_count] = c, 1)
unused = sum [c = 1:case_count] (is_shown(c) ? panel_add(c) : 0)
if (panel_count == 0) { exit }

panel_most = 4
chart_head_in = 0.3
chart_foot_in = 0.62
load here.'parts/row-panels.gp'

ratio(f, c, a, i) = twin(c, counts[i]) ? median[at(f, twin(c, counts[i]), a)] / median[at(f, c, a)] : NaN
# Live bytes are the stream's: all allocators see the same, but for how the threads take turns.
live_ratio(c, i) = (rank_count = 0, mean = 0, sum [a = 1:allocator_count] (known(ratio(2, c, a, i)) ? \
    (rank_count = rank_count + 1, mean = mean + log(ratio(2, c, a, i)), 0) : 0), rank_count ? exp(mean / rank_count) : NaN)

axis_low = 1; axis_high = 2
axis_take(v) = (axis_low = least(axis_low, v), axis_high = greatest(axis_high, v), 0)
unused = sum [p = 1:panel_count] (sum [i = 1:count_count] (axis_take(live_ratio(panel_case[p], i)), \
    sum [a = 1:allocator_count] (axis_take(ratio(1, panel_case[p], a, i)))))
axis_low = greatest(axis_low, 1 / 4.0) / 1.12
axis_high = least(axis_high, 64) * 1.12
axis_step = axis_high / axis_low > 70 ? 4 : 2
dot_x(c, a, i) = (dot = ratio(1, c, a, i), known(dot) ? clamp(dot, axis_low, axis_high) : NaN)
farthest(c, a) = (hit = NaN, sum [i = 1:count_count] (known(dot_x(c, a, i)) && \
    (!known(hit) || abs(log(dot_x(c, a, i))) > abs(log(hit))) ? (hit = dot_x(c, a, i), 0) : 0), hit)
word_of(c, a) = (text = failure_words[cell(c, a)], sum [i = 1:count_count] \
    (text eq '' && twin(c, counts[i]) ? (text = failure_words[cell(twin(c, counts[i]), a)], 0) : 0), text)
dot_colour(i) = word('#000000 #E69F00 #56B4E9 #009E73 #0072B2 #D55E00 #CC79A7', (i - 1) % 7 + 1)
dot_type(i) = word('7 5 9 13 11 6 4', (i - 1) % 7 + 1) + 0
dot_title(i) = sprintf('%d threads', counts[i])
live_title = 'live bytes'

do for [format in formats] {
    eval chart_open('blow-up', format, chart_width_in, chart_height_in)
    set multiplot
    eval frame_begin
    key_x_in = 0.5 * (chart_width_in - 0.5 - text_in(live_title) - (sum [i = 1:count_count] (0.3 + text_in(dot_title(i)))))
    key_y_at = 1 - 0.16 / chart_height_in
    do for [i = 1:count_count] {
        set label '' at screen (key_x_in + 0.05) / chart_width_in, screen key_y_at \
            point pointtype dot_type(i) pointsize 0.55 lc rgb dot_colour(i)
        set label dot_title(i) at screen (key_x_in + 0.13) / chart_width_in, screen key_y_at left
        key_x_in = key_x_in + 0.3 + text_in(dot_title(i))
    }
    set arrow from screen key_x_in / chart_width_in, screen key_y_at to screen (key_x_in + 0.25) / chart_width_in, \
        screen key_y_at nohead lt 1 dt 2 lc rgb colour_open lw 1.4
    set label live_title at screen (key_x_in + 0.31) / chart_width_in, screen key_y_at left
    set label 'peak resident bytes / those with one thread (log scale)' at screen 0.5, screen 0.28 / chart_height_in center
    set label note_medians(baseline_name) at screen 0.5, screen 0.13 / chart_height_in center textcolor rgb colour_text
    plot NaN notitle
    eval frame_end
    set logscale x 2
    set xrange [axis_low:axis_high]
    do for [p = 1:panel_count] {
        c = panel_case[p]
        eval row_panel_begin
        set title case_workloads[c] offset 0, -0.75 font title_font
        set xtics 1.0 / 64, axis_step, 64 nomirror
        set xtics format (panel_is_lowest(p, panel_count) ? '%g' : '')
        set arrow from 1, graph 0 to 1, graph 1 nohead lc rgb '#000000' lw 0.9
        do for [i = 1:count_count] {
            if (known(live_ratio(c, i))) {
                set arrow from live_ratio(c, i), graph 0 to live_ratio(c, i), graph 1 nohead \
                    lt 1 dt 2 lc rgb dot_colour(i) lw 1
            }
        }
        do for [a = 1:allocator_count] {
            if (!known(farthest(c, a))) {
                set label word_of(c, a) at 1, a left offset 0.4, 0 textcolor rgb colour_text
            }
        }
        plot sample [a = 1:allocator_count:1] '+' using (farthest(c, int($1))):1:(1):(farthest(c, int($1))) \
                with xerrorbars pointtype 0 lt 1 dt 1 lc rgb '#aaaaaa' lw 1 notitle, \
            for [i = 1:count_count] [a = 1:allocator_count:1] '+' using (dot_x(c, int($1), i)):1 \
                with points pointtype dot_type(i) pointsize 0.5 lc rgb dot_colour(i) notitle
    }
    unset multiplot
    unset output
}
