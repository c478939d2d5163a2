# Time against memory: each allocator's geometric means over the workloads relative to the baseline,
# with a cross of intervals, and the Pareto line: what lies above it is beaten in both.
run = ARG1; out = ARG2; formats = ARG3
here = ARG0[1:strlen(ARG0) - strlen('trade-off.gp')]
load here.'theme.gp'
load here.'parts/names.gp'

array x[allocator_max]; array x_low[allocator_max]; array x_high[allocator_max]
array y[allocator_max]; array y_low[allocator_max]; array y_high[allocator_max]
unused = sum [a = 1:allocator_max] (x[a] = NaN, y[a] = NaN, 0)
# A mean without an interval is a cross of no size.
or_point(v, point) = known(v) ? v : point
x_put(a, r, l, h) = (x[a] = r, x_low[a] = or_point(l, r), x_high[a] = or_point(h, r), 0)
y_put(a, r, l, h) = (y[a] = r, y_low[a] = or_point(l, r), y_high[a] = or_point(h, r), 0)
point_take(f, p, a, r, l, h) = f eq 'ns_per_op' && p eq 'throughput' ? x_put(a, r, l, h) : \
    f eq 'rss_bytes_peak' && p eq 'memory' ? y_put(a, r, l, h) : 0
mean_take(f, p, a, r, l, h, level) = (note_take_mean(level), point_take(f, p, a, r, l, h))
# The number of blocks comes with the workloads' own rows: a mean need not have it.
stats run.'/summary.csv' using (!is_contestant(strcol('allocator')) || !known(column('ratio')) ? 0 : \
    strcol('workload') eq geomean_name ? mean_take(strcol('figure'), strcol('pass'), \
        allocator_index(strcol('allocator')), column('ratio'), column('ratio_low'), \
        column('ratio_high'), column('confidence')) : \
    strcol('figure') eq 'ns_per_op' || strcol('figure') eq 'rss_bytes_peak' ? (known(column('blocks')) ? \
        note_take(column('blocks'), column('confidence'), strcol('baseline')) : 0) : 0) nooutput

has(a) = known(x[a]) && known(y[a])
count = sum [a = 1:allocator_count] (has(a))
if (count < 2) { exit }

# A mean is over all workloads or not at all: an allocator that failed somewhere has none.
left_out = ''
do for [a = 1:allocator_count] {
    if (!has(a)) { left_out = left_out.(strlen(left_out) ? ', ' : '').allocators[a] }
}

# ---- The Pareto line ----
beats(b, a) = has(b) && x[b] <= x[a] && y[b] <= y[a] && (x[b] < x[a] || y[b] < y[a])
is_best(a) = has(a) && (sum [b = 1:allocator_count] (beats(b, a))) == 0
best_count = sum [a = 1:allocator_count] (is_best(a))
best_rank(a) = 1 + (sum [b = 1:allocator_count] (is_best(b) && (x[b] < x[a] || (x[b] == x[a] && b < a))))
nth_best(n) = sum [a = 1:allocator_count] (is_best(a) && best_rank(a) == n ? a : 0)
array best[allocator_max]
do for [n = 1:best_count] { best[n] = nth_best(n) }

# ---- Axes: everything, and some air for the labels ----
x_least = 1; x_most = 1; y_least = 1; y_most = 1
unused = sum [a = 1:allocator_count] (has(a) ? (x_least = least(x_least, x_low[a]), \
    x_most = greatest(x_most, x_high[a]), y_least = least(y_least, y_low[a]), \
    y_most = greatest(y_most, y_high[a]), 0) : 0)
air(low, high, share) = greatest(1.08, (high / low) ** share)
x_air = air(x_least, x_most, 0.2); y_air = air(y_least, y_most, 0.12)
axis_x_low = x_least / x_air; axis_x_high = x_most * x_air
axis_y_low = y_least / y_air; axis_y_high = y_most * y_air

# Tics at round numbers, denser the less an axis spans.
tic_list(span) = span > 9 ? '0.0625 0.125 0.25 0.5 1 2 4 8 16' : \
    span > 3 ? '0.1 0.14 0.18 0.25 0.35 0.5 0.7 1 1.4 2 2.8 4 5.6 8' : \
    span > 1.3 ? '0.35 0.4 0.5 0.6 0.7 0.8 0.9 1 1.1 1.2 1.4 1.6 1.8 2 2.4 2.8' : \
    '0.76 0.8 0.84 0.88 0.92 0.96 1 1.04 1.08 1.12 1.16 1.2 1.24 1.28'

