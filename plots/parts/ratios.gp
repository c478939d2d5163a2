# Reads the ratios of one figure, and why cells failed, for the charts that show ratios.
#
# In: run, figure ('ns_per_op'), figure_pass ('throughput'). Out: arrays ratio, ratio_low,
# ratio_high, delta and failures by cell(c, a), with NaN where there is none, verdict (less, more,
# equal, open: what the run proves) and failure_words.

array ratio[case_max * allocator_max]
array ratio_low[case_max * allocator_max]
array ratio_high[case_max * allocator_max]
array delta[case_max * allocator_max]
array verdict[case_max * allocator_max]
array failures[case_max * allocator_max]
less = 1; more = 2; equal = 3; open = 4
verdict_of(s) = s eq 'faster' || s eq 'smaller' ? less : s eq 'slower' || s eq 'larger' ? more : \
    s eq 'equivalent' ? equal : open
cell(c, a) = (c - 1) * allocator_max + a
unused = sum [i = 1:case_max * allocator_max] (ratio[i] = NaN, ratio_low[i] = NaN, \
    ratio_high[i] = NaN, delta[i] = NaN, verdict[i] = open, failures[i] = 0, 0)

is_ratio_row(f, p, a) = f eq figure && p eq figure_pass && is_contestant(a)
ratio_put(k, f, r, l, h) = (failures[k] = f, ratio[k] = r, ratio_low[k] = l, ratio_high[k] = h, 0)
ratio_take(w, p, t, a, r, l, h, f, blocks, level, base) = \
    (w eq geomean_name ? note_take_mean(level) : blocks > 0 ? note_take(blocks, level, base) : 0, \
     ratio_put(cell(case_index(w, p, t), allocator_index(a)), f, r, l, h))
verdict_put(k, d, v) = (delta[k] = d, verdict[k] = verdict_of(v), 0)

stats run.'/summary.csv' using (is_ratio_row(strcol('figure'), strcol('pass'), strcol('allocator')) ? \
    ratio_take(strcol('workload'), strcol('parameters'), strcol('threads'), strcol('allocator'), \
        column('ratio'), column('ratio_low'), column('ratio_high'), column('failures'), \
        column('blocks'), column('confidence'), strcol('baseline')) : 0) nooutput
stats run.'/summary.csv' using (is_ratio_row(strcol('figure'), strcol('pass'), strcol('allocator')) ? \
    verdict_put(cell(case_index(strcol('workload'), strcol('parameters'), strcol('threads')), \
        allocator_index(strcol('allocator'))), column('delta'), strcol('verdict')) : 0) nooutput

load here.'parts/failures.gp'
