# Medians of some figures of the memory pass, and why cells failed.
#
# In: run, the names (parts/names.gp), figure_names ('frag_1 frag_2'). Out: median by at(f, c, a)
# with f the place in figure_names, NaN where there is none; the note; failure_words by cell(c, a).

figure_pass = 'memory'
figure_count = words(figure_names)
figure_find(s) = sum [f = 1:figure_count] (word(figure_names, f) eq s ? f : 0)
cell(c, a) = (c - 1) * allocator_max + a
at(f, c, a) = ((f - 1) * case_count + c - 1) * allocator_max + a
array median[figure_count * case_count * allocator_max]
unused = sum [i = 1:|median|] (median[i] = NaN, 0)

median_put(f, c, a, m) = (f && c && a ? (median[at(f, c, a)] = m, 0) : 0)
median_take(f, w, p, t, a, m, blocks, level, base) = (known(m) ? note_take(blocks, level, base) : 0, \
    median_put(f, case_find(case_key(w, p, t)), allocator_find(a), m))
is_median_row(f, p, w, a) = figure_find(f) && p eq figure_pass && w ne geomean_name && is_contestant(a)
stats run.'/summary.csv' using \
    (is_median_row(strcol('figure'), strcol('pass'), strcol('workload'), strcol('allocator')) ? \
    median_take(figure_find(strcol('figure')), strcol('workload'), strcol('parameters'), \
        strcol('threads'), strcol('allocator'), column('median'), column('blocks'), \
        column('confidence'), strcol('baseline')) : 0) nooutput

load here.'parts/failures.gp'

# How many of a case's cells have a figure; whether no twin with fewer threads has any.
medians_of(f, c) = sum [a = 1:allocator_count] (known(median[at(f, c, a)]) ? 1 : 0)
is_fewest(f, c) = medians_of(f, c) > 0 && (sum [d = 1:case_count] \
    (case_workloads[d] eq case_workloads[c] && threads_of(d) < threads_of(c) && medians_of(f, d) > 0)) == 0
# What a chart of the cells with the fewest threads says of the others; '' where there are none.
fewest_note(f) = (sum [c = 1:case_count] (medians_of(f, c) > 0 && !is_fewest(f, c))) == 0 ? '' : \
    'of several numbers of threads only the fewest is shown'
