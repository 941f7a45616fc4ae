// Loading and taking down the program that watches.
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "CFiniBPF.h"
#include "handle.h"
#include "kernel_types.h"
#include "offsets.h"
#include "preemption.h"
#include "tracepoints.h"

// By way of perf a section is called "tp/raw_syscalls/sys_enter", on a raw tracepoint "raw_tp/sys_enter".
static const char by_perf[] = "tp/";

// The last message, so that a failure has a reason. libbpf reports through one function, and a
// verifier's log is one long text whose end has the reason.
static pthread_mutex_t speech = PTHREAD_MUTEX_INITIALIZER;
static char said[2048];

static int keep(enum libbpf_print_level level, const char *format, va_list arguments) {
  static char word[1 << 16];
  if (level != LIBBPF_WARN) return 0;
  int length = vsnprintf(word, sizeof word, format, arguments);
  if (length <= 0) return 0;
  const char *tail = word;
  size_t size = strlen(word);
  if (size > 1000) {
    tail = word + size - 1000;
    size = 1000;
  }
  size_t used = strlen(said);
  if (used + size >= sizeof said) {
    size_t excess = used + size + 1 - sizeof said;
    memmove(said, said + excess, used - excess + 1);
    used -= excess;
  }
  memcpy(said + used, tail, size + 1);
  return length;
}

bool is_by_perf(const struct bpf_program *program) {
  return strncmp(bpf_program__section_name(program), by_perf, strlen(by_perf)) == 0;
}

static const char *tracepoint_of(const struct bpf_program *program) {
  return strrchr(bpf_program__section_name(program), '/') + 1;
}

struct bpf_program *twin_of(const struct bpf_object *object, const struct bpf_program *program) {
  struct bpf_program *other;
  bpf_object__for_each_program(other, object) {
    if (is_by_perf(other) != is_by_perf(program) &&
        strcmp(tracepoint_of(other), tracepoint_of(program)) == 0)
      return other;
  }
  return NULL;
}

static bool is_search(const struct bpf_program *program) {
  return strcmp(bpf_program__name(program), "find_offsets") == 0;
}

// A program whose way is taken, or that has no other; the search is not loaded.
static bool is_wanted(const struct fini_bpf *bpf, const struct bpf_program *program) {
  if (is_search(program)) return false;
  uint32_t way = is_by_perf(program) ? FINI_BPF_BY_PERF : FINI_BPF_BY_ITSELF;
  return bpf->ways & way || (way == FINI_BPF_BY_ITSELF && !twin_of(bpf->object, program));
}

static int64_t open_object(struct fini_bpf *bpf, const void *bytes, uint64_t size,
                           const struct fini_bpf_settings *settings) {
  bpf->object = bpf_object__open_mem(bytes, size, NULL);
  if (!bpf->object) return -errno;
  struct bpf_program *program;
  bpf_object__for_each_program(program, bpf->object)
    bpf_program__set_autoload(program, is_wanted(bpf, program));
  struct bpf_map *map;
  bpf_object__for_each_map(map, bpf->object) {
    const char *name = bpf_map__name(map);
    int error = 0;
    if (strstr(name, "rodata"))
      error = bpf_map__set_initial_value(map, settings, sizeof *settings);
    else if (strcmp(name, "ring") == 0)
      error = bpf_map__set_max_entries(map, settings->ring_size);
    else if (strcmp(name, "tracees") == 0)
      error = bpf_map__set_max_entries(map, bpf->most_tracees);
    else if (strcmp(name, "expected") == 0 && !settings->sees_all)
      error = bpf_map__set_max_entries(map, 1);
    else if (strcmp(name, "search") == 0)
      error = bpf_map__set_autocreate(map, false);
    if (error) return error;
  }
  return 0;
}

// NULL with errno set.
static struct bpf_link *attach_by_perf(struct fini_bpf *bpf, struct bpf_program *program) {
  int event = open_tracepoint(bpf->events, bpf_program__section_name(program) + strlen(by_perf));
  if (event < 0) {
    errno = -event;
    return NULL;
  }
  struct bpf_link *link = bpf_program__attach_perf_event(program, event);
  if (!link) {
    int error = errno;
    close(event);
    errno = error;
  }
  return link;
}

// A program goes to the tracepoint that its section names; one that is said to be lacking goes to a
// name that no kernel has.
static struct bpf_link *attach_one(struct fini_bpf *bpf, struct bpf_program *program,
                                   const char *lacking) {
  if (lacking && strstr(bpf_program__section_name(program), lacking))
    return bpf_program__attach_raw_tracepoint(program, "fini_lacking");
  return is_by_perf(program) ? attach_by_perf(bpf, program) : bpf_program__attach(program);
}

