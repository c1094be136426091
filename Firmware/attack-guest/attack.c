// A guest that makes random and biased calls of every table and executes random words, for ever.
// Its boot arguments are the seed and which kinds to take: "seed=12 kinds=15".

#include <stddef.h>
#include <stdint.h>

void hypercall(uint64_t registers[9]);
uint64_t call_entry(uint64_t arguments, uint64_t entry);
void run_words(const uint64_t registers[32], uint64_t code, uint64_t msr);
extern void recover(void);

uint64_t saved_msr;
uint64_t stack[2048];
__asm__(".globl stack_top\n.set stack_top, stack + 16384");

enum { HYPERCALLS = 1, RTAS_CALLS = 2, CLIENT_CALLS = 4, WORDS = 8 };

static uint64_t random_state;
static uint64_t client_entry;
static uint64_t kinds;
static uint32_t ending_tokens[5];
static uint8_t buffer[65536] __attribute__((aligned(4096)));
static uint32_t code[1024] __attribute__((aligned(4096)));

// splitmix64
static uint64_t next(void) {
  uint64_t z = random_state += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

static uint64_t below(uint64_t limit) { return next() % limit; }

// Numbers that handlers are likely to get wrong.
static uint64_t value(void) {
  switch (below(16)) {
    case 0: return 0;
    case 1: return below(16);
    case 2: return ~below(16);
    case 3: return (uint64_t)1 << below(64);
    case 4: return ((uint64_t)1 << below(64)) - 1;
    case 5: return (uint64_t)buffer + below(sizeof buffer);
    case 6: return (uint64_t)buffer + (below(sizeof buffer) & ~(uint64_t)4095);
    case 7: return below(1 << 30);
    case 8: return below(1 << 30) & ~(uint64_t)4095;
    case 9: return (uint64_t)1 << 30 | below(4096);   // about the end of storage
    case 10: return ((uint64_t)1 << 30) - below(64);
    case 11: return next() & 0xffffffff;
    case 12: return below(4096);
    case 13: return next() & 0xf000000000000fff;
    case 14: return 0xc000000000000000 | below(1 << 30);
    default: return next();
  }
}

static void fill_buffer(void) {
  uint64_t start = below(sizeof buffer / 8);
  for (uint64_t n = 0; n < 64 && start + n < sizeof buffer / 8; n++)
    ((uint64_t *)buffer)[start + n] = value();
}

// MARK: the client interface

static struct {
  uint32_t service, inputs, outputs, cells[16];
} request __attribute__((aligned(16)));

static uint32_t client(const char *service, uint32_t inputs, uint32_t outputs, uint32_t a,
                       uint32_t b, uint32_t c, uint32_t d) {
  request.service = (uint32_t)(uint64_t)service;
  request.inputs = inputs;
  request.outputs = outputs;
  request.cells[0] = a;
  request.cells[1] = b;
  request.cells[2] = c;
  request.cells[3] = d;
  call_entry((uint64_t)&request, client_entry);
  return request.cells[inputs];
}

static uint32_t property(const char *node, const char *name, void *bytes, uint32_t size) {
  uint32_t package = client("finddevice", 1, 1, (uint32_t)(uint64_t)node, 0, 0, 0);
  return client("getprop", 4, 1, package, (uint32_t)(uint64_t)name, (uint32_t)(uint64_t)bytes,
                size);
}

static const char *const services[] = {
    "test", "peer", "child", "parent", "instance-to-package", "getproplen", "getprop", "nextprop",
    "setprop", "canon", "finddevice", "instance-to-path", "package-to-path", "call-method", "open",
    "close", "read", "write", "seek", "claim", "release", "enter", "chain", "interpret",
    "set-callback", "set-symbol-lookup", "milliseconds", "nonsense", "quiesce", "boot", "exit"};
enum { SERVICES = sizeof services / sizeof services[0], ENDING_SERVICES = 3 };

static const char *const strings[] = {
    "/", "/chosen", "/memory@0", "/cpus", "/rtas", "/vdevice", "/options", "reg", "bootargs",
    "name", "compatible", "stdout", "device_type", "ibm,client-architecture-support",
    "instantiate-rtas", "size", "write", "read", "/vdevice/vty@71000000", "linux,initrd-start",
    "a-name-that-is-longer-than-the-thirty-one-characters-of-the-specification", "", "..", "//@"};

static uint32_t cell(void) {
  if (below(3) == 0) return (uint32_t)(uint64_t)strings[below(sizeof strings / sizeof strings[0])];
  if (below(3) == 0) return (uint32_t)below(256);
  return (uint32_t)value();
}

static void client_call(void) {
  uint64_t count = below(64) ? SERVICES - ENDING_SERVICES : SERVICES;
  request.service = (uint32_t)(uint64_t)services[below(count)];
  request.inputs = (uint32_t)(below(16) ? below(9) : value());
  request.outputs = (uint32_t)(below(16) ? below(5) : value());
  for (int n = 0; n < 16; n++) request.cells[n] = cell();
  call_entry(below(64) ? (uint64_t)&request : value() & 0xffffffff, client_entry);
}

// MARK: RTAS, hypercalls, words

static int is_ending(uint32_t token) {
  for (int n = 0; n < 5; n++) if (ending_tokens[n] == token) return 1;
  return 0;
}

static void rtas_call(void) {
  static uint32_t arguments[64] __attribute__((aligned(16)));
  arguments[0] = (uint32_t)(below(16) ? below(0x80) + (below(2) ? 0x2000 : 0) : value());
  if (is_ending(arguments[0]) && below(256)) return;
  arguments[1] = (uint32_t)(below(16) ? below(10) : value());
  arguments[2] = (uint32_t)(below(16) ? below(10) : value());
  for (int n = 3; n < 64; n++) arguments[n] = (uint32_t)value();
  uint64_t registers[9] = {0xf000, below(64) ? (uint64_t)arguments : value()};
  hypercall(registers);
}

static void hyper_call(void) {
  uint64_t registers[9];
  for (int n = 0; n < 9; n++) registers[n] = value();
  registers[0] = below(32) ? 4 * below(0x150) : below(2) ? 0xf000 + below(16) : value();
  // H_CEDE waits for an interrupt, which may never come.
  if (registers[0] == 0xe0 && below(256)) return;
  hypercall(registers);
}

static void random_words(void) {
  static uint64_t registers[32];
  static const uint32_t opcodes[] = {4, 19, 31, 57, 58, 59, 60, 61, 62, 63};
  uint64_t length = 1 + below(200);
  for (uint64_t n = 0; n < length; n++) {
    uint32_t word = (uint32_t)next();
    if (below(2)) word = (word & 0x03ffffff) | opcodes[below(10)] << 26;
    code[n] = word;
  }
  code[length] = 0x44000002;  // sc
  for (uint64_t n = 0; n <= length; n += 16)
    __asm__ volatile("dcbst 0,%0; sync; icbi 0,%0; isync" : : "r"(&code[n]) : "memory");
  for (int n = 0; n < 32; n++) registers[n] = value();
  uint64_t msr = saved_msr | 0x8000;  // EE: the decrementer ends it
  if (below(2)) msr |= 0x4000;         // PR
  if (below(2)) msr |= 0x2000;         // FP
  if (below(2)) msr |= 0x2800000;      // VEC, VSX
  if (below(8) == 0) msr |= next() & 0x0fffffffffffffff;
  __asm__ volatile("mtdec %0" : : "r"(2000 + below(50000)));
  run_words(registers, (uint64_t)code, msr);
}

// MARK: the loop

static void write_vectors(void) {
  // ba recover
  uint32_t branch = 0x48000002 | ((uint32_t)(uint64_t)&recover & 0x03fffffc);
  for (uint64_t vector = 0x100; vector < 0x2000; vector += 0x20) {
    *(volatile uint32_t *)vector = branch;
    __asm__ volatile("dcbst 0,%0; sync; icbi 0,%0; isync" : : "r"(vector) : "memory");
  }
}

static uint64_t number(const char *text, const char *name, uint64_t fallback) {
  for (; *text; text++) {
    const char *at = text, *want = name;
    while (*want && *at == *want) at++, want++;
    if (*want) continue;
    uint64_t result = 0;
    while (*at >= '0' && *at <= '9') result = 10 * result + (uint64_t)(*at++ - '0');
    return result;
  }
  return fallback;
}

void attack(void) {
  for (;;) {
    uint64_t kind = 1 << below(4);
    if (!(kinds & kind)) continue;
    if (below(8) == 0) fill_buffer();
    if (below(256) == 0) write_vectors();
    switch (kind) {
      case HYPERCALLS: hyper_call(); break;
      case RTAS_CALLS: rtas_call(); break;
      case CLIENT_CALLS: client_call(); break;
      default: random_words();
    }
  }
}

// Makes all storage resident, so that what the host process has beyond it can be seen.
static void touch_storage(void) {
  static uint64_t range[2];
  property("/memory@0", "reg", range, sizeof range);
  for (uint64_t at = 16 << 20; at < range[1]; at += 4096) *(volatile uint64_t *)at = at;
}

void begin(uint64_t entry) {
  static char arguments[256];
  static const char *const ending[] = {"power-off", "ibm,power-off-ups", "system-reboot",
                                       "ibm,suspend-me", "stop-self"};
  client_entry = entry;
  property("/chosen", "bootargs", arguments, sizeof arguments - 1);
  random_state = number(arguments, "seed=", 1);
  kinds = number(arguments, "kinds=", 15) & 15;
  if (!kinds) kinds = 15;
  for (int n = 0; n < 5; n++) property("/rtas", ending[n], &ending_tokens[n], 4);
  touch_storage();
  write_vectors();
  attack();
}
