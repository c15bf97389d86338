/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The live page, by libevent's evhttp: what can be looked at, and one thing that can be done, with a token.
 *
 * Whatever is asked for is made once for all who ask within FRESH_MS, and is whole before it is sent: a slow client keeps a buffer
 * for SECONDS_MAX, and nothing of the run waits for it. A name in Host that is no address of ours is another site's.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "serve/serve__.h"

enum { SECONDS_MAX = 10, HEADERS_MAX = 8 << 10, FRESH_MS = 100 };

extern const char serve__page[], serve__script[], serve__style[], serve__look[]; /* assets.S */

struct cached {
    char *text;
    uint64_t made_ms;
};

struct waiting { /* a request whose command is under way */
    struct waiting *next, **before;
    struct http *http;
    struct evhttp_request *request;
    struct command *command;
};

struct http {
    struct serve *serve;
    struct evhttp *server;
    struct cached state, topology;
    struct waiting *waiting;
    unsigned waits;
    char token[SERVE_TOKEN_LEN];
};

/* ---- answers ---- */

static void head(struct evhttp_request *request, const char *type)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    evhttp_add_header(headers, "Content-Type", type);
    evhttp_add_header(headers, "Cache-Control", "no-store");
    evhttp_add_header(headers, "X-Content-Type-Options", "nosniff");
    evhttp_add_header(headers, "Referrer-Policy", "no-referrer");
    evhttp_add_header(headers, "Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'");
}

static void put(struct evhttp_request *request, int code, const char *type, const char *text, size_t len)
{
    struct evbuffer *body = evbuffer_new();
    if (body)
        evbuffer_add(body, text, len);
    head(request, type);
    evhttp_send_reply(request, code, NULL, body);
    if (body)
        evbuffer_free(body);
}

static void refuse(struct evhttp_request *request, int code, const char *why)
{
    char *answer = command_refusal(why);
    put(request, code, "application/json", answer, strlen(answer));
    free(answer);
}

/* ---- whom it answers ---- */

/* A page elsewhere may have its name lead here: such a name is not what a person has asked us by. */
static bool is_for_us(struct evhttp_request *request)
{
    const char *host = evhttp_request_get_host(request);
    unsigned char address[sizeof(struct in6_addr)];
    char bare[64];
    if (!host)
        return true; /* HTTP/1.0 */
    size_t len = strlen(host);
    bool is_bracketed = len > 2 && host[0] == '[' && host[len - 1] == ']';
    snprintf(bare, sizeof(bare), "%.*s", (int)(is_bracketed ? len - 2 : len), host + is_bracketed);
    return !strcmp(bare, "localhost") || inet_pton(AF_INET, bare, address) == 1 || inet_pton(AF_INET6, bare, address) == 1;
}

static bool may_look(struct evhttp_request *request)
{
    if (!is_for_us(request)) {
        refuse(request, 421, "this name is not ours: ask by address, or by localhost");
        return false;
    }
    enum evhttp_cmd_type type = evhttp_request_get_command(request);
    if (type == EVHTTP_REQ_GET || type == EVHTTP_REQ_HEAD)
        return true;
    refuse(request, 405, "this can only be read");
    return false;
}

/* ---- what can be looked at ---- */

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static json_t *state_json(struct serve *serve)
{
    return json_pack("{so so so so so so}", "status", figures_status(serve), "counters", figures_counters(serve, NULL), "flows",
                     figures_flows(serve), "drops", figures_drops(serve), "rings", figures_rings(serve), "events",
                     events_json(&serve->events, 0));
}

static void put_cached(struct evhttp_request *request, struct http *http, struct cached *cached, json_t *(*make)(struct serve *))
{
    uint64_t now = now_ms();
    if (!cached->text || now - cached->made_ms >= FRESH_MS) {
        serve_catch_up(http->serve);
        json_t *json = make(http->serve);
        free(cached->text);
        cached->text = json ? json_dumps(json, JSON_COMPACT) : NULL;
        cached->made_ms = now;
        json_decref(json);
    }
    if (cached->text)
        put(request, 200, "application/json", cached->text, strlen(cached->text));
    else
        refuse(request, 500, "what is there can't be told");
}

