# A picture of the heap for each moment: heapmap-001 and so on. Addresses ascend to the right and
# down, from the lowest at the top left.
#     gnuplot -c plots/heapmap/frames.gp HEAPMAP-FOLDER OUTPUT-FOLDER "svg png"
run = ARG1; out = ARG2; formats = ARG3
here = ARG0[1:strlen(ARG0) - strlen('frames.gp')]
size_name = 'large'
load here.'parts.gp'
if (frame_count == 0) { exit }

chart_width_in = width_page_in
picture_left_in = 1.05
picture_width_in = 1024.0 / (72 * png_scale)    # whole dots for each cell in the PNG
picture_height_in = picture_width_in * rows / columns
key_left_in = 0.15
key_top_in = 0.42
eval key_measure
head_in = key_top_in + key_row_in * key_row_count + 0.02
foot_in = 0.62
chart_height_in = head_in + picture_height_in + foot_in
eval address_measure

do for [frame = 1:frame_count] {
    do for [format in formats] {
        eval chart_open(sprintf('heapmap-%03d', frame), format, chart_width_in, chart_height_in)
        unset label; unset object; unset arrow
        set lmargin at screen picture_left_in / chart_width_in
        set rmargin at screen (picture_left_in + picture_width_in) / chart_width_in
        set tmargin at screen 1 - head_in / chart_height_in
        set bmargin at screen foot_in / chart_height_in
        eval picture_axes
        eval address_tics
        eval column_tics
        set xlabel 'address within the row' offset 0, 0.5
        set label 1 'address from the lowest byte on' at screen 0.08 / chart_width_in, \
            screen (foot_in + 0.5 * picture_height_in) / chart_height_in center rotate by 90
        set label 2 stream_text at screen 0.15 / chart_width_in, screen 1 - 0.13 / chart_height_in \
            left font 'sans,9'
        set label 3 frame_text(frame) at screen 0.15 / chart_width_in, \
            screen 1 - 0.28 / chart_height_in left
        set label 4 cell_text.cut_text at screen 0.15 / chart_width_in, \
            screen 0.08 / chart_height_in left textcolor rgb colour_text
        eval key_draw
        plot cells_file(frame) binary array=(columns, rows) format='%uchar' using 1:2:3 \
            with rgbimage notitle
        unset output
    }
}
