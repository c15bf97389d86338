/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/alloc.h"
#include "external/vfio/vfio_user__.h"

static const char who[] = "a client of vfio-user";
enum {
    HEAD = sizeof(struct vfio_head),
    HELD_MAX = 64,
    ROUNDS = 500, /* of a wait for an answer, 5 s at most: each ends when something comes, or after */
    ROUND_MS = 10,
};

/* ---- messages ---- */

static void close_fds(struct vfio_message *m)
{
    for (unsigned i = 0; i < m->fd_count; i++)
        if (m->fds[i] >= 0)
            close(m->fds[i]);
    m->fd_count = 0;
}

static bool is_whole(const struct vfio_message *m) { return m->have >= HEAD && m->have == m->head.size; }

static void free_message(struct vfio_message *m)
{
    close_fds(m);
    free(m->body);
    free(m);
}

/* What has come, with its descriptors, in a message of its own: there is room for the next. */
static struct vfio_message *move_out(struct vfio_message *from)
{
    struct vfio_message *m = alloc_zero(who, 1, sizeof(*m));
    uint32_t len = from->head.size - HEAD;
    *m = *from;
    m->next = NULL;
    m->body = alloc_bytes(who, len ? len : 1);
    if (len)
        memcpy(m->body, from->body, len);
    from->have = 0;
    from->fd_count = 0;
    return m;
}

void vfio__stream_open(struct vfio_stream *s, int fd)
{
    *s = (struct vfio_stream){.fd = fd, .own.body = alloc_bytes(who, VFIO_MESSAGE_MAX), .transfer_max = VFIO_TRANSFER_MAX};
    s->now = &s->own;
    s->held_end = &s->held;
}

void vfio__stream_next(struct vfio_stream *s)
{
    if (s->now != &s->own) {
        free_message(s->now);
        s->now = &s->own;
        return;
    }
    close_fds(&s->own);
    s->own.have = 0;
}

void vfio__stream_close(struct vfio_stream *s)
{
    if (s->fd < 0)
        return;
    if (s->now != &s->own)
        free_message(s->now);
    for (struct vfio_message *m; (m = s->held);) {
        s->held = m->next;
        free_message(m);
    }
    close_fds(&s->own);
    close(s->fd);
    free(s->own.body);
    free(s->out);
    *s = (struct vfio_stream){.fd = -1};
}

int vfio__stream_take_fd(struct vfio_stream *s, unsigned i)
{
    int fd = i < s->now->fd_count ? s->now->fds[i] : -1;
    if (fd >= 0)
        s->now->fds[i] = -1;
    return fd;
}

/* ---- in ---- */

/* More than a message may have are the client's mistake: they are closed, and so is the connection. */
static bool take_fds(struct vfio_message *m, struct msghdr *msg)
{
    bool good = !(msg->msg_flags & MSG_CTRUNC);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
            if (m->fd_count < VFIO_FDS_MAX) {
                m->fds[m->fd_count++] = fd;
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
    if (!got || !take_fds(&s->own, &msg))
        return got ? -EPROTO : -ECONNRESET;
    s->own.have += (uint32_t)got;
    return (int)got;
}

/* 1: `own` is whole; 0 or negative as vfio__stream_read(). */
static int read_own(struct vfio_stream *s)
{
    struct vfio_message *m = &s->own;
    int got = 1;
    while (got > 0 && m->have < HEAD)
        got = receive(s, (char *)&m->head + m->have, HEAD - m->have);
    if (got <= 0)
        return got;
    if (m->head.size < HEAD || m->head.size > VFIO_MESSAGE_MAX)
        return -EPROTO; /* nobody can tell where the next one begins */
    while (got > 0 && m->have < m->head.size)
        got = receive(s, m->body + m->have - HEAD, m->head.size - m->have);
    return got > 0 ? 1 : got;
}

/* First those that came while an answer was waited for. */
int vfio__stream_read(struct vfio_stream *s)
{
    struct vfio_message *first = s->held;
    if (!first)
        return s->lost ? s->lost : read_own(s);
    s->held = first->next;
    s->held_count--;
    if (!s->held)
        s->held_end = &s->held;
    s->now = first;
    return 1;
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

static void put(struct vfio_stream *s, const void *bytes, size_t len)
{
    if (s->out_len + len > s->out_room) {
        s->out_room = s->out_len + len;
        s->out = alloc_grow(who, s->out, s->out_room);
    }
    if (len)
        memcpy(s->out + s->out_len, bytes, len);
    s->out_len += len;
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
    put(s, &head, HEAD);
    put(s, body, len);
}

/* ---- what we ask ---- */

static bool is_answer(const struct vfio_stream *s, uint16_t command)
{
    const struct vfio_head *head = &s->own.head;
    return (head->flags & VFIO_TYPE) == VFIO_REPLY && head->id == s->asked && head->command == command;
}

/* Reads until the answer lies in `own`. What comes before it is for later. */
static int wait_for_answer(struct vfio_stream *s, uint16_t command)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        int got, flushed = vfio__stream_flush(s);
        while ((got = read_own(s)) > 0) {
            if (is_answer(s, command))
                return 0;
            if (s->held_count == HELD_MAX)
                return -EPROTO;
            *s->held_end = move_out(&s->own);
            s->held_end = &(*s->held_end)->next;
            s->held_count++;
        }
        if (got < 0 || flushed)
            return got < 0 ? got : flushed;
        struct pollfd fd = {.fd = s->fd, .events = (short)(POLLIN | (vfio__stream_waits(s) ? POLLOUT : 0))};
        if (poll(&fd, 1, ROUND_MS) < 0 && errno != EINTR)
            return -errno;
    }
    return -ETIMEDOUT;
}

int vfio__stream_ask(struct vfio_stream *s, uint16_t command, const struct vfio_ask *ask)
{
    if (s->fd < 0 || s->lost)
        return -ECONNRESET;
    if (s->now == &s->own && is_whole(&s->own))
        s->now = move_out(&s->own); /* it is still dealt with */
    struct vfio_head head = {.id = ++s->asked, .command = command, .size = (uint32_t)(HEAD + ask->len + ask->more_len)};
    put(s, &head, HEAD);
    put(s, ask->body, ask->len);
    put(s, ask->more, ask->more_len);
    s->lost = wait_for_answer(s, command);
    if (s->lost)
        return s->lost;
    bool refused = s->own.head.flags & VFIO_ERROR;
    if (!refused && s->own.head.size - HEAD < ask->answer_len)
        s->lost = -EPROTO;
    else if (!refused && ask->answer_len)
        memcpy(ask->answer, s->own.body, ask->answer_len);
    close_fds(&s->own);
    s->own.have = 0;
    return refused ? -EIO : s->lost;
}
