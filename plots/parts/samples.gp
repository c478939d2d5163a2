# Two columns of timeline.csv as arrays, in file order: the file is read once, not once a line.
#
# In: run, the names (parts/names.gp), sample_columns ('rss_bytes live_bytes'). Rows without the
# first of them are left out. Out: sample_count, and by sample sample_case, sample_allocator,
# progress, sample_first, sample_second; by cell(c, a) first and last, where a cell's samples lie,
# 0 where it has none. Without a sample the script that loads this must exit: here it cannot.

sample_is(a, p, v) = is_contestant(a) && known(p) && known(v)
sample_count = 0
sample_tally(a, p, v) = (sample_count = sample_count + sample_is(a, p, v), 0)
stats run.'/timeline.csv' using (sample_tally(strcol('allocator'), column('progress'), \
    column(word(sample_columns, 1)))) nooutput
array sample_case[sample_count + 1]
array sample_allocator[sample_count + 1]
array progress[sample_count + 1]
array sample_first[sample_count + 1]
array sample_second[sample_count + 1]

taken = 0
sample_take(c, a, p, v, w) = (taken = taken + 1, sample_case[taken] = c, \
    sample_allocator[taken] = a, progress[taken] = p, sample_first[taken] = v, sample_second[taken] = w, 0)
stats run.'/timeline.csv' using (!sample_is(strcol('allocator'), column('progress'), \
        column(word(sample_columns, 1))) ? 0 : \
    sample_take(case_index(strcol('workload'), strcol('parameters'), strcol('threads')), \
        allocator_index(strcol('allocator')), column('progress'), \
        column(word(sample_columns, 1)), column(word(sample_columns, 2)))) nooutput

array first[case_max * allocator_max]
array last[case_max * allocator_max]
cell(c, a) = (c - 1) * allocator_max + a
unused = sum [i = 1:case_count * allocator_max] (first[i] = 0, last[i] = 0, 0)
range_take(k, i) = (first[k] = first[k] ? first[k] : i, last[k] = i, 0)
unused = sum [i = 1:sample_count] (range_take(cell(sample_case[i], sample_allocator[i]), i))

# The allocator whose samples stand for what all have in common.
case_source(c) = (hit = 0, sum [a = 1:allocator_count] (!hit && first[cell(c, a)] ? (hit = a, 0) : 0), hit)

# More than about 256 points a line would only make the files large.
step_of(k) = greatest(1, int((last[k] - first[k]) / 256))
# Points at a few places of each line, each allocator's at others, tell them apart in grey.
is_marked(k, i, a, step) = int((i - first[k]) / step) % 48 == int(a * 48 / (allocator_count + 1))
# Samples of other cells between those of a cell would break its line.
is_of(c, a, i) = sample_case[i] == c && sample_allocator[i] == a
