# The allocators and cases in the order of summary.csv, and its baseline, so that an allocator has
# the same place and colour in every chart of a run. In: run.

names_take(w, p, t, a, base) = (case_index(w, p, t), allocator_index(a), baseline_name = base, 0)
stats run.'/summary.csv' using (known(column('schema')) && is_contestant(strcol('allocator')) ? \
    names_take(strcol('workload'), strcol('parameters'), strcol('threads'), strcol('allocator'), \
        strcol('baseline')) : 0) nooutput
