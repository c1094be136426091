#include <stddef.h>
#include <libnbd.h>

/* Macros with casts and compound literals, which Swift does not import. */
static const uint32_t nbd_shim_fua = LIBNBD_CMD_FLAG_FUA;
static const uint32_t nbd_shim_no_hole = LIBNBD_CMD_FLAG_NO_HOLE;

static inline int64_t nbd_shim_read(
    struct nbd_handle *handle, void *bytes, size_t count, uint64_t offset) {
  return nbd_aio_pread(handle, bytes, count, offset, NBD_NULL_COMPLETION, 0);
}

static inline int64_t nbd_shim_write(
    struct nbd_handle *handle, const void *bytes, size_t count, uint64_t offset) {
  return nbd_aio_pwrite(handle, bytes, count, offset, NBD_NULL_COMPLETION, 0);
}
