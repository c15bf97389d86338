/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim ctl SOCKET WORD…: one command to a run that is served, and its answer. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <jansson.h>

#include "vfsim.h"

/* The words as a line: one with blanks in it was one word to the shell, and is one to the language. */
static char *line_of(const char *const *words, unsigned count)
{
    size_t room = 2;
    for (unsigned i = 0; i < count; i++)
        room += 2 * strlen(words[i]) + 3;
    char *line = vfsim_zero("a command", room, 1), *p = line;
    for (unsigned i = 0; i < count; i++) {
        bool is_quoted = count > 1 && (!*words[i] || strpbrk(words[i], " \t\"#"));
        p += sprintf(p, "%s%s", i ? " " : "", is_quoted ? "\"" : "");
        for (const char *w = words[i]; *w; w++) {
            if (is_quoted && strchr("\"\\$", *w))
                *p++ = '\\';
            *p++ = *w;
        }
        if (is_quoted)
            *p++ = '"';
    }
    *p++ = '\n';
    return line;
}

static int connect_to(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(name.sun_path)) {
        vfsim_complain("%s: the path of a socket has at most %zu bytes", path, sizeof(name.sun_path) - 1);
        return -1;
    }
    memcpy(name.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && !connect(fd, (const struct sockaddr *)&name, sizeof(name)))
        return fd;
    vfsim_complain("%s: %s%s", path, vfsim_why(errno), errno == ECONNREFUSED || errno == ENOENT ? ": is it being served?" : "");
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool send_all(int fd, const char *text)
{
    for (size_t len = strlen(text); len;) {
        ssize_t sent = send(fd, text, len, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            return false;
        text += sent > 0 ? sent : 0;
        len -= sent > 0 ? (size_t)sent : 0;
    }
    return true;
}

/* A line without its end; NULL: it did not come. */
static char *answer_of(int fd)
{
    FILE *in = fdopen(fd, "r");
    char *line = NULL;
    size_t room = 0;
    ssize_t len = in ? getline(&line, &room, in) : -1;
    if (in)
        fclose(in);
    else
        close(fd);
    if (len > 0 && line[len - 1] == '\n') {
        line[len - 1] = 0;
        return line;
    }
    free(line);
    return NULL;
}

static int ask(const struct vfsim_args *args)
{
    if (args->operand_count < 2) {
        vfsim_complain("ask whom, and what? vfsim ctl SOCKET WORD…, as in: vfsim ctl /tmp/vfsim.sock status");
        return EXIT_USER;
    }
    int fd = connect_to(args->operands[0]);
    if (fd < 0)
        return EXIT_USER;
    char *line = line_of(args->operands + 1, args->operand_count - 1);
    bool is_sent = send_all(fd, line);
    char *answer = answer_of(fd); /* also of one who did not want to hear all of it */
    free(line);
    if (!answer) {
        vfsim_complain("%s: %s", args->operands[0], is_sent ? "no answer: the run is over" : "it does not listen");
        return EXIT_USER;
    }
    json_t *said = json_loads(answer, 0, NULL);
    bool is_good = json_is_true(json_object_get(said, "ok")), is_mistake = json_object_get(said, "error");
    json_decref(said);
    errno = 0;
    puts(answer);
    free(answer);
    int written = vfsim_stdout_flush();
    return written ? written : is_good ? EXIT_PASS : is_mistake ? EXIT_USER : EXIT_EXPECTATION;
}

const struct vfsim_verb vfsim_verb_ctl = {
    .name = "ctl",
    .sentence = "act on a run that vfsim serve keeps, or ask it something",
    .operands = "SOCKET WORD…",
    .what = VALUE_FILE,
    .takes_rest = true,
    .options = 0,
    .about =
        "The words are an act of a scenario's timeline without its time (`vfsim help` has them), or one of status, stats, flows, "
        "drops, rings, topology, events, act, help and quit. Prints the answer, a line of JSON. An act is answered when it has "
        "ended; behind `async` when it has begun.\n"
        "Exit status: 0 done, 1 the act ended otherwise, 2 nobody could make sense of it.",
    .examples = "vfsim ctl /tmp/vfsim.sock switch web to passthrough\n"
                "vfsim ctl /tmp/vfsim.sock ip link set h0.vmnic0 vf 0 vlan 100 spoofchk on\n"
                "vfsim ctl /tmp/vfsim.sock ethtool -S h0.vmnic0\n"
                "vfsim ctl /tmp/vfsim.sock stats h0.vmnic0 vf 0\n",
    .run = ask,
};
