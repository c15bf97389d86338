/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/alloc.h"
#include "external/vfio/vfio_user__.h"

static const char who[] = "a client of vfio-user";
enum { HEAD = sizeof(struct vfio_head) };

void vfio__stream_open(struct vfio_stream *s, int fd)
{
    *s = (struct vfio_stream){.fd = fd, .body = alloc_bytes(who, VFIO_MESSAGE_MAX)};
}

void vfio__stream_next(struct vfio_stream *s)
{
    for (unsigned i = 0; i < s->fd_count; i++)
        if (s->fds[i] >= 0)
            close(s->fds[i]);
    s->fd_count = 0;
    s->have = 0;
}

void vfio__stream_close(struct vfio_stream *s)
{
    if (s->fd < 0)
        return;
    vfio__stream_next(s);
    close(s->fd);
    free(s->body);
    free(s->out);
    *s = (struct vfio_stream){.fd = -1};
}

int vfio__stream_take_fd(struct vfio_stream *s, unsigned i)
{
    int fd = i < s->fd_count ? s->fds[i] : -1;
    if (fd >= 0)
        s->fds[i] = -1;
    return fd;
}

/* ---- in ---- */

/* More than a message may have are the client's mistake: they are closed, and so is the connection. */
static bool take_fds(struct vfio_stream *s, struct msghdr *msg)
{
    bool good = !(msg->msg_flags & MSG_CTRUNC);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
            if (s->fd_count < VFIO_FDS_MAX) {
                s->fds[s->fd_count++] = fd;
            } else {
                close(fd);
                good = false;
            }
        }
    }
    return good;
}

/* As many bytes as it wants, and not one of the next message: what comes along with that one stays there. */
static int receive(struct vfio_stream *s, void *to, size_t len)
{
    char room[CMSG_SPACE(VFIO_FDS_MAX * sizeof(int))];
    struct iovec part = {.iov_base = to, .iov_len = len};
    struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room)};
    ssize_t got = recvmsg(s->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    if (!got || !take_fds(s, &msg))
        return got ? -EPROTO : -ECONNRESET;
    s->have += (uint32_t)got;
    return (int)got;
}

int vfio__stream_read(struct vfio_stream *s)
{
    int got = 1;
    while (got > 0 && s->have < HEAD)
        got = receive(s, (char *)&s->head + s->have, HEAD - s->have);
    if (got <= 0)
        return got;
    if (s->head.size < HEAD || s->head.size > VFIO_MESSAGE_MAX)
        return -EPROTO; /* nobody can tell where the next one begins */
    while (got > 0 && s->have < s->head.size)
        got = receive(s, s->body + s->have - HEAD, s->head.size - s->have);
    return got > 0 ? 1 : got;
}

/* ---- out ---- */

int vfio__stream_flush(struct vfio_stream *s)
{
    while (vfio__stream_waits(s)) {
        ssize_t sent = send(s->fd, s->out + s->out_at, s->out_len - s->out_at, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return errno == EAGAIN ? 0 : -errno;
        s->out_at += (size_t)sent;
    }
    s->out_at = s->out_len = 0;
    return 0;
}

void vfio__stream_reply(struct vfio_stream *s, const struct vfio_head *to, int error, const void *body, size_t len)
{
    if (to->flags & VFIO_NO_REPLY)
        return;
    len = error ? 0 : len; /* of an error there is the head alone */
    struct vfio_head head = {.id = to->id,
                             .command = to->command,
                             .size = (uint32_t)(HEAD + len),
                             .flags = VFIO_REPLY | (error ? VFIO_ERROR : 0),
                             .error = (uint32_t)error};
    if (s->out_len + HEAD + len > s->out_room) {
        s->out_room = s->out_len + HEAD + len;
        s->out = alloc_grow(who, s->out, s->out_room);
    }
    memcpy(s->out + s->out_len, &head, HEAD);
    if (len)
        memcpy(s->out + s->out_len + HEAD, body, len);
    s->out_len += HEAD + len;
}
