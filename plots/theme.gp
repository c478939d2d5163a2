# What every chart shares: reading CSV, names found in the data, sizes, colours, output files.
#
# A chart is called as
#     gnuplot -c plots/NAME.gp RUN-FOLDER OUTPUT-FOLDER "svg png pdf"
# and starts with these two lines:
#     run = ARG1; out = ARG2; formats = ARG3
#     load ARG0[1:strlen(ARG0) - strlen('NAME.gp')].'theme.gp'
# It writes OUTPUT-FOLDER/NAME.svg and so on, or nothing when the run has nothing for it to show.
#
# No allocator or workload is named here. Three names come from the contract of the CSV files: the
# floor and the baseline's second cell, which are no contestants, and the workload that stands for the
# mean over all of them.

is_contestant(a) = a ne 'null' && a ne 'baseline-again'
geomean_name = '(geomean)'

set encoding utf8
set datafile separator comma
if (!exists('formats') || strlen(formats) == 0) { formats = 'svg png pdf' }

# ---- Reading ----
# gnuplot has no maps: names live in arrays, in the order of their first appearance, and a search
# is a sum over the array. A pass over a file is `stats FILE using (f(strcol("..."), ...))`.

clean(s) = (s eq ',' || s eq '"') ? '' : s    # what gnuplot 5.4 makes of a quoted empty field

allocator_max = 32
array allocators[allocator_max]
allocator_count = 0
allocator_find(s) = sum [i = 1:allocator_count] (allocators[i] eq s ? i : 0)
allocator_add(s)  = (allocator_count = allocator_count + 1, allocators[allocator_count] = s, \
                     allocator_count)
allocator_index(s) = (hit = allocator_find(s), hit ? hit : allocator_add(s))

# A case is a workload with its parameters and threads: a panel or a row of a chart.
case_max = 512
array cases[case_max]
array case_workloads[case_max]
array case_threads[case_max]
case_count = 0
case_key(w, p, t) = w.'|'.clean(p).'|'.clean(t)
mean_key = case_key(geomean_name, '', '')
case_find(s) = sum [i = 1:case_count] (cases[i] eq s ? i : 0)
case_name(w, p) = w eq geomean_name ? 'geometric mean' : (clean(p) eq '' ? w : w.' '.clean(p))
case_add(w, p, t) = (case_count = case_count + 1, cases[case_count] = case_key(w, p, t), \
                     case_workloads[case_count] = case_name(w, p), \
                     case_threads[case_count] = clean(t), case_count)
case_index(w, p, t) = (hit = case_find(case_key(w, p, t)), hit ? hit : case_add(w, p, t))

# The number of threads is part of a title only where a workload ran with more than one number.
threads_of(c) = case_threads[c] eq '' ? 0 : int(case_threads[c])
case_twins(c) = sum [i = 1:case_count] (case_workloads[i] eq case_workloads[c])
case_title(c) = case_workloads[c].(case_twins(c) < 2 ? '' : ', '.case_threads[c]. \
                (case_threads[c] eq '1' ? ' thread' : ' threads'))

known(v) = v == v                    # NaN differs from itself
least(a, b) = b < a ? b : a          # both leave a NaN in b out
greatest(a, b) = b > a ? b : a
clamp(v, low, high) = v < low ? low : v > high ? high : v

# ---- The line below every chart ----
note_reset = 'blocks_low = 1e9; blocks_high = 0; level_low = 1e9; level_mean = 1e9; baseline_name = ""'
eval note_reset
note_take(blocks, level, base) = (blocks_low = least(blocks_low, blocks), \
    blocks_high = greatest(blocks_high, blocks), level_low = least(level_low, level), \
    baseline_name = base, 0)
note_take_mean(level) = (level_mean = least(level_mean, level), 0)    # of geometric means, which have their own
note_blocks(n, m) = m < 1 ? 'no blocks' : n == m ? sprintf('%d block%s', m, m > 1 ? 's' : '') : \
    sprintf('%d to %d blocks', n, m)
