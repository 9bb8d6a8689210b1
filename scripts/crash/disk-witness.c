/*
 * Stands between one process and its disk: preloaded by the crash test, nothing else uses it. It looks only at files below CRASH_ROOT.
 *
 * CRASH_TRACE    every change of those files is appended to this file, in order, with its bytes; see read-trace.ts for the format.
 * CRASH_CONTROL  a file of 512 bytes that the test maps into this process and writes to:
 *     0 u64  changes seen so far
 *     8 i64  kill at this many changes from now, before the change is made; 0: never
 *    16 u64  1: a write that is killed has written half of its bytes
 *    24 i64  bytes that may still be written, then ENOSPC; below 0: as many as the disk takes
 *    32      name of the change that was killed and its path, as text
 *
 * A change and its line in the trace are one step under a lock, so the order of the trace is the order on the disk. An fsync has a line
 * before and after, both with the number of its thread: what was written meanwhile is not vouched for by it, and one that a kill cut off vouches
 * for nothing.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { CREATE = 1, WRITE, TRUNCATE, RENAME, UNLINK, MKDIR, RMDIR, SYNC_BEGIN, SYNC_END };
static const char *const NAMES[] = {"", "create", "write", "truncate", "rename", "unlink", "mkdir", "rmdir", "sync", "synced"};

struct control {
  uint64_t seen;
  int64_t kill_in;
  uint64_t torn;
  int64_t space;
  char killed[480];
};

struct entry {
  uint8_t kind;
  uint8_t pad[3];
  uint16_t path_bytes;
  uint16_t to_bytes;
  uint64_t at_ns;
  uint64_t inode;
  uint64_t offset;
  uint64_t data_bytes;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct control *control;
static int trace = -1;
static char root[PATH_MAX];
static size_t root_bytes;

#define REAL(result, name, ...)                                                  \
  static result (*real)(__VA_ARGS__);                                            \
  if (!real) real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

__attribute__((constructor)) static void begin(void) {
  const char *given = getenv("CRASH_ROOT");
  if (!given) return;
  root_bytes = (size_t)snprintf(root, sizeof root, "%s/", given);
  const char *path = getenv("CRASH_CONTROL");
  if (path) {
    int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
    void *at = mmap(0, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (at == MAP_FAILED) abort();
    control = at;
    syscall(SYS_close, file);
  }
  path = getenv("CRASH_TRACE");
  if (path) trace = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int is_ours(const char *path) { return root_bytes > 0 && strncmp(path, root, root_bytes) == 0; }

/* The path behind an open file or folder; 0 when it is not below the root. */
static int path_of(int file, char *path) {
  char link[64];
  if (root_bytes == 0) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t bytes = readlink(link, path, PATH_MAX - 1);
  if (bytes <= 0) return 0;
  path[bytes] = 0;
  /* The root itself counts: its fsync is what keeps the folders below it. */
  return is_ours(path) || (strncmp(path, root, root_bytes - 1) == 0 && path[root_bytes - 1] == 0);
}

static int path_at(int folder, const char *name, char *path) {
  if (name[0] == '/') return snprintf(path, PATH_MAX, "%s", name) > 0 && is_ours(path);
  char above[PATH_MAX];
  if (folder == AT_FDCWD || !path_of(folder, above)) return 0;
  return snprintf(path, PATH_MAX, "%s/%s", above, name) < PATH_MAX;
}

static uint64_t inode_of(int file) {
  struct stat found;
  return fstat(file, &found) == 0 ? (uint64_t)found.st_ino : 0;
}

static void note(uint8_t kind, const char *path, const char *to, uint64_t inode, uint64_t offset, const void *data, uint64_t bytes) {
  if (trace < 0) return;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  struct entry entry = {.kind = kind,
                        .path_bytes = path ? (uint16_t)strlen(path) : 0,
                        .to_bytes = to ? (uint16_t)strlen(to) : 0,
                        .at_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec,
                        .inode = inode,
                        .offset = offset,
                        .data_bytes = data ? bytes : 0};
  struct iovec parts[] = {{&entry, sizeof entry}, {(void *)path, entry.path_bytes}, {(void *)to, entry.to_bytes}, {(void *)data, entry.data_bytes}};
  syscall(SYS_writev, trace, parts, 4);
}