chart_width_in = count > 10 ? width_page_in : width_column_in
left_in = 0.55; right_in = 0.12; top_in = 0.1
bottom_in = 0.66 + (strlen(left_out) ? 0.15 : 0)
chart_height_in = count > 10 ? 3.14 + bottom_in : 2.24 + bottom_in
area_width_in = chart_width_in - left_in - right_in
area_height_in = chart_height_in - top_in - bottom_in
to_x_in(v) = area_width_in * log(v / axis_x_low) / log(axis_x_high / axis_x_low)
to_y_in(v) = area_height_in * log(v / axis_y_low) / log(axis_y_high / axis_y_low)

# ---- Labels: the cheapest of 40 places around the point, one allocator after the other ----
label_height_in = 0.125
label_width_in(a) = 0.03 + text_in(allocators[a])
array label_x[allocator_max]; array label_y[allocator_max]     # centres, in
array label_place[allocator_max]
meets(cx, cy, a, x0, x1, y0, y1) = cx - label_width_in(a) / 2 < x1 && cx + label_width_in(a) / 2 > x0 && \
    cy - label_height_in / 2 < y1 && cy + label_height_in / 2 > y0
meets_label(cx, cy, a, b) = b < a && has(b) && meets(cx, cy, a, \
    label_x[b] - label_width_in(b) / 2, label_x[b] + label_width_in(b) / 2, \
    label_y[b] - label_height_in / 2, label_y[b] + label_height_in / 2)
meets_point(cx, cy, a, b) = has(b) && meets(cx, cy, a, to_x_in(x[b]) - 0.04, to_x_in(x[b]) + 0.04, \
    to_y_in(y[b]) - 0.04, to_y_in(y[b]) + 0.04)
# From a point to the label's edge: a label nearer to another allocator's point would mislead.
gap_in(cx, cy, a, b) = sqrt(greatest(0, abs(to_x_in(x[b]) - cx) - label_width_in(a) / 2) ** 2 + \
    greatest(0, abs(to_y_in(y[b]) - cy) - label_height_in / 2) ** 2)
is_nearer(cx, cy, a, b) = b != a && has(b) && gap_in(cx, cy, a, b) < gap_in(cx, cy, a, a) + 0.04
meets_cross(cx, cy, a, b) = has(b) && (meets(cx, cy, a, to_x_in(x_low[b]), to_x_in(x_high[b]), \
    to_y_in(y[b]) - 0.01, to_y_in(y[b]) + 0.01) || meets(cx, cy, a, to_x_in(x[b]) - 0.01, \
    to_x_in(x[b]) + 0.01, to_y_in(y_low[b]), to_y_in(y_high[b])))
meets_line(cx, cy, a, n) = meets(cx, cy, a, to_x_in(x[best[n]]), to_x_in(x[best[n + 1]]), \
        to_y_in(y[best[n]]) - 0.01, to_y_in(y[best[n]]) + 0.01) || \
    meets(cx, cy, a, to_x_in(x[best[n + 1]]) - 0.01, to_x_in(x[best[n + 1]]) + 0.01, \
        to_y_in(y[best[n + 1]]), to_y_in(y[best[n]]))
meets_one(cx, cy, a) = meets(cx, cy, a, to_x_in(1) - 0.01, to_x_in(1) + 0.01, 0, area_height_in) || \
    meets(cx, cy, a, 0, area_width_in, to_y_in(1) - 0.01, to_y_in(1) + 0.01)
leaves(cx, cy, a) = cx - label_width_in(a) / 2 < 0 || cx + label_width_in(a) / 2 > area_width_in || \
    cy - label_height_in / 2 < 0 || cy + label_height_in / 2 > area_height_in
price(cx, cy, a) = 100 * leaves(cx, cy, a) + 1.5 * meets_one(cx, cy, a) + \
    (sum [b = 1:allocator_count] (40 * meets_label(cx, cy, a, b) + 20 * meets_point(cx, cy, a, b) + \
        30 * is_nearer(cx, cy, a, b) + 3 * meets_cross(cx, cy, a, b))) + (sum [n = 1:best_count - 1] (4 * meets_line(cx, cy, a, n)))

