# How long a year of nights takes to be judged. Included by tests.mk.

.PHONY: bench-history
bench-history: $(BUILD)/tests/bench/judge_history ## processor time of judging 365 nights of 500 cells
	$<