/* Counts a change that is about to be made. Answers 1 when the process is to die with half of it done. */
static int count(uint8_t kind, const char *path) {
  if (!control) return 0;
  __atomic_add_fetch(&control->seen, 1, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&control->kill_in, __ATOMIC_SEQ_CST) <= 0) return 0;
  if (__atomic_sub_fetch(&control->kill_in, 1, __ATOMIC_SEQ_CST) != 0) return 0;
  snprintf(control->killed, sizeof control->killed, "%s %s", NAMES[kind], path + root_bytes - 1);
  if (kind == WRITE && control->torn) return 1;
  kill(getpid(), SIGKILL);
  return 0;
}

/* How many of `bytes` the disk takes; -1 with ENOSPC when it is full. */
static ssize_t room_for(size_t bytes) {
  if (!control) return (ssize_t)bytes;
  int64_t space = __atomic_load_n(&control->space, __ATOMIC_SEQ_CST);
  if (space < 0) return (ssize_t)bytes;
  if (space == 0) {
    errno = ENOSPC;
    return -1;
  }
  size_t taken = (int64_t)bytes < space ? bytes : (size_t)space;
  __atomic_sub_fetch(&control->space, (int64_t)taken, __ATOMIC_SEQ_CST);
  return (ssize_t)taken;
}

static ssize_t write_at(int file, const char *path, const void *data, size_t bytes, off_t offset) {
  int half = count(WRITE, path);
  ssize_t taken = room_for(bytes);
  if (taken < 0) return -1;
  if (half) taken = (ssize_t)(bytes / 2);
  ssize_t written = syscall(SYS_pwrite64, file, data, (size_t)taken, offset);
  if (half) kill(getpid(), SIGKILL);
  if (written > 0) note(WRITE, path, 0, inode_of(file), (uint64_t)offset, data, (uint64_t)written);
  return written;
}

static off_t place_of(int file) {
  struct stat found;
  int flags = fcntl(file, F_GETFL);
  if (flags >= 0 && (flags & O_APPEND) && fstat(file, &found) == 0) return found.st_size;
  return lseek(file, 0, SEEK_CUR);
}

ssize_t write(int file, const void *data, size_t bytes) {
  char path[PATH_MAX];
  if (!path_of(file, path)) return syscall(SYS_write, file, data, bytes);
  pthread_mutex_lock(&lock);
  off_t offset = place_of(file);
  ssize_t written = write_at(file, path, data, bytes, offset);
  if (written > 0) lseek(file, offset + written, SEEK_SET);
  pthread_mutex_unlock(&lock);
  return written;
}

ssize_t pwrite64(int file, const void *data, size_t bytes, off64_t offset) {
  char path[PATH_MAX];
  if (!path_of(file, path)) return syscall(SYS_pwrite64, file, data, bytes, offset);
  pthread_mutex_lock(&lock);
  ssize_t written = write_at(file, path, data, bytes, offset);
  pthread_mutex_unlock(&lock);
  return written;
}
ssize_t pwrite(int file, const void *data, size_t bytes, off_t offset) { return pwrite64(file, data, bytes, offset); }

/* Part after part: a caller must be ready for a short count. */
ssize_t pwritev64(int file, const struct iovec *parts, int many, off64_t offset) {
  char path[PATH_MAX];
  if (!path_of(file, path)) return syscall(SYS_pwritev, file, parts, many, (long)offset, 0L);
  ssize_t all = 0;
  for (int at = 0; at < many; at++) {
    ssize_t written = pwrite64(file, parts[at].iov_base, parts[at].iov_len, offset + all);
    if (written < 0) return all > 0 ? all : -1;
    all += written;
    if ((size_t)written < parts[at].iov_len) break;
  }
  return all;
}
ssize_t pwritev(int file, const struct iovec *parts, int many, off_t offset) { return pwritev64(file, parts, many, offset); }

ssize_t writev(int file, const struct iovec *parts, int many) {
  char path[PATH_MAX];
  if (!path_of(file, path)) return syscall(SYS_writev, file, parts, many);
  ssize_t all = 0;
  for (int at = 0; at < many; at++) {
    ssize_t written = write(file, parts[at].iov_base, parts[at].iov_len);
    if (written < 0) return all > 0 ? all : -1;
    all += written;
    if ((size_t)written < parts[at].iov_len) break;
  }
  return all;
}

static int synced(int file, int (*real)(int)) {
  char path[PATH_MAX];
  if (!path_of(file, path)) return real(file);
  uint64_t inode = inode_of(file);
  uint64_t thread = (uint64_t)syscall(SYS_gettid);
  pthread_mutex_lock(&lock);
  count(SYNC_BEGIN, path);
  note(SYNC_BEGIN, path, 0, inode, thread, 0, 0);
  pthread_mutex_unlock(&lock);
  int result = real(file);
  pthread_mutex_lock(&lock);
  if (result == 0) note(SYNC_END, path, 0, inode, thread, 0, 0);
  pthread_mutex_unlock(&lock);
  return result;
}

