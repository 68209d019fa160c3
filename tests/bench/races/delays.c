/*
 * Holds up threads at random, where they speak to others: before they send, receive, connect or write to a file, after a wait is over. Preloaded into every
 * process of a test run that is not linked statically, it brings about orders of events that a quiet machine hardly ever shows. Which ones is left to
 * chance: a run cannot be repeated.
 *
 * DELAYS_SHORT, DELAYS_LONG: of 10,000 calls, how many wait up to 2.5 ms, and up to 80 ms.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int of_ten_thousand(const char *name, int usual)
{
    const char *value = getenv(name);
    return value ? atoi(value) : usual;
}

static void hold_up(void)
{
    static int short_ones = -1, long_ones;
    static __thread uint64_t state;
    if (short_ones < 0) {
        long_ones = of_ten_thousand("DELAYS_LONG", 30);
        short_ones = of_ten_thousand("DELAYS_SHORT", 300);
    }
    if (state == 0) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        state = ((uint64_t)now.tv_nsec * 2654435761u) ^ ((uint64_t)syscall(SYS_gettid) << 20) ^ 0x9E3779B97F4A7C15ull;
    }
    /* xorshift64 */
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    int lot = (int)((state >> 11) % 10000);
    long most = lot < long_ones ? 80000 : lot < long_ones + short_ones ? 2500 : 0;
    if (most == 0)
        return;
    long microseconds = (long)((state >> 31) % (uint64_t)most);
    struct timespec pause = {0, microseconds * 1000};
    int error = errno;
    syscall(SYS_nanosleep, &pause, 0);
    errno = error;
}

#define BEFORE(type, name, parameters, arguments)          \
    type name parameters                                   \
    {                                                      \
        static type(*next) parameters;                     \
        if (!next)                                         \
            next = dlsym(RTLD_NEXT, #name);                \
        hold_up();                                         \
        return next arguments;                             \
    }

BEFORE(ssize_t, send, (int fd, const void *data, size_t size, int flags), (fd, data, size, flags))
BEFORE(ssize_t, recv, (int fd, void *data, size_t size, int flags), (fd, data, size, flags))
BEFORE(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags))
BEFORE(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags))
BEFORE(ssize_t, write, (int fd, const void *data, size_t size), (fd, data, size))
BEFORE(ssize_t, pwrite64, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at))
BEFORE(int, fsync, (int fd), (fd))
BEFORE(int, fdatasync, (int fd), (fd))
BEFORE(int, connect, (int fd, const struct sockaddr *to, socklen_t size), (fd, to, size))

int epoll_wait(int fd, struct epoll_event *events, int most, int timeout)
{
    static int (*next)(int, struct epoll_event *, int, int);
    if (!next)
        next = dlsym(RTLD_NEXT, "epoll_wait");
    int count = next(fd, events, most, timeout);
    hold_up();
    return count;
}

/* The conditions of today's glibc: without a version the loader gives those of before 2003 on x86-64. */
static void *condition_function(const char *name)
{
    void *found = dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2");
    return found ? found : dlsym(RTLD_NEXT, name);
}

static void hold_up_outside(pthread_mutex_t *mutex)
{
    pthread_mutex_unlock(mutex);
    hold_up();
    pthread_mutex_lock(mutex);
}

int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    static int (*next)(pthread_cond_t *, pthread_mutex_t *);
    if (!next)
        next = condition_function("pthread_cond_wait");
    int result = next(condition, mutex);
    hold_up_outside(mutex);
    return result;
}

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *until)
{
    static int (*next)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
    if (!next)
        next = condition_function("pthread_cond_timedwait");
    int result = next(condition, mutex, until);
    hold_up_outside(mutex);
    return result;
}
