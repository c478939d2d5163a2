# Time per operation relative to the baseline as a forest plot: a panel for each contestant, a row for
# each workload, the interval as a line, the verdict as the symbol. The grey band is 1 ± delta of that
# row: differences within it are none.
run = ARG1; out = ARG2; formats = ARG3
here = ARG0[1:strlen(ARG0) - strlen('forest.gp')]
load here.'theme.gp'

figure = 'ns_per_op'
figure_pass = 'throughput'
load here.'parts/ratios.gp'

# Panels: allocators that have a ratio and are not the baseline.
ratios_of(a) = sum [c = 1:case_count] (known(ratio[cell(c, a)]) ? 1 : 0)
array panel_allocator[allocator_max]
panel_count = 0
panel_add(a) = (panel_count = panel_count + 1, panel_allocator[panel_count] = a, 1)
unused = sum [a = 1:allocator_count] (allocators[a] ne baseline_name && ratios_of(a) > 0 ? panel_add(a) : 0)
if (panel_count == 0) { exit }

# Rows: the workloads in their order, then the mean; one over a single workload would repeat it.
mean_case = case_find(mean_key)
has_ratio(c) = (sum [a = 1:allocator_count] (known(ratio[cell(c, a)]) || failure_words[cell(c, a)] ne '')) > 0
array row_case[case_max]
row_count = 0
row_add(c) = (row_count = row_count + 1, row_case[row_count] = c, 1)
unused = sum [c = 1:case_count] (c != mean_case && has_ratio(c) ? row_add(c) : 0)
if (mean_case > 0 && row_count > 1) { unused = row_add(mean_case) }

# The axis covers all intervals up to a factor of 4 either way, or of 32 where more than a tenth of the
# ratios lie beyond 4; what lies beyond stands at its edge.
ratios_above(v) = sum [p = 1:panel_count] (sum [r = 1:row_count] ( \
    known(ratio[cell(row_case[r], panel_allocator[p])]) && ratio[cell(row_case[r], panel_allocator[p])] > v ? 1 : 0))
axis_most = ratios_above(4) > 0.1 * ratios_above(0) ? 32 : 4
axis_low = 0.9; axis_high = 1.12
axis_take(v) = (axis_low = least(axis_low, v), axis_high = greatest(axis_high, v), 0)
unused = sum [p = 1:panel_count] (sum [r = 1:row_count] ( \
    axis_take(ratio[cell(row_case[r], panel_allocator[p])]), \
    axis_take(ratio_low[cell(row_case[r], panel_allocator[p])]), \
    axis_take(ratio_high[cell(row_case[r], panel_allocator[p])]), 0))
axis_low = greatest(axis_low / 1.04, 0.25)
axis_high = least(axis_high * 1.04, axis_most)
tic_list = axis_high / axis_low > 12 ? '0.25 1 4 16' : axis_high / axis_low > 3 ? '0.25 0.5 1 2 4' : axis_high / axis_low > 1.6 ? \
    '0.5 0.7 1 1.4 2' : '0.8 0.9 1 1.1 1.2'

name_longest_in = 0
unused = sum [r = 1:row_count] (name_longest_in = greatest(name_longest_in, text_in(case_title(row_case[r]))), 0)
panel_name_in = 0
unused = sum [p = 1:panel_count] (panel_name_in = greatest(panel_name_in, text_in(allocators[panel_allocator[p]])), 0)
symbol_word(v) = v == less ? 'faster' : v == more ? 'slower' : v == equal ? 'equivalent' : 'unresolved'
band_word = '1 ± δ'
symbol_width_in(s) = 0.3 + text_in(s)
head_width_in = (sum [v = 1:4] (symbol_width_in(symbol_word(v)))) + symbol_width_in(band_word)
chart_width_in = panel_count == 1 ? greatest(width_column_in, head_width_in + 0.1) : width_page_in
chart_head_in = 0.3
chart_foot_in = 0.62
panel_title_in = 0.2
panel_left_in = 0.2 + least(name_longest_in, 2)
panel_gap_in = 0.16
panels_width_in = chart_width_in - panel_left_in - 0.14 + panel_gap_in
# as many beside each other as their names leave room for
panel_columns = least(least(panel_count, 4), greatest(1, int(panels_width_in / (panel_name_in + panel_gap_in))))
panel_width_in = (chart_width_in - panel_left_in - 0.14 - panel_gap_in * (panel_columns - 1)) / panel_columns
panel_height_in = 0.06 + 0.125 * row_count
panel_pitch_in = panel_height_in + panel_title_in + 0.07
chart_height_in = panel_page_height(panel_count)

# ---- Symbols: filled where the run decides, hollow where it does not ----
symbol_colour(v) = v == less ? colour_less : v == more ? colour_more : v == equal ? '#333333' : colour_open
symbol_type(v) = v == less ? 7 : v == more ? 5 : v == equal ? 13 : 6
symbol_size(v) = v == equal ? 0.55 : 0.45
colour_band = '#dedede'
head_y = 1 - 0.15 / chart_height_in
symbol_at_in(v) = 0.5 * (chart_width_in - head_width_in) + \
    (v == 1 ? 0 : sum [i = 1:v - 1] (symbol_width_in(symbol_word(i))))
