/* Lets the n-th change that a group of processes makes to files go wrong. Loaded with LD_PRELOAD.

   Counted are the calls that change files and folders, as Python and SQLite ask the C library for them. What goes wrong, and
   the count, stand in memory that forked processes share. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* tests/crash/faults.py has both lists too. */
enum call { CREATE, WRITE, SYNC, RENAME, UNLINK, MKDIR, TRUNCATE, MODE, SYNCFS };
enum action { COUNT, KILL, TEAR, FAIL_ONCE, FAIL_ON, MOVE };

enum { MOST = 65536 };

static struct {
    atomic_long count;
    unsigned char calls[MOST];
    pid_t group; /* who is meant */
    long at;
    enum action action;
    int error;   /* the errno of calls that fail */
    int failing; /* a bit for each call that does */
    char from[4096], to[4096];
} *plan;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
    plan = mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (plan == MAP_FAILED) abort();
}

void faults_arm(long at, int action, int error, int failing, const char *from, const char *to) {
    plan->group = getpgrp();
    plan->at = at;
    plan->action = action;
    plan->error = error;
    plan->failing = failing;
    snprintf(plan->from, sizeof plan->from, "%s", from);
    snprintf(plan->to, sizeof plan->to, "%s", to);
    plan->count = 0;
}

long faults_count(void) { return plan->count; }

int faults_call(long n) { return plan->calls[n]; }

static void end(void) {
    kill(0, SIGKILL); /* all processes of the group at once, as a loss of power does */
    for (;;) pause();
}

/* How a call goes: 0 as it should, -1 it fails and errno is set, 1 the process ends in the middle of it. */
static int fate(enum call call) {
    if (plan->group != getpgrp()) return 0;
    long n = plan->count++;
    if (n < MOST) plan->calls[n] = call;
    if (plan->action == COUNT || n < plan->at) return 0;
    if (plan->action == KILL) end();
    if (plan->action == TEAR) return 1;
    if (plan->action == MOVE) {
        if (n == plan->at) REAL(rename)(plan->from, plan->to);
        return 0;
    }
    if ((plan->action == FAIL_ONCE && n != plan->at) || !(plan->failing >> call & 1)) return 0;
    errno = plan->error;
    return -1;
}

static int is_file(int descriptor) {
    struct stat status;
    return fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

#define INSTEAD(call, real) \
    switch (fate(call)) { \
    case -1: return -1; \
    case 1: (void)!(real); end(); \
    } \
    return real

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        if (!(flags & (O_CREAT | O_TRUNC))) return REAL(name)(path, flags, mode); \
        INSTEAD(CREATE, REAL(name)(path, flags, mode)); \
    }
OPEN(open)
OPEN(open64)

/* How much of a write is done: half, where the process ends in it or where a disk becomes full with it; or -1. */
static ssize_t part(size_t size, int *ends) {
    *ends = 0;
    switch (fate(WRITE)) {
    case -1: return plan->action == FAIL_ON && plan->count == plan->at + 1 && size > 1 ? (ssize_t)(size / 2) : -1;
    case 1: *ends = 1; return size / 2;
    }
    return size;
}

ssize_t write(int descriptor, const void *data, size_t size) {
    int ends = 0;
    ssize_t done = is_file(descriptor) ? part(size, &ends) : (ssize_t)size;
    if (done >= 0) done = REAL(write)(descriptor, data, done);
    if (ends) end();
    return done;
}

#define PWRITE(name, offset_type) \
    ssize_t name(int descriptor, const void *data, size_t size, offset_type offset) { \
        int ends; \
        ssize_t done = part(size, &ends); \
        if (done >= 0) done = REAL(name)(descriptor, data, done, offset); \
        if (ends) end(); \
        return done; \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

int fsync(int descriptor) { INSTEAD(SYNC, REAL(fsync)(descriptor)); }
int syncfs(int descriptor) { INSTEAD(SYNCFS, REAL(syncfs)(descriptor)); }
int fdatasync(int descriptor) { INSTEAD(SYNC, REAL(fdatasync)(descriptor)); }
int rename(const char *from, const char *to) { INSTEAD(RENAME, REAL(rename)(from, to)); }
int unlink(const char *path) { INSTEAD(UNLINK, REAL(unlink)(path)); }
int rmdir(const char *path) { INSTEAD(UNLINK, REAL(rmdir)(path)); }
int mkdir(const char *path, mode_t mode) { INSTEAD(MKDIR, REAL(mkdir)(path, mode)); }
int ftruncate(int descriptor, off_t size) { INSTEAD(TRUNCATE, REAL(ftruncate)(descriptor, size)); }
int ftruncate64(int descriptor, off64_t size) { INSTEAD(TRUNCATE, REAL(ftruncate64)(descriptor, size)); }
int chmod(const char *path, mode_t mode) { INSTEAD(MODE, REAL(chmod)(path, mode)); }
int fchmod(int descriptor, mode_t mode) { INSTEAD(MODE, REAL(fchmod)(descriptor, mode)); }
