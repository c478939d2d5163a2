# Time per operation relative to the baseline, with its interval, for every workload.
run = ARG1; out = ARG2; formats = ARG3
here = ARG0[1:strlen(ARG0) - strlen('time-ratio.gp')]
load here.'theme.gp'

chart_name = 'time-ratio'
figure = 'ns_per_op'
figure_pass = 'throughput'
axis_title = 'time per operation / that of the baseline (log scale)'
word_less = 'faster'
word_more = 'slower'
load here.'parts/ratio-panels.gp'
