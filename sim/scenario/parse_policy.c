/* SPDX-License-Identifier: GPL-2.0-or-later */
/* set VM|HOST|NIC …, iochain VM …, and what can be expected of reasons against passthrough [docs/policy.md]. */
#include <string.h>

#include "scenario/model.h"

static struct scn_word take_word(struct scn_cursor *c, const char *what)
{
    const struct scn_word *word = scn_take(c, what);
    return word ? *word : (struct scn_word){0};
}

/* ---- values ---- */

static unsigned count_words(const struct setting_info *info)
{
    unsigned n = 0;
    while (n < sizeof(info->words) / sizeof(info->words[0]) && info->words[n])
        n++;
    return n;
}

static void choices(const struct setting_info *info, const char *words[9])
{
    unsigned n = count_words(info);
    memcpy(words, info->words, n * sizeof(*words));
    words[n] = NULL;
}

static void take_value(struct scn_cursor *c, const struct setting_info *info, uint64_t *value)
{
    const char *words[9], *what = scn_printf(c->file, "value of %s", info->name);
    int which;
    *value = 0;
    choices(info, words);
    switch (info->kind) {
    case SETTING_WORD:
        which = scn_choice(c, what, words);
        *value = which < 0 ? 0 : (uint64_t)which;
        break;
    case SETTING_SIZE:
        scn_size(c, what, 0, UINT64_C(1) << 40, value);
        break;
    case SETTING_COUNT:
        scn_number(c, what, 0, 1 << 20, value);
        break;
    case SETTING_WORDS:
        do {
            which = scn_choice(c, what, words);
            if (which > 0)
                *value |= UINT64_C(1) << which;
        } while (which >= 0 && scn_peek(c));
        break;
    }
}

static bool has_word(const struct setting_info *info, const char *word)
{
    for (unsigned i = 0; i < count_words(info); i++)
        if (!strcmp(info->words[i], word))
            return true;
    return false;
}

/* ---- set … ---- */

enum { NO_SETTING = -1 };

static int find_vm_setting(const char *word)
{
    for (int i = 0; i < VM_SETTINGS; i++)
        if (!strcmp(vm_setting_describe((enum vm_setting)i)->name, word))
            return i;
    return NO_SETTING;
}

static int find_host_setting(const char *word)
{
    for (int i = 0; i < HOST_SETTINGS; i++)
        if (!strcmp(host_setting_describe((enum host_setting)i)->name, word))
            return i;
    return NO_SETTING;
}

static void refuse_setting(struct scn_cursor *c, const struct scn_word *word)
{
    struct scn_suggest suggest;
    char near[80];
    scn_suggest_init(&suggest, word->text);
    for (int i = 0; i < VM_SETTINGS; i++)
        scn_suggest_try(&suggest, vm_setting_describe((enum vm_setting)i)->name);
    for (int i = 0; i < HOST_SETTINGS; i++)
        scn_suggest_try(&suggest, host_setting_describe((enum host_setting)i)->name);
    scn_suggest_try(&suggest, "uplink");
    scn_suggest_try(&suggest, "numvfs");
    scn_fail(c, word->at, "neither a VM nor a host has a setting '%s'%s", word->text,
             scn_suggest_text(&suggest, near, sizeof(near)));
}

/* "passthrough" is a setting of both: what follows tells which is meant. */
static bool is_of_vm(const struct scn_cursor *c, int of_vm, int of_host)
{
    const struct scn_word *value = scn_peek(c);
    if (of_vm < 0 || of_host < 0)
        return of_vm >= 0;
    return value && has_word(vm_setting_describe((enum vm_setting)of_vm), value->text);
}

void scn_parse_setting(struct scn_cursor *c, struct scn_item *item)
{
    struct scn_setting *set = &item->setting;
    item->verb = SCN_DO_SET;
    *set = (struct scn_setting){.name = take_word(c, "a VM, a host or a NIC")};
    struct scn_word what = set->name.text ? take_word(c, "a setting") : (struct scn_word){0};
    if (!what.text)
        return;
    if (!strcmp(what.text, "uplink")) {
        set->of = SCN_SET_UPLINK;
        set->other = take_word(c, "a NIC");
        return;
    }
    if (!strcmp(what.text, "numvfs")) {
        set->of = SCN_SET_NUMVFS;
        scn_number(c, "a number of VFs", 0, 255, &set->value);
        set->surprise = scn_accept(c, "surprise");
        if (set->surprise && set->value)
            scn_fail(c, what.at, "only 'numvfs 0' can come as a surprise");
        return;
    }
    int of_vm = find_vm_setting(what.text), of_host = find_host_setting(what.text);
    if (of_vm < 0 && of_host < 0) {
        refuse_setting(c, &what);
        return;
    }
    bool vm = is_of_vm(c, of_vm, of_host);
    set->of = vm ? SCN_SET_VM : SCN_SET_HOST;
    set->which = (unsigned)(vm ? of_vm : of_host);
    take_value(c, vm ? vm_setting_describe((enum vm_setting)of_vm) : host_setting_describe((enum host_setting)of_host),
               &set->value);
}

