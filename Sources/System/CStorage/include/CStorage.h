// Calls of Linux for files with a disk's contents, which glibc declares for GNU sources only.
// All functions return 0 or a descriptor, or -1 with errno.
#pragma once

#include <stdbool.h>
#include <sys/types.h>

// Gives the space of a range back; the bytes are zero afterwards.
int storage_punch_hole(int descriptor, off_t offset, off_t length);
// Makes a range zero without giving its space back.
int storage_zero_range(int descriptor, off_t offset, off_t length);
// Locks a file for one writer or for readers, without waiting: EAGAIN when others have it. The lock
// belongs to the open file description.
int storage_lock(int descriptor, bool is_exclusive);
// Lets others lock the file.
int storage_unlock(int descriptor);
// The flag of open with which the host's cache is bypassed; its value differs between processors.
extern const int storage_direct_flag;
// A file without a name or bytes, in memory that other processes can map.
int storage_shared_memory(void);
