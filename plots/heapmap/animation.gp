# All moments in turn, at the same scale and the same addresses: heapmap.gif.
#     gnuplot -c plots/heapmap/animation.gp HEAPMAP-FOLDER OUTPUT-FOLDER
run = ARG1; out = ARG2; formats = 'gif'
here = ARG0[1:strlen(ARG0) - strlen('animation.gp')]
size_name = 'large'
load here.'parts.gp'
if (frame_count == 0) { exit }

dots_in = 100.0
chart_width_in = 6.6
picture_left_in = 1.2
picture_width_in = 512 / dots_in
picture_height_in = picture_width_in * rows / columns
key_left_in = 0.15
key_top_in = 0.62
key_row_in = 0.19
key_scale = 1.2                     # the terminal draws text that much wider
eval key_measure
head_in = key_top_in + key_row_in * key_row_count + 0.05
foot_in = 0.4
chart_height_in = head_in + picture_height_in + foot_in
tick_room_in = 0.16
eval address_measure
delay_hundredths = frame_count < 6 ? 150 : frame_count < 20 ? 60 : 25

set terminal gif animate delay delay_hundredths loop 0 size dots_in * chart_width_in, dots_in * chart_height_in \
    font 'DejaVuSans,8.5' noenhanced background '#ffffff'
set output out.'/heapmap.gif'
do for [frame = 1:frame_count] {
    unset label; unset object; unset arrow
    set lmargin at screen picture_left_in / chart_width_in
    set rmargin at screen (picture_left_in + picture_width_in) / chart_width_in
    set tmargin at screen 1 - head_in / chart_height_in
    set bmargin at screen foot_in / chart_height_in
    eval picture_axes
    eval address_tics
    unset xtics
    set label 2 stream_text at screen 0.15 / chart_width_in, screen 1 - 0.15 / chart_height_in left
    set label 3 sprintf('at %s of the stream, %d live blocks asked for %s', percent_text(progress[frame]), \
        blocks[frame], bytes_text(live[frame])) \
        at screen 0.15 / chart_width_in, screen 1 - 0.32 / chart_height_in left
    set label 5 'they hold '.bytes_text(used[frame]).'; '.rest_text(frame) \
        at screen 0.15 / chart_width_in, screen 1 - 0.48 / chart_height_in left
    set label 4 cell_text.cut_text at screen 0.15 / chart_width_in, \
        screen 0.15 / chart_height_in left textcolor rgb colour_text
    eval key_draw
    plot cells_file(frame) binary array=(columns, rows) format='%uchar' using 1:2:3 \
        with rgbimage notitle
}
unset output
