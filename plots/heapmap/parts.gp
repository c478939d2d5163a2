# What the heap maps share: reading what `heaplab heapmap` wrote, texts, axes, the key. Loaded after
# run, out, formats and here are set; loads the theme.
load here.'../theme.gp'

# ---- The moments: frames.csv ----
frame_max = 256
array progress[frame_max]; array live[frame_max]; array blocks[frame_max]
array used[frame_max]; array free[frame_max]; array metadata[frame_max]; array resident[frame_max]
frame_count = 0
allocator = ''; workload = ''; parameters = ''; threads = 1; scale = 1; has_walk = 1
frame_take(p, b, l, u, f, m, r) = (frame_count = frame_count + 1, progress[frame_count] = p, \
    blocks[frame_count] = b, live[frame_count] = l, used[frame_count] = u, \
    free[frame_count] = f, metadata[frame_count] = m, resident[frame_count] = r, 0)
head_take(a, w, p, t, s, source) = (allocator = a, workload = w, parameters = clean(p), \
    threads = int(t), scale = real(s), has_walk = source eq 'heap_walk', 0)
number(s) = clean(s) eq '' ? NaN : real(s)
is_row(s) = s ne 'frame'
stats run.'/frames.csv' using (is_row(strcol('frame')) ? \
    (head_take(strcol('allocator'), strcol('workload'), strcol('parameters'), strcol('threads'), \
        strcol('scale'), strcol('source')) + \
    frame_take(number(strcol('progress')), number(strcol('live_blocks')), \
        number(strcol('live_bytes')), number(strcol('used_bytes')), number(strcol('free_bytes')), \
        number(strcol('metadata_bytes')), number(strcol('resident_bytes')))) : 0) nooutput

# ---- The cells: layout.csv, ticks.csv, key.csv ----
columns = 0; rows = 0; cell_bytes = 0; cuts = 0; cut_bytes = 0
layout_take(s, c, r, b, n, m) = s eq size_name ? (columns = int(c), rows = int(r), \
    cell_bytes = real(b), cuts = int(n), cut_bytes = real(m), 0) : 0
stats run.'/cells/layout.csv' using (layout_take(strcol('size'), strcol('columns'), \
    strcol('rows'), strcol('cell_bytes'), strcol('cuts'), strcol('cut_bytes'))) nooutput

tick_max = 1024
array tick_rows[tick_max]; array tick_labels[tick_max]
tick_count = 0
tick_take(s, r, l) = s eq size_name && tick_count < tick_max ? (tick_count = tick_count + 1, \
    tick_rows[tick_count] = real(r), tick_labels[tick_count] = l, 0) : 0
stats run.'/cells/ticks.csv' using (tick_take(strcol('size'), strcol('row'), strcol('label'))) nooutput

entry_max = 32
array entry_labels[entry_max]; array entry_colours[entry_max]
entry_count = 0
entry_take(l, c) = l ne 'label' ? (entry_count = entry_count + 1, entry_labels[entry_count] = l, \
    entry_colours[entry_count] = c, 0) : 0
stats run.'/cells/key.csv' using (entry_take(strcol('label'), strcol('colour'))) nooutput

# ---- Texts ----
bytes_unit(b) = b < 1024 ? 0 : b < 1024.0**2 ? 1 : b < 1024.0**3 ? 2 : b < 1024.0**4 ? 3 : 4
bytes_text(b) = sprintf('%.3g %s', b / 1024.0**bytes_unit(b), word('B KiB MiB GiB TiB', bytes_unit(b) + 1))
percent_text(p) = sprintf('%.3g %%', 100 * p)
stream_text = allocator.' on '.workload.(parameters eq '' ? '' : ' '.parameters). \
    sprintf(', %d thread%s', threads, threads == 1 ? '' : 's').(scale == 1 ? '' : sprintf(', scale %g', scale))
rest_text(i) = has_walk ? 'free '.bytes_text(free[i]).', metadata '.bytes_text(metadata[i]) : \
    'another '.bytes_text(resident[i]).' is resident'
frame_text(i) = sprintf('at %s of the stream: ', percent_text(progress[i])). \
    sprintf('%d live blocks asked for %s and hold %s; ', blocks[i], bytes_text(live[i]), bytes_text(used[i])). \
    rest_text(i)
