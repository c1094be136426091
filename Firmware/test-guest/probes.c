/* Which instructions problem state has. Problem state needs translation: one segment of 4 KiB
   pages, entered into the hashed page table through H_ENTER. */
#include "guest.h"

extern const struct probe {
  u32 level;
  const char *name;
  const void *code;
} probes[], probes_end[];

enum { H_ENTER = 0x08 };
enum { FIRST_VECTOR = 0x200, VECTORS_END = 0x1000, ALL_EXECUTED = 0xc00 };

static u8 saved_vectors[VECTORS_END - FIRST_VECTOR];

void copy(void *to, const void *from, u32 count) {
  for (u32 i = 0; i < count; i++) ((u8 *)to)[i] = ((const u8 *)from)[i];
}

void flush_instructions(u32 from, u32 to) {
  for (u32 at = from; at < to; at += 32) __asm__ volatile("dcbst 0,%0; sync; icbi 0,%0" : : "r"(at));
  __asm__ volatile("sync; isync");
}

/* Maps the guest one to one. 0 when every page was entered. */
static long map_guest(u32 log_of_table_bytes) {
  u32 groups = 1u << (log_of_table_bytes - 7);
  for (u32 page = 0x200000; page < (u32)guest_end; page += 4096) {
    u32 address = 0x10000000 | page; /* virtual: segment 1 */
    u32 high = (address >> 23 << 7) | 0x11; /* bolted, valid */
    u32 low = page | 0x192; /* referenced, changed, coherent, read and write */
    u32 group = (1 ^ (page >> 12)) & (groups - 1);
    long status = hypercall(H_ENTER, 0, group * 8, high, low);
    if (status) return status;
  }
  set_segment();
  return 0;
}

static void take_vectors(void) {
  copy(saved_vectors, (void *)FIRST_VECTOR, sizeof saved_vectors);
  u32 size = vector_code_end - vector_code;
  for (u32 vector = FIRST_VECTOR; vector < VECTORS_END; vector += vector < 0xf00 ? 0x80 : 0x20)
    copy((void *)vector, vector_code, size);
  flush_instructions(FIRST_VECTOR, VECTORS_END);
}

static void give_back_vectors(void) {
  copy((void *)FIRST_VECTOR, saved_vectors, sizeof saved_vectors);
  flush_instructions(FIRST_VECTOR, VECTORS_END);
}

static void print_level(u32 level) {
  print(level == 310 ? "3.1 " : level == 300 ? "3.0 " : level == 207 ? "2.07" : level == 206 ? "2.06"
                                                                                  : "2.05");
}

/* isa: the version of the negotiated level, in hundredths; 0 when unknown. */
void run_probes(u32 cpu, u32 isa) {
  static u32 vectors[64];
  u32 pft[2];
  if (property(cpu, "ibm,pft-size", pft, 8) != 8 || pft[1] < 18 || pft[1] > 46) {
    print("probes: not run, no hashed page table\r\n");
    return;
  }
  long status = map_guest(pft[1] > 30 ? 30 : pft[1]);
  if (status) {
    print("probes: not run, H_ENTER gives -");
    print_decimal((u32)-status, 1);
    print("\r\n");
    return;
  }

  take_vectors();
  excursion(enable_facilities, ME | RI);
  u32 count = 0;
  for (const struct probe *probe = probes; probe < probes_end && count < 64; probe++) {
    u32 vector;
    do {
      vector = excursion(probe->code, PROBLEM_STATE_MSR);
    } while (vector == 0x500 || vector == 0x900 || vector == 0x980);
    vectors[count++] = vector;
  }
  find_debug_facilities();
  give_back_vectors();

  u32 beyond = 0, missing = 0;
  for (u32 i = 0; i < count; i++) {
    int there = vectors[i] == ALL_EXECUTED;
    print("probe ");
    print_level(probes[i].level);
    print(" ");
    print(probes[i].name);
    if (there) {
      print(": executed\r\n");
    } else {
      print(": interrupt 0x");
      print_hex(vectors[i], 3);
      print("\r\n");
    }
    if (isa && there && probes[i].level > isa) beyond++;
    if (isa && !there && probes[i].level <= isa) missing++;
  }
  print("problem state: ");
  print_decimal(missing, 1);
  print(" instructions of the level missing, ");
  print_decimal(beyond, 1);
  print(" beyond it executed\r\n");
  print_debug_facilities();
}
