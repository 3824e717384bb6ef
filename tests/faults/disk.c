/* A disk that keeps a diary and fails on demand: preloaded, it stands between a program and the files below DISK_ROOT.
 *
 * DISK_DIARY   where each change, flush and mark is written down with its data, in order (see power.py)
 * DISK_FULL    while this file exists, there is no room for any write; if it is not empty, because of a quota
 * DISK_FREE    while this file exists, it says how many MiB are free
 * disk_fail    lets the k-th change or flush from now on fail, once
 * disk_calls   says how many there were since disk_fail
 * disk_mark    writes a line of the program's own into the diary: a promise, which now has its place among the writes
 *
 * Nothing is really flushed: that takes time, and what a flush is worth is decided when the diary is read.
 * The log's index (-shm) and lock files are not watched: they are worth nothing after a loss of power.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MOST 65536
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define HOLD __attribute__((cleanup(release))) int held = pthread_mutex_lock(&lock); (void)held

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int node_of[MOST];   /* of a descriptor: a watched file; 0 none */
static char *folder_of[MOST]; /* of a descriptor: a watched folder */
static struct { char *name; int node; } files[4096];
static int known, nodes, diary = -1, ready;
static const char *root, *full;
static long calls, fatal;
static int fault;

static void release(int *held) { (void)held; pthread_mutex_unlock(&lock); }

static void begin(void) {
    if (ready) return;
    ready = 1;
    root = getenv("DISK_ROOT");
    full = getenv("DISK_FULL");
    const char *where = getenv("DISK_DIARY");
    if (where) diary = REAL(open)(where, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void note(char kind, int node, int64_t at, const void *data, uint32_t size) {
    struct __attribute__((packed)) { char kind; int32_t node; int64_t at; uint32_t size; } head = {kind, node, at, size};
    if (diary < 0) return;
    if (REAL(write)(diary, &head, sizeof head) != sizeof head || REAL(write)(diary, data, size) != (ssize_t)size) abort();
}

/* The name below the root, or NULL for what is not watched. */
static const char *watched(const char *path) {
    begin();
    size_t length = root ? strlen(root) : 0;
    if (!length || strncmp(path, root, length) || (path[length] && path[length] != '/')) return NULL;
    const char *name = path + length + (path[length] == '/'), *end = name + strlen(name);
    if ((end - name > 4 && !strcmp(end - 4, "-shm")) || (end - name > 5 && !strcmp(end - 5, ".lock"))) return NULL;
    return name;
}

static int *slot(const char *name) {
    for (int i = 0; i < known; i++)
        if (!strcmp(files[i].name, name)) return &files[i].node;
    if (known == 4096) abort();
    files[known].name = strdup(name);
    return &files[known++].node;
}

/* Whether this call is the one that is to fail. */
static int failing(void) {
    if (++calls != fatal) return 0;
    errno = fault;
    return 1;
}

static int refused(void) {
    if (failing()) return 1;
    struct stat found;
    if (!full || stat(full, &found)) return 0;
    errno = found.st_size ? EDQUOT : ENOSPC;
    return 1;
}

void disk_fail(long k, int error) { HOLD; calls = 0; fatal = k; fault = error; }
long disk_calls(void) { return calls; }
void disk_mark(const char *words) { HOLD; begin(); note('a', 0, 0, words, strlen(words)); }

static int opened(const char *path, int flags, mode_t mode) {
    HOLD;
    const char *name = watched(path);
    struct stat found;
    int there = name && !stat(path, &found);
    int fd = REAL(open)(path, flags, mode);
    if (fd < 0 || fd >= MOST) return fd;
    node_of[fd] = 0;
    folder_of[fd] = NULL;
    if (!name) return fd;
    if (there && S_ISDIR(found.st_mode)) { folder_of[fd] = strdup(name); return fd; }
    int *node = slot(name);
    if (!there || !*node) note(there ? 'e' : 'c', *node = ++nodes, 0, name, strlen(name));
    else if (flags & O_TRUNC) note('t', *node, 0, "", 0);
    node_of[fd] = *node;
    return fd;
}

#define OPEN(name) int name(const char *path, int flags, ...) { \
    va_list more; va_start(more, flags); mode_t mode = va_arg(more, mode_t); va_end(more); return opened(path, flags, mode); }
OPEN(open) OPEN(open64)
int __open_2(const char *path, int flags) { return opened(path, flags, 0); }
int __open64_2(const char *path, int flags) { return opened(path, flags, 0); }

int close(int fd) {
    HOLD;
    if (fd >= 0 && fd < MOST) { node_of[fd] = 0; folder_of[fd] = NULL; }
    return REAL(close)(fd);
}

static int node_at(int fd) { return fd >= 0 && fd < MOST ? node_of[fd] : 0; }

static ssize_t put(int fd, const void *data, size_t size, off_t at) {
    HOLD;
    if (node_at(fd) && refused()) return -1;
    ssize_t done = REAL(pwrite)(fd, data, size, at);
    if (node_at(fd) && done > 0) note('w', node_of[fd], at, data, done);
    return done;
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return put(fd, data, size, at); }
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) { return put(fd, data, size, at); }

