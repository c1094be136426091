#include <stddef.h>
#include <libnbd.h>

/* Macros with casts and compound literals, which Swift does not import. */
static const uint32_t nbd_shim_no_hole = LIBNBD_CMD_FLAG_NO_HOLE;

static inline int64_t nbd_shim_read(
    struct nbd_handle *handle, void *bytes, size_t count, uint64_t offset) {
  return nbd_aio_pread(handle, bytes, count, offset, NBD_NULL_COMPLETION, 0);
}

static inline int64_t nbd_shim_write(
    struct nbd_handle *handle, const void *bytes, size_t count, uint64_t offset) {
  return nbd_aio_pwrite(handle, bytes, count, offset, NBD_NULL_COMPLETION, 0);
}

static inline int64_t nbd_shim_flush(struct nbd_handle *handle) {
  return nbd_aio_flush(handle, NBD_NULL_COMPLETION, 0);
}

static inline int64_t nbd_shim_zero(
    struct nbd_handle *handle, uint64_t count, uint64_t offset, uint32_t flags) {
  return nbd_aio_zero(handle, count, offset, NBD_NULL_COMPLETION, flags);
}

static inline int64_t nbd_shim_trim(
    struct nbd_handle *handle, uint64_t count, uint64_t offset) {
  return nbd_aio_trim(handle, count, offset, NBD_NULL_COMPLETION, 0);
}