void scn_parse_iochain(struct scn_cursor *c, struct scn_item *item)
{
    static const char *const acts[] = {"add", "del", NULL};
    struct scn_setting *set = &item->setting;
    item->verb = SCN_DO_SET;
    *set = (struct scn_setting){.name = take_word(c, "a VM"), .of = SCN_SET_FILTER_ADD};
    if (set->name.text && scn_choice(c, "act on an I/O chain", acts) == 1)
        set->of = SCN_SET_FILTER_DEL;
    set->other = take_word(c, "a filter's name");
    if (set->other.text && strlen(set->other.text) >= sizeof(((struct iochain_filter *)0)->name))
        scn_fail(c, set->other.at, "a filter's name has up to %zu characters",
                 sizeof(((struct iochain_filter *)0)->name) - 1);
}

/* "passthrough auto [after T]" of a VM's line. */
void scn_vm_passthrough(struct scn_cursor *c, void *into)
{
    struct scn_vm *vm = into;
    uint64_t value;
    take_value(c, vm_setting_describe(VM_SET_PASSTHROUGH), &value);
    vm->passthrough = (int)value;
    if (scn_accept(c, "after"))
        scn_time(c, "a time without reasons", &vm->calm);
}

void scn_vm_reservation(struct scn_cursor *c, void *into)
{
    struct scn_vm *vm = into;
    take_value(c, vm_setting_describe(VM_SET_RESERVATION), &vm->reservation);
    vm->reservation_given = true;
}

void scn_host_vectors(struct scn_cursor *c, void *into)
{
    take_value(c, host_setting_describe(HOST_SET_VECTORS), &((struct scn_host *)into)->vectors);
}

void scn_check_setting(struct scenario *sc, struct scn_setting *set)
{
    static const enum scn_kind kinds[] = {[SCN_SET_VM] = SCN_VM,         [SCN_SET_HOST] = SCN_HOST,
                                          [SCN_SET_UPLINK] = SCN_VM,     [SCN_SET_FILTER_ADD] = SCN_VM,
                                          [SCN_SET_FILTER_DEL] = SCN_VM, [SCN_SET_NUMVFS] = SCN_NIC};
    static const char *const what[SCN_KINDS] = {[SCN_VM] = "a VM", [SCN_HOST] = "a host", [SCN_NIC] = "a NIC"};
    enum scn_kind kind = kinds[set->of];
    const struct scn_name *found = set->name.text ? scn_resolve(sc, &set->name, SCN_BIT(kind), what[kind]) : NULL;
    if (!found)
        return;
    set->index = found->index;
    if (set->of != SCN_SET_UPLINK || !set->other.text)
        return;
    if (!strchr(set->other.text, '.'))
        set->other.text = scn_printf(&sc->file, "%s.%s", sc->hosts[sc->vms[found->index].host_index].name.text, set->other.text);
    scn_resolve(sc, &set->other, SCN_BIT(SCN_NIC), "a NIC");
}

/* ---- V reason WORD|none ---- */

bool scn_parse_expect_reason(struct scn_cursor *c, struct scn_expect *e)
{
    const char *words[PT_REASON_COUNT + 2];
    for (unsigned i = 0; i < PT_REASON_COUNT; i++)
        words[i] = pt_reason_describe((enum pt_reason)i)->word;
    words[PT_REASON_COUNT] = "none";
    words[PT_REASON_COUNT + 1] = NULL;
    scn_need(c, "reason");
    e->subject = SCN_EXPECT_REASON;
    e->state = scn_choice(c, "reason against passthrough", words);
    scn_finish(c);
    if (e->state < 0 || c->failed)
        return false;
    e->text = scn_printf(c->file, "%s reason %s", e->name.text, words[e->state]);
    return true;
}
