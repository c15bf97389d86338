/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stands in for a User-Mode Linux kernel, for tests where there is none: it speaks the calendar's protocol and that of vhost-user
 * as the kernel's drivers do, has a console as tools/uml/init has one, and reads and writes its first PCI function.
 *
 * What it does is the word in the file `mode` beside it (linux_fake.py): `good`, or a way to misbehave.
 */
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { ACK, START, REQUEST, WAIT, GET, UPDATE, RUN };
enum { MEM = 4 << 20, RING = 64, QUEUE_BYTES = 0x4000, QUEUES_AT = 1 << 20, BUFFERS_AT = 2 << 20, BUFFER = 4096 };

struct calendar_message {
    uint32_t op, seq;
    uint64_t ns;
};
struct header {
    uint32_t request, flags, size;
};
struct queue {
    uint64_t at; /* descriptors, then avail, then used */
    uint16_t made, seen;
    unsigned number;
};
struct device {
    int fd, calls;
    struct queue queue[2];
};

static char mode[64];
static uint8_t *memory;
static int memory_fd, calendar;
static uint64_t now, next_buffer = BUFFERS_AT;
static struct device pci, console;

static void die(const char *why)
{
    printf("Kernel panic - not syncing: %s\n", why);
    fflush(stdout);
    _exit(1);
}

static int is_mode(const char *word) { return !strcmp(mode, word); }

static int join(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
    if (connect(fd, (struct sockaddr *)&at, sizeof(at)))
        die("no socket");
    return fd;
}

static void get(int fd, void *to, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = read(fd, (char *)to + done, len - done);
        if (n <= 0)
            die("the other end is gone");
        done += (size_t)n;
    }
}

/* ---- the calendar ---- */

static uint64_t ask_calendar(uint32_t op, uint64_t ns)
{
    static uint32_t seq;
    struct calendar_message msg = {op, ++seq, ns};
    if (write(calendar, &msg, sizeof(msg)) != sizeof(msg))
        die("no calendar");
    get(calendar, &msg, sizeof(msg));
    if (msg.op != ACK || msg.seq != seq)
        die("a wrong answer of the calendar");
    if (op == GET)
        now = msg.ns;
    return msg.ns;
}

/* ---- devices ---- */

static void send_with(int fd, const void *bytes, size_t len, int passed)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {{0}};
    struct iovec part = {(void *)bytes, len};
    struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1};
    if (passed >= 0) {
        msg.msg_control = control.bytes;
        msg.msg_controllen = sizeof(control.bytes);
        struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
        *c = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(c), &passed, sizeof(passed));
    }
    if (sendmsg(fd, &msg, 0) != (ssize_t)len)
        die("no device");
}

static uint64_t ask(struct device *dev, uint32_t request, const void *payload, uint32_t size, int passed)
{
    uint8_t msg[256];
    struct header h = {request, 1 | (request == 1 || request == 15 ? 0 : 8), size};
    uint64_t value;
    memcpy(msg, &h, sizeof(h));
    memcpy(msg + sizeof(h), payload, size);
    send_with(dev->fd, msg, sizeof(h) + size, passed);
    get(dev->fd, &h, sizeof(h));
    get(dev->fd, &value, sizeof(value));
    if (h.request != request || h.flags != (1 | 4))
        die("a wrong answer of a device");
    return value;
}

static void open_device(struct device *dev, const char *path, unsigned index)
{
    int pair[2];
    dev->fd = join(path);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
        die("no pair");
    dev->calls = pair[0];
    ask(dev, 3, NULL, 0, -1);
    if (!(ask(dev, 1, NULL, 0, -1) >> 30 & 1))
        die("no protocol features");
    uint64_t features = ask(dev, 15, NULL, 0, -1);
    ask(dev, 16, &features, 8, -1);
    ask(dev, 21, NULL, 0, pair[1]);
    close(pair[1]);
    uint64_t table[] = {is_mode("two-memories") ? 2 : 1, 0x1000, is_mode("large-memory") ? (uint64_t)1 << 31 : MEM - 0x1000, 0x1000,
                        0x1000};
    ask(dev, 5, table, sizeof(table), memory_fd);
    for (unsigned q = 0; q < 2; q++) {
        uint64_t at = QUEUES_AT + (index * 2 + q) * (uint64_t)QUEUE_BYTES;
        uint32_t num[] = {q, is_mode("no-queue") ? 0 : RING};
        struct {
            uint32_t index, flags;
            uint64_t desc, used, avail, log;
        } addr = {q, 0, at, at + 0x2000, at + 0x1000, 0};
        dev->queue[q] = (struct queue){.at = at, .number = q};
        ask(dev, 8, num, sizeof(num), -1);
        ask(dev, 9, &addr, sizeof(addr), -1);
    }
}