symbol_key(v) = sprintf('set label "" at screen %g, screen %g point pointtype %d pointsize %g linecolor rgb "%s"; \
set label "%s" at screen %g, screen %g left', (symbol_at_in(v) + 0.06) / chart_width_in, head_y, \
    symbol_type(v), symbol_size(v) * 1.3, symbol_colour(v), symbol_word(v), \
    (symbol_at_in(v) + 0.14) / chart_width_in, head_y)

shown(v) = clamp(v, axis_low, axis_high)
cell_of(p, r) = cell(row_case[r], panel_allocator[p])
symbol_x(p, r, v) = known(ratio[cell_of(p, r)]) && verdict[cell_of(p, r)] == v ? shown(ratio[cell_of(p, r)]) : NaN
times(v) = v >= 9.95 ? sprintf('%.0f×', v) : sprintf('%.2g×', v)
is_beyond(k) = ratio[k] > axis_high || ratio[k] < axis_low

do for [format in formats] {
    eval chart_open('forest', format, chart_width_in, chart_height_in)
    set multiplot
    eval frame_begin
    do for [v = 1:4] { eval symbol_key(v) }
    band_left_in = symbol_at_in(4) + symbol_width_in(symbol_word(4))
    set object rectangle from screen band_left_in / chart_width_in, screen head_y - 0.05 / chart_height_in \
        to screen (band_left_in + 0.14) / chart_width_in, screen head_y + 0.05 / chart_height_in \
        fillcolor rgb colour_band fillstyle solid 1 noborder
    set label band_word at screen (band_left_in + 0.2) / chart_width_in, screen head_y left
    set label (row_case[row_count] == mean_case ? note_both_text(baseline_name) : note_text(baseline_name)) \
        at screen 0.5, screen 0.13 / chart_height_in center textcolor rgb colour_text
    set label 'time per operation / that of the baseline (log scale)' \
        at screen 0.5, screen 0.28 / chart_height_in center
    plot NaN notitle
    eval frame_end
    set logscale x 2
    set xrange [axis_low:axis_high]
    set yrange [row_count + 0.6:0.4]
    do for [p = 1:panel_count] {
        eval panel_place(p)
        set title allocators[panel_allocator[p]] offset 0, -0.75
        set border 1
        unset grid
        set grid xtics
        set xtics () nomirror
        do for [tic in tic_list] {
            if (tic >= axis_low && tic <= axis_high) {
                # at the very edge it would run into the next panel's
                set xtics add ((panel_is_lowest(p, panel_count) && tic * 1.05 < axis_high \
                    && tic > axis_low * 1.05 ? tic : '') tic + 0)
            }
        }
        unset ytics
        unset label
        unset arrow
        if (panel_column(p) == 0) {
            set ytics () nomirror scale 0 textcolor rgb '#000000'
            do for [r = 1:row_count] { set ytics add (case_title(row_case[r]) r) }
        }
        set arrow 1 from 1, graph 0 to 1, graph 1 nohead lc rgb '#000000' lw 0.7
        if (row_case[row_count] == mean_case) {
            set arrow 2 from graph 0, first row_count - 0.5 to graph 1, first row_count - 0.5 nohead \
                lc rgb '#888888' lw 0.7
        }
        do for [r = 1:row_count] {
            k = cell_of(p, r)
            if (!known(ratio[k])) {
                set label row_case[r] == mean_case ? 'cells failed' : failure_words[k] at axis_low, r left \
                    offset 0.4, 0 textcolor rgb colour_text
            } else { if (is_beyond(k)) {
                if (ratio[k] > 1) { set label times(ratio[k]) at shown(ratio_low[k]), r right offset -0.8, 0 front } \
                else { set label times(ratio[k]) at shown(ratio_high[k]), r left offset 0.8, 0 front }
            } }
        }
        plot sample [r = 1:row_count:1] '+' using (1):1:(shown(1 - delta[cell_of(p, int($1))])): \
                (shown(1 + delta[cell_of(p, int($1))])):($1 - 0.5):($1 + 0.5) \
                with boxxyerror fillstyle solid 1 noborder lc rgb colour_band notitle, \
            [r = 1:row_count:1] '+' using (shown(ratio_low[cell_of(p, int($1))])):1: \
                (shown(ratio_high[cell_of(p, int($1))]) - shown(ratio_low[cell_of(p, int($1))])):(0) \
                with vectors nohead dt 1 lc rgb '#000000' lw 1 notitle, \
            for [v = 1:4] [r = 1:row_count:1] '+' using (symbol_x(p, int($1), v)):1 with points \
                pointtype symbol_type(v) pointsize symbol_size(v) linecolor rgb symbol_colour(v) notitle
    }
    unset multiplot
    unset output
}
