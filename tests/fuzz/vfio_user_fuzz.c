/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any client of vfio-user: messages well formed and not, split, out of order, with descriptors that fit and that don't, answers to
 * the server's own requests, ends in the middle of each. Afterwards the next client is served.
 */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <vfsim/vfsim.h>

#include "fuzz/fuzz.h"

enum what { MESSAGE, RAW, RUN, RECONNECT, ANSWERS, HALF_CLOSE, DOOR, WHATS };
enum { DOORS = 3 }; /* a VF, a PF, an emulated device */
enum { VERSION = 1, MEMORY_BYTES = 1 << 20, FDS_MAX = 16, LOOKS_MAX = 1000 };

struct head {
    uint16_t id, command;
    uint32_t size, flags, error;
};

static struct vfsim_world *world;
static char paths[DOORS][64], *path = paths[0];
static int memory = -1, event = -1, client = -1;
static pthread_t listener;
static volatile int answers; /* how the server's requests are answered */
static volatile bool is_spoilt; /* bytes have gone that may be no message */

static const char scenario[] = "seed 7\nlimit time 100000s\nhost h0\nnic h0.vmnic0 model 82599 vfs 2 errata none\n"
                               "nic h0.vmnic1 model 82576 vfs 2\nswitch tor latency 500ns\n"
                               "link h0.vmnic0 tor rate 10G latency 500ns\nlink h0.vmnic1 tor rate 1G latency 500ns\n"
                               "peer client on tor\n"
                               "vm guest0 on h0 kernel vfio-user path vf via h0.vmnic0 mac 02:00:00:00:00:0a\n"
                               "vm guest1 on h0 kernel vfio-user path pf via h0.vmnic1 mac 02:00:00:00:00:0b\n"
                               "vm guest2 on h0 kernel vfio-user path emulated via h0.vmnic0 mac 02:00:00:00:00:0c\n"
                               "0 flow f from client to guest0 size 64 rate 500 pps until 100000s\n"
                               "0 flow g from client to 02:00:00:00:00:0c size 64 rate 500 pps until 100000s\n";

static void run(unsigned ms)
{
    struct vfsim_error *error = NULL;
    for (unsigned i = 0; i < ms; i++) {
        vfsim_world_attend(world);
        int over = vfsim_world_run_until(world, vfsim_world_now(world) + VFSIM_MS, &error);
        assert(over == 0);
    }
    vfsim_world_attend(world);
}

static void begin(void)
{
    struct vfsim_error *error = NULL;
    struct vfsim_scenario *sc = vfsim_scenario_parse("fuzz", NULL, scenario, sizeof(scenario) - 1, NULL);
    world = vfsim_world_new(sc, &error);
    if (error)
        fprintf(stderr, "%s\n", error->message);
    assert(world);
    vfsim_world_stay(world, true);
    int rc = 0;
    for (unsigned i = 0; i < DOORS && rc >= 0; i++) {
        char vm[] = {'g', 'u', 'e', 's', 't', (char)('0' + i), 0};
        snprintf(paths[i], sizeof(paths[i]), "/tmp/vfsim-fuzz-%d-%u", (int)getpid(), i);
        rc = vfsim_world_listen(world, vm, paths[i], &error);
    }
    assert(rc >= 0);
    memory = memfd_create("guest", MFD_ALLOW_SEALING | MFD_CLOEXEC);
    rc = ftruncate(memory, MEMORY_BYTES) || fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK);
    assert(!rc);
    event = eventfd(0, EFD_CLOEXEC);
    run(300);
}

/* ---- a client ---- */

static int receive(int fd, void *to, size_t len)
{
    for (size_t have = 0; have < len;) {
        ssize_t got = recv(fd, (char *)to + have, len - have, 0);
        if (got <= 0)
            return 0;
        have += (size_t)got;
    }
    return 1;
}

static void answer(int fd, const struct head *head, const uint8_t *body, size_t len)
{
    static const uint8_t zeros[1 << 17];
    struct head back = {head->id, head->command, 32, 1, 0};
    uint64_t count = 0;
    if (len >= 16)
        memcpy(&count, body + 8, 8);
    count = head->command == 11 && count < sizeof(zeros) ? count : 0;
    switch (answers % 4) {
    case 0:
        back.size += (uint32_t)count;
        break;
    case 1:
        back = (struct head){head->id, head->command, 16, 0x21, 22};
        count = 0;
        break;
    case 2:
        back.id++;
        break;
    default:
        shutdown(fd, SHUT_RDWR);
        return;
    }
    send(fd, &back, 16, MSG_NOSIGNAL);
    if (back.size > 16) {
        send(fd, body, 16, MSG_NOSIGNAL);
        send(fd, zeros, count, MSG_NOSIGNAL);
    }
    if (answers % 4 == 2 || is_spoilt)
        shutdown(fd,
                 SHUT_RDWR); /* an answer to nothing, or behind half a message: the right one would be waited for, for seconds */
}

