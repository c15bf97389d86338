/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket: a line is a command, each is answered by a line of JSON, in order.
 *
 * A client has one command under way; what it sends meanwhile waits in its socket beyond a line, and so does the next command of
 * one that does not read its answers. So nobody costs more than a line and an answer.
 */
#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "serve/serve__.h"

struct client {
    struct client *next, **before;
    struct ctl *ctl;
    struct bufferevent *stream;
    struct command *command; /* NULL: none is under way */
    bool ends; /* when its answer is written */
    bool is_half; /* it sends no more */
};

struct ctl {
    struct serve *serve;
    struct evconnlistener *listener;
    struct client *clients;
    unsigned count;
    char *path;
    dev_t dev;
    ino_t ino;
};

static void close_client(struct client *client)
{
    command_forget(client->command);
    bufferevent_free(client->stream);
    *client->before = client->next;
    if (client->next)
        client->next->before = client->before;
    client->ctl->count--;
    free(client);
}

static void say(struct client *client, char *json)
{
    struct evbuffer *out = bufferevent_get_output(client->stream);
    evbuffer_add(out, json, strlen(json));
    evbuffer_add(out, "\n", 1);
    free(json);
}

static void say_last(struct client *client, const char *why)
{
    client->ends = true;
    say(client, command_refusal(why));
}

static void answered(void *to, char *json)
{
    struct client *client = to;
    client->command = NULL;
    say(client, json); /* look() is called when it is written */
}

/* The next command, if there is a whole one. */
static void take_line(struct client *client)
{
    struct evbuffer *in = bufferevent_get_input(client->stream);
    size_t len;
    char *line = evbuffer_readln(in, &len, EVBUFFER_EOL_LF);
    if (line ? len >= SERVE_LINE_MAX : evbuffer_get_length(in) >= SERVE_LINE_MAX)
        say_last(client, "the line is longer than 16 KiB");
    else if (line && strspn(line, " \t\r") < len)
        client->command = command_begin(client->ctl->serve, line, len, answered, client);
    free(line);
}

/* Nothing is under way, and the last answer is taken: what is next? It may be the end of the client. */
static void look(struct client *client)
{
    struct evbuffer *in = bufferevent_get_input(client->stream), *out = bufferevent_get_output(client->stream);
    bool more = true;
    while (more && !client->command && !client->ends && !evbuffer_get_length(out)) {
        size_t before = evbuffer_get_length(in);
        take_line(client);
        more = evbuffer_get_length(in) < before;
    }
    bool is_free = !client->command && !evbuffer_get_length(out);
    if (is_free && (client->ends || client->is_half))
        close_client(client);
    else if (is_free)
        bufferevent_enable(client->stream, EV_READ);
    else
        bufferevent_disable(client->stream, EV_READ); /* what it sends meanwhile stays in its socket */
}

static void has_come(struct bufferevent *stream, void *of) { (void)stream, look(of); }

static void is_written(struct bufferevent *stream, void *of) { (void)stream, look(of); }

/* One that sends no more may still want its answers. */
static void has_ended(struct bufferevent *stream, short what, void *of)
{
    struct client *client = of;
    (void)stream;
    if (!(what & BEV_EVENT_EOF) || !(what & BEV_EVENT_READING)) {
        close_client(client);
        return;
    }
    client->is_half = true;
    look(client);
}

static void accepted(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from, int len, void *of)
{
    struct ctl *ctl = of;
    (void)from, (void)len;
    struct bufferevent *stream =
        ctl->count < SERVE_CLIENTS_MAX
            ? bufferevent_socket_new(evconnlistener_get_base(listener), fd, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS)
            : NULL;
    if (!stream) {
        evutil_closesocket(fd);
        return;
    }
    struct client *client = vfsim_zero("a client", 1, sizeof(*client));
    *client = (struct client){.next = ctl->clients, .before = &ctl->clients, .ctl = ctl, .stream = stream};
    if (client->next)
        client->next->before = &client->next;
    ctl->clients = client;
    ctl->count++;
    bufferevent_setcb(stream, has_come, is_written, has_ended, client);
    bufferevent_setwatermark(stream, EV_READ, 0, SERVE_LINE_MAX);
    bufferevent_enable(stream, EV_READ | EV_WRITE);
}

/* ---- the socket ---- */

/* What a server that is gone has left behind is taken away; one that answers, and whatever else lies there, stays. */
static bool make_way(const char *path, const struct sockaddr_un *name)
{
    struct stat st;
    if (lstat(path, &st))
        return true; /* binding says what is wrong */
    int fd = S_ISSOCK(st.st_mode) ? socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;
    bool is_left = fd >= 0 && connect(fd, (const struct sockaddr *)name, sizeof(*name)) && errno == ECONNREFUSED;
    if (fd >= 0)
        close(fd);
    if (!is_left || unlink(path)) {
        vfsim_complain("--ctl %s: %s", path, S_ISSOCK(st.st_mode) ? "another server listens there" : "something else lies there");
        return false;
    }
    return true;
}

static int listen_at(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(name.sun_path)) {
        vfsim_complain("--ctl %s: the path of a socket has at most %zu bytes", path, sizeof(name.sun_path) - 1);
        return -1;
    }
    memcpy(name.sun_path, path, strlen(path));
    if (!make_way(path, &name))
        return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t before = umask(0177); /* its owner's alone */
    bool good = fd >= 0 && !bind(fd, (const struct sockaddr *)&name, sizeof(name));
    umask(before);
    if (good && !listen(fd, SOMAXCONN))
        return fd;
    vfsim_complain("--ctl %s: %s", path, vfsim_why(errno));
    if (good)
        unlink(path);
    if (fd >= 0)
        close(fd);
    return -1;
}

struct ctl *ctl_open(struct serve *serve, const char *path)
{
    struct stat st = {0};
    int fd = listen_at(path);
    if (fd < 0)
        return NULL;
    struct ctl *ctl = vfsim_zero("the control socket", 1, sizeof(*ctl));
    *ctl = (struct ctl){.serve = serve, .path = vfsim_copy("the control socket", path)};
    if (!lstat(path, &st)) {
        ctl->dev = st.st_dev;
        ctl->ino = st.st_ino;
    }
    ctl->listener = evconnlistener_new(serve->base, accepted, ctl, LEV_OPT_CLOSE_ON_FREE, 0, fd);
    if (!ctl->listener) {
        vfsim_complain("--ctl %s: it can't be listened to", path);
        close(fd);
        ctl_close(ctl);
        return NULL;
    }
    serve_soften(ctl->listener);
    return ctl;
}

void ctl_close(struct ctl *ctl)
{
    struct stat st;
    if (!ctl)
        return;
    while (ctl->clients)
        close_client(ctl->clients);
    if (ctl->listener)
        evconnlistener_free(ctl->listener);
    if (!lstat(ctl->path, &st) && st.st_dev == ctl->dev && st.st_ino == ctl->ino)
        unlink(ctl->path);
    free(ctl->path);
    free(ctl);
}
