/* A program in 32-bit mode, without a C library: what differs there from 64-bit mode. Its exit status is 42 when all is
 * well. */

enum { EXIT = 1, WRITE = 4, GETPID = 20 };

static long system_call(long number, long a, long b, long c) {
  register long r0 asm("r0") = number, r3 asm("r3") = a, r4 asm("r4") = b, r5 asm("r5") = c;
  asm volatile("sc; bns 1f; neg 3,3; 1:"
               : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5)
               :
               : "r6", "r7", "r8", "r9", "r10", "r11", "r12", "cr0", "ctr", "xer", "memory");
  return r3;
}

static void print(const char *text) {
  int length = 0;
  while (text[length]) length++;
  system_call(WRITE, 1, (long)text, length);
}

static int failed;

static void check(const char *what, unsigned long got, unsigned long expected) {
  char digits[10];
  print("t32: ");
  print(what);
  print(got == expected ? " ok " : " FAIL ");
  for (int i = 0; i < 8; i++) digits[i] = "0123456789abcdef"[got >> (28 - 4 * i) & 15];
  digits[8] = '\n';
  digits[9] = 0;
  print(digits);
  if (got != expected) failed = 1;
}

volatile unsigned long cells[4] = {0x11111111, 0x22222222, 0x33333333, 0x44444444};

void entry(void) {
  unsigned long a, b;
  /* The carry is that out of 32 bits. */
  asm volatile("lis %0,-1; ori %0,%0,0xffff; li %1,1; addc %0,%0,%1; li %1,0; adde %1,%1,%1"
               : "=&r"(a), "=&r"(b) : : "xer");
  check("addc", a, 0);
  check("adde-carry", b, 1);
  /* A record form looks at 32 bits: 0xfffe0000 is negative. */
  asm volatile("lis %0,-1; srwi %0,%0,0; add. %0,%0,%0; mfcr %0; srwi %0,%0,28" : "=&r"(a) : : "cr0");
  check("add.-sign", a, 8);
  /* Effective addresses wrap at 4 GiB. */
  asm volatile("li %0,-8; lwzx %0,%0,%1" : "=&r"(a) : "b"((unsigned long)&cells[2]) : "memory");
  check("ea-wrap-x", a, 0x11111111);
  asm volatile("lwz %0,-4(%1)" : "=r"(a) : "b"((unsigned long)&cells[2]) : "memory");
  check("ea-wrap-d", a, 0x22222222);
  /* 64-bit arithmetic in pieces. */
  unsigned long long product = 0x123456789ULL * (unsigned)cells[0];
  check("mul64-hi", product >> 32, (0x123456789ULL * 0x11111111ULL) >> 32);
  /* The upper half of the time base by its own number. */
  asm volatile("mftb %0" : "=r"(a));
  asm volatile("mfspr %0,269" : "=r"(b));
  check("tbu-small", b > 0xffff, 0);
  asm volatile("li %0,1; mtctr %0; li %0,5; bdz 1f; li %0,6; 1:" : "=&r"(a) : : "ctr");
  check("bdz", a, 5);
  check("getpid>1", system_call(GETPID, 0, 0, 0) > 1, 1);
  system_call(EXIT, failed ? 1 : 42, 0, 0);
}

asm(".globl _start\n_start: stwu 1,-64(1)\n bl entry\n");
