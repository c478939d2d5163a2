# Reads the ratios of one figure, and why cells failed, for the charts that show ratios.
#
# In: run, figure ('ns_per_op'), figure_pass ('throughput'). Out: arrays ratio, ratio_low,
# ratio_high and failures by cell(c, a), with NaN where there is none, and failure_words.

array ratio[case_max * allocator_max]
array ratio_low[case_max * allocator_max]
array ratio_high[case_max * allocator_max]
array failures[case_max * allocator_max]
cell(c, a) = (c - 1) * allocator_max + a
unused = sum [i = 1:case_max * allocator_max] (ratio[i] = NaN, ratio_low[i] = NaN, \
    ratio_high[i] = NaN, failures[i] = 0, 0)

is_ratio_row(f, p, a) = f eq figure && p eq figure_pass && a ne floor_name
ratio_put(k, f, r, l, h) = (failures[k] = f, ratio[k] = r, ratio_low[k] = l, ratio_high[k] = h, 0)
ratio_take(w, p, t, a, r, l, h, f, blocks, level, base) = \
    (w ne geomean_name && blocks > 0 ? note_take(blocks, level, base) : 0, \
     ratio_put(cell(case_index(w, p, t), allocator_index(a)), f, r, l, h))

stats run.'/summary.csv' using (is_ratio_row(strcol('figure'), strcol('pass'), strcol('allocator')) ? \
    ratio_take(strcol('workload'), strcol('parameters'), strcol('threads'), strcol('allocator'), \
        column('ratio'), column('ratio_low'), column('ratio_high'), column('failures'), \
        column('blocks'), column('confidence'), strcol('baseline')) : 0) nooutput

load here.'parts/failures.gp'
