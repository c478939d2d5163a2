# `make bench-fit`: how the cost of the fit policies grows with the live blocks (fit_growth.c). Their
# core is built once more for it, with counts of the nodes that are looked at. Included by tests.mk.

FIT_GROWTH  := $(BUILD)/tests/bench/fit_growth
FIT_COUNTED := $(patsubst %.c,$(BUILD)/obj/counted/%.o,$(filter-out %/heap.c %/walk.c, \
                   $(wildcard allocators/fit/*.c)))

$(BUILD)/obj/counted/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(BASE) $(CFLAGS) -DFIT_COUNT_NODES -c -o $@ $<

$(FIT_GROWTH): $(BUILD)/obj/tests/bench/fit_growth.o $(FIT_COUNTED) \
               $(call object,allocators/parts/message.c allocators/parts/os_memory.c)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) -o $@ $^ -lm

.PHONY: bench-fit
bench-fit: $(FIT_GROWTH) ## cost of the fit policies against live blocks, 10^3 to 10^7
	$< 10000000 $(BUILD)/growth.csv
	gnuplot -c tests/bench/growth.gp $(BUILD)/growth.csv $(BUILD)/growth.svg