static uint64_t buffer(void)
{
    uint64_t at = next_buffer;
    next_buffer = next_buffer + BUFFER < MEM ? next_buffer + BUFFER : BUFFERS_AT;
    memset(memory + at, 0, BUFFER);
    return at;
}

/* An entry of one part from us, one for us (0: none); then a notification. */
static void put(struct device *dev, struct queue *q, uint64_t out, uint32_t out_len, uint64_t in, uint32_t in_len)
{
    struct {
        uint64_t addr;
        uint32_t len;
        uint16_t flags, next;
    } d[2] = {{out, out_len, in && out ? 1 : 0, 0}, {in, in_len, 2, 0}};
    uint16_t first = (uint16_t)(q->made * 2 % RING);
    d[0].next = (uint16_t)(first + 1);
    if (is_mode("wild-ring"))
        d[0].addr = (uint64_t)1 << 40;
    if (out)
        memcpy(memory + q->at + first * 16, &d[0], 16);
    if (in)
        memcpy(memory + q->at + (first + (out ? 1 : 0)) * 16, &d[1], 16);
    memcpy(memory + q->at + 0x1004 + q->made % RING * 2, &first, 2);
    q->made++;
    memcpy(memory + q->at + 0x1002, &q->made, 2);
    uint32_t state[2] = {q->number, 0};
    ask_calendar(UPDATE, now);
    ask(dev, 35, state, sizeof(state), -1);
}

static int is_used(const struct queue *q)
{
    uint16_t last;
    memcpy(&last, memory + q->at + 0x2002, 2);
    return last != q->seen;
}

/* ---- a message of the calendar or of a device, while it waits ---- */

static void serve_call(struct device *dev)
{
    struct {
        struct header h;
        uint32_t index, num;
    } msg;
    struct {
        struct header h;
        uint64_t value;
    } __attribute__((packed)) reply = {{4, 1 | 4, 8}, 0};
    get(dev->calls, &msg, sizeof(msg));
    if (msg.h.request != 4)
        die("a wrong call");
    ask_calendar(GET, 0);
    ask_calendar(REQUEST, now);
    send_with(dev->calls, &reply, sizeof(reply), -1);
}

static void wait_until(uint64_t ns)
{
    ask_calendar(REQUEST, ns);
    ask_calendar(WAIT, 0);
    for (;;) {
        struct pollfd fds[] = {{calendar, POLLIN, 0}, {console.calls, POLLIN, 0}, {pci.calls, POLLIN, 0}};
        poll(fds, 3, -1);
        if (fds[0].revents) {
            struct calendar_message msg;
            get(calendar, &msg, sizeof(msg));
            if (msg.op != RUN || msg.ns < now)
                die("time goes backwards");
            now = msg.ns;
            msg.op = ACK;
            if (write(calendar, &msg, sizeof(msg)) != sizeof(msg))
                die("no calendar");
            return;
        }
        if (fds[1].revents)
            serve_call(&console);
        if (fds[2].revents)
            serve_call(&pci);
    }
}

/* ---- what it does ---- */

static uint64_t pci_access(uint8_t op, uint8_t bar, uint32_t size, uint64_t addr, uint64_t value)
{
    struct {
        uint8_t op, bar;
        uint16_t zero;
        uint32_t size;
        uint64_t addr, value;
    } msg = {op, bar, 0, size, addr, value};
    uint64_t at = buffer(), answer = buffer();
    int reads = op == 1 || op == 3;
    memcpy(memory + at, &msg, sizeof(msg));
    put(&pci, &pci.queue[0], at, reads ? 16 : sizeof(msg), reads ? answer : 0, 8);
    while (reads && !is_used(&pci.queue[0]))
        wait_until(now + 1000);
    memcpy(&pci.queue[0].seen, memory + pci.queue[0].at + 0x2002, 2);
    value = 0;
    memcpy(&value, memory + answer, size);
    return value;
}

