/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Uplinks that are TAP devices: what a device gives is sent by its port, what comes to the port is given to the device.
 *
 * One that takes nothing (it is down, or nobody reads) loses what it is given, as a wire does whose other end is unplugged; that is
 * counted, and told at the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "serve/serve__.h"

enum { FRAME_ROOM = 16 << 10, BURST = 256, HEADER = 14, PADDED = 60 /* without check sequence [IEEE 802.3 4.4.2] */ };

struct tap_port {
    struct tap_port *next;
    struct serve *serve;
    const char *name; /* of the device and of the port */
    int fd;
    struct event *event;
    uint64_t not_taken, refused;
};

static void given(void *user, const struct vfsim_sighting *seen)
{
    struct tap_port *port = user;
    if (!seen->sent && write(port->fd, seen->bytes, seen->length) != (ssize_t)seen->length)
        port->not_taken++;
}

/* So many at a time, that others are heard, too. */
static void has_come(evutil_socket_t fd, short what, void *of)
{
    struct tap_port *port = of;
    uint8_t frame[FRAME_ROOM];
    (void)what;
    serve_catch_up(port->serve);
    for (unsigned i = 0; i < BURST; i++) {
        ssize_t len = read(fd, frame, sizeof(frame));
        if (len <= 0)
            return;
        if (len >= HEADER && len < PADDED) {
            memset(frame + len, 0, PADDED - (size_t)len);
            len = PADDED;
        }
        if (vfsim_send(port->serve->world, port->name, frame, (size_t)len, NULL, NULL))
            port->refused++;
    }
}

static int open_device(const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        vfsim_complain("uplink tap %s: /dev/net/tun: %s", name, vfsim_why(errno));
        return -1;
    }
    strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
    if (!ioctl(fd, TUNSETIFF, &request))
        return fd;
    vfsim_complain("uplink tap %s: %s%s", name, vfsim_why(errno),
                   errno == EPERM ? ": a device that is there and yours (ip tuntap add) needs no more rights" : "");
    close(fd);
    return -1;
}

bool taps_open(struct serve *serve)
{
    const char *name;
    for (unsigned i = 0; (name = vfsim_scenario_uplink(vfsim_world_scenario(serve->world), i)); i++) {
        int fd = open_device(name);
        if (fd < 0)
            return false;
        struct tap_port *port = vfsim_zero("an uplink", 1, sizeof(*port));
        *port = (struct tap_port){.next = serve->taps, .serve = serve, .name = name, .fd = fd};
        serve->taps = port;
        port->event = event_new(serve->base, fd, EV_READ | EV_PERSIST, has_come, port);
        if (!port->event || event_add(port->event, NULL) || vfsim_on_frame(serve->world, name, given, port, NULL) < 0) {
            vfsim_complain("uplink tap %s: it can't be listened to", name);
            return false;
        }
    }
    return true;
}

void taps_close(struct serve *serve)
{
    for (struct tap_port *port = serve->taps, *next; port; port = next) {
        next = port->next;
        if (port->not_taken || port->refused)
            vfsim_complain("note: uplink tap %s: %llu frames were not taken by the device, %llu not by the scenario", port->name,
                           (unsigned long long)port->not_taken, (unsigned long long)port->refused);
        if (port->event)
            event_free(port->event);
        close(port->fd);
        free(port);
    }
    serve->taps = NULL;
}
