/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The doors of `vfsim serve`: lines for the control socket, requests for the live page, split and mixed as they come, by several
 * clients at a time that come and go. Afterwards each door answers as ever.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fuzz/fuzz.h"
#include "serve/serve.h"
#include "vfsim.h"

enum what { CONTROL, PAGE, LINE, GET, GO, CLOSE, HALF_CLOSE, WHATS };
enum { CLIENTS = 4, LOOKS_MAX = 3000 };

static struct vfsim_world *world;
static struct serve *serve;
static char ctl[64], where[32];
static uint16_t port;
static bool is_over; /* somebody has said `quit` */
static struct {
    int fd;
    bool is_page;
} client[CLIENTS];

static const char scenario[] = "seed 7\nlimit time 100000s\nhost h0\nnic h0.vmnic0 model 82599 vfs 2\nswitch tor latency 500ns\n"
                               "link h0.vmnic0 tor rate 10G latency 500ns\npeer client on tor\n"
                               "vm web on h0 kernel vfio-user path vf via h0.vmnic0 mac 02:00:00:00:00:0a\n";

/* What it says on stderr nobody reads here. */
void vfsim_complain(const char *fmt, ...) { (void)fmt; }

/* One that is free now. */
static uint16_t free_port(void)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(name);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), rc = bind(fd, (struct sockaddr *)&name, sizeof(name));
    assert(!rc && !getsockname(fd, (struct sockaddr *)&name, &len));
    close(fd);
    return ntohs(name.sin_port);
}

static void begin(void)
{
    static struct vfsim_args args;
    struct vfsim_error *error = NULL;
    struct vfsim_scenario *sc = vfsim_scenario_parse("fuzz", NULL, scenario, sizeof(scenario) - 1, NULL);
    world = vfsim_world_new(sc, &error);
    assert(world);
    vfsim_scenario_free(sc);
    snprintf(ctl, sizeof(ctl), "/tmp/vfsim-fuzz-ctl-%d", (int)getpid());
    snprintf(where, sizeof(where), "%u", port = free_port());
    args = (struct vfsim_args){.ctl = ctl, .http = where, .stay = true};
    serve = serve_begin(&args, world);
    assert(serve);
}

static void end(void)
{
    for (unsigned i = 0; i < CLIENTS; i++)
        if (client[i].fd > 0)
            close(client[i].fd);
    memset(client, 0, sizeof(client));
    serve_end(serve);
    vfsim_world_free(world);
    serve = NULL;
}

/* False: somebody has said `quit`. */
static bool go(unsigned slices)
{
    struct vfsim_error *error = NULL;
    int over = 0;
    for (unsigned i = 0; i < slices && !over; i++)
        over = serve_slice(serve, &error);
    assert(over >= 0);
    return !over;
}