static void get_state(struct evhttp_request *request, void *of)
{
    struct http *http = of;
    if (may_look(request))
        put_cached(request, http, &http->state, state_json);
}

static void get_topology(struct evhttp_request *request, void *of)
{
    struct http *http = of;
    if (may_look(request))
        put_cached(request, http, &http->topology, figures_topology);
}

static void get_metrics(struct evhttp_request *request, void *of)
{
    struct http *http = of;
    struct evbuffer *body = may_look(request) ? evbuffer_new() : NULL;
    if (!body)
        return;
    serve_catch_up(http->serve);
    metrics_put(http->serve, body);
    head(request, "text/plain; version=0.0.4; charset=utf-8");
    evhttp_send_reply(request, 200, NULL, body);
    evbuffer_free(body);
}

static void get_file(struct evhttp_request *request, void *of)
{
    static const struct {
        const char *path, *type, *text;
    } files[] = {{"/", "text/html; charset=utf-8", serve__page},
                 {"/live.js", "text/javascript; charset=utf-8", serve__script},
                 {"/live.css", "text/css; charset=utf-8", serve__style},
                 {"/page.css", "text/css; charset=utf-8", serve__look}};
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
    (void)of;
    if (!may_look(request))
        return;
    for (size_t i = 0; path && i < sizeof(files) / sizeof(files[0]); i++)
        if (!strcmp(path, files[i].path)) {
            put(request, 200, files[i].type, files[i].text, strlen(files[i].text));
            return;
        }
    refuse(request, 404, "there is /, /state.json, /topology.json, /metrics, and, with a token, /act");
}

/* ---- what can be done ---- */

static void drop(struct waiting *waiting)
{
    *waiting->before = waiting->next;
    if (waiting->next)
        waiting->next->before = waiting->before;
    waiting->http->waits--;
    free(waiting);
}

static void answered(void *to, char *json)
{
    struct waiting *waiting = to;
    struct evhttp_request *request = waiting->request;
    evhttp_connection_set_closecb(evhttp_request_get_connection(request), NULL, NULL);
    drop(waiting);
    put(request, 200, "application/json", json, strlen(json));
    free(json);
}

static void went_away(struct evhttp_connection *connection, void *of)
{
    struct waiting *waiting = of;
    (void)connection;
    command_forget(waiting->command);
    drop(waiting);
}

/* In no time that tells how much of it is right. */
static bool has_token(const struct http *http, struct evhttp_request *request)
{
    static const char scheme[] = "Bearer ";
    const char *said = evhttp_find_header(evhttp_request_get_input_headers(request), "Authorization");
    unsigned char differs = 0;
    if (!said || strncmp(said, scheme, sizeof(scheme) - 1) != 0 || strlen(said) != sizeof(scheme) - 1 + sizeof(http->token) - 1)
        return false;
    for (size_t i = 0; i < sizeof(http->token) - 1; i++)
        differs |= (unsigned char)(said[sizeof(scheme) - 1 + i] ^ http->token[i]);
    return !differs;
}

static void post_act(struct evhttp_request *request, void *of)
{
    struct http *http = of;
    struct evbuffer *body = evhttp_request_get_input_buffer(request);
    size_t len = evbuffer_get_length(body);
    if (!is_for_us(request)) {
        refuse(request, 421, "this name is not ours: ask by address, or by localhost");
    } else if (evhttp_request_get_command(request) != EVHTTP_REQ_POST) {
        refuse(request, 405, "an act is posted");
    } else if (!has_token(http, request)) {
        refuse(request, 403, "this needs the token that vfsim serve has told");
    } else if (http->waits >= SERVE_CLIENTS_MAX) {
        refuse(request, 503, "too many acts are under way");
    } else {
        struct waiting *waiting = vfsim_zero("a request", 1, sizeof(*waiting));
        *waiting = (struct waiting){.next = http->waiting, .before = &http->waiting, .http = http, .request = request};
        if (waiting->next)
            waiting->next->before = &waiting->next;
        http->waiting = waiting;
        http->waits++;
        waiting->command = command_begin(http->serve, (const char *)evbuffer_pullup(body, -1), len, answered, waiting);
        evhttp_connection_set_closecb(evhttp_request_get_connection(request), went_away, waiting);
    }
}

