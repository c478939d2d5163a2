# Resident memory over the stream, a panel for each workload and number of threads, a line for each
# allocator; the live bytes that the program asked for are the filled floor.
run = ARG1; out = ARG2; formats = ARG3
here = ARG0[1:strlen(ARG0) - strlen('memory-timeline.gp')]
load here.'theme.gp'
load here.'parts/names.gp'

sample_columns = 'rss_bytes live_bytes'
load here.'parts/samples.gp'
if (sample_count == 0) { exit }
mib = 2.0 ** 20

# The highest of a cell's resident bytes, the highest live bytes of a case.
array rss_peak[case_max * allocator_max]
array live_peak[case_max]
array live_from[case_max]           # the allocator whose samples draw the floor
unused = sum [i = 1:case_count * allocator_max] (rss_peak[i] = 0, 0)
unused = sum [c = 1:case_count] (live_peak[c] = 0, live_from[c] = case_source(c), 0)
peak_take(k, c, i) = (rss_peak[k] = greatest(rss_peak[k], sample_first[i] / mib), \
    live_peak[c] = greatest(live_peak[c], sample_second[i] / mib), 0)
unused = sum [i = 1:sample_count] (peak_take(cell(sample_case[i], sample_allocator[i]), sample_case[i], i))

# One allocator far above the rest must not flatten them: the axis ends at 3 times the median peak
# where the highest is more than 4 times; what is cut off is named with its peak.
below(c, v) = sum [a = 1:allocator_count] (rss_peak[cell(c, a)] > 0 && rss_peak[cell(c, a)] < v)
shown(c) = sum [a = 1:allocator_count] (first[cell(c, a)] > 0)
median_peak = 0; highest_peak = 0
rank_take(c, a) = (highest_peak = greatest(highest_peak, rss_peak[cell(c, a)]), \
    median_peak = below(c, rss_peak[cell(c, a)]) == int((shown(c) - 1) / 2) ? rss_peak[cell(c, a)] : median_peak, 0)
measure(c) = (median_peak = 0, highest_peak = 0, \
    sum [a = 1:allocator_count] (first[cell(c, a)] ? rank_take(c, a) : 0))
axis_top(c) = (measure(c), typical = greatest(median_peak, live_peak[c]), \
    highest_peak > 4 * typical ? 3 * typical : 1.08 * greatest(highest_peak, live_peak[c]))

array panel_case[case_max]
panel_count = 0
panel_add(c) = (panel_count = panel_count + 1, panel_case[panel_count] = c, 1)
unused = sum [c = 1:case_count] (live_from[c] > 0 ? panel_add(c) : 0)

panel_columns = panel_count < 3 ? panel_count : 3
chart_width_in = panel_count == 1 ? width_column_in : width_page_in
key_first = 1
eval key_measure
chart_head_in = 0.14 + 0.14 * key_rows
chart_foot_in = 0.5
panel_title_in = 0.2
panel_left_in = 0.5
panel_gap_in = 0.4
panel_width_in = (chart_width_in - panel_left_in - 0.12 - panel_gap_in * (panel_columns - 1)) / panel_columns
panel_height_in = panel_count == 1 ? 1.7 : 1.25
panel_pitch_in = panel_height_in + panel_title_in + 0.08
chart_height_in = panel_page_height(panel_count)
eval title_measure

array step[case_max]
unused = sum [p = 1:panel_count] (step[panel_case[p]] = step_of(cell(panel_case[p], live_from[panel_case[p]])), 0)
rss_at(c, a, i) = is_of(c, a, i) ? sample_first[i] / mib : NaN

do for [format in formats] {
    eval chart_open('memory-timeline', format, chart_width_in, chart_height_in)
    set multiplot
    eval frame_begin
    set label 'part of the stream done (%)' at screen 0.5, screen 0.25 / chart_height_in center
    set label 'resident memory (MiB)' at screen 0.1 / chart_width_in, screen 0.5 center rotate by 90
    set label 'samples of one block, no intervals, baseline '.baseline_name \
        at screen 0.5, screen 0.1 / chart_height_in center textcolor rgb colour_text
    eval key_area(0, 'live', colour_live)
    do for [a = 1:allocator_count] { eval key_line(a) }
    plot NaN notitle
    eval frame_end
    do for [p = 1:panel_count] {
        c = panel_case[p]
        eval panel_place(p)
        set title case_title(c) offset 0, -0.75 font title_font
        set xrange [0:100]
        top = axis_top(c)
        set yrange [0:top]
        set xtics 0, 25, 100 nomirror
        set xtics format (panel_is_lowest(p, panel_count) ? '%g' : '')
        set ytics autofreq nomirror
        k = cell(c, live_from[c])
        cut = ''
        do for [a = 1:allocator_count] {
            if (rss_peak[cell(c, a)] > top) {
                cut = cut.sprintf("%s%s to %.3g MiB", strlen(cut) ? "\n" : '', allocators[a], rss_peak[cell(c, a)])
            }
        }
        unset label
        set label cut at graph 0.98, graph 0.94 right front textcolor rgb colour_text
        plot sample [i = first[k]:last[k]:step[c]] '+' using (100 * progress[int($1)]):(sample_second[int($1)] / mib) \
                with filledcurves y1=0 fillstyle solid 1 noborder lc rgb colour_live notitle, \
            for [a = 1:allocator_count] [i = greatest(first[cell(c, a)], 1):greatest(last[cell(c, a)], 1):step[c]] \
                '+' using (100 * progress[int($1)]):(rss_at(c, a, int($1))) with lines linetype a notitle, \
            for [a = 1:allocator_count] [i = greatest(first[cell(c, a)], 1):greatest(last[cell(c, a)], 1):step[c]] \
                '+' using (100 * progress[int($1)]):(rss_at(c, a, int($1)) * \
                (is_marked(cell(c, a), int($1), a, step[c]) ? 1 : NaN)) with points linetype a notitle
    }
    unset multiplot
    unset output
}
