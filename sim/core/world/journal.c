/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/world/journal.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/world/journal_private.h"
#include "core/world/sim.h"

/* plain data; messages by 1 + index */
struct talk {
    uint32_t first, last, count, left_out;
};

struct journal {
    struct talk *talk; /* 0 … talks; the first one is nobody's */
    uint32_t talks, talk_cap;
    struct journal_message *message;
    uint32_t messages, message_cap;
};

const char *journal_role_name(enum journal_role role)
{
    static const char *const names[JOURNAL_ROLE_COUNT] = {
        "hypervisor", "shell", "plugin", "emulated device", "PF", "VF", "embedded switch", "VM", "outside", "rollout",
    };
    return (unsigned)role < JOURNAL_ROLE_COUNT ? names[role] : "?";
}

struct journal *journal__create(void)
{
    struct journal *journal = alloc_zero("the journal", 1, sizeof(*journal));
    journal->talk_cap = 16;
    journal->talk = alloc_zero("the journal", journal->talk_cap, sizeof(*journal->talk));
    return journal;
}

void journal__destroy(struct journal *journal)
{
    if (!journal)
        return;
    free(journal->talk);
    free(journal->message);
    free(journal);
}

/* Room for `count` records; false: no memory. */
static bool reserve(void **array, uint32_t *cap, uint32_t count, size_t size)
{
    if (count <= *cap)
        return true;
    uint32_t more = 2 * *cap > count ? 2 * *cap : count;
    void *grown = alloc_grow("the journal", *array, more * size);
    *array = grown;
    *cap = more;
    return true;
}

uint32_t journal_open(struct sim *sim)
{
    struct journal *journal = sim->journal;
    if (journal->talks == JOURNAL_TALKS_MAX ||
        !reserve((void **)&journal->talk, &journal->talk_cap, journal->talks + 2, sizeof(*journal->talk)))
        return 0;
    journal->talk[++journal->talks] = (struct talk){0};
    return journal->talks;
}

void journal_say(struct sim *sim, uint32_t talk, struct journal_party from, struct journal_party to, const char *fmt, ...)
{
    struct journal *journal = sim->journal;
    if (talk == 0)
        return;
    assert(talk <= journal->talks && "a conversation that nobody opened");
    struct talk *t = &journal->talk[talk];
    if (t->count == JOURNAL_TALK_MESSAGES_MAX || journal->messages == JOURNAL_MESSAGES_MAX ||
        !reserve((void **)&journal->message, &journal->message_cap, journal->messages + 1, sizeof(*journal->message))) {
        t->left_out++;
        return;
    }
    struct journal_message *message = &journal->message[journal->messages++];
    memset(message, 0, sizeof(*message)); /* saved as it is, tail of `what` included */
    message->at = sim_now(sim);
    message->from = from;
    message->to = to;
    message->talk = talk;
    va_list args;
    va_start(args, fmt);
    vsnprintf(message->what, sizeof(message->what), fmt, args);
    va_end(args);
    if (t->count++)
        journal->message[t->last - 1].next = journal->messages;
    else
        t->first = journal->messages;
    t->last = journal->messages;
}

const struct journal_message *journal_next(const struct sim *sim, uint32_t talk, const struct journal_message *after)
{
    const struct journal *journal = sim->journal;
    if (talk == 0 || talk > journal->talks)
        return NULL;
    uint32_t next = after ? after->next : journal->talk[talk].first;
    return next ? &journal->message[next - 1] : NULL;
}

uint32_t journal_left_out(const struct sim *sim, uint32_t talk)
{
    return talk && talk <= sim->journal->talks ? sim->journal->talk[talk].left_out : 0;
}

/* ---- save and load ---- */

static bool is_sound(const struct journal *journal, uint32_t i)
{
    const struct journal_message *message = &journal->message[i];
    return message->talk && message->talk <= journal->talks && message->next <= journal->messages &&
           (!message->next || message->next > i + 1) && message->from.role < JOURNAL_ROLE_COUNT &&
           message->to.role < JOURNAL_ROLE_COUNT && memchr(message->what, 0, sizeof(message->what));
}

void journal__save(struct journal *journal, struct save *s)
{
    uint32_t talks = journal->talks, messages = journal->messages;
    save_section(s, "journal", 1);
    save_field(s, talks);
    save_field(s, messages);
    if (s->err)
        return;
    if (save_is_loading(s)) {
        if (talks > JOURNAL_TALKS_MAX || messages > JOURNAL_MESSAGES_MAX) {
            save_fail(s, -EPROTO, "%u messages in %u conversations", messages, talks);
            return;
        }
        if (!reserve((void **)&journal->talk, &journal->talk_cap, talks + 1, sizeof(*journal->talk)) ||
            !reserve((void **)&journal->message, &journal->message_cap, messages, sizeof(*journal->message))) {
            save_fail(s, -ENOMEM, "no memory for %u messages", messages);
            return;
        }
    }
    journal->talks = talks;
    journal->messages = messages;
    if (talks)
        save_bytes(s, &journal->talk[1], talks * sizeof(*journal->talk));
    if (messages)
        save_bytes(s, journal->message, messages * sizeof(*journal->message));
    if (!save_is_loading(s) || s->err)
        return;
    for (uint32_t i = 1; i <= talks; i++)
        if (journal->talk[i].first > messages || journal->talk[i].last > messages)
            save_fail(s, -EPROTO, "conversation %u leads nowhere", i);
    for (uint32_t i = 0; i < messages && !s->err; i++)
        if (!is_sound(journal, i))
            save_fail(s, -EPROTO, "message %u is impossible", i);
}