static int connect_to(bool page)
{
    struct sockaddr_un control = {.sun_family = AF_UNIX};
    struct sockaddr_in http = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    memcpy(control.sun_path, ctl, strlen(ctl));
    int fd = socket(page ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int rc = page ? connect(fd, (struct sockaddr *)&http, sizeof(http)) : connect(fd, (struct sockaddr *)&control, sizeof(control));
    assert(fd > 0 && !rc);
    return fd;
}

static int fd_of(unsigned i, bool page)
{
    if (client[i].fd > 0 && client[i].is_page != page) {
        close(client[i].fd);
        client[i].fd = 0;
    }
    if (client[i].fd <= 0)
        client[i].fd = connect_to(page);
    client[i].is_page = page;
    return client[i].fd;
}

static void hear(int fd)
{
    char some[4096];
    while (recv(fd, some, sizeof(some), MSG_DONTWAIT) > 0)
        ;
}

static void say(unsigned i, bool page, const void *bytes, size_t len)
{
    int fd = fd_of(i, page);
    if (send(fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        hear(fd);
}

/* Whatever went on: it answers, unless a `quit` was still on its way. */
static bool is_answered(bool page, const char *asked, const char *answer)
{
    char said[4096];
    size_t have = 0;
    int fd = connect_to(page);
    send(fd, asked, strlen(asked), MSG_NOSIGNAL);
    said[0] = 0;
    for (unsigned i = 0; i < LOOKS_MAX && !strstr(said, answer); i++) {
        if (!go(1)) {
            close(fd);
            return is_over = true;
        }
        ssize_t got = recv(fd, said + have, sizeof(said) - 1 - have, MSG_DONTWAIT);
        have += got > 0 ? (size_t)got : 0;
        said[have] = 0;
        if (!got)
            break;
    }
    close(fd);
    return strstr(said, answer);
}

static bool piece(const struct fuzz_piece *p)
{
    unsigned who = p->len ? p->bytes[0] % CLIENTS : 0;
    const uint8_t *bytes = p->len ? p->bytes + 1 : p->bytes;
    size_t len = p->len ? p->len - 1 : 0;
    switch ((enum what)(p->what % WHATS)) {
    case CONTROL:
    case PAGE:
        say(who, p->what % WHATS == PAGE, bytes, len);
        break;
    case LINE:
        say(who, false, bytes, len);
        say(who, false, "\n", 1);
        break;
    case GET:
        say(who, true, "GET ", 4);
        say(who, true, bytes, len);
        say(who, true, " HTTP/1.1\r\n\r\n", 13);
        break;
    case GO:
        hear(fd_of(who, client[who].is_page));
        return go(2);
    case CLOSE:
        if (client[who].fd > 0)
            close(client[who].fd);
        client[who].fd = 0;
        break;
    case HALF_CLOSE:
        if (client[who].fd > 0)
            shutdown(client[who].fd, SHUT_WR);
        break;
    case WHATS:
        break;
    }
    return go(1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_piece p;
    bool goes_on = true;
    if (!serve)
        begin();
    for (const uint8_t *at = data, *last = data + size; goes_on && fuzz_next(&at, last, &p);)
        goes_on = piece(&p);
    for (unsigned i = 0; i < CLIENTS; i++)
        if (client[i].fd > 0)
            close(client[i].fd);
    memset(client, 0, sizeof(client));
    goes_on = goes_on && go(2);
    is_over = !goes_on;
    if (!is_over)
        assert(is_answered(false, "status\n", "\"ok\":true"));
    if (!is_over)
        assert(is_answered(true, "GET /state.json HTTP/1.0\r\n\r\n", "200 OK"));
    if (is_over)
        end();
    return 0;
}

/* ---- scripts to begin with ---- */

static const struct {
    uint8_t what, who;
    const char *text;
} lines[] = {
    {LINE, 0, "help"},
    {LINE, 0, "status"},
    {LINE, 1, "stats h0.vmnic0 vf 0"},
    {LINE, 1, "async flow f from client to 02:00:00:00:00:0a size 64 rate 100K pps count 10"},
    {LINE, 0, "act 0"},
    {LINE, 0, "events 1"},
    {LINE, 2, "ip link set h0.vmnic0 vf 1 vlan 5 spoofchk off"},
    {LINE, 2, "ip link show h0.vmnic0"},
    {LINE, 0, "reset h0.vmnic0 pf"},
    {LINE, 3, "switch web to passthrough"},
    {LINE, 3, "migrate web to h0"},
    {LINE, 3, "exec web \"ls\""},
    {LINE, 0, "topology"},
    {LINE, 0, "rings"},
    {CONTROL, 1, "stat"},
    {CONTROL, 1, "us\nstatus\r\n\n  \ndrops\n"},
    {LINE, 0, "ethtool -S h0.vmnic0"},
    {LINE, 0, "stop f"},
    {GET, 0, "/"},
    {GET, 1, "/state.json"},
    {GET, 2, "/metrics"},
    {GET, 2, "/topology.json?x=%00"},
    {GET, 3, "http://evil.example/state.json"},
    {GET, 3, "//..%2f..%2fetc/passwd"},
    {PAGE, 0,
     "POST /act HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer 00000000000000000000000000000000\r\nContent-Length: "
     "6\r\n\r\nstatus"},
    {PAGE, 1, "POST /act HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nstatus\r\n0\r\n\r\n"},
    {PAGE, 2, "HEAD / HTTP/1.1\r\nHost: [::1]\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n"},
    {PAGE, 3, "GET / HTTP/1.1\r\nHost: "},
    {GO, 0, ""},
    {CLOSE, 1, ""},
    {HALF_CLOSE, 2, ""},
    {LINE, 0, "quit"},
};
enum { LINES = sizeof(lines) / sizeof(lines[0]), A_SEED = 4, SEEDS = LINES / A_SEED };

const uint8_t *fuzz_seed(unsigned i, size_t *len)
{
    static uint8_t seed[SEEDS][4096];
    *len = 0;
    for (unsigned k = i * A_SEED; i < SEEDS && k < (i + 1) * A_SEED; k++) {
        size_t text = strlen(lines[k].text);
        uint8_t *to = seed[i] + *len;
        to[0] = lines[k].what;
        to[1] = (uint8_t)(text + 1);
        to[2] = (uint8_t)((text + 1) >> 8);
        to[3] = lines[k].who;
        memcpy(to + 4, lines[k].text, text);
        *len += 4 + text;
    }
    return i < SEEDS ? seed[i] : NULL;
}
