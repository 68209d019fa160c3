/* The yardstick of relay throughput: blocking sockets and one buffer.
 *   relay source PORT_TO BYTES BUFFER     connects to 127.0.0.1:PORT_TO and sends BYTES of a pattern
 *   relay file PORT_TO PATH BUFFER        the same with the bytes of a file
 *   relay relay PORT_IN PORT_TO BUFFER    accepts one connection, passes everything on
 *   relay forward PORT_IN PORT_TO BUFFER  accepts any number of connections, passes each on, both ways
 *   relay sink PORT_IN BUFFER             accepts one connection, throws everything away, prints bytes and seconds
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + t.tv_nsec * 1e-9; }

static int accept_one(int port) {
    int one = 1, l = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = { htonl(INADDR_LOOPBACK) } };
    setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(l, (void *)&a, sizeof a) || listen(l, 1)) { perror("listen"); exit(1); }
    int c = accept(l, 0, 0);
    close(l);
    return c;
}

static int connect_to(int port) {
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = { htonl(INADDR_LOOPBACK) } };
    for (int i = 0; i < 500; i++) {
        int s = socket(AF_INET, SOCK_STREAM, 0);
        if (!connect(s, (void *)&a, sizeof a)) return s;
        close(s);
        usleep(10000);
    }
    fprintf(stderr, "nobody at port %d\n", port);
    exit(1);
}

static void put(int s, const char *b, long n) {
    while (n > 0) { long w = write(s, b, n); if (w <= 0) exit(1); b += w; n -= w; }
}

struct way { int in, out; long size; };

static void *pass(void *argument) {
    struct way *w = argument;
    char *buffer = malloc(w->size);
    for (long n; (n = read(w->in, buffer, w->size)) > 0;)
        for (char *b = buffer; n > 0;) {
            long sent = write(w->out, b, n);
            if (sent <= 0) { n = -1; break; }
            b += sent; n -= sent;
        }
    shutdown(w->out, SHUT_WR);
    shutdown(w->in, SHUT_RD);
    return 0;
}

static void start(int in, int out, long size) {
    pthread_t thread;
    struct way *w = malloc(sizeof *w);
    *w = (struct way){ in, out, size };
    pthread_create(&thread, 0, pass, w);
    pthread_detach(thread);
}

static void forward(int port, int to, long size) {
    int l = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = { htonl(INADDR_LOOPBACK) } };
    setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(l, (void *)&a, sizeof a) || listen(l, 64)) { perror("listen"); exit(1); }
    for (int c; (c = accept(l, 0, 0)) >= 0;) {
        int s = connect_to(to);
        setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        start(c, s, size);
        start(s, c, size);
    }
}

int main(int argc, char **argv) {
    long size = atol(argv[argc - 1]);
    char *buffer = malloc(size);
    memset(buffer, 7, size);
    if (!strcmp(argv[1], "source")) {
        int s = connect_to(atoi(argv[2]));
        for (long left = atol(argv[3]); left > 0; left -= size) put(s, buffer, left < size ? left : size);
        shutdown(s, SHUT_WR);
        char c; (void)!read(s, &c, 1);
    } else if (!strcmp(argv[1], "file")) {
        int s = connect_to(atoi(argv[2])), f = open(argv[3], O_RDONLY);
        for (long n; (n = read(f, buffer, size)) > 0;) put(s, buffer, n);
        shutdown(s, SHUT_WR);
    } else if (!strcmp(argv[1], "relay")) {
        int in = accept_one(atoi(argv[2])), out = connect_to(atoi(argv[3]));
        for (long n; (n = read(in, buffer, size)) > 0;) put(out, buffer, n);
    } else if (!strcmp(argv[1], "forward")) {
        forward(atoi(argv[2]), atoi(argv[3]), size);
    } else {
        int in = accept_one(atoi(argv[2]));
        double start = 0; long total = 0;
        for (long n; (n = read(in, buffer, size)) > 0; total += n) if (!start) start = now();
        printf("%ld %.4f\n", total, now() - start);
    }
    return 0;
}