ssize_t write(int fd, const void *data, size_t size) {
    if (!node_at(fd)) return REAL(write)(fd, data, size);
    HOLD;
    if (refused()) return -1;
    ssize_t done = REAL(write)(fd, data, size);
    if (done > 0) note('w', node_of[fd], lseek(fd, 0, SEEK_CUR) - done, data, done);
    return done;
}

static int cut(int fd, off_t size) {
    HOLD;
    if (node_at(fd) && refused()) return -1;
    int done = REAL(ftruncate)(fd, size);
    if (node_at(fd) && !done) note('t', node_of[fd], size, "", 0);
    return done;
}
int ftruncate(int fd, off_t size) { return cut(fd, size); }
int ftruncate64(int fd, off64_t size) { return cut(fd, size); }

static int flush(int fd) {
    HOLD;
    if (fd >= 0 && fd < MOST && folder_of[fd]) {
        if (failing()) return -1;
        note('d', 0, 0, folder_of[fd], strlen(folder_of[fd]));
        return 0;
    }
    if (!node_at(fd)) return REAL(fsync)(fd);
    if (failing()) { note('f', node_of[fd], 0, "", 0); return -1; }
    note('s', node_of[fd], 0, "", 0);
    return 0;
}
int fsync(int fd) { return flush(fd); }
int fdatasync(int fd) { return flush(fd); }

/* What is free below the root, if DISK_FREE says so. */
#define FREE(name, type) int name(const char *path, struct type *found) { \
    int done = REAL(name)(path, found); \
    const char *where = getenv("DISK_FREE"); \
    FILE *said = !done && where && watched(path) ? fopen(where, "r") : NULL; \
    unsigned long mib; \
    if (said && fscanf(said, "%lu", &mib) == 1) found->f_bavail = found->f_bfree = mib * 1048576 / found->f_frsize; \
    if (said) fclose(said); \
    return done; }
FREE(statvfs, statvfs) FREE(statvfs64, statvfs64)

int unlink(const char *path) {
    HOLD;
    const char *name = watched(path);
    if (name && failing()) return -1;
    int done = REAL(unlink)(path);
    if (name && !done) { note('u', 0, 0, name, strlen(name)); *slot(name) = 0; }
    return done;
}

int rename(const char *from, const char *to) {
    HOLD;
    const char *old = watched(from), *new = watched(to);
    if (old && new && failing()) return -1;
    int done = REAL(rename)(from, to);
    if (!old || !new || done) return done;
    char both[2 * PATH_MAX];
    int size = snprintf(both, sizeof both, "%s%c%s", old, 0, new);
    note('r', 0, 0, both, size);
    *slot(new) = *slot(old);
    *slot(old) = 0;
    return 0;
}