int fsync(int file) {
  REAL(int, "fsync", int);
  return synced(file, real);
}

int fdatasync(int file) {
  REAL(int, "fdatasync", int);
  return synced(file, real);
}

int ftruncate64(int file, off64_t size) {
  char path[PATH_MAX];
  if (!path_of(file, path)) return (int)syscall(SYS_ftruncate, file, size);
  pthread_mutex_lock(&lock);
  count(TRUNCATE, path);
  int result = (int)syscall(SYS_ftruncate, file, size);
  if (result == 0) note(TRUNCATE, path, 0, inode_of(file), (uint64_t)size, 0, 0);
  pthread_mutex_unlock(&lock);
  return result;
}
int ftruncate(int file, off_t size) { return ftruncate64(file, size); }

static int opened(int folder, const char *name, int flags, mode_t mode) {
  char path[PATH_MAX];
  if (!(flags & (O_CREAT | O_TRUNC)) || !path_at(folder, name, path)) return (int)syscall(SYS_openat, folder, name, flags, mode);
  pthread_mutex_lock(&lock);
  int is_new = (flags & O_CREAT) && syscall(SYS_faccessat, AT_FDCWD, path, F_OK) != 0;
  int file = -1;
  if (is_new || (flags & O_TRUNC)) count(is_new ? CREATE : TRUNCATE, path);
  if (is_new && control && __atomic_load_n(&control->space, __ATOMIC_SEQ_CST) == 0) errno = ENOSPC;
  else file = (int)syscall(SYS_openat, folder, name, flags, mode);
  if (file >= 0 && is_new) note(CREATE, path, 0, inode_of(file), 0, 0, 0);
  else if (file >= 0 && (flags & O_TRUNC)) note(TRUNCATE, path, 0, inode_of(file), 0, 0, 0);
  pthread_mutex_unlock(&lock);
  return file;
}

#define MODE_OF(flags, mode)                                          \
  mode_t mode = 0;                                                    \
  if ((flags) & (O_CREAT | O_TMPFILE)) {                              \
    va_list rest;                                                     \
    va_start(rest, flags);                                            \
    mode = va_arg(rest, mode_t);                                      \
    va_end(rest);                                                     \
  }

int open(const char *name, int flags, ...) {
  MODE_OF(flags, mode)
  return opened(AT_FDCWD, name, flags, mode);
}
int open64(const char *name, int flags, ...) {
  MODE_OF(flags, mode)
  return opened(AT_FDCWD, name, flags, mode);
}
int openat(int folder, const char *name, int flags, ...) {
  MODE_OF(flags, mode)
  return opened(folder, name, flags, mode);
}
int openat64(int folder, const char *name, int flags, ...) {
  MODE_OF(flags, mode)
  return opened(folder, name, flags, mode);
}

int rename(const char *from, const char *to) {
  if (!is_ours(from) && !is_ours(to)) return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
  pthread_mutex_lock(&lock);
  count(RENAME, to);
  int result = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
  if (result == 0) note(RENAME, from, to, 0, 0, 0, 0);
  pthread_mutex_unlock(&lock);
  return result;
}

static int removed(int folder, const char *name, int flags) {
  char path[PATH_MAX];
  if (!path_at(folder, name, path)) return (int)syscall(SYS_unlinkat, folder, name, flags);
  uint8_t kind = flags & AT_REMOVEDIR ? RMDIR : UNLINK;
  pthread_mutex_lock(&lock);
  count(kind, path);
  int result = (int)syscall(SYS_unlinkat, folder, name, flags);
  if (result == 0) note(kind, path, 0, 0, 0, 0, 0);
  pthread_mutex_unlock(&lock);
  return result;
}
int unlink(const char *name) { return removed(AT_FDCWD, name, 0); }
int unlinkat(int folder, const char *name, int flags) { return removed(folder, name, flags); }
int rmdir(const char *name) { return removed(AT_FDCWD, name, AT_REMOVEDIR); }

int mkdir(const char *name, mode_t mode) {
  if (!is_ours(name)) return (int)syscall(SYS_mkdirat, AT_FDCWD, name, mode);
  pthread_mutex_lock(&lock);
  count(MKDIR, name);
  int result = (int)syscall(SYS_mkdirat, AT_FDCWD, name, mode);
  struct stat made;
  if (result == 0 && stat(name, &made) == 0) note(MKDIR, name, 0, (uint64_t)made.st_ino, 0, 0, 0);
  pthread_mutex_unlock(&lock);
  return result;
}
