#define _GNU_SOURCE
#include "CSandbox.h"

#include <errno.h>
#include <linux/capability.h>
#include <malloc.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int result(long value) { return value < 0 ? -errno : (int)value; }

int csandbox_landlock_version(void) {
  return result(syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION));
}

int csandbox_landlock_create(uint64_t files) {
  struct landlock_ruleset_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.handled_access_fs = files;
  // The first member alone, which every version knows.
  return result(syscall(SYS_landlock_create_ruleset, &attributes, sizeof(uint64_t), 0));
}

int csandbox_landlock_allow(int rules, int descriptor, uint64_t files) {
  struct landlock_path_beneath_attr rule = {.allowed_access = files, .parent_fd = descriptor};
  return result(syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0));
}

int csandbox_landlock_confine(int rules) {
  return result(syscall(SYS_landlock_restrict_self, rules, 0));
}

int csandbox_fork(void) { return result(fork()); }

// A threshold that is set does not adapt.
void csandbox_return_large_blocks(void) {
  mallopt(M_MMAP_THRESHOLD, 256 << 10);
  mallopt(M_TRIM_THRESHOLD, 1 << 20);
}

int csandbox_no_new_privileges(void) { return result(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)); }

int csandbox_drop_capabilities(void) {
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  // Needs CAP_SETPCAP; without it there is nothing in the bounding set that could be had again,
  // because no program that is started gains privileges.
  for (int n = 0; prctl(PR_CAPBSET_READ, n, 0, 0, 0) >= 0; n++) prctl(PR_CAPBSET_DROP, n, 0, 0, 0);
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  struct __user_cap_data_struct none[2];
  memset(none, 0, sizeof none);
  return result(syscall(SYS_capset, &header, none));
}