static int64_t attach(struct fini_bpf *bpf, const char *lacking) {
  struct bpf_program *program;
  bpf_object__for_each_program(program, bpf->object) {
    if (!bpf_program__autoload(program)) continue;
    if (bpf->count == PROGRAMS) return -E2BIG;
    bpf->programs[bpf->count] = program;
    bpf->links[bpf->count] = attach_one(bpf, program, lacking);
    if (!bpf->links[bpf->count]) {
      int error = errno;
      size_t used = strlen(said);
      snprintf(said + used, sizeof said - used, "%s\n", bpf_program__section_name(program));
      return -error;
    }
    bpf->count++;
  }
  return 0;
}

static int64_t map_of(struct fini_bpf *bpf, const char *name, int *fd) {
  *fd = bpf_object__find_map_fd_by_name(bpf->object, name);
  return *fd < 0 ? *fd : 0;
}

static int64_t make_ring(struct fini_bpf *bpf) {
  int fd;
  int64_t result = map_of(bpf, "ring", &fd);
  if (result == 0) result = map_of(bpf, "tracees", &bpf->tracees);
  if (result == 0) result = map_of(bpf, "tracers", &bpf->tracers);
  if (result == 0) result = map_of(bpf, "pending", &bpf->pending);
  if (result == 0) result = map_of(bpf, "losses", &bpf->losses);
  if (result < 0) return result;
  bpf->ring = ring_buffer__new(fd, take_record, bpf, NULL);
  return bpf->ring ? 0 : -errno;
}

// Checks what the programs by way of perf assume about the entries, and gets the offsets that they need.
static int64_t look_at_entries(int events, struct fini_bpf_settings *settings) {
  struct tracepoint tracepoint;
  int64_t result = read_tracepoint(events, "raw_syscalls/sys_enter", &tracepoint);
  if (result < 0) return result;
  if (offset_of_field(&tracepoint, "id", 8) != FINI_BPF_ENTRY_NUMBER) return -ENOENT;
  result = read_tracepoint(events, "raw_syscalls/sys_exit", &tracepoint);
  if (result < 0) return result;
  if (offset_of_field(&tracepoint, "id", 8) != FINI_BPF_ENTRY_NUMBER) return -ENOENT;
  if (offset_of_field(&tracepoint, "ret", 8) != FINI_BPF_ENTRY_RESULT) return -ENOENT;
  result = read_tracepoint(events, "sched/sched_process_fork", &tracepoint);
  if (result < 0) return result;
  int64_t child = offset_of_field(&tracepoint, "child_pid", 4);
  if (child < 0) return child;
  result = read_tracepoint(events, "sched/sched_process_exec", &tracepoint);
  if (result < 0) return result;
  int64_t before = offset_of_field(&tracepoint, "old_pid", 4);
  if (before < 0) return before;
  settings->child_offset = (uint32_t)child;
  settings->before_offset = (uint32_t)before;
  return 0;
}

static int64_t start_by(uint32_t ways, struct fini_bpf *bpf, const void *object, uint64_t size,
                        struct fini_bpf_settings *settings, const char *lacking, int32_t *stage) {
  bpf->ways = ways;
  settings->is_doubled = ways == (FINI_BPF_BY_PERF | FINI_BPF_BY_ITSELF);
  int64_t result = 0;
  *stage = FINI_BPF_STAGE_OFFSETS;
  if (ways & FINI_BPF_BY_PERF) {
    bpf->events = open_tracefs();
    if (bpf->events < 0) return bpf->events;
    result = look_at_entries(bpf->events, settings);
    if (result < 0) return result;
  }
  *stage = FINI_BPF_STAGE_OPEN;
  result = open_object(bpf, object, size, settings);
  if (result < 0) return result;
  *stage = FINI_BPF_STAGE_LOAD;
  result = bpf_object__load(bpf->object);
  if (result < 0) return result;
  // The ring is there before the first record can be.
  *stage = FINI_BPF_STAGE_RING;
  result = make_ring(bpf);
  if (result < 0) return result;
  *stage = FINI_BPF_STAGE_ATTACH;
  return attach(bpf, lacking);
}

// The last link first: a tracepoint that loses the first of its programs and keeps others waits for the kernel's grace period.
static void take_down(struct fini_bpf *bpf) {
  while (bpf->count > 0) bpf_link__destroy(bpf->links[--bpf->count]);
  if (bpf->ring) ring_buffer__free(bpf->ring);
  if (bpf->object) bpf_object__close(bpf->object);
  if (bpf->events >= 0) close(bpf->events);
  if (bpf->awaited >= 0) close(bpf->awaited);
  *bpf = (struct fini_bpf){.events = -1, .awaited = -1, .most_tracees = bpf->most_tracees};
}

// By way of perf too where that can be had, which shows by trying it: tracefs may be out of reach, the kernel may lack
// BTF or the helper that tells where a task's registers are.
static int64_t start_by_what_can_be_had(uint32_t ways, struct fini_bpf *bpf, const void *object,
                                        uint64_t size, struct fini_bpf_settings *settings,
                                        const char *lacking, int32_t *stage) {
  if (ways & FINI_BPF_BY_PERF) {
    int64_t result = start_by(ways, bpf, object, size, settings, lacking, stage);
    if (result >= 0 || ways == FINI_BPF_BY_PERF) return result;
    take_down(bpf);
    said[0] = 0;
  }
  return start_by(FINI_BPF_BY_ITSELF, bpf, object, size, settings, lacking, stage);
}

