#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>

#include "guest.h"

/* What a probe leaves to be printed. */
enum result { NOTHING, R3, BLOCK };

/* A probe finds four operands in r3 to r6, the addresses of source and result block, both aligned to 64 bytes, in r7
 * and r9, and may use r10 to r12, r30, f0 to f13 and v0 to v5. */
#define LOAD_VECTORS "lvx 2,0,7; li 10,16; lvx 3,10,7; li 10,32; lvx 4,10,7;"
#define STORE_VECTOR "stvx 2,0,9;"
#define LOAD_FLOATS "lfd 1,48(7); lfd 2,56(7); lfd 3,64(7);"
#define STORE_FLOAT "stfd 1,0(9);"
#define LOAD_DECIMALS "lfd 1,72(7); lfd 2,80(7);"
#define ATPC(reg, label) "mflr 30; bcl 20,31,99f; 99: mflr " reg "; addi " reg "," reg ",(" label "-99b); "

/* The code of each probe, with a label before all of it and one before the instruction itself. Prefixed instructions
 * must not cross 64 bytes. */
#define PROBE(name, version, result, before, instruction, after) \
  asm(".pushsection .text\n .balign 64\n .machine push\n .machine power10\n" \
      "code_" #name ": " before "\n" "test_" #name ": " instruction "\n " after "\n blr\n" \
      ".machine pop\n .popsection\n"); \
  extern char code_##name[], test_##name[];
#include "probes.def"
#undef PROBE

struct probe {
  const char *name, *version;
  void *code, *test;
  enum result result;
};

#define PROBE(name, version, result, before, instruction, after) {#name, version, code_##name, test_##name, result},
static const struct probe probes[] = {
#include "probes.def"
};
#undef PROBE

enum { COUNT = sizeof probes / sizeof *probes };

static unsigned long source[16] __attribute__((aligned(64))) = {
  0x0123456789abcdefUL, 0x00fedcba98765432UL, /* v2 */
  0x0000000000000003UL, 0x1122334455667789UL, /* v3 */
  0x3fc0000040490fdbUL, 0xc0200000bf000000UL, /* v4 */
  0xc00a000000000000UL, 0x4008000000000000UL, /* f1 = -3.25, f2 = 3.0 */
  0xbff8000000000000UL,                       /* f3 = -1.5 */
  0x2238000000000012UL, 0x2238000000000003UL, /* decimal 12 and 3 */
};
static unsigned long block[32] __attribute__((aligned(64)));

/* Where a probe returns to, and what stopped it. */
static volatile unsigned long resumption, address;
static volatile int stopped_by, code;

static void on_signal(int number, siginfo_t *information, void *opaque) {
  ucontext_t *context = opaque;
  stopped_by = number;
  code = information->si_code;
  address = context->uc_mcontext.regs->nip;
  context->uc_mcontext.regs->nip = resumption;
}

static __attribute__((noinline)) unsigned long call(void *probe) {
  register unsigned long r3 asm("r3") = 0x0123456789abcdefUL;
  register unsigned long r4 asm("r4") = 0x1023000000ab0ce0UL;
  register unsigned long r5 asm("r5") = 7;
  register unsigned long r6 asm("r6") = 0xff;
  register unsigned long *r7 asm("r7") = source;
  register volatile unsigned long *r8 asm("r8") = &resumption;
  register unsigned long *r9 asm("r9") = block;
  register void *r12 asm("r12") = probe;
  asm volatile(
    "bcl 20,31,1f\n1: mflr 10\n addi 10,10,2f-1b\n std 10,0(8)\n"
    "li 0,0\n mtxer 0\n mtcrf 0xff,0\n"
    "mtctr 12\n bctrl\n2:\n"
    : "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7), "+r"(r8), "+r"(r9), "+r"(r12)
    :
    : "r0", "r10", "r11", "r30", "ctr", "lr", "xer", "memory", "cr0", "cr1", "cr2", "cr3", "cr4", "cr5", "cr6", "cr7",
      "fr0", "fr1", "fr2", "fr3", "fr4", "fr5", "fr6", "fr7", "fr8", "fr9", "fr10", "fr11", "fr12", "fr13"
#ifdef __ALTIVEC__
      , "v0", "v1", "v2", "v3", "v4", "v5"
#endif
  );
  return r3;
}

static void print_signal(const struct probe *probe) {
  if (stopped_by == SIGILL) printf("SIGILL"); else printf("SIG%d", stopped_by);
  long distance = address - (unsigned long)probe->test;
  if (distance) printf("(setup%+ld)", distance);
  if (stopped_by != SIGILL || code != ILL_ILLOPC) printf(" code=%d", code);
  printf("\n");
}

void run_probes(void) {
  static const int signals[] = {SIGILL, SIGSEGV, SIGBUS, SIGFPE, SIGTRAP};
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
  for (int i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, 0);
  int executed = 0, illegal = 0;
  for (int i = 0; i < COUNT; i++) {
    const struct probe *probe = &probes[i];
    memset(block, 0, sizeof block);
    stopped_by = 0;
    unsigned long value = call(probe->code);
    printf("probe %s %s ", probe->name, probe->version);
    executed += stopped_by == 0;
    illegal += stopped_by == SIGILL;
    if (stopped_by)
      print_signal(probe);
    else if (probe->result == R3)
      printf("ok v=%016lx\n", value);
    else if (probe->result == BLOCK)
      printf("ok v=%016lx %016lx\n", block[0], block[1]);
    else
      printf("ok\n");
  }
  printf("probes: %d ok, %d SIGILL, %d total\n", executed, illegal, COUNT);
  unsigned long version;
  asm volatile("mfspr %0,287" : "=r"(version));
  printf("mfpvr (kernel-emulated): %08lx\n", version);
}
