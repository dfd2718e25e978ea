// Reads the Redis hashes PREFIX1 to PREFIXcount, as many in one pipeline as is usual, and throws them away.
//
//     hash_reader PORT DATABASE PREFIX COUNT
//
// Prints how many values it read.

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { batch = 256, capacity = 1 << 20 };

static int server;
static char buffer[capacity];
static size_t begin, end;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void fill(void) {
    memmove(buffer, buffer + begin, end - begin);
    end -= begin;
    begin = 0;
    ssize_t count = read(server, buffer + end, capacity - end);
    if (count <= 0) fail("read");
    end += (size_t)count;
}

// The number of a reply's first line, which is passed; its kind is stored.
static long header(char *kind) {
    char *line;
    while (!(line = memchr(buffer + begin, '\n', end - begin))) fill();
    *kind = buffer[begin];
    long number = strtol(buffer + begin + 1, NULL, 10);
    begin = (size_t)(line - buffer) + 1;
    return number;
}

static void skip(size_t count) {
    while (end - begin < count) {
        count -= end - begin;
        begin = end;
        fill();
    }
    begin += count;
}

// Passes so many replies, and returns how many values stood in them.
static long take(long replies) {
    long values = 0;
    while (replies > 0) {
        char kind;
        long number = header(&kind);
        replies--;
        if (kind == '*' && number > 0) replies += number;
        if (kind == '$') {
            if (number >= 0) skip((size_t)number + 2);
            values++;
        }
        if (kind == '-') fail("the server answered with an error");
    }
    return values;
}

static void send_all(const char *text, size_t count) {
    while (count > 0) {
        ssize_t sent = write(server, text, count);
        if (sent <= 0) fail("write");
        text += sent;
        count -= (size_t)sent;
    }
}

int main(int argc, char **argv) {
    if (argc != 5) return fprintf(stderr, "hash_reader PORT DATABASE PREFIX COUNT\n"), 64;
    const char *prefix = argv[3];
    long count = atol(argv[4]), values = 0;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(server, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
    char request[batch * 128];
    int length = snprintf(request, sizeof request, "SELECT %s\r\n", argv[2]);
    send_all(request, (size_t)length);
    take(1);
    for (long first = 1; first <= count; first += batch) {
        length = 0;
        long last = first + batch - 1 < count ? first + batch - 1 : count;
        for (long number = first; number <= last; number++)
            length += snprintf(request + length, sizeof request - (size_t)length, "HGETALL %s%ld\r\n", prefix, number);
        send_all(request, (size_t)length);
        values += take(last - first + 1);
    }
    printf("%ld\n", values);
}