note_level(level) = level > 1 ? 'too few blocks for intervals' : sprintf('%.3g %% intervals', 100 * level)
note_medians(base) = note_blocks(blocks_low, blocks_high).', medians without intervals, baseline '.base
note_at(levels, base) = note_blocks(blocks_low, blocks_high).', '.levels.', baseline '.base
note_text(base) = note_at(note_level(level_low), base)
note_means_text(base) = note_at(note_level(level_mean), base)
note_both_text(base) = note_at(note_level(level_low).(level_mean > 1 ? '' : \
    sprintf(' (of means %.3g %%)', 100 * level_mean)), base)

# ---- Sizes and output ----
# 8 pt text at the width of a column (3.33 in) or of a page (7 in).
width_column_in = 3.33
width_page_in   = 7.0
# The width of a text in 8 pt, by the advances of DejaVu Sans: narrow, half, wide and other letters.
letter_em(c) = strstrt('ijl|', c) ? 0.28 : strstrt('frt-:,.;()[]/ ', c) ? 0.38 : strstrt('mw=%+×', c) ? 0.88 : 0.63
text_in(s) = strlen(s) == 0 ? 0 : 0.111 * (sum [i = 1:strlen(s)] (letter_em(s[i:i])))
line_in   = 0.135
png_scale = 2.5                     # 180 dots an inch; the cairo terminals' points are 1/96 in

terminal(format, w, h) = \
    format eq 'svg' ? sprintf("set terminal svg size %g,%g font 'sans,8' noenhanced dashed \
background '#ffffff' linewidth 0.7", 72 * w, 72 * h) : \
    format eq 'png' ? sprintf("set terminal pngcairo size %d,%d font 'sans,8' noenhanced \
fontscale %g linewidth %g pointscale %g background '#ffffff'", 72 * png_scale * w, \
        72 * png_scale * h, 0.75 * png_scale, 0.7 * png_scale, png_scale) : \
    sprintf("set terminal pdfcairo size %gin,%gin font 'sans,8' fontscale 0.75 noenhanced \
linewidth 0.7 background '#ffffff'", w, h)
chart_open(name, format, w, h) = terminal(format, w, h). \
    "; chart_file = out.'/".name.".".format."'; set output chart_file"

# ---- Look ----
# Okabe and Ito's colours in gnuplot's podo order, the yellow darkened to be seen on white; dashes
# and points differ besides, so that a grey print can be read.
set colorsequence podo
podo = '#000000 #E69F00 #56B4E9 #009E73 #B5A800 #0072B2 #D55E00 #CC79A7'
point_types = '7 5 9 13 11 6 4 8 12 10 2 3 1'
do for [i = 1:allocator_max] {
    set linetype i linecolor rgb word(podo, (i - 1) % 8 + 1) \
        dashtype 1 + (i - 1) % 5 pointtype int(word(point_types, (i - 1) % 13 + 1)) \
        linewidth 1.4 pointsize 0.45
}
colour_less = '#0072B2'; colour_more = '#E69F00'; colour_equal = '#b0b0b0'; colour_open = '#666666'
colour_grid = '#d8d8d8'; colour_text = '#444444'
colour_live = '#c9c9c9'

set border 3 linecolor rgb '#888888' linewidth 0.8
tics_look = 'set tics nomirror out scale 0.5 textcolor rgb "#000000"'
eval tics_look
set grid linetype 1 linecolor rgb colour_grid linewidth 0.5 dashtype 1
set bars small
unset key

# ---- Small multiples ----
# Panels in rows, placed in inches: a script sets these, then `eval panel_place(i)` before panel i.
# chart_head_in and chart_foot_in leave room for the key above and the note below.
panel_row(i)    = int((i - 1) / panel_columns)
panel_column(i) = (i - 1) % panel_columns
panel_left_at(i) = (panel_left_in + panel_column(i) * (panel_width_in + panel_gap_in)) / chart_width_in
panel_top_at(i) = 1 - (chart_head_in + panel_row(i) * panel_pitch_in + panel_title_in) / chart_height_in
panel_place(i) = sprintf('set lmargin at screen %g; set rmargin at screen %g; \
set tmargin at screen %g; set bmargin at screen %g', panel_left_at(i), \
    panel_left_at(i) + panel_width_in / chart_width_in, panel_top_at(i), \
    panel_top_at(i) - panel_height_in / chart_height_in)
panel_is_lowest(i, n) = i + panel_columns > n
panel_page_height(n) = chart_head_in + chart_foot_in + panel_pitch_in * (panel_row(n) + 1)

