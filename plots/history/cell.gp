# A cell's nights: the ratio to the pinned baseline with its interval, the band in which differences are
# none, the levels between changes, and what changed under the machine.
#     gnuplot -c plots/history/cell.gp FOLDER OUTPUT-FOLDER "svg png pdf"
# FOLDER holds series.csv, which `heaplab history CELL --chart FOLDER` writes.
run = ARG1; out = ARG2; formats = ARG3
here = ARG0[1:strlen(ARG0) - strlen('cell.gp')]
load here.'../theme.gp'
series = run.'/series.csv'

# ---- Reading ----
night_count = 0
stats series using (known(column('started_unix_s')) ? (night_count = night_count + 1, 0) : 0) nooutput
if (night_count == 0) { exit }
array night_s[night_count]; array ratio[night_count]; array ratio_low[night_count]
array ratio_high[night_count]; array delta[night_count]; array level[night_count]
array change[night_count]; array verdict[night_count]; array epoch[night_count]
less = 1; more = 2; equal = 3; open = 4
verdict_of(s) = s eq 'faster' || s eq 'smaller' ? less : s eq 'slower' || s eq 'larger' ? more : \
    s eq 'equivalent' ? equal : open
taken = 0
cell_name = ''
word_less = 'faster'; word_more = 'slower'
words_take(s) = s eq 'smaller' || s eq 'larger' ? (word_less = 'smaller', word_more = 'larger', 0) : 0
night_take(t, r, l, h, d) = (taken = taken + 1, night_s[taken] = t, ratio[taken] = r, \
    ratio_low[taken] = l, ratio_high[taken] = h, delta[taken] = d, 0)
stats series using (known(column('started_unix_s')) ? night_take(column('started_unix_s'), \
    column('ratio'), column('ratio_low'), column('ratio_high'), column('delta')) : 0) nooutput
taken = 0
marks_take(l, c, v, e) = (taken = taken + 1, level[taken] = l, change[taken] = c, \
    verdict[taken] = verdict_of(v), words_take(v), epoch[taken] = clean(e), 0)
stats series using (known(column('started_unix_s')) ? marks_take(column('level'), column('change'), \
    strcol('verdict'), strcol('epoch')) : 0) nooutput
stats series using (known(column('started_unix_s')) ? (cell_name = strcol('cell'), \
    column('blocks') > 0 ? note_take(column('blocks'), 1, strcol('baseline')) : 0, 0) : 0) nooutput

# ---- Axes: all intervals, the band of a quiet night, half a night beside ----
axis_low = 0.97; axis_high = 1.03
axis_take(v) = (axis_low = least(axis_low, v), axis_high = greatest(axis_high, v), 0)
unused = sum [n = 1:night_count] (axis_take(ratio[n]), axis_take(ratio_low[n]), axis_take(ratio_high[n]), 0)
air = 0.08 * (axis_high - axis_low)
axis_low = axis_low - air
axis_high = axis_high + 2 * air
day_s = 86400.0
# A tic is a midnight: with that before the first night its own date is on the axis.
time_low = least(night_s[1] - day_s / 2, day_s * floor(night_s[1] / day_s))
time_high = night_s[night_count] + day_s / 2
days = (time_high - time_low) / day_s
tic_days = days < 12 ? 1 : days < 40 ? 7 : days < 100 ? 14 : days < 400 ? 61 : 183
half_s = day_s / 2

chart_width_in = width_page_in
chart_height_in = 2.5
symbol_colour(v) = v == less ? colour_less : v == more ? colour_more : v == equal ? '#333333' : colour_open
symbol_type(v) = v == less ? 7 : v == more ? 5 : v == equal ? 13 : 6
symbol_word(v) = v == less ? word_less : v == more ? word_more : v == equal ? 'equivalent' : 'unresolved'
symbol_size(v) = v == equal ? 0.5 : 0.4
colour_band = '#e4e4e4'; colour_level = '#CC79A7'
percent(a, b) = sprintf('%+.1f %%', 100 * (b / a - 1))
level_before(n) = (m = n - 1, m >= 1 ? level[m] : NaN)
key_place_in(i) = 0.75 + 1.02 * i
key_height = 1 - 0.13 / chart_height_in
key_word(i, s) = sprintf('set label "%s" at screen %g, screen %g left', s, \
    (key_place_in(i) + 0.2) / chart_width_in, key_height)
