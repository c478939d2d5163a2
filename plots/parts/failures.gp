# Why cells failed, in words short enough for a cell of a table.
#
# In: run, figure_pass ('throughput'), the cases and allocators, cell(c, a). Out: failure_words by
# cell(c, a), '' where the cell ended well.

array failure_words[case_max * allocator_max]

status_word(s) = s eq 'out_of_memory' ? 'memory' : s eq 'missing_library' ? 'no file' : \
    s eq 'wrong_allocator' ? 'wrong' : s
failure_put(c, a, s) = (c && a ? (failure_words[cell(c, a)] = status_word(s), 0) : 0)
failure_take(w, p, t, a, s) = failure_put(case_find(case_key(w, p, t)), allocator_find(a), s)
unused = sum [i = 1:case_max * allocator_max] (failure_words[i] = '', 0)
stats run.'/measurements.csv' using \
    (strcol('pass') eq figure_pass && strcol('status') ne 'ok' && column('warm_up') == 0 ? \
     failure_take(strcol('workload'), strcol('parameters'), strcol('threads'), \
         strcol('allocator'), strcol('status')) : 0) nooutput
