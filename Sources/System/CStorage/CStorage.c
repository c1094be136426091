#define _GNU_SOURCE
#include "CStorage.h"

#include <fcntl.h>
#include <sys/mman.h>

int storage_punch_hole(int descriptor, off_t offset, off_t length) {
  return fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length);
}

int storage_zero_range(int descriptor, off_t offset, off_t length) {
  return fallocate(descriptor, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, offset, length);
}

int storage_lock(int descriptor, bool is_exclusive) {
  struct flock lock = {.l_type = is_exclusive ? F_WRLCK : F_RDLCK, .l_whence = SEEK_SET};
  return fcntl(descriptor, F_OFD_SETLK, &lock);
}

int storage_unlock(int descriptor) {
  struct flock lock = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
  return fcntl(descriptor, F_OFD_SETLK, &lock);
}

const int storage_direct_flag = O_DIRECT;

int storage_shared_memory(void) { return memfd_create("papr", MFD_CLOEXEC); }
