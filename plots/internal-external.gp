# Internal fragmentation to the left, external to the right: a panel for each workload on its fewest
# threads, a row for each allocator.
run = ARG1; out = ARG2; formats = ARG3
here = ARG0[1:strlen(ARG0) - strlen('internal-external.gp')]
load here.'theme.gp'
load here.'parts/names.gp'

figure_names = 'frag_internal_mean frag_external_mean'
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
word_internal = 'internal: unused in blocks'
word_external = 'external: 1 − largest free / free'
key_least_in = swatch_width_in(word_internal) + swatch_width_in(word_external)
load here.'parts/row-panels.gp'

word_unknown = 'no walk'
colour_internal = '#56B4E9'
side(f, c, a) = (f == 1 ? -100 : 100) * median[at(f, c, a)]

do for [format in formats] {
    eval chart_open('internal-external', format, chart_width_in, chart_height_in)
    set multiplot
    eval frame_begin
    eval swatch_begin(key_least_in)
    eval swatch(word_internal, colour_internal)
    eval swatch(word_external, colour_more)
    set label '← internal | external → (%, means over the stream)' at screen 0.5, screen (0.28 + remark_in) / chart_height_in center
    set label note_medians(baseline_name) at screen 0.5, screen (0.13 + remark_in) / chart_height_in center \
        textcolor rgb colour_text
    set label fewest_note(1) at screen 0.5, screen 0.11 / chart_height_in center textcolor rgb colour_text
    plot NaN notitle
    eval frame_end
    set xrange [-100:100]
    do for [p = 1:panel_count] {
        c = panel_case[p]
        eval row_panel_begin
        set xtics () nomirror
        do for [v = -100:100:50] {
            set xtics add ((panel_is_lowest(p, panel_count) ? (abs(v) < 100 ? sprintf('%d', abs(v)) : '') : '') v)
        }
        set arrow 1 from 0, graph 0 to 0, graph 1 nohead lc rgb '#000000' lw 0.9 front
        do for [a = 1:allocator_count] {
            if (!known(median[at(1, c, a)])) {
                set label failure_words[cell(c, a)] at 0, a left offset 0.4, 0 textcolor rgb colour_text
            } else { if (!known(median[at(2, c, a)])) {
                set label word_unknown at 0, a left offset 0.4, 0 font 'sans,6' textcolor rgb colour_text
            } }
        }
        plot sample [a = 1:allocator_count:1] '+' using (side(1, c, int($1))):1:(side(1, c, int($1))):(0): \
                ($1 - 0.36):($1 + 0.36) with boxxyerror fillstyle solid 1 noborder lc rgb colour_internal notitle, \
            [a = 1:allocator_count:1] '+' using (side(2, c, int($1))):1:(0):(side(2, c, int($1))): \
                ($1 - 0.36):($1 + 0.36) with boxxyerror fillstyle solid 1 noborder lc rgb colour_more notitle
    }
    unset multiplot
    unset output
}
