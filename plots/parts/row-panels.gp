# Panels with a row for each allocator: sizes and axes that the charts with such panels share.
#
# In: panel_case[1..panel_count], panel_most, the most panels beside each other, chart_head_in and
# chart_foot_in; key_least_in, where the key needs more than a column. `eval row_panel_begin` before panel p of case c.

name_longest_in = 0
unused = sum [a = 1:allocator_count] (name_longest_in = greatest(name_longest_in, text_in(allocators[a])), 0)

panel_columns = least(panel_count, panel_most)
if (!exists('key_least_in')) { key_least_in = 0 }
chart_width_in = panel_count == 1 ? greatest(width_column_in, key_least_in + 0.1) : width_page_in
panel_title_in = 0.2
panel_left_in = 0.2 + name_longest_in
panel_gap_in = 0.22
panel_width_in = (chart_width_in - panel_left_in - 0.12 - panel_gap_in * (panel_columns - 1)) / panel_columns
panel_height_in = 0.06 + line_in * allocator_count
panel_pitch_in = panel_height_in + panel_title_in + 0.07
chart_height_in = panel_page_height(panel_count)
eval title_measure

# Labels of tics at panels' edges read as one number where the last of a panel touches the first of the
# next: then the last is left out. In: where both stand from the left of their panels, and their texts.
tics_touch(first_in, first, last_in, last) = \
    panel_gap_in + first_in + panel_width_in - last_in < 0.14 + 0.5 * (text_in(first) + text_in(last))
has_panel_beside(p) = panel_column(p) < panel_columns - 1 && p < panel_count

row_panel_begin = 'eval panel_place(p); set title case_title(c) offset 0, -0.75 font title_font; \
set yrange [allocator_count + 0.6:0.4]; set border 1; unset ytics; unset grid; set grid xtics; \
unset label; unset arrow; if (panel_column(p) == 0) { set ytics () nomirror scale 0 textcolor rgb "#000000"; \
do for [a = 1:allocator_count] { set ytics add (allocators[a] a) } }'