static void say(const char *text)
{
    uint64_t at = buffer();
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++)
        memory[at + i] = (uint8_t)text[i];
    put(&console, &console.queue[1], at, (uint32_t)len, 0, 0);
}

/* Lines of a lspci of its own. */
static int look(char *out, size_t cap)
{
    uint32_t bar0;
    pci_access(2, 0, 4, 0x10, UINT32_MAX);
    bar0 = (uint32_t)pci_access(1, 0, 4, 0x10, 0);
    pci_access(2, 0, 4, 0x10, 0xf0000000);
    pci_access(2, 0, 2, 0x04, 6);
    return snprintf(out, cap, "id %08llx command %04llx bar0 size %08x now %08llx rom %08llx status %08llx\n",
                    (unsigned long long)pci_access(1, 0, 4, 0, 0), (unsigned long long)pci_access(1, 0, 2, 4, 0), ~bar0 + 1,
                    (unsigned long long)pci_access(1, 0, 4, 0x10, 0), (unsigned long long)pci_access(1, 0, 4, 0x30, 0),
                    (unsigned long long)pci_access(3, 0, 4, 8, 0));
}

static void answer(unsigned number, const char *command)
{
    char text[3000], out[4000];
    int status = 0;
    if (!strcmp(command, "lspci"))
        look(text, sizeof(text));
    else if (!strcmp(command, "panic"))
        die("as it was told");
    else if (!strcmp(command, "silence"))
        return;
    else if (!strcmp(command, "chance")) {
        uint64_t word = 0;
        ssize_t getrandom(void *to, size_t len, unsigned flags);
        getrandom(&word, sizeof(word), 0);
        snprintf(text, sizeof(text), "%016llx\n", (unsigned long long)word);
    } else if (sscanf(command, "exit %d", &status) == 1)
        text[0] = '\0';
    else if (!strcmp(command, "env")) {
        text[0] = '\0';
        for (char **e = environ; *e; e++)
            snprintf(text + strlen(text), sizeof(text) - strlen(text), "%.*s\n", (int)strcspn(*e, "="), *e);
    } else
        snprintf(text, sizeof(text), "%s\n", command);
    snprintf(out, sizeof(out), "%u %d %zu\n%s", number, status, strlen(text), text);
    if (is_mode("nonsense"))
        snprintf(out, sizeof(out), "what?\n");
    say(out);
}

static void run_commands(void)
{
    uint64_t at = buffer();
    put(&console, &console.queue[0], 0, 0, at, BUFFER);
    for (;;) {
        wait_until(now + 1000000000);
        while (is_used(&console.queue[0])) {
            char *line = (char *)memory + at, *command;
            console.queue[0].seen++;
            line[strcspn(line, "\n")] = '\0';
            unsigned number = (unsigned)strtoul(line, &command, 10);
            answer(number, command + 1);
            at = buffer();
            put(&console, &console.queue[0], 0, 0, at, BUFFER);
        }
    }
}

int main(int argc, char **argv)
{
    char self[512] = "";
    (void)argc;
    (void)argv;
    if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
        return 1;
    snprintf(self + strlen(dirname(self)), 8, "/mode");
    FILE *file = fopen(self, "r");
    if (!file || fscanf(file, "%63s", mode) != 1)
        die("no mode");
    if (is_mode("ends"))
        die("it ends at once");
    memory_fd = memfd_create("memory", 0);
    if (memory_fd < 0 || ftruncate(memory_fd, MEM))
        die("no memory");
    memory = mmap(NULL, MEM, PROT_READ | PROT_WRITE, MAP_SHARED, memory_fd, 0);
    calendar = join("calendar");
    ask_calendar(START, 0);
    if (is_mode("other-calendar"))
        ask_calendar(99, 0);
    open_device(&pci, "pci0", 0);
    open_device(&console, "console", 1);
    if (is_mode("other-device"))
        ask(&pci, 77, NULL, 0, -1);
    say("up fake\n");
    run_commands();
    return 0;
}
