# `make bench-stack`: what stack order is worth, beside malloc of each library (stack_floor.c).
# STACK_LIBRARIES: our allocators to be preloaded; STACK_SETTINGS: parameters of the workload.
# Included by tests.mk.

STACK_LIBRARIES ?= $(BUILT_IN)
STACK_SETTINGS  ?=
STACK_FLOOR     := $(BUILD)/tests/bench/stack_floor

$(BUILD)/obj/tests/bench/stack_floor.o: BASE += $(NO_MALLOC_BUILTINS)

$(STACK_FLOOR): $(BUILD)/obj/tests/bench/stack_floor.o $(call object,$(WORKLOAD_SOURCES))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) -pthread -o $@ $^ -ldl -lm

.PHONY: bench-stack
bench-stack: $(STACK_FLOOR) $(BUILD)/libarena.so $(STACK_LIBRARIES:%=$(BUILD)/lib%.so) ## stack order: malloc, arena marks, alloca
	@echo '# glibc'
	@$(STACK_FLOOR) $(BUILD)/libarena.so $(STACK_SETTINGS)
	@for name in $(STACK_LIBRARIES); do \
	    echo "# $$name" && \
	    LD_PRELOAD=$(abspath $(BUILD))/lib$$name.so $(STACK_FLOOR) $(BUILD)/libarena.so \
	        $(STACK_SETTINGS) || exit 1; \
	done
