#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <asm/ptrace.h>

#include "guest.h"

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec * 1e-9;
}

/* Waits for every child. Returns how many did not end well. */
static int failures(void) {
  int failed = 0, status;
  while (wait(&status) > 0) failed += status != 0;
  return failed;
}

/* /t32, where there is one: a program in 32-bit mode. */
static void check_32_bit(void) {
  if (access("/t32", X_OK)) return;
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    char *arguments[] = {"/t32", 0}, *environment[] = {0};
    execve("/t32", arguments, environment);
    printf("t32: exec: %s\n", strerror(errno));
    fflush(stdout);
    _exit(99);
  }
  int status = -1;
  waitpid(child, &status, 0);
  printf("t32: 32-bit process exit status %04x %s\n", status, status == 0x2a00 ? "ok" : "FAIL");
}

/* A process bound to each processor; together they count to a sum, atomically. */
static void check_processors(void) {
  enum { ROUNDS = 20000 };
  int processors = sysconf(_SC_NPROCESSORS_ONLN), expected = processors * ROUNDS;
  unsigned long *counter = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  double start = now();
  for (int processor = 0; processor < processors; processor++) {
    if (fork()) continue;
    cpu_set_t own;
    CPU_ZERO(&own);
    CPU_SET(processor, &own);
    int refused = sched_setaffinity(0, sizeof own, &own);
    for (int round = 0; round < ROUNDS; round++) {
      __sync_fetch_and_add(counter, 1);
      if (round % 1024 == 0) sched_yield();
    }
    _exit(refused || sched_getcpu() != processor);
  }
  int misplaced = failures();
  printf("smp: online=%d atomic count %lu expected %d, pin failures %d, %s (%.2fs)\n", processors, *counter, expected,
         misplaced, *counter == (unsigned long)expected && !misplaced ? "ok" : "FAIL", now() - start);
}

/* Yields with values of its own in floating-point registers 14 to 17, and in vector registers 20 and 21 if told to. A
 * system call leaves these alone. Returns whether one of them changed. */
static int hold_registers(unsigned long seed, int rounds, int with_vectors) {
  enum { SCHED_YIELD = 158 };
  unsigned long in[8] __attribute__((aligned(16))), out[8] __attribute__((aligned(16)));
  for (int i = 0; i < 8; i++) in[i] = seed * 0x0101010101010101UL + i;
  while (rounds--) {
    register unsigned long number asm("r0") = SCHED_YIELD;
    register unsigned long result asm("r3") = 0;
    memset(out, 0, sizeof out);
    asm volatile(
      "lfd 14,0(%2); lfd 15,8(%2); lfd 16,16(%2); lfd 17,24(%2); sc;"
      "stfd 14,0(%3); stfd 15,8(%3); stfd 16,16(%3); stfd 17,24(%3)"
      : "+r"(number), "+r"(result)
      : "b"(in), "b"(out)
      : "fr14", "fr15", "fr16", "fr17", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "cr0", "cr1", "cr5",
        "cr6", "cr7", "ctr", "xer", "memory");
    if (memcmp(in, out, 32)) return 1;
    if (!with_vectors) continue;
    number = SCHED_YIELD;
    memset(out, 0, sizeof out);
    asm volatile(
      ".machine push; .machine power10; li 11,16; lvx 20,0,%2; lvx 21,11,%2; sc;"
      "li 11,16; stvx 20,0,%3; stvx 21,11,%3; .machine pop"
      : "+r"(number), "+r"(result)
      : "b"(in), "b"(out)
      : "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "cr0", "cr1", "cr5", "cr6", "cr7", "ctr", "xer",
        "memory"
#ifdef __ALTIVEC__
        , "v20", "v21"
#endif
    );
    if (memcmp(in, out, 32)) return 1;
  }
  return 0;
}

static void check_context_switches(void) {
  int with_vectors = getauxval(AT_HWCAP) >> 28 & 1;
  int processes = 2 * sysconf(_SC_NPROCESSORS_ONLN) + 1;
  double start = now();
  for (int i = 1; i <= processes; i++) {
    if (!fork()) _exit(hold_registers(i, 500, with_vectors));
  }
  int mixed_up = failures();
  printf("ctxsw: %d processes, vmx %d, %s (%.2fs)\n", processes, with_vectors, mixed_up ? "FAIL" : "ok", now() - start);
}

static void check_timer(void) {
  struct timespec time = {0, 50000000};
  double start = now();
  nanosleep(&time, 0);
  double taken = now() - start;
  printf("nanosleep 50ms: %s\n", taken >= 0.05 && taken < 2 ? "ok" : "FAIL");
}

/* ----------------------------------------------------------------------------------------------------- debugging */

static volatile long watched;

/* Nine branches back, and what the compiler puts around them. */
static __attribute__((noinline)) long squares(long count) {
  long sum = 0;
  for (long i = 0; i < count; i++) sum += i * i;
  return sum;
}

static pid_t traced_child(void) {
  pid_t child = fork();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    watched = squares(10);
    _exit(watched == 285 ? 42 : 1);
  }
  int status;
  waitpid(child, &status, 0);
  return child;
}

/* The traps of a child that is traced by a request to its end; -1 when something else happens. */
static int traps(int request) {
  pid_t child = traced_child();
  for (int count = 0; count < 100000; count++) {
    int status;
    if (ptrace(request, child, 0, 0) || waitpid(child, &status, 0) != child) break;
    if (WIFEXITED(status)) return WEXITSTATUS(status) == 42 ? count : -1;
    if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP) break;
  }
  kill(child, SIGKILL);
  waitpid(child, 0, 0);
  return -1;
}

/* Whether a store to the watched variable, and nothing before it, traps. Linux uses no watchpoint of POWER9. */
static const char *watchpoint(void) {
  struct ppc_debug_info info;
  struct ppc_hw_breakpoint breakpoint = {
    .version = 1, .trigger_type = PPC_BREAKPOINT_TRIGGER_WRITE, .addr_mode = PPC_BREAKPOINT_MODE_EXACT,
    .condition_mode = PPC_BREAKPOINT_CONDITION_NONE, .addr = (unsigned long)&watched};
  pid_t child = traced_child();
  int status, works = 0, is_used = 0;
  siginfo_t found;
  if (ptrace(PPC_PTRACE_GETHWDBGINFO, child, 0, &info) == 0) is_used = info.num_data_bps > 0;
  if (is_used && ptrace(PPC_PTRACE_SETHWDEBUG, child, 0, &breakpoint) > 0 && ptrace(PTRACE_CONT, child, 0, 0) == 0 &&
      waitpid(child, &status, 0) == child && WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP &&
      ptrace(PTRACE_GETSIGINFO, child, 0, &found) == 0)
    works = found.si_addr == (void *)&watched;
  kill(child, SIGKILL);
  waitpid(child, 0, 0);
  return !is_used ? "not used" : works ? "ok" : "FAIL";
}

static void check_debugging(void) {
  int steps = traps(PTRACE_SINGLESTEP), blocks = traps(PTRACE_SINGLEBLOCK);
  printf("debugging: steps %s, block steps %s, watchpoint %s\n", steps > 50 ? "ok" : "FAIL",
         blocks > 10 && blocks < steps ? "ok" : "FAIL", watchpoint());
}

void run_checks(void) {
  check_32_bit();
  check_processors();
  check_context_switches();
  check_timer();
  check_debugging();
}
