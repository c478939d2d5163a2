# What an event costs the fit policies against live blocks (fit_growth.c): nodes of the index looked at,
# and time, each with its line a + b * log2(n). ARG1: the CSV file; ARG2: the SVG file.
set datafile separator ','
policies = 'good-fit first-fit next-fit best-fit worst-fit first-fit-lifo'
colours = '#999999 #E69F00 #56B4E9 #009E73 #0072B2 #D55E00'
array slope[6]
array start[6]
of(p, column) = sprintf("< awk -F, '$1 == \"%s\" { print $2 \",\" $%d }' %s", word(policies, p), column, ARG1)

set terminal svg size 900, 420 font 'sans,11' background '#ffffff'
set output ARG2
set multiplot layout 1, 2
set logscale x 10
set format x '10^{%T}'
set xlabel 'live blocks (log scale)'
set key top left samplen 1.5
set border 3
set tics nomirror
set grid y lc rgb '#dddddd'
do for [column in '4 5'] {
    do for [p = 1:6] {
        stats of(p, column + 0) using (log($1) / log(2)):2 name 'fit' nooutput
        slope[p] = fit_slope; start[p] = fit_intercept
    }
    first = column eq '4' ? 2 : 1 # good fit has no tree
    set yrange [0:*]
    set ylabel column eq '4' ? 'nodes looked at per event' : 'ns per event'
    plot for [p = first:6] of(p, column + 0) using 1:2 with points pt 7 ps 0.6 lc rgb word(colours, p) \
             title word(policies, p), \
         for [p = first:6] [1e3:1e7] start[p] + slope[p] * log(x) / log(2) with lines lw 1.2 \
             lc rgb word(colours, p) notitle
}
unset multiplot
