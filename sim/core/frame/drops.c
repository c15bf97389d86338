/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who dropped how many frames, where and why: one counter a (component, sub place, fate). */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/frame/books_private.h"

void drops__fini(struct drops *drops)
{
    free(drops->drop);
    free(drops->sorted);
    map_fini(&drops->index);
}

static uint8_t word_index(struct drops *drops, const char *word)
{
    if (!word)
        return 0;
    for (uint32_t i = 1; i < drops->words; i++)
        if (strncmp(drops->word[i], word, SUB_WORD_LEN - 1) == 0)
            return (uint8_t)i;
    assert(drops->words <= SUB_WORD_MAX && "too many wordings of sub places");
    snprintf(drops->word[drops->words], SUB_WORD_LEN, "%s", word);
    return (uint8_t)drops->words++;
}

static uint64_t drop_key(const struct drop *d)
{
    return (uint64_t)d->component << 48 | (uint64_t)d->fate << 40 | (uint64_t)d->word << 32 | (uint32_t)d->sub;
}

static uint32_t drop_add(struct drops *drops, const struct drop *d)
{
    if (drops->count == drops->cap) {
        drops->cap = drops->cap ? 2 * drops->cap : 64;
        drops->drop = alloc_grow("the table of drops", drops->drop, sizeof(*drops->drop) * drops->cap);
    }
    drops->drop[drops->count] = *d;
    map_add(&drops->index, drop_key(d), drops->count);
    return drops->count++;
}

uint32_t drops__count(struct drops *drops, uint16_t component, enum fate fate, const char *sub_word, int sub)
{
    if (!sub_word)
        sub = -1;
    if (drops->count) {
        struct drop *last = &drops->drop[drops->last];
        if (last->component == component && last->fate == (uint8_t)fate && last->sub == sub && drops->last_word == sub_word &&
            (sub_word || last->word == 0)) {
            last->count++;
            return drops->last;
        }
    }
    struct drop d = {.sub = sub, .component = component, .word = word_index(drops, sub_word), .fate = (uint8_t)fate};
    uint32_t i = map_find(&drops->index, drop_key(&d));
    if (i == UINT32_MAX)
        i = drop_add(drops, &d);
    drops->drop[i].count++;
    drops->last = i;
    drops->last_word = sub_word;
    return i;
}

/* ---- the report ---- */

static int drop_compare(const void *a, const void *b, void *context)
{
    const struct drops *drops = context;
    const struct drop *x = &drops->drop[*(const uint32_t *)a];
    const struct drop *y = &drops->drop[*(const uint32_t *)b];
    if (x->component != y->component)
        return x->component < y->component ? -1 : 1;
    int words = strcmp(drops->word[x->word], drops->word[y->word]);
    if (words)
        return words;
    if (x->sub != y->sub)
        return x->sub < y->sub ? -1 : 1;
    return (int)x->fate - (int)y->fate;
}

static void renew_sorted(struct drops *drops)
{
    if (drops->sorted_count == drops->count)
        return;
    drops->sorted = alloc_grow("the table of drops", drops->sorted, sizeof(*drops->sorted) * drops->count);
    for (uint32_t i = 0; i < drops->count; i++)
        drops->sorted[i] = i;
    qsort_r(drops->sorted, drops->count, sizeof(*drops->sorted), drop_compare, drops);
    drops->sorted_count = drops->count;
}

/* "h0.vmnic0" and "vf %d" with 2 to "h0.vmnic0 vf 2". The word may come from a file: it is no format to trust. */
void drop_place(char *text, size_t size, const char *name, const char *word, int sub)
{
    if (!word || !word[0]) {
        snprintf(text, size, "%s", name);
        return;
    }
    const char *number = strstr(word, "%d");
    if (number)
        snprintf(text, size, "%s %.*s%d%s", name, (int)(number - word), word, sub, number + 2);
    else
        snprintf(text, size, "%s %s", name, word);
}

bool books_get_drop(const struct sim *sim, uint32_t i, struct drop_report *out)
{
    struct drops *drops = &sim->books->drops;
    if (i >= drops->count)
        return false;
    renew_sorted(drops);
    const struct drop *d = &drops->drop[drops->sorted[i]];
    const struct component *c = component_by_id((struct sim *)(uintptr_t)sim, d->component);
    drop_place(out->place, sizeof(out->place), c ? c->name : "?", drops->word[d->word], d->sub);
    out->fate = d->fate;
    out->count = d->count;
    out->lost = d->lost;
    out->lost_no_flow = d->lost_no_flow;
    return true;
}

/* ---- save and load ---- */

static void load_drops(struct drops *drops, struct save *s, uint32_t count)
{
    drops->count = drops->sorted_count = drops->last = 0;
    drops->last_word = NULL;
    map_fini(&drops->index);
    for (uint32_t i = 0; i < count && !s->err; i++) {
        struct drop d = {0};
        save_field(s, d);
        if (s->err)
            return;
        if (d.fate >= FATE_COUNT || d.word >= drops->words || map_find(&drops->index, drop_key(&d)) != UINT32_MAX)
            save_fail(s, -EPROTO, "drop counter %u is impossible", i);
        else
            drop_add(drops, &d);
    }
}

void drops__save(struct drops *drops, struct save *s)
{
    uint32_t words = drops->words, count = drops->count;
    save_field(s, words);
    save_field(s, count);
    if (!s->err && (words == 0 || words > SUB_WORD_MAX + 1)) {
        save_fail(s, -EPROTO, "%u wordings of sub places", words);
        return;
    }
    if (save_is_loading(s) && s->err)
        return;
    drops->words = words;
    for (uint32_t i = 1; i < words; i++) {
        save_field(s, drops->word[i]);
        drops->word[i][SUB_WORD_LEN - 1] = '\0';
    }
    if (save_is_loading(s)) {
        load_drops(drops, s, count);
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        save_field(s, drops->drop[i]);
}
