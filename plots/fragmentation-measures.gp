# The four measures of fragmentation side by side: a panel for each workload on its fewest threads, a
# row for each allocator, a point for each measure, a line through them.
run = ARG1; out = ARG2; formats = ARG3
here = ARG0[1:strlen(ARG0) - strlen('fragmentation-measures.gp')]
load here.'theme.gp'
load here.'parts/names.gp'

figure_names = 'frag_1 frag_2 frag_3 frag_4'
if (case_count == 0) { exit }
load here.'parts/medians.gp'

array panel_case[case_max]
panel_count = 0
panel_add(c) = (panel_count = panel_count + 1, panel_case[panel_count] = c, 1)
unused = sum [c = 1:case_count] (is_fewest(1, c) ? panel_add(c) : 0)
if (panel_count == 0) { exit }

panel_most = 4
chart_head_in = 0.3
remark_in = strlen(fewest_note(1)) ? 0.13 : 0
chart_foot_in = 0.62 + remark_in
load here.'parts/row-panels.gp'

# The axis is finer at its low end: the logarithm of 1 + 10 × the figure, which has a place for 0.
place(v) = log(1 + 10 * greatest(v, 0)) / log(10)
axis_high = 1
axis_take(v) = (axis_high = greatest(axis_high, v), 0)
unused = sum [i = 1:|median|] (axis_take(median[i]))
axis_high = least(axis_high, 100)

least_of(c, a) = (hit = axis_high, sum [f = 1:4] (hit = least(hit, median[at(f, c, a)]), 0), hit)
greatest_of(c, a) = (hit = 0, sum [f = 1:4] (hit = greatest(hit, median[at(f, c, a)]), 0), hit)
point_of(f) = word('7 4 8 1', f) + 0
colour_of(f) = word('#000000 #0072B2 #D55E00 #009E73', f)
size_of(f) = word('0.45 0.6 0.45 0.4', f) + 0
meaning(f) = f == 1 ? '#1 mean over the stream' : f == 2 ? '#2 at most live' : f == 3 ? '#3 at most resident' : \
    '#4 peak against peak'
row_x(f, c, a) = known(median[at(f, c, a)]) ? place(least(median[at(f, c, a)], axis_high)) : NaN

key_width_in = sum [f = 1:4] (0.28 + text_in(meaning(f)))
do for [format in formats] {
    eval chart_open('fragmentation-measures', format, chart_width_in, chart_height_in)
    set multiplot
    eval frame_begin
    key_columns_here = chart_width_in > key_width_in ? 4 : 2
    key_x_in = 0.5 * (chart_width_in - (key_columns_here == 4 ? key_width_in : 0.5 * key_width_in))
    key_start_in = key_x_in
    do for [f = 1:4] {
        if (key_columns_here == 2 && f == 3) { key_x_in = key_start_in }
        key_y_at = 1 - (key_columns_here == 2 && f < 3 ? 0.07 : key_columns_here == 2 ? 0.21 : 0.15) / chart_height_in
        set label meaning(f) at screen (key_x_in + 0.12) / chart_width_in, screen key_y_at left
        set label '' at screen (key_x_in + 0.05) / chart_width_in, screen key_y_at \
            point pointtype point_of(f) pointsize 1.2 * size_of(f) lc rgb colour_of(f)
        key_x_in = key_x_in + 0.28 + text_in(meaning(f))
    }
    set label '(resident − live) / live' at screen 0.5, screen (0.28 + remark_in) / chart_height_in center
    set label note_medians(baseline_name) at screen 0.5, screen (0.13 + remark_in) / chart_height_in center \
        textcolor rgb colour_text
    set label fewest_note(1) at screen 0.5, screen 0.11 / chart_height_in center textcolor rgb colour_text
    plot NaN notitle
    eval frame_end
    set xrange [-0.02:1.03 * place(axis_high)]
    do for [p = 1:panel_count] {
        c = panel_case[p]
        eval row_panel_begin
        set xtics () nomirror
        do for [tic in '0 0.1 1 10 100'] {
            is_told = panel_is_lowest(p, panel_count) && (tic ne '0.1' || axis_high < 20)
            set xtics add ((is_told ? tic : '') place(tic + 0))
        }
        do for [a = 1:allocator_count] {
            if (!known(median[at(1, c, a)])) {
                set label failure_words[cell(c, a)] at graph 0.02, first a left textcolor rgb colour_text
            }
        }
        plot sample [a = 1:allocator_count:1] '+' using (place(least_of(c, int($1)))):1: \
                (known(median[at(1, c, int($1))]) ? place(greatest_of(c, int($1))) - place(least_of(c, int($1))) : NaN):(0) \
                with vectors nohead lt 1 dt 1 lc rgb '#aaaaaa' lw 1 notitle, \
            for [f = 1:4] [a = 1:allocator_count:1] '+' using (row_x(f, c, int($1))):1 \
                with points pointtype point_of(f) pointsize size_of(f) lc rgb colour_of(f) notitle
    }
    unset multiplot
    unset output
}