/* ---- the door ---- */

static bool make_token(char token[SERVE_TOKEN_LEN])
{
    unsigned char bytes[(SERVE_TOKEN_LEN - 1) / 2];
    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
        return false;
    for (size_t i = 0; i < sizeof(bytes); i++)
        snprintf(token + 2 * i, 3, "%02x", bytes[i]);
    return true;
}

/* "8080", "127.0.0.1:8080", "[::1]:8080". */
static bool take_where(const char *text, char address[64], uint16_t *port)
{
    const char *colon = strrchr(text, ':'), *digits = colon ? colon + 1 : text;
    char *end;
    unsigned long number = strtoul(digits, &end, 10);
    unsigned char bytes[sizeof(struct in6_addr)];
    size_t len = colon ? (size_t)(colon - text) : 0;
    bool is_bracketed = len > 2 && text[0] == '[' && colon[-1] == ']';
    snprintf(address, 64, "%.*s", (int)(is_bracketed ? len - 2 : len), text + is_bracketed);
    if (!colon || !strcmp(address, "localhost"))
        snprintf(address, 64, "127.0.0.1");
    *port = (uint16_t)number;
    bool is_address = is_bracketed ? inet_pton(AF_INET6, address, bytes) == 1 : inet_pton(AF_INET, address, bytes) == 1;
    if (!is_address || *digits < '0' || *digits > '9' || *end || number > 65535) {
        vfsim_complain("--http %s: an address and a port such as 127.0.0.1:8080, [::1]:8080, or a port alone (0: any that is free)",
                       text);
        return false;
    }
    return true;
}

static bool is_loopback(const char *address) { return !strncmp(address, "127.", 4) || !strcmp(address, "::1"); }

static void tell_place(const struct http *http, evutil_socket_t fd, const char *address)
{
    struct sockaddr_storage name;
    socklen_t len = sizeof(name);
    uint16_t port = 0;
    bool six = strchr(address, ':');
    if (!getsockname(fd, (struct sockaddr *)&name, &len))
        port = ntohs(six ? ((struct sockaddr_in6 *)&name)->sin6_port : ((struct sockaddr_in *)&name)->sin_port);
    vfsim_complain("live page: http://%s%s%s:%u/#%s", six ? "[" : "", address, six ? "]" : "", port, http->token);
    if (!is_loopback(address))
        vfsim_complain("note: whoever reaches %s can look at it; what changes the run needs the token behind the #", address);
}

static void set_up(struct http *http)
{
    evhttp_set_timeout(http->server, SECONDS_MAX);
    evhttp_set_max_headers_size(http->server, HEADERS_MAX);
    evhttp_set_max_body_size(http->server, SERVE_LINE_MAX);
    evhttp_set_allowed_methods(http->server, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST);
    evhttp_set_cb(http->server, "/state.json", get_state, http);
    evhttp_set_cb(http->server, "/topology.json", get_topology, http);
    evhttp_set_cb(http->server, "/metrics", get_metrics, http);
    evhttp_set_cb(http->server, "/act", post_act, http);
    evhttp_set_gencb(http->server, get_file, http);
}

struct http *http_open(struct serve *serve, const char *where)
{
    char address[64];
    uint16_t port;
    if (!take_where(where, address, &port))
        return NULL;
    struct http *http = vfsim_zero("the live page", 1, sizeof(*http));
    http->serve = serve;
    http->server = evhttp_new(serve->base);
    errno = 0;
    struct evhttp_bound_socket *bound =
        http->server && make_token(http->token) ? evhttp_bind_socket_with_handle(http->server, address, port) : NULL;
    if (!bound) {
        vfsim_complain("--http %s: %s", where, errno ? vfsim_why(errno) : "it can't be listened to");
        http_close(http);
        return NULL;
    }
    set_up(http);
    serve_soften(evhttp_bound_socket_get_listener(bound));
    tell_place(http, evhttp_bound_socket_get_fd(bound), address);
    return http;
}

void http_close(struct http *http)
{
    if (!http)
        return;
    while (http->waiting)
        went_away(NULL, http->waiting);
    if (http->server)
        evhttp_free(http->server);
    free(http->state.text);
    free(http->topology.text);
    free(http);
}
