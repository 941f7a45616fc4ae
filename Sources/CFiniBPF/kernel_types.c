// Types of the kernel: the few that are asked for.
#include "kernel_types.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

// How deep unnamed structs are searched.
enum { DEPTH = 4 };

// Kinds of type that older headers of the system lack.
enum { KIND_FLOAT = 16, KIND_DECL_TAG = 17, KIND_TYPE_TAG = 18, KIND_ENUM64 = 19 };
// Of those: bytes after the head, and bytes for each value.
enum { DECL_TAG_SIZE = 4, ENUM64_SIZE = 12 };

// Bytes that follow the head of a type; below zero for a kind that is not known.
static int64_t size_after_head(const struct btf_type *type) {
  uint64_t count = BTF_INFO_VLEN(type->info);
  switch (BTF_INFO_KIND(type->info)) {
    case BTF_KIND_INT:
    case BTF_KIND_VAR:
      return sizeof(uint32_t);
    case KIND_DECL_TAG:
      return DECL_TAG_SIZE;
    case BTF_KIND_ARRAY:
      return sizeof(struct btf_array);
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
      return count * sizeof(struct btf_member);
    case BTF_KIND_ENUM:
      return count * sizeof(struct btf_enum);
    case BTF_KIND_FUNC_PROTO:
      return count * sizeof(struct btf_param);
    case BTF_KIND_DATASEC:
      return count * sizeof(struct btf_var_secinfo);
    case KIND_ENUM64:
      return count * ENUM64_SIZE;
    case BTF_KIND_PTR:
    case BTF_KIND_FWD:
    case BTF_KIND_TYPEDEF:
    case BTF_KIND_VOLATILE:
    case BTF_KIND_CONST:
    case BTF_KIND_RESTRICT:
    case BTF_KIND_FUNC:
    case KIND_FLOAT:
    case KIND_TYPE_TAG:
      return 0;
    default:
      return -ENOENT;
  }
}

static const struct btf_type *type_of(const struct kernel_types *types, uint32_t number) {
  return number > 0 && number < types->count ? (const struct btf_type *)types->types[number] : NULL;
}

static const char *name_at(const struct kernel_types *types, uint32_t offset) {
  return offset < types->names_size ? types->names + offset : "";
}

static int64_t index_all(struct kernel_types *types, const uint8_t *at, uint64_t size) {
  types->types = malloc((size / sizeof(struct btf_type) + 1) * sizeof *types->types);
  if (!types->types) return -ENOMEM;
  types->count = 1;
  types->types[0] = NULL;
  while (size > 0) {
    if (size < sizeof(struct btf_type)) return -ENOENT;
    int64_t more = size_after_head((const struct btf_type *)at);
    if (more < 0 || size - sizeof(struct btf_type) < (uint64_t)more) return -ENOENT;
    types->types[types->count++] = at;
    at += sizeof(struct btf_type) + more;
    size -= sizeof(struct btf_type) + more;
  }
  return 0;
}

static int64_t index_kernel_types(struct kernel_types *types) {
  const struct btf_header *header = (const struct btf_header *)types->bytes;
  int64_t result = -ENOENT;
  if (types->size >= sizeof *header && header->magic == BTF_MAGIC && header->version == BTF_VERSION &&
      header->hdr_len <= types->size) {
    uint64_t room = types->size - header->hdr_len;
    bool fits = header->type_off % sizeof(uint32_t) == 0 && header->hdr_len % sizeof(uint32_t) == 0 &&
                (uint64_t)header->type_off + header->type_len <= room &&
                (uint64_t)header->str_off + header->str_len <= room && header->str_len > 0;
    types->names = (const char *)types->bytes + header->hdr_len + header->str_off;
    types->names_size = header->str_len;
    // Each name ends inside of them.
    if (fits && types->names[header->str_len - 1] == 0)
      result = index_all(types, types->bytes + header->hdr_len + header->type_off, header->type_len);
  }
  if (result < 0) close_kernel_types(types);
  return result;
}

int64_t take_kernel_types(struct kernel_types *types, uint8_t *bytes, uint64_t size) {
  *types = (struct kernel_types){.bytes = bytes, .size = size};
  return index_kernel_types(types);
}

// Its bytes are mapped from Linux 6.16 on. Before that they are read, 4 KiB at a time, whatever is asked for.
static int64_t get_bytes(struct kernel_types *types, int file, uint64_t size) {
  void *mapped = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
  if (mapped != MAP_FAILED) {
    *types = (struct kernel_types){.bytes = mapped, .size = size, .is_mapped = true};
    return 0;
  }
  uint8_t *bytes = malloc(size);
  if (!bytes) return -ENOMEM;
  uint64_t used = 0;
  ssize_t count = 0;
  while (used < size && (count = read(file, bytes + used, size - used)) > 0) used += (uint64_t)count;
  *types = (struct kernel_types){.bytes = bytes, .size = used};
  return 0;
}

int64_t open_kernel_types(struct kernel_types *types) {
  *types = (struct kernel_types){};
  int file = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);
  if (file < 0) return -ENOENT;
  struct stat status;
  int64_t result = -ENOENT;
  if (fstat(file, &status) == 0 && status.st_size > 0)
    result = get_bytes(types, file, (uint64_t)status.st_size);
  close(file);
  return result < 0 ? result : index_kernel_types(types);
}

void close_kernel_types(struct kernel_types *types) {
  free(types->types);
  if (types->is_mapped) munmap((void *)types->bytes, types->size);
  else free((void *)types->bytes);
  *types = (struct kernel_types){};
}

static const struct btf_type *struct_called(const struct kernel_types *types, const char *name) {
  for (uint32_t number = 1; number < types->count; number++) {
    const struct btf_type *type = type_of(types, number);
    if (BTF_INFO_KIND(type->info) == BTF_KIND_STRUCT && strcmp(name_at(types, type->name_off), name) == 0)
      return type;
  }
  return NULL;
}

static bool has_members(const struct btf_type *type) {
  uint32_t kind = BTF_INFO_KIND(type->info);
  return kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION;
}

static uint32_t offset_in(const struct kernel_types *types, const struct btf_type *type,
                          const char *name, int depth) {
  const struct btf_member *members = (const struct btf_member *)(type + 1);
  for (uint32_t index = 0; index < BTF_INFO_VLEN(type->info); index++) {
    const struct btf_member *member = &members[index];
    uint32_t bits = BTF_INFO_KFLAG(type->info) ? BTF_MEMBER_BIT_OFFSET(member->offset) : member->offset;
    const char *found = name_at(types, member->name_off);
    if (strcmp(found, name) == 0) return bits / 8;
    const struct btf_type *inner = *found ? NULL : type_of(types, member->type);
    if (!inner || !has_members(inner) || depth == 0) continue;
    uint32_t within = offset_in(types, inner, name, depth - 1);
    if (within) return bits / 8 + within;
  }
  return 0;
}

uint32_t offset_of_member(const struct kernel_types *types, const char *name, const char *member) {
  const struct btf_type *type = struct_called(types, name);
  return type ? offset_in(types, type, member, DEPTH) : 0;
}
