#define _GNU_SOURCE
#include "CCodeMemory.h"

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct {
  int index;
  CCodeProgramPart part;
} Search;

static int visit(struct dl_phdr_info *info, size_t size, void *data) {
  (void)size;
  Search *search = data;
  const ElfW(Addr) here = (ElfW(Addr))&ccode_program_part - info->dlpi_addr;
  CCodeProgramPart found = {info->dlpi_addr, NULL, 0};
  int is_here = 0;
  int index = search->index;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
    if (segment->p_type != PT_LOAD || segment->p_flags & PF_W) continue;
    if (here >= segment->p_vaddr && here - segment->p_vaddr < segment->p_memsz) is_here = 1;
    if (index-- != 0) continue;
    found.start = (const void *)(info->dlpi_addr + segment->p_vaddr);
    found.size = segment->p_memsz;
  }
  if (is_here) search->part = found;
  return is_here;
}

CCodeProgramPart ccode_program_part(int index) {
  Search search = {index, {0, NULL, 0}};
  dl_iterate_phdr(visit, &search);
  return search.part;
}

int ccode_memory_file(size_t size) {
  int file = memfd_create("translated code", MFD_CLOEXEC);
  if (file >= 0 && ftruncate(file, (off_t)size) != 0) {
    close(file);
    return -1;
  }
  return file;
}
