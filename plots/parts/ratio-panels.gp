# Bars of ratios to the baseline, a panel for each workload and number of threads, a row for each
# allocator: the drawing that time-ratio.gp and memory-ratio.gp share.
#
# In: chart_name, figure, figure_pass, axis_title, word_less, word_more.

load here.'parts/ratios.gp'

ratio_count = sum [c = 1:case_count] (sum [a = 1:allocator_count] (known(ratio[cell(c, a)]) ? 1 : 0))
if (ratio_count == 0) { exit }

# Panels: the geometric mean first, then the workloads in their order. A mean over a single
# workload would repeat it.
array panel_case[case_max]
panel_count = 0
single = (sum [c = 1:case_count] (cases[c] ne mean_key)) < 2
panel_add(c) = (panel_count = panel_count + 1, panel_case[panel_count] = c, 1)
unused = sum [c = 1:case_count] (cases[c] eq mean_key && !single ? panel_add(c) : 0)
unused = sum [c = 1:case_count] (cases[c] ne mean_key ? panel_add(c) : 0)

# The axis covers all ratios and their intervals up to a factor of 8 either way, in powers of 2.
axis_low = 0.5; axis_high = 2
axis_take(v) = (axis_low = least(axis_low, v), axis_high = greatest(axis_high, v), 0)
unused = sum [c = 1:case_count] (sum [a = 1:allocator_count] (axis_take(ratio[cell(c, a)])))
axis_low = 2 ** clamp(floor(log(axis_low) / log(2) + 0.01), -3, -1)
axis_high = 2 ** clamp(ceil(log(axis_high) / log(2) - 0.01), 1, 3)
axis_step = axis_high / axis_low > 9 ? 4 : 2
axis_tic_low = axis_step ** ceil(log(axis_low) / log(axis_step) - 0.01)
axis_tic_high = axis_step ** floor(log(axis_high) / log(axis_step) + 0.01)

panel_most = 4
word_equal = 'equivalent'
word_open = 'unresolved'
chart_head_in = 0.3
chart_foot_in = 0.62
key_least_in = swatch_width_in(word_less) + swatch_width_in(word_more) + \
    swatch_width_in(word_equal) + swatch_width_in(word_open)
load here.'parts/row-panels.gp'

tic_in(v) = panel_width_in * log(v / axis_low) / log(axis_high / axis_low)
tic_text(v) = sprintf('%g', v)
drops_last = tics_touch(tic_in(axis_tic_low), tic_text(axis_tic_low), tic_in(axis_tic_high), tic_text(axis_tic_high))
is_told(p, v) = panel_is_lowest(p, panel_count) && \
    !(drops_last && v > 0.99 * axis_tic_high && has_panel_beside(p))

bar_x(k, v) = known(ratio[k]) && verdict[k] == v ? clamp(ratio[k], axis_low, axis_high) : NaN
is_cut(k) = known(ratio[k]) && (ratio[k] > axis_high || ratio[k] < axis_low)
times(v) = v >= 9.95 ? sprintf('%.0f×', v) : v >= 0.0995 ? sprintf('%.2g×', v) : sprintf('%.1g×', v)
row_remark(c, k) = known(ratio[k]) ? (is_cut(k) ? times(ratio[k]) : '') : \
    cases[c] eq mean_key ? 'cells failed' : failure_words[k]

do for [format in formats] {
    eval chart_open(chart_name, format, chart_width_in, chart_height_in)
    set multiplot
    eval frame_begin
    eval swatch_begin(key_least_in)
    eval swatch(word_less, colour_less)
    eval swatch(word_more, colour_more)
    eval swatch(word_equal, colour_equal)
    eval swatch(word_open, '#ffffff')
    set label (cases[panel_case[1]] eq mean_key ? note_both_text(baseline_name) : note_text(baseline_name)) \
        at screen 0.5, screen 0.13 / chart_height_in center textcolor rgb colour_text
    set label axis_title at screen 0.5, screen 0.28 / chart_height_in center
    plot NaN notitle
    eval frame_end
    set logscale x 2
    set xrange [axis_low:axis_high]
    do for [p = 1:panel_count] {
        c = panel_case[p]
        eval row_panel_begin
        set xtics () nomirror
        tic = axis_tic_low
        while (tic < 1.01 * axis_tic_high) {
            set xtics add ((is_told(p, tic) ? tic_text(tic) : '') tic)
            tic = tic * axis_step
        }
        set arrow 1 from 1, graph 0 to 1, graph 1 nohead lc rgb '#000000' lw 0.9 front
        do for [a = 1:allocator_count] {
            k = cell(c, a)
            if (row_remark(c, k) ne '') {
                if (!known(ratio[k])) {
                    set label row_remark(c, k) at 1, a left offset 0.4, 0 textcolor rgb colour_text
                } else { if (ratio[k] > 1) {
                    set label row_remark(c, k) at axis_high, a right offset -0.4, 0 front
                } else {
                    set label row_remark(c, k) at axis_low, a left offset 0.4, 0 front \
                        textcolor rgb '#ffffff'
                } }
            }
        }
        bar(v, c, a) = bar_x(cell(c, a), v)
        plot sample [a = 1:allocator_count:1] '+' using (bar(less, c, int($1))):1:(1):(bar(less, c, int($1))): \
                ($1 - 0.36):($1 + 0.36) with boxxyerror fillstyle solid 1 noborder lc rgb colour_less notitle, \
            [a = 1:allocator_count:1] '+' using (bar(more, c, int($1))):1:(1):(bar(more, c, int($1))): \
                ($1 - 0.36):($1 + 0.36) with boxxyerror fillstyle solid 1 noborder lc rgb colour_more notitle, \
            [a = 1:allocator_count:1] '+' using (bar(equal, c, int($1))):1:(1):(bar(equal, c, int($1))): \
                ($1 - 0.36):($1 + 0.36) with boxxyerror fillstyle solid 1 noborder lc rgb colour_equal notitle, \
            [a = 1:allocator_count:1] '+' using (bar(open, c, int($1))):1:(1):(bar(open, c, int($1))): \
                ($1 - 0.36):($1 + 0.36) with boxxyerror lt 1 lc rgb colour_open fillstyle empty border notitle, \
            [a = 1:allocator_count:1] '+' using (ratio[cell(c, int($1))]):1: \
                (ratio_low[cell(c, int($1))]):(ratio_high[cell(c, int($1))]) \
                with xerrorbars pointtype 7 pointsize 0.15 dt 1 lc rgb '#000000' lw 1 notitle
    }
    unset multiplot
    unset output
}
