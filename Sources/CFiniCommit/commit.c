#define _GNU_SOURCE
#include "CFiniCommit.h"

#include <link.h>
#include <string.h>

// Package.swift defines both, with what tools/release says.
#ifndef FINI_COMMIT
#define FINI_COMMIT 0
#define FINI_COMMIT_WAS_CHANGED 0
#endif

uint64_t fini_commit(void) { return FINI_COMMIT; }

bool fini_commit_was_changed(void) { return FINI_COMMIT_WAS_CHANGED; }

static size_t padded(size_t size) { return (size + 3) & ~(size_t)3; }

static int look(struct dl_phdr_info *object, size_t size, void *found) {
  (void)size;
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &object->dlpi_phdr[i];
    // Notes with another alignment are not those with a build ID.
    if (part->p_type != PT_NOTE || part->p_align > 4) continue;
    const char *note = (const char *)(object->dlpi_addr + part->p_vaddr);
    const char *end = note + part->p_memsz;
    while (note + sizeof(ElfW(Nhdr)) <= end) {
      const ElfW(Nhdr) *head = (const void *)note;
      const char *name = note + sizeof *head;
      const char *words = name + padded(head->n_namesz);
      if (words + head->n_descsz > end) break;
      if (head->n_type == NT_GNU_BUILD_ID && head->n_namesz == 4 && !memcmp(name, "GNU", 4) &&
          head->n_descsz >= sizeof(uint64_t)) {
        memcpy(found, words, sizeof(uint64_t));
        return 1;
      }
      note = words + padded(head->n_descsz);
    }
  }
  // The first object is the program; others are libraries.
  return 1;
}

uint64_t fini_build(void) {
  uint64_t found = 0;
  dl_iterate_phdr(look, &found);
  return found;
}