static void *listens(void *of)
{
    int fd = *(int *)of;
    static uint8_t body[2 << 20];
    struct head head;
    while (receive(fd, &head, sizeof(head)) && head.size >= 16 && head.size - 16 <= sizeof(body) &&
           receive(fd, body, head.size - 16))
        if (!(head.flags & 0xf))
            answer(fd, &head, body, head.size - 16);
    shutdown(fd, SHUT_RDWR); /* one that answers nothing more would be waited for */
    return NULL;
}

static void leave(void)
{
    if (client < 0)
        return;
    shutdown(client, SHUT_RDWR);
    pthread_join(listener, NULL);
    close(client);
    client = -1;
}

static void say(const void *bytes, size_t len, unsigned fds)
{
    char room[CMSG_SPACE(FDS_MAX * sizeof(int))] = {0};
    struct iovec part = {(void *)bytes, len};
    struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1};
    fds = fds < FDS_MAX ? fds : FDS_MAX;
    if (fds) {
        msg.msg_control = room;
        msg.msg_controllen = CMSG_SPACE(fds * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
        *c = (struct cmsghdr){.cmsg_len = CMSG_LEN(fds * sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        for (unsigned i = 0; i < fds; i++)
            memcpy(CMSG_DATA(c) + i * sizeof(int), fds == 1 ? &memory : &event, sizeof(int));
    }
    if (client >= 0)
        sendmsg(client, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void come(void)
{
    static const char hello[] = "\1\0\1\0\26\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0{}";
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    leave();
    is_spoilt = false;
    run(1);
    memcpy(name.sun_path, path, strlen(path));
    client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int rc = connect(client, (struct sockaddr *)&name, sizeof(name));
    assert(!rc);
    pthread_create(&listener, NULL, listens, &client);
    say(hello, sizeof(hello) - 1, 0);
    run(1);
}

/* command, flags, descriptors, then the body */
static void message(const uint8_t *bytes, size_t len)
{
    uint8_t whole[4096];
    if (len < 3)
        return;
    size_t body = len - 3 < sizeof(whole) - 16 ? len - 3 : sizeof(whole) - 16;
    struct head head = {7, bytes[0], (uint32_t)(16 + body), bytes[1], 0};
    memcpy(whole, &head, 16);
    memcpy(whole + 16, bytes + 3, body);
    say(whole, 16 + body, bytes[2]);
}

/* Whatever the last one did: this one has its answer. */
static void is_served(void)
{
    static const char hello[] = "\1\0\1\0\26\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0{}";
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    char first[16];
    leave();
    run(2);
    memcpy(name.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), rc = connect(fd, (struct sockaddr *)&name, sizeof(name));
    assert(!rc && send(fd, hello, sizeof(hello) - 1, MSG_NOSIGNAL) == sizeof(hello) - 1);
    ssize_t got = -1;
    for (unsigned i = 0; i < LOOKS_MAX && got < 0; i++) {
        run(1);
        got = recv(fd, first, sizeof(first), MSG_DONTWAIT);
    }
    assert(got == 16 && "the next client is served");
    close(fd);
    run(20);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_piece piece;
    if (!world)
        begin();
    answers = 0;
    path = paths[0];
    come();
    for (const uint8_t *at = data, *end = data + size; fuzz_next(&at, end, &piece);) {
        switch ((enum what)(piece.what % WHATS)) {
        case MESSAGE:
            message(piece.bytes, piece.len);
            run(1);
            break;
        case RAW:
            is_spoilt = true;
            if (piece.len)
                say(piece.bytes + 1, piece.len - 1, piece.bytes[0]);
            run(1);
            break;
        case RUN:
            run(1 + (piece.len ? piece.bytes[0] : 0));
            break;
        case RECONNECT:
            come();
            break;
        case ANSWERS:
            answers = piece.len ? piece.bytes[0] : 0;
            break;
        case DOOR:
            leave();
            path = paths[piece.len ? piece.bytes[0] % DOORS : 0];
            come();
            break;
        case HALF_CLOSE:
            shutdown(client, SHUT_WR);
            run(1);
            break;
        case WHATS:
            break;
        }
    }
    is_served();
    return 0;
}

/* ---- scripts to begin with ---- */

#define U16(x) (uint8_t)(x), (uint8_t)((x) >> 8)
#define U32(x) U16(x), U16((x) >> 16)
#define U64(x) U32(x), U32((uint64_t)(x) >> 32)
#define M(len, command, flags, fds) MESSAGE, U16(3 + (len)), command, flags, fds
#define WRITE(region, off, value) M(20, 10, 0, 0), U64(off), U32(region), U32(4), U32(value)
#define PAUSE(ms) RUN, U16(1), ms
#define LENT 0x100000000
/* Memory that is mapped, with so many descriptors, and a transmit ring in it. */
#define MAP(fds) M(32, 2, 0, fds), U32(32), U32(3), U64(0), U64(LENT), U64(MEMORY_BYTES), WRITE(7, 4, 6)
#define RING WRITE(0, 0x2000, 0), WRITE(0, 0x2004, 1), WRITE(0, 0x2008, 2048), WRITE(0, 0x2028, 1 << 25), PAUSE(1)

static const uint8_t tells[] = {M(16, 4, 0, 0),   U32(16),        U32(0),    U32(0),         U32(0),  M(32, 5, 0, 0), U32(32),
                                U32(0),           U32(7),         U32(0),    U64(0),         U64(0),  M(16, 7, 0, 0), U32(16),
                                U32(0),           U32(2),         U32(0),    M(16, 6, 0, 0), U32(16), U32(0),         U32(0),
                                U32(0),           M(16, 9, 0, 0), U64(0),    U32(7),         U32(64), M(8, 16, 0, 0), U32(16),
                                U32(1 | 1 << 16), M(0, 13, 0, 0), PAUSE(120)};
static const uint8_t interrupts[] = {
    M(20, 8, 0, 3), U32(20),        U32(0x24), U32(2),    U32(0), U32(3), M(20, 8, 0, 0), U32(20), U32(0x9), U32(2), U32(0),
    U32(3),         M(23, 8, 0, 0), U32(23),   U32(0x12), U32(2), U32(0), U32(3),         1,       0,        1,      M(20, 8, 0, 0),
    U32(20),        U32(0x21),      U32(2),    U32(0),    U32(0)};
static const uint8_t lent[] = {MAP(1),  RING,   WRITE(0, 0x2018, 8), PAUSE(2),         M(24, 3, 0, 0),
                               U32(24), U32(0), U64(LENT),           U64(MEMORY_BYTES)};
static const uint8_t far[] = {MAP(0),
                              RING,
                              ANSWERS,
                              U16(1),
                              0,
                              WRITE(0, 0x2018, 8),
                              PAUSE(2),
                              ANSWERS,
                              U16(1),
                              1,
                              WRITE(0, 0x2018, 9),
                              PAUSE(2),
                              M(24, 3, 0, 0),
                              U32(24),
                              U32(2),
                              U64(0),
                              U64(0)};
static const uint8_t moves[] = {
    M(16, 16, 0, 0), U32(16),          U32(2 | 1 << 17), U32(3),       U32(0),           PAUSE(20),      M(8, 17, 0, 0),
    U32(1 << 16),    U32(1 << 15),     M(16, 16, 0, 0),  U32(16),      U32(2 | 1 << 17), U32(4),         U32(0),
    PAUSE(5),        M(24, 18, 0, 0),  U32(24),          U32(16),      U64(0),           U64(0),         M(16, 16, 0, 0),
    U32(16),         U32(2 | 1 << 17), U32(1),           U32(0),       PAUSE(5),         M(0, 13, 0, 0), PAUSE(120),
    M(24, 16, 0, 0), U32(24),          U32(6 | 1 << 17), U64(4096),    U32(0),           U32(0),         M(32, 16, 0, 0),
    U32(1 << 16),    U32(8 | 1 << 16), U64(LENT),        U64(1 << 20), U64(4096)};
static const uint8_t many[] = {M(56, 15, 0, 0),
                               U64(2),
                               U64(0x200),
                               U32(0),
                               U32(4),
                               U64(1),
                               U64(0x204),
                               U32(0),
                               U32(4),
                               U64(2),
                               M(20, 10, 0x10, 0),
                               U64(0x2c0),
                               U32(0),
                               U32(4),
                               U32(4),
                               RECONNECT,
                               U16(0),
                               HALF_CLOSE,
                               U16(0),
                               RAW,
                               U16(5),
                               0,
                               1,
                               0,
                               4,
                               0};
/* A PF makes VFs, and takes them away; a vmxnet3 is activated with nothing behind it. */
static const uint8_t others[] = {DOOR,
                                 U16(1),
                                 1,
                                 WRITE(7, 4, 6),
                                 WRITE(7, 0x170, 2),
                                 WRITE(7, 0x168, 9),
                                 PAUSE(120),
                                 WRITE(0, 0, 1 << 26),
                                 PAUSE(1),
                                 WRITE(7, 0x168, 0),
                                 WRITE(0, 0x14, 1),
                                 DOOR,
                                 U16(1),
                                 2,
                                 WRITE(7, 4, 6),
                                 M(32, 2, 0, 1),
                                 U32(32),
                                 U32(3),
                                 U64(0),
                                 U64(LENT),
                                 U64(MEMORY_BYTES),
                                 WRITE(1, 0x10, 0),
                                 WRITE(1, 0x18, 1),
                                 WRITE(1, 0x20, 0xcafe0000),
                                 WRITE(0, 0x600, 1),
                                 WRITE(1, 0x20, 0xcafe0001),
                                 PAUSE(2)};
static const struct {
    const uint8_t *bytes;
    size_t len;
} seeds[] = {{tells, sizeof(tells)}, {interrupts, sizeof(interrupts)}, {lent, sizeof(lent)}, {far, sizeof(far)},
             {moves, sizeof(moves)}, {others, sizeof(others)},         {many, sizeof(many)}};

const uint8_t *fuzz_seed(unsigned i, size_t *len)
{
    *len = i < sizeof(seeds) / sizeof(seeds[0]) ? seeds[i].len : 0;
    return *len ? seeds[i].bytes : NULL;
}
