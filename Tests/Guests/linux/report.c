#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest.h"

void print_file(const char *path, const char *prefix, int lines) {
  char line[512];
  FILE *file = fopen(path, "r");
  if (!file) {
    printf("%s<no %s>\n", prefix, path);
    return;
  }
  for (int count = 0; (!lines || count < lines) && fgets(line, sizeof line, file); count++) {
    line[strcspn(line, "\n")] = 0;
    printf("%s%s\n", prefix, line);
  }
  fclose(file);
}

/* ---------------------------------------------------------------------------------------------------- the processor */

/* Bits of AT_HWCAP and AT_HWCAP2, as <asm/cputable.h> names them. */
static const char *capabilities[32] = {
  [31] = "ppc32", [30] = "ppc64", [29] = "601", [28] = "altivec", [27] = "fpu", [26] = "mmu", [25] = "4xxmac",
  [24] = "ucache", [23] = "spe", [22] = "efpsingle", [21] = "efpdouble", [20] = "notb", [19] = "power4",
  [18] = "power5", [17] = "power5+", [16] = "cellbe", [15] = "booke", [14] = "smt", [13] = "ic_snoop",
  [12] = "arch_2_05", [11] = "pa6t", [10] = "dfp", [9] = "power6x", [8] = "arch_2_06", [7] = "vsx",
  [6] = "pseries_perfmon", [1] = "true_le", [0] = "ppc_le",
};
static const char *capabilities2[32] = {
  [31] = "arch_2_07", [30] = "htm", [29] = "dscr", [28] = "ebb", [27] = "isel", [26] = "tar", [25] = "vcrypto",
  [24] = "htm_nosc", [23] = "arch_3_00", [22] = "ieee128", [21] = "darn", [20] = "scv", [19] = "htm_no_suspend",
  [18] = "arch_3_1", [17] = "mma",
};

static void print_bits(const char *label, unsigned long value, const char **names) {
  printf("%s %016lx:", label, value);
  for (int bit = 31; bit >= 0; bit--) {
    if (!(value >> bit & 1)) continue;
    if (names[bit]) printf(" %s", names[bit]); else printf(" bit%d", bit);
  }
  printf("\n");
}

static void print_text(const char *label, unsigned long type) {
  const char *text = (const char *)getauxval(type);
  printf("%s %s\n", label, text ? text : "-");
}

void report_processor(void) {
  print_file("/proc/cpuinfo", "cpuinfo: ", 0);
  print_bits("AT_HWCAP ", getauxval(AT_HWCAP), capabilities);
  print_bits("AT_HWCAP2", getauxval(AT_HWCAP2), capabilities2);
  print_text("AT_PLATFORM", AT_PLATFORM);
  print_text("AT_BASE_PLATFORM", AT_BASE_PLATFORM);
  printf("pagesize %ld dcache-line %lu icache-line %lu\n", sysconf(_SC_PAGESIZE), getauxval(AT_DCACHEBSIZE),
         getauxval(AT_ICACHEBSIZE));
}

/* -------------------------------------------------------------------------------------------------- the device tree */

static int read_bytes(const char *path, unsigned char *bytes, int most) {
  int file = open(path, O_RDONLY);
  if (file < 0) return -1;
  int count = read(file, bytes, most);
  close(file);
  return count;
}

/* Strings, each with its end, and nothing else. */
static int is_text(const unsigned char *bytes, int count) {
  if (count < 2 || bytes[count - 1]) return 0;
  for (int i = 0; i < count; i++) {
    int is_end = !bytes[i] && i && bytes[i - 1];
    if (!is_end && (bytes[i] < ' ' || bytes[i] > '~')) return 0;
  }
  return 1;
}

static void print_property(const char *label, const char *path) {
  unsigned char bytes[4096];
  int count = read_bytes(path, bytes, sizeof bytes);
  printf("dt %s = ", label);
  if (count < 0) {
    printf("<absent>\n");
    return;
  }
  if (is_text(bytes, count)) {
    for (int i = 0; i < count - 1; i++) {
      if (bytes[i]) putchar(bytes[i]); else printf("\" \"");
    }
  } else {
    for (int i = 0; i < count; i++) printf("%s%02x", i && i % 4 == 0 ? " " : "", bytes[i]);
  }
  printf("  [%d bytes]\n", count);
}

static int is_property(const struct dirent *entry) { return entry->d_type == DT_REG; }
static int is_node(const struct dirent *entry) { return entry->d_type == DT_DIR && entry->d_name[0] != '.'; }

static void print_properties(const char *label, const char *folder) {
  char path[700], name[400];
  struct dirent **entries;
  int count = scandir(folder, &entries, is_property, alphasort);
  if (count < 0) printf("dt %s <absent>\n", label);
  for (int i = 0; i < count; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
    snprintf(name, sizeof name, "%s/%s", label, entries[i]->d_name);
    print_property(name, path);
    free(entries[i]);
  }
  if (count >= 0) free(entries);
}

static void print_nodes(const char *label, const char *folder) {
  struct dirent **entries;
  int count = scandir(folder, &entries, is_node, alphasort);
  printf("dt %s nodes:", label);
  for (int i = 0; i < count; i++) {
    printf(" %s", entries[i]->d_name);
    free(entries[i]);
  }
  if (count >= 0) free(entries);
  printf("\n");
}

static void print_processors(void) {
  static const char folder[] = "/proc/device-tree/cpus";
  char path[600];
  unsigned char version[4];
  struct dirent **entries;
  int count = scandir(folder, &entries, is_node, alphasort), processors = 0;
  for (int i = 0; i < count; i++) {
    snprintf(path, sizeof path, "%s/%s/cpu-version", folder, entries[i]->d_name);
    if (read_bytes(path, version, sizeof version) == sizeof version) {
      printf("cpunode %s cpu-version %02x%02x%02x%02x\n", entries[i]->d_name, version[0], version[1], version[2],
             version[3]);
      snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
      if (processors++ == 0) print_properties("cpu", path);
    }
    free(entries[i]);
  }
  if (count >= 0) free(entries);
  printf("cpunodes: %d\n", processors);
}

void report_tree(void) {
  print_property("model", "/proc/device-tree/model");
  print_property("compatible", "/proc/device-tree/compatible");
  print_processors();
  print_properties("chosen", "/proc/device-tree/chosen");
  print_properties("rtas", "/proc/device-tree/rtas");
  print_nodes("toplevel", "/proc/device-tree");
  print_nodes("vdevice", "/proc/device-tree/vdevice");
}

/* ------------------------------------------------------------------------------------------------------- the system */

void report_system(void) {
  print_file("/sys/devices/system/cpu/online", "cpus online: ", 1);
  print_file("/sys/devices/system/cpu/present", "cpus present: ", 1);
  print_file("/proc/meminfo", "meminfo: ", 3);
  print_file("/proc/interrupts", "irq: ", 0);
  print_file("/proc/powerpc/lparcfg", "lparcfg: ", 0);
  print_file("/proc/uptime", "uptime: ", 1);
}
