// System calls that glibc has no function for, or a variadic one. Each returns 0 or more, or minus an
// error number.
#ifndef CSANDBOX_H
#define CSANDBOX_H

#include <linux/landlock.h>
#include <stdint.h>

// O_PATH, which glibc declares for GNU sources only: a file as a place, not to be read or written.
static const int CSANDBOX_PATH_ONLY = 010000000;

// The right to rename and link from one folder to another (LANDLOCK_ACCESS_FS_REFER), of version 2 and up.
static const uint64_t csandbox_landlock_refer = 1ULL << 13;

// The newest Landlock interface of the kernel: 1 and up.
int csandbox_landlock_version(void);
// Makes a set of rules; what `files` names (LANDLOCK_ACCESS_FS_...) is refused but where a rule allows it.
int csandbox_landlock_create(uint64_t files);
// Allows accesses to a file, or to everything below a folder, of which `descriptor` is open.
int csandbox_landlock_allow(int rules, int descriptor, uint64_t files);
// Confines this thread, and those it starts.
int csandbox_landlock_confine(int rules);

// A copy of this process, which must have one thread only: 0 in the copy, its process identifier here.
int csandbox_fork(void);

// Blocks of 256 KiB or more are returned to the kernel when they are freed.
void csandbox_return_large_blocks(void);

// No program that is started has more privileges than this process.
int csandbox_no_new_privileges(void);
// Gives up all capabilities for good.
int csandbox_drop_capabilities(void);

#endif