// By raw tracepoints alone where the kernel keeps the processor there, and otherwise by way of perf too.
static int64_t start_as_needed(const struct kernel_types *types, struct fini_bpf *bpf, const void *object,
                               uint64_t size, struct fini_bpf_settings *settings, const char *lacking,
                               int32_t *stage) {
  struct trial trial;
  begin_trial(&trial, types);
  bool is_settled = false;
  int64_t result = 0;
  if (is_kept(&trial, "sched_process_wait", wait_for_no_child)) {
    result = start_by(FINI_BPF_BY_ITSELF, bpf, object, size, settings, lacking, stage);
    // Our own program came first, so the trial's can be taken away without a wait.
    is_settled = result < 0 || is_kept(&trial, "sys_enter", make_a_call);
    if (is_settled) bpf->is_kept = true;
    else take_down(bpf);
  }
  if (!is_settled)
    result = start_by_what_can_be_had(FINI_BPF_BY_PERF | FINI_BPF_BY_ITSELF, bpf, object, size, settings,
                                      lacking, stage);
  end_trial(&trial);
  return result;
}

static int64_t start(struct fini_bpf *bpf, const void *object, uint64_t size,
                     const struct fini_bpf_wishes *wishes, const char *lacking, int32_t *stage) {
  struct fini_bpf_settings settings = {.ring_size = wishes->ring_size,
                                       .sees_all = wishes->sees_all};
  struct kernel_types types;
  *stage = FINI_BPF_STAGE_OFFSETS;
  int64_t result = open_kernel_types(&types);
  if (result >= 0) result = fini_bpf_offsets_in(&types, &settings);
  if (result < 0) result = fini_bpf_offsets_by_search(object, size, &settings);
  bpf->most_tracees = wishes->tracees;
  if (result >= 0) {
    if (wishes->ways == FINI_BPF_AS_NEEDED)
      result = start_as_needed(&types, bpf, object, size, &settings, lacking, stage);
    else
      result = start_by_what_can_be_had(wishes->ways, bpf, object, size, &settings, lacking, stage);
  }
  close_kernel_types(&types);
  return result;
}

// Finds out what the kernel lacks, by loading a small program or map that needs each feature.
static int32_t lacks(int64_t error) {
  if (error == -ENOSYS) return FINI_BPF_LACKS_CALL;
  // Without the right to load, every attempt gives the same error.
  if (error == -EPERM) return FINI_BPF_LACKS_NOTHING;
  const enum bpf_prog_type type = BPF_PROG_TYPE_RAW_TRACEPOINT;
  if (libbpf_probe_bpf_prog_type(type, NULL) == 0) return FINI_BPF_LACKS_RAW_TRACEPOINT;
  if (libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, NULL) == 0) return FINI_BPF_LACKS_RING;
  if (libbpf_probe_bpf_helper(type, BPF_FUNC_probe_read_kernel, NULL) == 0)
    return FINI_BPF_LACKS_KERNEL_READ;
  if (libbpf_probe_bpf_helper(type, BPF_FUNC_probe_read_user, NULL) == 0)
    return FINI_BPF_LACKS_USER_READ;
  return FINI_BPF_LACKS_NOTHING;
}

int64_t fini_bpf_start(const void *object, uint64_t size, struct fini_bpf_wishes wishes,
                       const char *lacking, struct fini_bpf **made, struct fini_bpf_refusal *refusal,
                       char *text, uint64_t room) {
  struct fini_bpf *bpf = calloc(1, sizeof *bpf);
  if (!bpf) return -ENOMEM;
  bpf->events = -1;
  bpf->awaited = -1;
  pthread_mutex_lock(&speech);
  said[0] = 0;
  libbpf_print_fn_t before = libbpf_set_print(keep);
  int64_t result = start(bpf, object, size, &wishes, lacking, &refusal->stage);
  if (room > 0) snprintf(text, room, "%s", said);
  refusal->lacks = FINI_BPF_LACKS_NOTHING;
  if (result < 0 && refusal->stage <= FINI_BPF_STAGE_LOAD) refusal->lacks = lacks(result);
  libbpf_set_print(before);
  pthread_mutex_unlock(&speech);
  if (result < 0) {
    fini_bpf_stop(bpf);
    return result;
  }
  *made = bpf;
  return 0;
}

void fini_bpf_stop(struct fini_bpf *bpf) {
  if (!bpf) return;
  take_down(bpf);
  free(bpf);
}

uint32_t fini_bpf_ways(const struct fini_bpf *bpf) { return bpf->ways; }

int32_t fini_bpf_is_kept(const struct fini_bpf *bpf) { return bpf->is_kept; }

uint32_t fini_bpf_library_major(void) { return libbpf_major_version(); }

uint32_t fini_bpf_library_minor(void) { return libbpf_minor_version(); }
