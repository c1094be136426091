/* The test guest: a client program that shows what the firmware and the processor give it. */
#include "guest.h"

static char path[256];
static u32 nodes, properties;

/* Prints the path of every node and counts properties. */
static void walk(u32 node) {
  u32 cells[3] = {node, (u32)path, sizeof path - 1};
  if (client("package-to-path", 3, 1, cells) == 0 && cells[0] < sizeof path) {
    path[cells[0]] = 0;
    print("  ");
    print(path);
    print("\r\n");
  }
  nodes++;
  char name[64] = ""; /* IEEE 1275 allows 31 characters; real trees have more */
  for (;;) {
    char next[64];
    u32 ask[3] = {node, (u32)name, (u32)next};
    if (client("nextprop", 3, 1, ask) || ask[0] != 1) break;
    properties++;
    for (int i = 0; i < 63; i++) name[i] = next[i];
    name[63] = 0;
  }
  for (u32 child = client1("child", node); child && child != NONE; child = client1("peer", child))
    walk(child);
}

static u32 find_cpu(u32 node) {
  char type[8] = "";
  property(node, "device_type", type, sizeof type);
  if (type[0] == 'c' && type[1] == 'p' && type[2] == 'u' && !type[3]) return node;
  for (u32 child = client1("child", node); child && child != NONE; child = client1("peer", child)) {
    u32 found = find_cpu(child);
    if (found != NONE) return found;
  }
  return NONE;
}

static void print_property(u32 node, const char *name) {
  static u8 value[256];
  int length = property(node, name, value, sizeof value);
  print(name);
  if (length < 0) print(" absent");
  for (int i = 0; i < length && i < (int)sizeof value; i++) {
    print(" ");
    print_hex(value[i], 2);
  }
  print("\r\n");
}

#define W(x) (u8)((x) >> 24), (u8)((x) >> 16), (u8)((x) >> 8), (u8)(x)
static u8 vector[] = {
  /* PVR list: POWER6 to Power11, then the logical versions; the last entry ends the list. */
  W(0xffff0000), W(0x003e0000), W(0xffff0000), W(0x003f0000), W(0xffff0000), W(0x004a0000),
  W(0xffff0000), W(0x004b0000), W(0xffff0000), W(0x004c0000), W(0xffff0000), W(0x004d0000),
  W(0xffff0000), W(0x004e0000), W(0xffff0000), W(0x00800000), W(0xffff0000), W(0x00820000),
  W(0xffffffff), W(0x0f000007), W(0xffffffff), W(0x0f000006), W(0xffffffff), W(0x0f000005),
  W(0xffffffff), W(0x0f000004), W(0xffffffff), W(0x0f100003), W(0xffffffff), W(0x0f000003),
  W(0xffffffff), W(0x0f000002), W(0xfffffffe), W(0x0f000001),
  7 - 1,
  /* 1: versions 2.00 to 3.1 */
  3 - 1, 0, 0xff, 0xc0,
  /* 2: real mode, an RMA of 64 MiB */
  33 - 1, 0x20, 0, 0, W(0xffffffff), W(0xffffffff), W(0xffffffff), W(0xffffffff), W(0xffffffff),
  W(64), W(0xffffffff), 0, 46,
  /* 3: floating point, VMX, decimal */
  2 - 1, 0, 0xe0,
  /* 4: 1 % of a processor */
  2 - 1, 0, 1,
  /* 5: LPAR, SPLPAR, large pages; 64 processors; XICS; hashed page table */
  26 - 1, 0, 0xd0, 0, 0, 0x80, 0x01, 0, 0, W(64), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  /* 6: no name of an operating system */
  3 - 1, 0, 0, 0,
  /* 7 */
  16 - 1, 'p', 'a', 'p', 'r', ' ', 't', 'e', 's', 't', ' ', 'g', 'u', 'e', 's', 't', 0,
};

static int negotiate(void) {
  u32 root = client1("open", (u32) "/");
  u32 cells[3] = {(u32) "ibm,client-architecture-support", root, (u32)vector};
  if (client("call-method", 3, 2, cells) || cells[0]) return -1;
  return (int)cells[1];
}

static u32 isa_of(u32 version) {
  switch (version) {
  case 0x0f000007:
  case 0x0f000006: return 310;
  case 0x0f000005: return 300;
  case 0x0f000004: return 207;
  case 0x0f100003:
  case 0x0f000003: return 206;
  case 0x0f000002: return 205;
  case 0x0f000001: return 204;
  default: return 0;
  }
}

static void print_time(void) {
  u32 now[7];
  int status = rtas("get-time-of-day", 0, 8, now);
  print("time of day: ");
  if (status) {
    print("RTAS gives -");
    print_decimal((u32)-status, 1);
  } else {
    print_decimal(now[0], 4);
    static const char before[] = "-- ::";
    for (int i = 1; i < 6; i++) {
      char separator[2] = {before[i - 1], 0};
      print(separator);
      print_decimal(now[i], 2);
    }
    print(" UTC");
  }
  print("\r\n");
}

void main(u32 entry) {
  client_start(entry);
  print("=== papr test guest ===\r\ndevice tree:\r\n");
  u32 root = client1("peer", 0);
  walk(root);
  print_decimal(nodes, 1);
  print(" nodes, ");
  print_decimal(properties, 1);
  print(" properties\r\n");

  u32 cpu = find_cpu(root);
  print("cpu-version before: ");
  print_hex(word_property(cpu, "cpu-version", 0), 8);
  print("\r\nibm,client-architecture-support: ");
  print(negotiate() == 0 ? "accepted\r\n" : "refused\r\n");

  u32 version = word_property(cpu, "cpu-version", 0), isa = isa_of(version);
  print("level: ");
  print_hex(version, 8);
  print(", ISA ");
  if (isa) {
    print_decimal(isa / 100, 1);
    print(".");
    print_decimal(isa >= 300 ? isa % 100 / 10 : isa % 100, isa >= 300 ? 1 : 2);
  } else {
    print("of the processor itself");
  }
  print("\r\n");
  print_property(cpu, "cpu-version");
  print_property(cpu, "ibm,pa-features");
  print_property(cpu, "ibm,vmx");
  print_property(cpu, "ibm,dfp");
  u32 chosen = client1("finddevice", (u32) "/chosen");
  print_property(chosen, "ibm,arch-vec-5-platform-support");
  print_property(chosen, "ibm,architecture-vec-5");

  int clock = rtas_start(client1("finddevice", (u32) "/rtas"));
  if (clock == 0) print_time();
  else print("RTAS: not instantiated\r\n");
  run_probes(cpu, isa);
  print("=== done ===\r\n");

  u32 any[2] = {NONE, NONE};
  rtas("power-off", 2, 1, any);
  client("exit", 0, 0, any);
}