# Titles as large as the longest fits above its panel: `eval title_measure`, then font title_font.
title_longest_in = 0.1
title_measure = 'unused = sum [p = 1:panel_count] (title_longest_in = greatest(title_longest_in, \
text_in(case_title(panel_case[p]))), 0); title_font = sprintf("sans,%.2g", clamp(8 * (panel_width_in + \
panel_gap_in - 0.04) / title_longest_in, 5.5, 8))'

# A frame over the whole page, for key, title and note: `eval frame_begin`, a plot, `eval frame_end`.
frame_begin = 'unset logscale; set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; \
set bmargin at screen 0; unset border; unset tics; unset grid; unset xlabel; unset ylabel; \
unset title; set xrange [0:1]; set yrange [0:1]; unset label; unset object; unset arrow'

# A key of filled rectangles at the top of a frame. `eval swatch_begin(width)`, width_in from
# swatch_width_in of each text, then `eval swatch(text, colour)` from left to right.
swatch_width_in(s) = 0.34 + text_in(s)
swatch_begin(width_in) = sprintf('swatch_x_in = %g', 0.5 * (chart_width_in - width_in))
swatch_at(s, colour, x0, x1, y0, y1) = sprintf( \
    'set object rectangle from screen %g, screen %g to screen %g, screen %g \
fillcolor rgb "%s" fillstyle solid 1 border linecolor rgb "%s"; ', x0, y0, x1, y1, colour, \
    colour eq '#ffffff' ? colour_open : colour).sprintf( \
    'set label "%s" at screen %g, screen %g left; swatch_x_in = swatch_x_in + %g', \
    s, x1 + 0.06 / chart_width_in, 0.5 * (y0 + y1), swatch_width_in(s))
swatch(s, colour) = swatch_at(s, colour, swatch_x_in / chart_width_in, \
    (swatch_x_in + 0.16) / chart_width_in, 1 - 0.21 / chart_height_in, 1 - 0.12 / chart_height_in)

frame_end = tics_look.'; unset label; unset object; unset arrow; unset key; set border 3 linecolor rgb "#888888" linewidth 0.8; \
set grid linetype 1 linecolor rgb colour_grid linewidth 0.5 dashtype 1'


# A key of the allocators' lines in rows at the top of a frame, or below it from key_top_in.
# `eval key_measure`, then `eval key_line(a)` for each allocator. With key_first = 1 place 0 is left
# for something else.
key_top_in = 0.14
key_entry_in = 1
key_columns = 1
key_first = 0
key_measure = 'unused = sum [a = 1:allocator_count] \
(key_longest_in = greatest(key_longest_in, text_in(allocators[a])), 0); \
key_entry_in = 0.46 + key_longest_in; \
key_columns = greatest(1, int((chart_width_in - 0.2) / key_entry_in)); \
key_columns = least(key_columns, allocator_count + key_first); \
key_rows = int((allocator_count + key_first - 1) / key_columns) + 1'
key_longest_in = 0.3
key_left_in(i) = 0.5 * (chart_width_in - key_columns * key_entry_in) + (i % key_columns) * key_entry_in
key_x(i) = key_left_in(i) / chart_width_in
key_y(i) = 1 - (key_top_in + 0.14 * int(i / key_columns)) / chart_height_in
key_text(i, s) = sprintf('set label "%s" at screen %g, screen %g left; ', s, \
    key_x(i) + 0.32 / chart_width_in, key_y(i))
key_line(a) = key_line_at(a - 1 + key_first, a)
key_line_at(i, a) = key_text(i, allocators[a]).sprintf('set arrow from screen %g, screen %g to \
screen %g, screen %g nohead linetype %d; set label "" at screen %g, screen %g point linetype %d', \
    key_x(i), key_y(i), key_x(i) + 0.27 / chart_width_in, key_y(i), a, \
    key_x(i) + 0.135 / chart_width_in, key_y(i), a)
key_area(i, s, colour) = key_text(i, s).sprintf('set object rectangle from screen %g, screen %g \
to screen %g, screen %g fillcolor rgb "%s" fillstyle solid 1 noborder', key_x(i), \
    key_y(i) - 0.045 / chart_height_in, key_x(i) + 0.27 / chart_width_in, \
    key_y(i) + 0.045 / chart_height_in, colour)
