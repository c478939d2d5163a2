# All moments side by side, in rows, at the same scale and the same addresses: heapmap-strip.
#     gnuplot -c plots/heapmap/strip.gp HEAPMAP-FOLDER OUTPUT-FOLDER "svg png"
run = ARG1; out = ARG2; formats = ARG3
here = ARG0[1:strlen(ARG0) - strlen('strip.gp')]
size_name = 'small'
load here.'parts.gp'
if (frame_count == 0) { exit }

# As many in a row as fill the rows evenly, six at most.
panel_rows = int((frame_count - 1) / 6) + 1
panel_columns = int((frame_count - 1) / panel_rows) + 1
chart_width_in = width_page_in
panel_left_in = 0.95
panel_gap_in = 0.1
panel_width_in = least(2.6, (chart_width_in - panel_left_in - 0.15 + panel_gap_in) / panel_columns - panel_gap_in)
panel_height_in = panel_width_in * rows / columns
panel_title_in = 0.5
panel_pitch_in = panel_title_in + panel_height_in + 0.08
key_left_in = 0.15
key_top_in = 0.29
eval key_measure
chart_head_in = key_top_in + key_row_in * (key_row_count - 1) + 0.05
chart_foot_in = 0.22
chart_height_in = panel_page_height(frame_count)
picture_height_in = panel_height_in
eval address_measure

do for [format in formats] {
    eval chart_open('heapmap-strip', format, chart_width_in, chart_height_in)
    set multiplot
    eval frame_begin
    set label stream_text at screen 0.15 / chart_width_in, screen 1 - 0.13 / chart_height_in \
        left font 'sans,9'
    set label cell_text.cut_text at screen 0.15 / chart_width_in, screen 0.08 / chart_height_in \
        left textcolor rgb colour_text
    eval key_draw
    plot NaN notitle
    eval frame_end
    do for [frame = 1:frame_count] {
        eval panel_place(frame)
        eval picture_axes
        unset xtics
        eval panel_column(frame) == 0 ? address_tics : 'unset ytics'
        set label 1 percent_text(progress[frame]) at graph 0, screen panel_top_at(frame) + \
            0.34 / chart_height_in left
        set label 2 'live '.bytes_text(live[frame]) at graph 0, screen panel_top_at(frame) + \
            0.21 / chart_height_in left font 'sans,7' textcolor rgb colour_text
        set label 3 (has_walk ? 'free '.bytes_text(free[frame]) : 'other '.bytes_text(resident[frame])) \
            at graph 0, screen panel_top_at(frame) + 0.09 / chart_height_in left font 'sans,7' \
            textcolor rgb colour_text
        plot cells_file(frame) binary array=(columns, rows) format='%uchar' using 1:2:3 \
            with rgbimage notitle
        unset label
    }
    unset multiplot
    unset output
}