key_symbol(v) = sprintf('set label "" at screen %g, screen %g point pointtype %d pointsize 0.6 linecolor rgb "%s"; ', \
    (key_place_in(v - 1) + 0.09) / chart_width_in, key_height, symbol_type(v), symbol_colour(v)). \
    key_word(v - 1, symbol_word(v))

do for [format in formats] {
    eval chart_open('history', format, chart_width_in, chart_height_in)
    set lmargin at screen 0.6 / chart_width_in
    set rmargin at screen 1 - 0.25 / chart_width_in
    set tmargin at screen 1 - 0.26 / chart_height_in
    set bmargin at screen 0.68 / chart_height_in
    set xdata time
    set timefmt '%s'
    set format x (days < 400 ? '%d %b' : '%b %Y')
    set xtics tic_days * day_s nomirror
    set ytics nomirror
    set xrange [time_low:time_high]
    set yrange [axis_low:axis_high]
    unset label
    unset arrow
    unset object
    do for [v = 1:4] { eval key_symbol(v) }
    set object rectangle from screen key_place_in(4) / chart_width_in, screen key_height - 0.045 / chart_height_in \
        to screen (key_place_in(4) + 0.16) / chart_width_in, screen key_height + 0.045 / chart_height_in \
        fillcolor rgb colour_band fillstyle solid 1 noborder
    eval key_word(4, '1 ± δ')
    set arrow from screen key_place_in(5) / chart_width_in, screen key_height to \
        screen (key_place_in(5) + 0.16) / chart_width_in, screen key_height nohead dt 1 lc rgb colour_level lw 2.4
    eval key_word(5, 'level')
    set arrow from time_low, 1 to time_high, 1 nohead dt 1 lc rgb '#000000' lw 0.7
    set label cell_name.' / that of the pinned baseline' at screen 0.5, screen 0.28 / chart_height_in center
    set label sprintf('%d night%s, ', night_count, night_count > 1 ? 's' : ''). \
        note_blocks(blocks_low, blocks_high).' each, 95 % sign intervals, baseline '.baseline_name \
        at screen 0.5, screen 0.12 / chart_height_in center textcolor rgb colour_text
    do for [n = 1:night_count] {
        if (change[n] == 1) {
            set arrow from night_s[n] - day_s / 2, graph 0 to night_s[n] - day_s / 2, graph 1 nohead dt 2 \
                lc rgb colour_level lw 1.2
            set label percent(level_before(n), level[n]) at night_s[n] - day_s / 2, graph 0.94 left offset 0.4, 0
        }
        if (epoch[n] ne '') {
            set arrow from night_s[n] - day_s / 2, graph 0 to night_s[n] - day_s / 2, graph 1 nohead dt 3 \
                lc rgb '#444444' lw 1
            set label epoch[n][1:least(strlen(epoch[n]), 28)] at night_s[n] - day_s / 2, graph 0.06 left \
                offset 0.4, 0 textcolor rgb colour_text
        }
    }
    plot sample [n = 1:night_count:1] '+' using (night_s[int($1)]):(1):(night_s[int($1)] - half_s): \
            (night_s[int($1)] + half_s):(1 - delta[int($1)]):(1 + delta[int($1)]) \
            with boxxyerror fillstyle solid 1 noborder lc rgb colour_band notitle, \
        [n = 1:night_count:1] '+' using (night_s[int($1)] - day_s / 2):(level[int($1)]) with steps dt 1 \
            lc rgb colour_level lw 2.4 notitle, \
        [n = 1:night_count:1] '+' using (night_s[int($1)]):(ratio_low[int($1)]):(0): \
            (ratio_high[int($1)] - ratio_low[int($1)]) with vectors nohead dt 1 lc rgb '#000000' lw 0.8 notitle, \
        for [v = 1:4] [n = 1:night_count:1] '+' using (night_s[int($1)]): \
            (verdict[int($1)] == v ? ratio[int($1)] : NaN) with points pointtype symbol_type(v) \
            pointsize symbol_size(v) linecolor rgb symbol_colour(v) notitle
    unset output
}
