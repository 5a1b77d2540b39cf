// A library for LD_PRELOAD that lets system calls on the files of one folder fail, or end the program in the middle of
// them; scripts/faults builds it and says what to expect. It is told by the environment:
//
//   FAULTS_FOLDER   Calls on files beneath this folder count; no others.
//   FAULTS_CALLS    The kinds that count, with commas: open create read write truncate sync rename remove mkdir link
//                   map lock list. All, if it is not set.
//   FAULTS_LOG      A file: receives a line for each call that counts, its kind and its path.
//   FAULTS_AT       The number of the call that is disturbed, from 1.
//   FAULTS_ACTION   What happens then: `kill` (SIGKILL before it), `after` (SIGKILL after it), `half` (SIGKILL when half
//                   of the bytes are written), `short` (half of the bytes are written, and the program is told so),
//                   `int`, `int2`, `term`, `term2` (SIGINT or SIGTERM, once or twice), or the name of an error.
//   FAULTS_ALWAYS   If set, an error stays from then on; the write that finds the disk full writes half.
//   FAULTS_CLOCK    If set, the clock jumps up to ten years to either side whenever it is asked for the time.

#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) \
  static __typeof__(&name) real; \
  if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static atomic_long calls;
static char folder[PATH_MAX];
static const char *kinds, *action, *clock_jumps;
static long at;
static int always, log_descriptor = -1;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("FAULTS_FOLDER"), *number = getenv("FAULTS_AT"), *log = getenv("FAULTS_LOG");
  if (path) snprintf(folder, sizeof folder, "%s", path);
  kinds = getenv("FAULTS_CALLS");
  action = getenv("FAULTS_ACTION");
  clock_jumps = getenv("FAULTS_CLOCK");
  always = getenv("FAULTS_ALWAYS") != NULL;
  if (number) at = atol(number);
  if (log) log_descriptor = (int)syscall(SYS_open, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

static const struct { const char *name; int code; } errors[] = {
  {"ENOSPC", ENOSPC}, {"EDQUOT", EDQUOT}, {"EIO", EIO}, {"EMFILE", EMFILE}, {"ENFILE", ENFILE}, {"ENOMEM", ENOMEM},
  {"EROFS", EROFS}, {"ENOENT", ENOENT}, {"EACCES", EACCES}, {"EINTR", EINTR}, {"ENOLCK", ENOLCK}, {"EFBIG", EFBIG},
};

static int error_code(void) {
  for (size_t i = 0; action && i < sizeof errors / sizeof *errors; i++)
    if (!strcmp(action, errors[i].name)) return errors[i].code;
  return 0;
}

static int is(const char *what) { return action && !strcmp(action, what); }

static int counts(const char *kind, const char *path) {
  size_t length = strlen(folder);
  if (!length || strncmp(path, folder, length) || (path[length] && path[length] != '/')) return 0;
  if (!kinds) return 1;
  const char *found = kinds;
  size_t count = strlen(kind);
  while ((found = strstr(found, kind))) {
    if ((found == kinds || found[-1] == ',') && (found[count] == ',' || !found[count])) return 1;
    found += count;
  }
  return 0;
}

static void die(void) { for (;;) kill(getpid(), SIGKILL); }

// What is to happen with a call: nothing special, an error (positive), or something with its bytes or after it.
enum { GO_ON = 0, AFTER = -1, HALF = -2, SHORT = -3 };

static int decide(const char *kind, const char *path) {
  if (!counts(kind, path)) return GO_ON;
  long number = atomic_fetch_add(&calls, 1) + 1;
  if (log_descriptor >= 0) {
    char line[PATH_MAX + 64];
    int count = snprintf(line, sizeof line, "%s %s\n", kind, path);
    syscall(SYS_write, log_descriptor, line, (size_t)count);
  }
  int code = error_code();
  if (!at || number < at || (number > at && !(always && code))) return GO_ON;
  if (code) return always && number == at && !strcmp(kind, "write") ? SHORT : code;
  if (is("kill")) die();
  if (is("half")) { if (strcmp(kind, "write")) die(); return HALF; }
  if (is("after")) return AFTER;
  if (is("short")) return SHORT;
  for (int i = 0; i < (is("int2") || is("term2") ? 2 : 1); i++) {
    if (is("int") || is("int2")) kill(getpid(), SIGINT);
    if (is("term") || is("term2")) kill(getpid(), SIGTERM);
  }
  return GO_ON;
}

static int decide_path(const char *kind, int base, const char *path) {
  char whole[PATH_MAX], from[PATH_MAX];
  if (path[0] == '/') return decide(kind, path);
  if (base == AT_FDCWD) {
    if (!getcwd(from, sizeof from)) return GO_ON;
  } else {
    char name[64];
    snprintf(name, sizeof name, "/proc/self/fd/%d", base);
    ssize_t count = readlink(name, from, sizeof from - 1);
    if (count < 0) return GO_ON;
    from[count] = 0;
  }
  if (snprintf(whole, sizeof whole, "%s/%s", from, path) >= (int)sizeof whole) return GO_ON;
  return decide(kind, whole);
}

static int decide_descriptor(const char *kind, int descriptor) {
  char name[64], path[PATH_MAX];
  if (!folder[0] || descriptor < 0) return GO_ON;
  snprintf(name, sizeof name, "/proc/self/fd/%d", descriptor);
  int before = errno;
  ssize_t count = readlink(name, path, sizeof path - 1);
  errno = before;
  if (count < 0) return GO_ON;
  path[count] = 0;
  return decide(kind, path);
}

#define DISTURBED(decision, failure, call) \
  int decided = decision; \
  if (decided > 0) { errno = decided; return failure; } \
  __typeof__(call) result = call; \
  if (decided == AFTER) die(); \
  return result

static const char *kind_of_open(int flags) { return flags & O_CREAT ? "create" : "open"; }

static mode_t mode_of(int flags, va_list list) {
  return flags & (O_CREAT | O_TMPFILE) ? (mode_t)va_arg(list, int) : 0;
}

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    REAL(name); \
    va_list list; va_start(list, flags); mode_t mode = mode_of(flags, list); va_end(list); \
    DISTURBED(decide_path(kind_of_open(flags), AT_FDCWD, path), -1, real(path, flags, mode)); \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
  int name(int base, const char *path, int flags, ...) { \
    REAL(name); \
    va_list list; va_start(list, flags); mode_t mode = mode_of(flags, list); va_end(list); \
    DISTURBED(decide_path(kind_of_open(flags), base, path), -1, real(base, path, flags, mode)); \
  }
OPENAT(openat)
OPENAT(openat64)

FILE *fopen(const char *path, const char *mode) {
  REAL(fopen);
  DISTURBED(decide_path(mode[0] == 'r' ? "open" : "create", AT_FDCWD, path), NULL, real(path, mode));
}

DIR *opendir(const char *path) {
  REAL(opendir);
  DISTURBED(decide_path("list", AT_FDCWD, path), NULL, real(path));
}

ssize_t read(int descriptor, void *bytes, size_t count) {
  REAL(read);
  int decided = decide_descriptor("read", descriptor);
  if (decided > 0) { errno = decided; return -1; }
  if (decided == SHORT && count > 1) count /= 2;
  ssize_t result = real(descriptor, bytes, count);
  if (decided == AFTER) die();
  return result;
}

#define WRITE(name, parameters, call) \
  ssize_t name parameters { \
    REAL(name); \
    int decided = decide_descriptor("write", descriptor); \
    if (decided > 0) { errno = decided; return -1; } \
    if ((decided == SHORT || decided == HALF) && count > 1) count /= 2; \
    ssize_t result = call; \
    if (decided == AFTER || decided == HALF) die(); \
    return result; \
  }
WRITE(write, (int descriptor, const void *bytes, size_t count), real(descriptor, bytes, count))
WRITE(pwrite, (int descriptor, const void *bytes, size_t count, off_t offset), real(descriptor, bytes, count, offset))
WRITE(pwrite64, (int descriptor, const void *bytes, size_t count, off64_t offset), real(descriptor, bytes, count, offset))

#define ON_DESCRIPTOR(name, kind, parameters, call) \
  int name parameters { REAL(name); DISTURBED(decide_descriptor(kind, descriptor), -1, call); }
ON_DESCRIPTOR(fsync, "sync", (int descriptor), real(descriptor))
ON_DESCRIPTOR(fdatasync, "sync", (int descriptor), real(descriptor))
ON_DESCRIPTOR(ftruncate, "truncate", (int descriptor, off_t size), real(descriptor, size))
ON_DESCRIPTOR(ftruncate64, "truncate", (int descriptor, off64_t size), real(descriptor, size))
ON_DESCRIPTOR(flock, "lock", (int descriptor, int operation), real(descriptor, operation))

#define ON_PATH(name, kind, parameters, base, call) \
  int name parameters { REAL(name); DISTURBED(decide_path(kind, base, path), -1, call); }
ON_PATH(rename, "rename", (const char *from, const char *path), AT_FDCWD, real(from, path))
ON_PATH(renameat, "rename", (int one, const char *from, int two, const char *path), two, real(one, from, two, path))
ON_PATH(unlink, "remove", (const char *path), AT_FDCWD, real(path))
ON_PATH(rmdir, "remove", (const char *path), AT_FDCWD, real(path))
ON_PATH(remove, "remove", (const char *path), AT_FDCWD, real(path))
ON_PATH(unlinkat, "remove", (int base, const char *path, int flags), base, real(base, path, flags))
ON_PATH(mkdir, "mkdir", (const char *path, mode_t mode), AT_FDCWD, real(path, mode))
ON_PATH(symlink, "link", (const char *to, const char *path), AT_FDCWD, real(to, path))

void *mmap(void *address, size_t length, int protection, int flags, int descriptor, off_t offset) {
  REAL(mmap);
  if (flags & MAP_ANONYMOUS) return real(address, length, protection, flags, descriptor, offset);
  DISTURBED(
    decide_descriptor("map", descriptor), MAP_FAILED,
    real(address, length, protection, flags, descriptor, offset));
}

// The clock.

static long jump(void) {
  static atomic_ulong state = 88172645463325252UL;
  unsigned long x = atomic_load(&state);
  x ^= x << 13; x ^= x >> 7; x ^= x << 17;
  atomic_store(&state, x);
  return (long)(x % 630720000UL) - 315360000L;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  REAL(clock_gettime);
  int result = real(clock, now);
  if (clock_jumps && !result && clock == CLOCK_REALTIME) now->tv_sec += jump();
  return result;
}

int gettimeofday(struct timeval *now, void *zone) {
  REAL(gettimeofday);
  int result = real(now, zone);
  if (clock_jumps && !result) now->tv_sec += jump();
  return result;
}

time_t time(time_t *now) {
  REAL(time);
  time_t result = real(NULL) + (clock_jumps ? jump() : 0);
  if (now) *now = result;
  return result;
}
