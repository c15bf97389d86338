/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The witness inside a guest: frames through packet sockets, the mailbox of a VF without driver through its BAR. Speaks
 * protocol.md on standard input and output. Static: it is the guest's only program besides a shell.
 *
 * guest CONFIG_PF INTERFACE_PF BAR_OF_LAST_VF [CONFIG_VF INTERFACE_VF] …
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    PORTS_MAX = 9,
    FRAME_MAX = 1600,
    PROBE_TYPE = 0x88b5,
    WAIT_MS = 400,
    BAR_BYTES = 0x4000,
    PF_BAR_BYTES = 0x20000,
    CONFIG_BYTES = 4096
};
enum {
    VTCTRL = 0x0,
    VMBMEM = 0x800,
    V2PMAILBOX = 0xc40,
    CTRL_RST = 1 << 26,
    REQ = 1,
    ACK = 2,
    VFU = 4,
    PFSTS = 0x10,
    PFACK = 0x20,
    RSTD = 0x80
};

static int sock[PORTS_MAX];
static const char *config[PORTS_MAX];
static unsigned ports; /* 0: the PF */
static const char *pf_name;
static volatile uint32_t *bar, *pf_bar;

static void open_port(unsigned i, const char *name)
{
    struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)if_nametoindex(name)};
    int on = 1;
    sock[i] = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
    if (sock[i] < 0 || !at.sll_ifindex || bind(sock[i], (struct sockaddr *)&at, sizeof(at)) ||
        setsockopt(sock[i], SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on))) {
        perror(name);
        exit(1);
    }
}

static void receive(unsigned i)
{
    uint8_t frame[FRAME_MAX];
    char control[256];
    struct sockaddr_ll from;
    struct iovec part = {frame, sizeof(frame)};
    struct msghdr msg = {.msg_name = &from,
                         .msg_namelen = sizeof(from),
                         .msg_iov = &part,
                         .msg_iovlen = 1,
                         .msg_control = control,
                         .msg_controllen = sizeof(control)};
    ssize_t len = recvmsg(sock[i], &msg, MSG_DONTWAIT);
    int tag = -1, at = 12;
    if (len < 18 || from.sll_pkttype == PACKET_OUTGOING)
        return;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
        if (c->cmsg_level == SOL_PACKET && c->cmsg_type == PACKET_AUXDATA) {
            const struct tpacket_auxdata *aux = (const void *)CMSG_DATA(c);
            if (aux->tp_status & TP_STATUS_VLAN_VALID)
                tag = aux->tp_vlan_tci & 0xfff;
        }
    if (frame[12] == 0x81 && frame[13] == 0) {
        tag = (frame[14] << 8 | frame[15]) & 0xfff;
        at = 16;
        len -= 4;
    }
    if ((frame[at] << 8 | frame[at + 1]) != PROBE_TYPE)
        return;
    if (i)
        printf("R %u %zd %d\n", i - 1, len, tag);
    else
        printf("R pf %zd %d\n", len, tag);
}

static long now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void collect(void)
{
    struct pollfd fds[PORTS_MAX];
    for (long until = now_ms() + WAIT_MS, left; (left = until - now_ms()) > 0;) {
        for (unsigned i = 0; i < ports; i++)
            fds[i] = (struct pollfd){.fd = sock[i], .events = POLLIN};
        if (poll(fds, ports, (int)left) <= 0)
            continue;
        for (unsigned i = 0; i < ports; i++)
            if (fds[i].revents & POLLIN)
                receive(i);
    }
}

static size_t unhex(const char *text, uint8_t *out)
{
    size_t n = 0;
    for (unsigned byte; n < FRAME_MAX && sscanf(text + 2 * n, "%2x", &byte) == 1; n++)
        out[n] = (uint8_t)byte;
    return n;
}

static void send_frame(const char *line)
{
    char who[8], text[2 * FRAME_MAX + 1];
    uint8_t frame[FRAME_MAX];
    if (sscanf(line, "s %7s %3200s", who, text) != 2)
        return;
    unsigned i = strcmp(who, "pf") ? (unsigned)atoi(who) + 1 : 0;
    size_t len = unhex(text, frame);
    if (i < ports && send(sock[i], frame, len, 0) < 0)
        perror("send");
    collect();
}

