/* Single steps, watchpoints and breakpoints: how often handlers of the trace and the data storage interrupt are
   entered while problem state executes debug_program. */
#include "guest.h"

enum { H_SET_XDABR = 0x134, H_SET_MODE = 0x31c };
enum { BREAKPOINT = 1, WATCHPOINT = 2, SECOND_WATCHPOINT = 5 }; /* resources of H_SET_MODE */
enum { SE = 0x400, BE = 0x200 };
enum { TRACE_VECTOR = 0xd00, STORAGE_VECTOR = 0x300 };
enum { PROBLEM_STATE = 1, TRANSLATED = 0x10, READS = 0x20, WRITES = 0x40 };

static struct debug_count {
  const char *name;
  int is_there;
  u32 interrupts;
} counts[7];
static u32 count;

/* A count of the interrupts while the program runs. */
static void add(const char *name, int is_there, u32 trace_bits) {
  counts[count].name = name;
  counts[count].is_there = is_there;
  if (is_there) {
    u32 vector;
    do {
      for (int i = 0; i < 4; i++) debug_data[i] = 0;
      vector = excursion(debug_program, PROBLEM_STATE_MSR | trace_bits);
    } while (vector == 0x500 || vector == 0x900 || vector == 0x980);
    counts[count].interrupts = debug_data[2] + debug_data[3];
  }
  count++;
}

static int set_mode(u32 resource, u32 value1, u32 value2) {
  return hypercall(H_SET_MODE, 0, resource, value1, value2) == 0;
}

/* Watches the first doubleword of the program's data, with the DABR where there is no DAWR. */
static int watch(u32 kinds) {
  u32 address = (u32)debug_data;
  if (set_mode(WATCHPOINT, address, kinds ? kinds | TRANSLATED | PROBLEM_STATE : 0)) return 1;
  return hypercall(H_SET_XDABR, kinds ? address | 4 | kinds >> 5 : 0, PROBLEM_STATE, 0, 0) == 0;
}

/* The vectors end excursions, and problem state can have the guest's pages. */
void find_debug_facilities(void) {
  copy((void *)TRACE_VECTOR, trace_handler, trace_handler_end - trace_handler);
  copy((void *)STORAGE_VECTOR, storage_handler, storage_handler_end - storage_handler);
  flush_instructions(STORAGE_VECTOR, TRACE_VECTOR + 0x80);
  add("steps", 1, SE);
  add("branches", 1, BE);
  add("loads", watch(READS), 0);
  add("stores", watch(WRITES), 0);
  watch(0);
  add("by the second watchpoint",
      set_mode(SECOND_WATCHPOINT, (u32)debug_data, READS | WRITES | TRANSLATED | PROBLEM_STATE), 0);
  set_mode(SECOND_WATCHPOINT, 0, 0);
  add("at the breakpoint", set_mode(BREAKPOINT, (u32)debug_breakpoint | PROBLEM_STATE, 0), 0);
  set_mode(BREAKPOINT, 0, 0);
  add("without any", 1, 0);
}

void print_debug_facilities(void) {
  print("debugging:");
  for (u32 i = 0; i < count; i++) {
    print(i ? ", " : " ");
    if (counts[i].is_there) print_decimal(counts[i].interrupts, 1); else print("not there");
    print(" ");
    print(counts[i].name);
  }
  print("\r\n");
}
