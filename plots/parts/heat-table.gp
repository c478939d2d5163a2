# A table of coloured cells with printed numbers, a row for each case, a column for each allocator:
# the drawing that heat-map.gp and fragmentation.gp share.
#
# In: chart_name; heat_case[1..heat_rows], the cases of the rows (the mean, if at all, last); by
# k = cell(c, a): heat(k), the place of its colour, NaN where there is none, heat_text(k),
# is_dark(k), whether its print must be white, is_framed(k); the palette; heat_low, heat_high and
# heat_tics of its scale; heat_title; heat_note, the line below, and heat_remark above that or ''.

row_longest_in = 0
unused = sum [r = 1:heat_rows] (row_longest_in = greatest(row_longest_in, text_in(case_title(heat_case[r]))), 0)
name_longest_in = 0
unused = sum [a = 1:allocator_count] (name_longest_in = greatest(name_longest_in, text_in(allocators[a])), 0)

# The geometric mean stands below the workloads, apart.
row_at(r) = r + (heat_rows > 1 && cases[heat_case[r]] eq mean_key ? 0.4 : 0)

left_in = 0.15 + row_longest_in
column_in = least(0.62, greatest(0.44, 0.08 + name_longest_in))
column_in = left_in + column_in * allocator_count > 6.9 ? (6.9 - left_in) / allocator_count : column_in
# Names that do not fit above their column are slanted, or upright where they would leave the page.
is_slanted = column_in < name_longest_in
is_upright = is_slanted && (sum [a = 1:allocator_count] \
    (0.82 * text_in(allocators[a]) > (allocator_count - a + 0.5) * column_in + 0.1)) > 0
row_in = 0.165
head_in = is_upright ? 0.15 + name_longest_in : is_slanted ? 0.15 + 0.6 * name_longest_in : 0.25
foot_in = 0.62 + (strlen(heat_remark) ? 0.13 : 0)
width_in = greatest(greatest(width_column_in, text_in(heat_title)), left_in + column_in * allocator_count + 0.1)
height_in = head_in + foot_in + row_in * (row_at(heat_rows) + 0.5)
right_at = (left_in + column_in * allocator_count) / width_in
middle_in = 0.5 * width_in
word_font = sprintf('sans,%.2g', clamp(8 * column_in / text_in('timeout '), 5, 8))

unset border
unset grid
set xrange [0.5:allocator_count + 0.5]
set yrange [row_at(heat_rows) + 0.6:0.5]
unset xtics
set ytics () scale 0 textcolor rgb '#000000'
set x2tics () scale 0 textcolor rgb '#000000'
set x2range [0.5:allocator_count + 0.5]
if (is_slanted) { set x2tics rotate by 35 left offset -0.8, 0 }
if (is_upright) { set x2tics rotate by 90 left offset 0, 0 }
do for [a = 1:allocator_count] { set x2tics add (allocators[a] a) }
do for [r = 1:heat_rows] { set ytics add (case_title(heat_case[r]) row_at(r)) }
set cbrange [heat_low:heat_high]
set colorbox horizontal user origin screen (middle_in - 1.2) / width_in, screen (foot_in - 0.28) / height_in \
    size screen 2.4 / width_in, screen 0.08 / height_in noborder
eval 'set cbtics ('.heat_tics.') scale 0 offset 0, 0.6 textcolor rgb "#000000"'
set label heat_title at screen 0.5, screen (foot_in - 0.13) / height_in center
set label heat_remark at screen 0.5, screen 0.2 / height_in center textcolor rgb colour_text
set label heat_note at screen 0.5, screen 0.08 / height_in center textcolor rgb colour_text

cells = heat_rows * allocator_count
row(i) = int((i - 1) / allocator_count) + 1
col(i) = int(i - 1) % allocator_count + 1
key(i) = cell(heat_case[row(i)], col(i))
where(i, is_shown) = is_shown ? row_at(row(i)) : NaN

# A text that is not shown is an empty one: labels without any point end gnuplot with signal 11 where
# the table is a single cell.
do for [format in formats] {
    eval chart_open(chart_name, format, width_in, height_in)
    set lmargin at screen left_in / width_in
    set rmargin at screen right_at
    set tmargin at screen 1 - head_in / height_in
    set bmargin at screen foot_in / height_in
    plot sample [i = 1:cells:1] '+' using (col($1)):(where($1, known(heat(key($1))))): \
            (col($1) - 0.48):(col($1) + 0.48):(row_at(row($1)) - 0.46):(row_at(row($1)) + 0.46): \
            (heat(key($1))) with boxxyerror fillstyle solid 1 noborder palette notitle, \
        [i = 1:cells:1] '+' using (col($1)):(where($1, !known(heat(key($1))))): \
            (col($1) - 0.48):(col($1) + 0.48):(row_at(row($1)) - 0.46):(row_at(row($1)) + 0.46) \
            with boxxyerror fillstyle pattern 4 noborder lc rgb '#cccccc' notitle, \
        [i = 1:cells:1] '+' using (col($1)):(where($1, is_framed(key($1)))): \
            (col($1) - 0.46):(col($1) + 0.46):(row_at(row($1)) - 0.43):(row_at(row($1)) + 0.43) \
            with boxxyerror lt 1 dt 1 lc rgb '#000000' lw 1.6 fillstyle empty border notitle, \
        [i = 1:cells:1] '+' using (col($1)):(row_at(row($1))): \
            (known(heat(key($1))) && !is_dark(key($1)) ? heat_text(key($1)) : '') with labels center textcolor rgb '#000000' notitle, \
        [i = 1:cells:1] '+' using (col($1)):(row_at(row($1))): \
            (known(heat(key($1))) && is_dark(key($1)) ? heat_text(key($1)) : '') with labels center textcolor rgb '#ffffff' notitle, \
        [i = 1:cells:1] '+' using (col($1)):(row_at(row($1))): \
            (!known(heat(key($1))) ? heat_text(key($1)) : '') with labels center font word_font textcolor rgb '#000000' notitle
    unset output
}
