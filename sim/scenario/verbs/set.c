/* SPDX-License-Identifier: GPL-2.0-or-later */
/* set VM|HOST|NIC …: what the policy of passthrough looks at, and what is written to sriov_numvfs [docs/policy.md]. */
#include <errno.h>
#include <string.h>

#include "scenario/verbs/verbs__.h"

enum set_of { SET_VM, SET_HOST, SET_UPLINK, SET_NUMVFS };

struct setting {
    struct scn_word name, nic;
    enum set_of of;
    bool surprise;
    unsigned index, which; /* of the name, by its kind; enum vm_setting or host_setting */
    uint64_t value;
};

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

void verb__take_setting(struct scn_cursor *c, const struct setting_info *info, uint64_t *value)
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

/* ---- the line ---- */

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

/* Not `set NAME VALUE`, a variable. */
static bool is_meant(const struct scn_cursor *c) { return c->count > 3; }

static void parse_setting(struct scn_cursor *c, struct scn_item *item)
{
    struct setting *set = item->said = scn_alloc(c->file, sizeof(*set));
    set->name = scn_take_word(c, "a VM, a host or a NIC");
    struct scn_word what = set->name.text ? scn_take_word(c, "a setting") : (struct scn_word){0};
    if (!what.text)
        return;
    if (!strcmp(what.text, "uplink")) {
        set->of = SET_UPLINK;
        set->nic = scn_take_word(c, "a NIC");
        return;
    }
    if (!strcmp(what.text, "numvfs")) {
        set->of = SET_NUMVFS;
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
    set->of = vm ? SET_VM : SET_HOST;
    set->which = (unsigned)(vm ? of_vm : of_host);
    verb__take_setting(c, vm ? vm_setting_describe((enum vm_setting)of_vm) : host_setting_describe((enum host_setting)of_host),
                       &set->value);
}

static void check(struct scenario *sc, struct scn_item *item)
{
    struct setting *set = item->said;
    static const enum scn_kind kinds[] = {[SET_VM] = SCN_VM, [SET_HOST] = SCN_HOST, [SET_UPLINK] = SCN_VM, [SET_NUMVFS] = SCN_NIC};
    static const char *const what[SCN_KINDS] = {[SCN_VM] = "a VM", [SCN_HOST] = "a host", [SCN_NIC] = "a NIC"};
    enum scn_kind kind = kinds[set->of];
    const struct scn_name *found = set->name.text ? scn_resolve(sc, &set->name, SCN_BIT(kind), what[kind]) : NULL;
    if (!found)
        return;
    set->index = found->index;
    if (kind == SCN_NIC)
        verb__check_operated(sc, &set->name);
    if (set->of != SET_UPLINK || !set->nic.text)
        return;
    if (!strchr(set->nic.text, '.'))
        set->nic.text = scn_printf(&sc->file, "%s.%s", sc->hosts[sc->vms[found->index].host_index].name.text, set->nic.text);
    scn_resolve(sc, &set->nic, SCN_BIT(SCN_NIC), "a NIC");
}

/* ---- acting ---- */

/* In the words of a shell that wrote to sriov_numvfs. */
static void num_vfs_done(struct world *w, unsigned item, int status)
{
    const char *why = status == -ERANGE    ? "Numerical result out of range (the NIC has fewer)"
                      : status == -EBUSY   ? "Device or resource busy (VFs are in use, or there are some: 0 comes first)"
                      : status == -ENOTSUP ? "No such file or directory (the NIC has no SR-IOV)"
                                           : world__errno_text(status);
    if (status)
        world__refused(w, &w->sc->items[item], "write error: %s", why);
}

static void set_num_vfs(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    const struct setting *set = item->said;
    int status = host_set_num_vfs(w->hosts[w->sc->nics[set->index].host], set->name.text, (unsigned)set->value, set->surprise,
                                  &w->comp, WORLD_ADMIN_DONE, index);
    if (status)
        num_vfs_done(w, index, status);
    else {
        w->st.outstanding++;
        w->acts[index].asked++;
    }
}

static void act(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    const struct setting *set = item->said;
    switch (set->of) {
    case SET_VM:
        host_set_vm(world__host_of(w, set->index), w->vms[set->index], (enum vm_setting)set->which, set->value);
        break;
    case SET_HOST:
        host_set(w->hosts[set->index], (enum host_setting)set->which, set->value);
        break;
    case SET_UPLINK:
        world__judge_status(w, item, host_set_uplink(world__host_of(w, set->index), w->vms[set->index], set->nic.text));
        break;
    case SET_NUMVFS:
        set_num_vfs(w, index);
        break;
    }
}

static bool is_under_way(const struct world *w)
{
    for (unsigned h = 0; h < w->sc->host_count; h++)
        if (host_policy_is_under_way(w->hosts[h]))
            return true;
    return false;
}

/* What a scenario's declarations say of it. */

/* What a scenario's declarations say of it. */
static void build_policies(struct world *w)
{
    const struct scenario *sc = w->sc;
    for (unsigned i = 0; i < sc->host_count; i++)
        if (sc->hosts[i].vectors)
            host_set(w->hosts[i], HOST_SET_VECTORS, sc->hosts[i].vectors);
    for (unsigned i = 0; i < sc->vm_count; i++) {
        const struct scn_vm *vm = &sc->vms[i];
        struct host *host = w->hosts[vm->host_index];
        if (vm->passthrough >= 0)
            host_set_vm(host, w->vms[i], VM_SET_PASSTHROUGH, (uint64_t)vm->passthrough);
        if (vm->reservation_given)
            host_set_vm(host, w->vms[i], VM_SET_RESERVATION, vm->reservation);
        if (vm->calm)
            host_set_calm(host, w->vms[i], vm->calm);
    }
}

static const char *vm_of(const struct scn_item *item) { return ((const struct setting *)item->said)->name.text; }

static const struct verb_form forms[] = {
    {"set VM SETTING VALUE", "passthrough auto|manual, adapter vmxnet3|basic, link connected|disconnected, …", NULL, 0},
    {"set VM uplink NIC", "another uplink of its port", NULL, 0},
    {"set HOST SETTING VALUE", "npa on|off, passthrough on|off, iommu on|off, dvs …, vectors N, guests …", NULL, 0},
    {"set NIC numvfs N [surprise]", "what is written to sriov_numvfs", NULL, 0},
    {NULL},
};

static const struct verb verb_set = {
    .kind = VERB_ACTS,
    .word = "set",
    .place = 170,
    .sentence = "change what the policy of passthrough looks at, or the number of VFs",
    .forms = forms,
    .example = "500ms set web ft on",
    .endings = "refused unfinished",
    .parse = parse_setting,
    .is_meant = is_meant,
    .check = check,
    .phase = BUILD_SETTINGS,
    .build = build_policies,
    .act = act,
    .done = num_vfs_done,
    .is_under_way = is_under_way,
    .ending = world__end_of_requests,
    .vm_of = vm_of,
    .npa_kernel = true,
};
VERB(verb_set);
