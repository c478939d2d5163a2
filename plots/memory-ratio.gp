# Peak resident memory relative to the baseline, with its interval, for every workload.
run = ARG1; out = ARG2; formats = ARG3
here = ARG0[1:strlen(ARG0) - strlen('memory-ratio.gp')]
load here.'theme.gp'

chart_name = 'memory-ratio'
figure = 'rss_bytes_peak'
figure_pass = 'memory'
axis_title = 'peak resident bytes / that of the baseline (log scale)'
word_less = 'smaller'
word_more = 'larger'
load here.'parts/ratio-panels.gp'