cell_text = sprintf('A cell is %s, a row %s%s.', bytes_text(cell_bytes), bytes_text(cell_bytes * columns), \
    cell_bytes > 16 ? '; cells mix the colours of what they hold' : '')
cut_text = cuts == 0 ? '' : sprintf(' %d cut%s: %s without memory.', cuts, cuts == 1 ? '' : 's', \
    bytes_text(cut_bytes))
by_text = strstrt(entry_labels[1], 'to 100') == 1 ? 'blocks by age in events:  ' : \
    strstrt(entry_labels[1], 'to ') == 1 ? 'blocks by size:  ' : ''

# ---- Drawing ----
cells_file(i) = sprintf('%s/cells/%s-%03d.rgb', run, size_name, i)
picture_axes = sprintf('set xrange [-0.5:%g]; set yrange [%g:-0.5]; unset grid; unset key; \
set border 15 linecolor rgb "#888888" linewidth 0.5', columns - 0.5, rows - 0.5)
# `eval address_measure` after picture_height_in is set: labels that would meet are left out, an
# address behind a cut (with an arrow) never for one within a range.
address_tics = ''
is_cut_tick(t) = strstrt(tick_labels[t], '→') == 1
tick_at_in(t) = picture_height_in * tick_rows[t] / rows
tick_room_in = 0.13
tick_last_in = -1; tick_next_cut_in = 0
address_measure = 'address_tics = "set ytics out nomirror scale 0.5 textcolor rgb \"#000000\" ()"; \
tick_last_in = -1; \
do for [t = 1:tick_count] { \
    tick_next_cut_in = picture_height_in + 1; \
    do for [u = t + 1:least(t + 12, tick_count)] { \
        if (is_cut_tick(u) && tick_next_cut_in > picture_height_in) { tick_next_cut_in = tick_at_in(u) } }; \
    if (tick_at_in(t) - tick_last_in > tick_room_in && \
        (is_cut_tick(t) || t == 1 || tick_next_cut_in - tick_at_in(t) > tick_room_in)) { \
        tick_last_in = tick_at_in(t); \
        address_tics = address_tics.sprintf("; set ytics add (\"%s\" %g)", tick_labels[t], tick_rows[t]) } }'
column_tics = 'set xtics out nomirror scale 0.5 textcolor rgb "#000000" ()'
do for [q = 0:4] {
    column_tics = column_tics.sprintf('; set xtics add ("%s" %g)', \
        q == 0 ? '0' : bytes_text(cell_bytes * columns * q / 4), columns * q / 4.0 - 0.5)
}

# The key in rows of what fits, from key_left_in on, its first row key_top_in below the top.
# `eval key_draw` after chart_width_in and chart_height_in are set; key_row_count says how many.
entry_width_in(i) = 0.36 + key_scale * text_in(entry_labels[i])
key_scale = 1.0
key_row_in = 0.15
entry_x_in = 0; entry_row = 0; swatch_x_in = 0
entry_place(i) = (entry_x_in + entry_width_in(i) > chart_width_in - 0.1 ? \
    (entry_x_in = key_left_in, entry_row = entry_row + 1) : 0)
entry_y(i) = 1 - (key_top_in + key_row_in * entry_row) / chart_height_in
entry_draw(i) = (entry_place(i), swatch_at(entry_labels[i], entry_colours[i], \
    entry_x_in / chart_width_in, (entry_x_in + 0.16) / chart_width_in, \
    entry_y(i) - 0.045 / chart_height_in, entry_y(i) + 0.045 / chart_height_in))
key_measure = 'entry_x_in = key_left_in + key_scale * text_in(by_text); entry_row = 0; \
do for [i = 1:entry_count] { unused = entry_place(i); entry_x_in = entry_x_in + entry_width_in(i) }; \
key_row_count = entry_row + 1'
key_draw = 'entry_x_in = key_left_in + key_scale * text_in(by_text); entry_row = 0; \
set label by_text at screen key_left_in / chart_width_in, screen 1 - key_top_in / chart_height_in left; \
do for [i = 1:entry_count] { entry = entry_draw(i); eval entry; entry_x_in = entry_x_in + entry_width_in(i) }'
