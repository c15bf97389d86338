/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way of commands: a virtio console, on which the guest's first program (tools/uml/init) reads lines "NUMBER COMMAND" and
 * answers with "NUMBER STATUS BYTES" and that many bytes, when a command has ended. Once it is up it says "up RELEASE".
 * [virtio 1.2, 5.3]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "external/uml__.h"

enum { TO_GUEST = 0, FROM_GUEST = 1, HEADER_MAX = 80, IN_MAX = 64 << 20 };

static void append(const char *who, char **text, size_t *len, const void *bytes, size_t count)
{
    *text = alloc_grow(who, *text, *len + count + 1);
    memcpy(*text + *len, bytes, count);
    *len += count;
    (*text)[*len] = '\0';
}

static void forget(char *text, size_t *len, size_t count)
{
    memmove(text, text + count, *len - count + 1);
    *len -= count;
}

static void send_on(struct uml_console *console)
{
    struct uml_chain chain;
    bool sent = false;
    while (!console->dev.uml->paused && console->out_len && uml__take(&console->dev, TO_GUEST, &chain)) {
        uint32_t len = chain.parts && chain.part[0].for_guest ? chain.part[0].len : 0;
        if (len > console->out_len)
            len = (uint32_t)console->out_len;
        if (len) {
            memcpy(chain.part[0].at, console->out, len);
            forget(console->out, &console->out_len, len);
        }
        uml__give(&console->dev, TO_GUEST, &chain, len);
        sent = true;
    }
    if (sent)
        uml__call(&console->dev, TO_GUEST);
}

void uml__console_write(struct uml_console *console, const char *text)
{
    append("a guest's console", &console->out, &console->out_len, text, strlen(text));
    send_on(console);
}

void uml__console_go_on(struct uml_console *console) { send_on(console); }

/* One answer, if all of it has come. */
static bool take_answer(struct uml_console *console)
{
    struct uml *uml = console->dev.uml;
    char *end = console->in_len ? memchr(console->in, '\n', console->in_len) : NULL;
    unsigned number;
    int status;
    size_t bytes;
    if (!end)
        return false;
    size_t head = (size_t)(end - console->in) + 1;
    if (!strncmp(console->in, "up ", 3)) {
        forget(console->in, &console->in_len, head);
        vm_is_up(uml->vm);
        return true;
    }
    if (head > HEADER_MAX || sscanf(console->in, "%u %d %zu\n", &number, &status, &bytes) != 3 || bytes > IN_MAX) {
        uml__over(uml, "its first program says what nobody understands");
        return false;
    }
    if (console->in_len < head + bytes)
        return false;
    vm_exec_done(uml->vm, number, status, console->in + head, bytes);
    forget(console->in, &console->in_len, head + bytes);
    return true;
}

static void kicked(struct uml_device *dev, unsigned queue)
{
    struct uml_console *console = (struct uml_console *)dev;
    struct uml_chain chain;
    if (queue == TO_GUEST)
        send_on(console);
    while (queue == FROM_GUEST && uml__take(dev, FROM_GUEST, &chain)) {
        for (unsigned i = 0; i < chain.parts; i++)
            if (!chain.part[i].for_guest)
                append("a guest's console", &console->in, &console->in_len, chain.part[i].at, chain.part[i].len);
        uml__give(dev, FROM_GUEST, &chain, 0);
    }
    while (take_answer(console))
        ;
}

int uml__console_open(struct uml_console *console, struct uml *uml)
{
    return uml__device_open(&console->dev, uml, "console", kicked);
}

void uml__console_close(struct uml_console *console)
{
    uml__device_close(&console->dev);
    free(console->out);
    free(console->in);
    *console = (struct uml_console){.dev = console->dev};
}