/* ---- the mailbox [igbvf mbx.c, vf.c] ---- */

static uint32_t wait_for(uint32_t bits, int ms)
{
    uint32_t seen = 0;
    for (; ms > 0 && (seen & bits) != bits; ms--) {
        seen |= bar[V2PMAILBOX / 4];
        usleep(1000);
    }
    return seen;
}

static void reset(void)
{
    bar[VTCTRL / 4] = CTRL_RST;
    printf("X %02x\n", wait_for(RSTD, 1000) & RSTD);
}

static void message(const char *line)
{
    uint32_t words[16];
    int n = 0, used = 0;
    for (const char *p = line + 1; n < 16 && sscanf(p, "%x%n", &words[n], &used) == 1; p += used)
        n++;
    for (int tries = 0; tries < 1000 && !(bar[V2PMAILBOX / 4] & VFU); tries++)
        bar[V2PMAILBOX / 4] = VFU;
    for (int i = 0; i < n; i++)
        bar[VMBMEM / 4 + i] = words[i];
    bar[V2PMAILBOX / 4] = REQ;
    if ((wait_for(PFSTS | PFACK, 2000) & (PFSTS | PFACK)) != (PFSTS | PFACK)) {
        printf("M none\n");
        return;
    }
    printf("M %08x %08x %08x %08x\n", bar[VMBMEM / 4], bar[VMBMEM / 4 + 1], bar[VMBMEM / 4 + 2], bar[VMBMEM / 4 + 3]);
    bar[V2PMAILBOX / 4] = ACK;
}

/* The operator's spoof check of every VF, by the PF's interface. */
static void spoof_check(bool on)
{
    char command[96];
    for (unsigned vf = 0; vf + 1 < ports; vf++) {
        snprintf(command, sizeof(command), "/bin/ip link set %s vf %u spoofchk %s", pf_name, vf, on ? "on" : "off");
        if (system(command))
            perror(command);
    }
    printf("O %s\n", on ? "on" : "off");
}

static void show_config(const char *who)
{
    uint8_t bytes[CONFIG_BYTES] = {0};
    unsigned i = strncmp(who, "pf", 2) ? (unsigned)atoi(who) + 1 : 0;
    int fd = i < ports ? open(config[i], O_RDONLY) : -1;
    if (fd < 0 || read(fd, bytes, sizeof(bytes)) < 0)
        perror("config");
    printf("C ");
    for (unsigned b = 0; b < CONFIG_BYTES; b++)
        printf("%02x", bytes[b]);
    printf("\n");
    close(fd);
}

static volatile uint32_t *map_bar(const char *path, size_t bytes)
{
    int fd = open(path, O_RDWR | O_SYNC);
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) {
        perror(path);
        exit(1);
    }
    return at;
}

int main(int argc, char **argv)
{
    static char line[2 * FRAME_MAX + 64];
    for (int a = 1; a + 1 < argc && ports < PORTS_MAX; a += a == 1 ? 3 : 2) {
        config[ports] = argv[a];
        open_port(ports++, argv[a + 1]);
    }
    char pf[256];
    pf_name = argv[2];
    snprintf(pf, sizeof(pf), "%.*sresource0", (int)strlen(argv[1]) - 6, argv[1]); /* …/config */
    bar = map_bar(argv[3], BAR_BYTES);
    pf_bar = map_bar(pf, PF_BAR_BYTES);
    printf("PROBE READY\n.\n");
    fflush(stdout);
    while (fgets(line, sizeof(line), stdin)) {
        switch (line[0]) {
        case 's':
            send_frame(line);
            break;
        case 'w':
            collect();
            break;
        case 'x':
            reset();
            break;
        case 'm':
            message(line);
            break;
        case 'g':
            printf("G %08x\n", bar[strtoul(line + 1, NULL, 0) / 4]);
            break;
        case 'p':
            printf("G %08x\n", pf_bar[strtoul(line + 1, NULL, 0) / 4]);
            break;
        case 'c':
            show_config(line + 2);
            break;
        case 'o':
            spoof_check(!strncmp(line, "o on", 4));
            break;
        default:
            break;
        }
        printf(".\n");
        fflush(stdout);
    }
    return 0;
}
