/* The parts of /init. Each prints what it finds, a line each, and FAIL where something is wrong. */
#ifndef GUEST_H
#define GUEST_H

/* What the kernel and the device tree say of the machine. */
void report_processor(void);
void report_tree(void);
void report_system(void);

/* One instruction after the other of every version of the ISA, in user mode. */
void run_probes(void);

/* A 32-bit program, all processors at once, context switches, a timer. */
void run_checks(void);

/* print_file: the first lines of a file (all for 0), each after a prefix. */
void print_file(const char *path, const char *prefix, int lines);

#endif
