# Fragmentation #1 as a table of colours: a row for each workload and number of threads, a column for
# each allocator, the figure printed in every cell, the least of each row framed.
run = ARG1; out = ARG2; formats = ARG3
here = ARG0[1:strlen(ARG0) - strlen('fragmentation.gp')]
load here.'theme.gp'
load here.'parts/names.gp'

chart_name = 'fragmentation'
figure_names = 'frag_1'
if (case_count == 0) { exit }
load here.'parts/medians.gp'

array heat_case[case_max]
heat_rows = 0
heat_add(c) = (heat_rows = heat_rows + 1, heat_case[heat_rows] = c, 1)
unused = sum [c = 1:case_count] (medians_of(1, c) > 0 ? heat_add(c) : 0)
if (heat_rows == 0) { exit }

array least_of[case_max]
unused = sum [c = 1:case_count] (least_of[c] = NaN, 0)
unused = sum [c = 1:case_count] (sum [a = 1:allocator_count] \
    (least_of[c] = known(least_of[c]) ? least(least_of[c], median[at(1, c, a)]) : median[at(1, c, a)], 0))

# Colours from white at 0 to dark red, finer at the low end: the logarithm of 1 + 10 × the figure.
place(f) = log(1 + 10 * f) / log(101)
set palette defined (0 '#ffffff', 0.2 '#fee8c8', 0.45 '#fdbb84', 0.7 '#e34a33', 1 '#7f0000')

heat(k) = known(median[k]) ? clamp(place(greatest(median[k], 0)), 0, 1) : NaN
number(v) = sprintf(abs(v) < 9.95 ? '%.2f' : abs(v) < 99.5 ? '%.1f' : '%.0f', v)
heat_text(k) = known(median[k]) ? number(median[k]) : failure_words[k] eq '' ? '–' : failure_words[k]
is_dark(k) = known(median[k]) && heat(k) > 0.6
case_of(k) = int((k - 1) / allocator_max) + 1
is_framed(k) = known(median[k]) && allocator_count > 1 && number(median[k]) eq number(least_of[case_of(k)])
heat_low = 0
heat_high = 1
heat_tics = sprintf('"0" 0, "0.1" %g, "0.3" %g, "1" %g, "3" %g, "≥ 10" 1', place(0.1), place(0.3), place(1), place(3))
heat_title = '#1: mean of (resident − live) / live'
heat_note = note_medians(baseline_name)
heat_remark = 'framed: the least of a row'

load here.'parts/heat-table.gp'
