# Time per operation relative to the baseline as a table of colours: a row for each workload and
# number of threads, a column for each allocator, the ratio printed in every cell.
run = ARG1; out = ARG2; formats = ARG3
here = ARG0[1:strlen(ARG0) - strlen('heat-map.gp')]
load here.'theme.gp'

chart_name = 'heat-map'
figure = 'ns_per_op'
figure_pass = 'throughput'
load here.'parts/ratios.gp'

ratio_count = sum [c = 1:case_count] (sum [a = 1:allocator_count] (known(ratio[cell(c, a)]) ? 1 : 0))
if (ratio_count == 0) { exit }

# Colours: blue below 1, white at 1, orange above, by log2. They end at a factor of 4, or of 16 where
# a fifth of the cells is beyond 4. The blue is darker than the orange, and the printed numbers carry
# the values in a grey print.
beyond = sum [c = 1:case_count] (sum [a = 1:allocator_count] \
    (known(ratio[cell(c, a)]) && abs(log(ratio[cell(c, a)])) > log(4)))
colour_end = 5 * beyond > ratio_count ? 4 : 2
set palette defined (-1 '#2166ac', -0.5 '#7fb2d9', 0 '#ffffff', 0.5 '#fdc98a', 1 '#e08214')
heat(k) = known(ratio[k]) ? clamp(log(ratio[k]) / log(2), -colour_end, colour_end) : NaN
heat_text(k) = !known(ratio[k]) ? (failure_words[k] eq '' ? '–' : failure_words[k]) : \
    sprintf(ratio[k] < 0.0995 ? '%.3f' : ratio[k] < 9.95 ? '%.2f' : ratio[k] < 99.5 ? '%.1f' : '%.0f', \
            ratio[k]).(failures[k] > 0 ? '*' : '')
is_dark(k) = known(ratio[k]) && heat(k) < -0.64 * colour_end
is_framed(k) = 0
heat_low = -colour_end
heat_high = colour_end
heat_tics = colour_end == 2 ? '"≤ 1/4" -2, "1/2" -1, "1" 0, "2" 1, "≥ 4" 2' : \
    '"≤ 1/16" -4, "1/4" -2, "1" 0, "4" 2, "≥ 16" 4'
heat_title = 'time per operation / that of the baseline (colour by log2)'
heat_note = note_at('no intervals', baseline_name)

failed_some = sum [c = 1:case_count] (sum [a = 1:allocator_count] \
    (known(ratio[cell(c, a)]) && failures[cell(c, a)] > 0))
heat_remark = failed_some ? '* failed in some blocks' : ''

# Over a single workload the mean would repeat it.
mean_case = case_find(mean_key)
array heat_case[case_max]
heat_rows = 0
heat_add(c) = (heat_rows = heat_rows + 1, heat_case[heat_rows] = c, 1)
unused = sum [c = 1:case_count] (c != mean_case ? heat_add(c) : 0)
if (mean_case > 0 && case_count > 2) { unused = heat_add(mean_case) }

load here.'parts/heat-table.gp'