ways = '1,0 -1,0 1,1 1,-1 -1,1 -1,-1 0,1 0,-1'
way_x(i) = int(word(ways, (i - 1) % 8 + 1)[1:strstrt(word(ways, (i - 1) % 8 + 1), ',') - 1])
way_y(i) = int(word(ways, (i - 1) % 8 + 1)[strstrt(word(ways, (i - 1) % 8 + 1), ',') + 1:*])
way_far(i) = i <= 8 ? 0.06 : 0.06 + 0.11 * int((i - 1) / 8)
place_x(i, a) = to_x_in(x[a]) + way_x(i) * (way_far(i) + label_width_in(a) / 2)
place_y(i, a) = to_y_in(y[a]) + way_y(i) * (way_far(i) * (way_x(i) ? 0.7 : 1) + label_height_in / 2)
place_price(i, a) = price(place_x(i, a), place_y(i, a), a) + 0.05 * i + (i > 8 ? 2 : 0)
do for [a = 1:allocator_count] {
    if (has(a)) {
        cheapest = 1e9
        do for [i = 1:40] {
            this = place_price(i, a)
            if (this < cheapest) { cheapest = this; label_place[a] = i }
        }
        label_x[a] = place_x(label_place[a], a)
        label_y[a] = place_y(label_place[a], a)
    }
}

do for [format in formats] {
    eval chart_open('trade-off', format, chart_width_in, chart_height_in)
    set lmargin at screen left_in / chart_width_in
    set rmargin at screen 1 - right_in / chart_width_in
    set tmargin at screen 1 - top_in / chart_height_in
    set bmargin at screen bottom_in / chart_height_in
    set xrange [axis_x_low:axis_x_high]
    set yrange [axis_y_low:axis_y_high]
    set logscale xy 2
    set xtics () nomirror
    set ytics () nomirror
    do for [tic in tic_list(axis_x_high / axis_x_low)] { set xtics add (tic tic + 0) }
    do for [tic in tic_list(axis_y_high / axis_y_low)] { set ytics add (tic tic + 0) }
    unset label
    unset arrow
    set arrow from 1, graph 0 to 1, graph 1 nohead lc rgb '#999999' lw 0.7 back
    set arrow from graph 0, first 1 to graph 1, first 1 nohead lc rgb '#999999' lw 0.7 back
    set label 'time / that of the baseline (geometric mean, log scale)' \
        at screen 0.5, screen (bottom_in - 0.37) / chart_height_in center
    set label 'peak memory / that of the baseline' at screen 0.11 / chart_width_in, graph 0.5 \
        center rotate by 90
    if (strlen(left_out)) {
        set label 'not shown, as cells failed: '.left_out at screen 0.5, \
            screen 0.1 / chart_height_in center textcolor rgb colour_text
    }
    set label note_means_text(baseline_name) at screen 0.5, screen (bottom_in - 0.56) / chart_height_in center \
        textcolor rgb colour_text
    do for [a = 1:allocator_count] {
        if (has(a)) {
            set label allocators[a] at graph label_x[a] / area_width_in, \
                graph label_y[a] / area_height_in center front
            if (label_place[a] > 8) {
                set arrow from x[a], y[a] to graph (label_x[a] - way_x(label_place[a]) * \
                    label_width_in(a) / 2) / area_width_in, graph (label_y[a] - \
                    way_y(label_place[a]) * label_height_in / 2) / area_height_in \
                    nohead lc rgb '#888888' lw 0.6 back
            }
        }
    }
    plot sample [n = 1:best_count:1] '+' using (x[best[int($1)]]):(y[best[int($1)]]) with steps \
            lt 1 lc rgb '#888888' dt 2 lw 1.2 notitle, \
        [a = 1:allocator_count:1] '+' using (x[int($1)]):(y[int($1)]):(x_low[int($1)]): \
            (x_high[int($1)]):(y_low[int($1)]):(y_high[int($1)]) with xyerrorbars lt 1 pt 0 \
            lc rgb '#555555' lw 1 notitle, \
        for [a = 1:allocator_count] [i = a:a:1] '+' using (x[a]):(y[a]) with points linetype a ps 0.7 notitle
    unset output
}
