/* SPDX-License-Identifier: GPL-2.0-or-later */
/* suspend V, resume V, snapshot V to FILE, restore V from FILE: a VM stands still, and goes on [docs/suspend.md]. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "scenario/verbs/verbs__.h"

/* what a line says */
struct standstill {
    struct scn_word vm, file;
    bool stay;
    const char *path; /* of a restore: the file as it was found; NULL: an earlier line takes it */
};

static const struct verb verb_suspend, verb_resume, verb_snapshot, verb_restore;
static const struct verb verb_expect_suspend, verb_expect_snapshot, verb_expect_restore;

/* ---- parsing and checking ---- */

static void parse_suspend(struct scn_cursor *c, struct scn_item *item)
{
    struct standstill *said = item->said = scn_alloc(c->file, sizeof(*said));
    said->vm = scn_take_word(c, "a VM");
}

static void parse_file(struct scn_cursor *c, struct scn_item *item, const char *way)
{
    parse_suspend(c, item);
    struct standstill *said = item->said;
    if (!said->vm.text || !scn_need(c, way))
        return;
    said->file = scn_take_word(c, "a file");
    if (!said->file.text)
        return;
    if (strlen(said->file.text) >= STANDSTILL_FILE_MAX)
        scn_fail(c, said->file.at, "a snapshot's name has up to %d characters", STANDSTILL_FILE_MAX - 1);
    if (strchr(said->file.text, '/'))
        scn_fail(c, said->file.at, "a snapshot is named without its folder, which --snapshots says");
}

static void parse_snapshot(struct scn_cursor *c, struct scn_item *item)
{
    parse_file(c, item, "to");
    struct standstill *said = item->said;
    if (said->file.text && scn_accept(c, "and"))
        said->stay = scn_need(c, "stop");
}

static void parse_restore(struct scn_cursor *c, struct scn_item *item) { parse_file(c, item, "from"); }

static void check_vm(struct scenario *sc, struct scn_item *item)
{
    const struct standstill *said = item->said;
    if (said->vm.text)
        scn_resolve(sc, &said->vm, SCN_BIT(SCN_VM), "a VM");
}

static const char *file_of(const struct scn_item *item, const struct verb *verb)
{
    const struct standstill *said = item->said;
    return item->verb == verb && said ? said->file.text : NULL;
}

/* Taken by a line before it? */
static bool is_taken_before(const struct scenario *sc, const struct scn_item *item)
{
    for (unsigned i = 0; i < sc->item_count; i++) {
        const char *taken = file_of(&sc->items[i], &verb_snapshot);
        if (taken && sc->items[i].time <= item->time && !strcmp(taken, file_of(item, &verb_restore)))
            return true;
    }
    return false;
}

static const char *find_file(struct scenario *sc, const char *name)
{
    const char *folders[] = {sc->snapshots, *sc->file.folder ? sc->file.folder : "."};
    for (unsigned i = 0; i < 2; i++) {
        const char *path = folders[i] ? scn_printf(&sc->file, "%s/%s", folders[i], name) : NULL;
        if (path && !access(path, R_OK))
            return path;
    }
    return NULL;
}

static void check_restore(struct scenario *sc, struct scn_item *item)
{
    struct standstill *said = item->said;
    if (!said->vm.text || !said->file.text || !scn_resolve(sc, &said->vm, SCN_BIT(SCN_VM), "a VM") || is_taken_before(sc, item))
        return;
    said->path = find_file(sc, said->file.text);
    if (!said->path)
        scn_error(&sc->file, said->file.at,
                  "there is no snapshot '%s': no line before takes it, and it is neither in --snapshots DIR nor beside "
                  "the scenario",
                  said->file.text);
}

static void check_snapshot(struct scenario *sc, struct scn_item *item)
{
    if (((const struct standstill *)item->said)->file.text)
        check_vm(sc, item);
}

/* ---- files ---- */

static void each_input(const struct scenario *sc, const struct scn_item *item, scenario_file_fn fn, void *to)
{
    const struct standstill *said = item->said;
    (void)sc;
    if (said->path)
        fn(to, said->path, "a snapshot to be put back");
}

static bool was_named_before(const struct scenario *sc, const struct scn_item *item)
{
    for (const struct scn_item *other = sc->items; other < item; other++) {
        const char *taken = file_of(other, &verb_snapshot);
        if (taken && !strcmp(taken, file_of(item, &verb_snapshot)))
            return true;
    }
    return false;
}

static void each_output(const struct scenario *sc, const struct scn_item *item, scenario_file_fn fn, void *to)
{
    char path[PATH_MAX];
    const char *name = file_of(item, &verb_snapshot);
    if (sc->snapshots && name && !was_named_before(sc, item) &&
        snprintf(path, sizeof(path), "%s/%s", sc->snapshots, name) < (int)sizeof(path))
        fn(to, path, "--snapshots");
}

static void read_snapshot(struct world *w, unsigned index)
{
    struct scenario *sc = w->sc;
    const struct standstill *said = sc->items[index].said;
    char err[512], why[200];
    if (!said->path)
        return;
    unsigned vm = world__vm_index(w, said->vm.text);
    if (world__stream_read(STREAM_SNAPSHOT, said->path, &w->blobs[index], err, sizeof(err)))
        scn_error(&sc->file, said->file.at, "%s", err);
    else if (host_snapshot_check(w->hosts[sc->vms[vm].host_index], w->vms[vm], w->blobs[index].bytes, w->blobs[index].len, why,
                                 sizeof(why)))
        scn_error(&sc->file, said->file.at, "%s is of another VM than '%s': %s", said->file.text, said->vm.text, why);
}

static bool input(const struct world *w, unsigned item, struct verb_input *out)
{
    *out = (struct verb_input){"snapshot", ((const struct standstill *)w->sc->items[item].said)->path, w->blobs[item].digest};
    return w->blobs[item].bytes;
}

static int write_snapshots(const struct world *w, char *err, size_t err_cap)
{
    const char *folder = w->sc->snapshots, *name;
    char path[4096];
    int status = 0;
    for (unsigned h = 0; folder && h < w->sc->host_count; h++)
        for (unsigned i = 0; (name = host_snapshot_name(w->hosts[h], i)) && !status; i++) {
            size_t len;
            const void *bytes = host_snapshot_bytes(w->hosts[h], name, &len);
            snprintf(path, sizeof(path), "%s/%s", folder, name);
            if (bytes)
                status = world__stream_write(STREAM_SNAPSHOT, path, bytes, len, err, err_cap);
        }
    return status;
}

/* ---- acting ---- */

/* Taken on any host: by the time of the restore it may live on another one. */
static const void *find_taken(const struct world *w, const char *name, size_t *len)
{
    const void *bytes = NULL;
    for (unsigned h = 0; h < w->sc->host_count && !bytes; h++)
        bytes = host_snapshot_bytes(w->hosts[h], name, len);
    return bytes;
}

static void restore(struct world *w, unsigned index, struct host *host, struct vm *vm)
{
    const struct scn_item *item = &w->sc->items[index];
    const struct standstill *said = item->said;
    const char *name = said->file.text;
    size_t len = w->blobs[index].len;
    const void *bytes = said->path ? w->blobs[index].bytes : find_taken(w, name, &len);
    char why[200];
    if (!bytes)
        world__refused(w, item, "the snapshot has not been taken");
    else if (host_snapshot_check(host, vm, bytes, len, why, sizeof(why)))
        world__refused(w, item, "%s", why);
    else if (host_restore(host, vm, name, host_snapshot_bytes(host, name, &len) ? NULL : bytes, len) == -ENOSPC)
        world__refused(w, item, "too many snapshots are kept on the host");
}

/* Refused ones are recorded, too. */
static struct host *record(struct world *w, unsigned item, struct vm **vm)
{
    const struct standstill *said = w->sc->items[item].said;
    unsigned index = world__vm_index(w, said->vm.text), of = world__host_index(w, index);
    *vm = w->vms[index];
    world__recorded(w, &w->sc->items[item], of, host_standstill_count(w->hosts[of]));
    return w->hosts[of];
}

static void do_suspend(struct world *w, unsigned item)
{
    struct vm *vm;
    struct host *host = record(w, item, &vm);
    host_suspend(host, vm);
}

static void do_snapshot(struct world *w, unsigned item)
{
    const struct standstill *said = w->sc->items[item].said;
    struct vm *vm;
    struct host *host = record(w, item, &vm);
    host_snapshot(host, vm, said->file.text, said->stay);
}

static void do_restore(struct world *w, unsigned item)
{
    struct vm *vm;
    struct host *host = record(w, item, &vm);
    restore(w, item, host, vm);
}

static void do_resume(struct world *w, unsigned item)
{
    const struct standstill *said = w->sc->items[item].said;
    unsigned vm = world__vm_index(w, said->vm.text);
    if (host_resume(world__host_of(w, vm), w->vms[vm]))
        world__refused(w, &w->sc->items[item], "it is not suspended");
}

static bool is_under_way(const struct world *w)
{
    for (unsigned h = 0; h < w->sc->host_count; h++)
        if (host_standstill_is_under_way(w->hosts[h]))
            return true;
    return false;
}

/* ---- what came of it ---- */

static const char *result_text(enum standstill_result result)
{
    switch (result) {
    case STANDSTILL_UNDER_WAY:
        return "under way";
    case STANDSTILL_STANDING:
        return "standing";
    case STANDSTILL_DONE:
        return "done";
    case STANDSTILL_FAILED:
        return "failed";
    case STANDSTILL_REFUSED:
        return "refused";
    }
    return "";
}

/* Which of two records of two hosts (or of one, by number) began first. */
static bool is_before(const struct standstill_record *a, const struct standstill_record *b)
{
    return a->start < b->start; /* a VM lives on one host at a time; of one host the earlier number comes first */
}

/* Of all hosts, in order of start: a VM that moves has some on each. */
static const struct standstill_record *find_nth(const struct world *w, const char *vm, int kind, unsigned nth, unsigned *count)
{
    unsigned next[SCN_HOSTS_MAX] = {0};
    for (*count = 0;; ++*count) {
        const struct standstill_record *first = NULL;
        unsigned of = 0;
        for (unsigned h = 0; h < w->sc->host_count; h++) {
            const struct standstill_record *record = NULL;
            while ((record = host_standstill_get(w->hosts[h], next[h])) && ((int)record->kind != kind || strcmp(record->vm, vm)))
                next[h]++;
            if (record && (!first || is_before(record, first))) {
                first = record;
                of = h;
            }
        }
        if (!first || *count + 1 == nth)
            return first;
        next[of]++;
    }
}

static unsigned number_of(const struct world *w, const struct standstill_record *record)
{
    unsigned count;
    for (unsigned nth = 1;; nth++) {
        const struct standstill_record *other = find_nth(w, record->vm, (int)record->kind, nth, &count);
        if (other == record || !other)
            return nth;
    }
}

static enum scn_ending standstill_ending(enum standstill_result result)
{
    switch (result) {
    case STANDSTILL_UNDER_WAY:
        return SCN_ENDING_UNFINISHED;
    case STANDSTILL_STANDING:
    case STANDSTILL_DONE:
        return SCN_ENDING_DONE; /* it was to stand */
    case STANDSTILL_FAILED:
        return SCN_ENDING_FAILED;
    case STANDSTILL_REFUSED:
        return SCN_ENDING_REFUSED;
    }
    return SCN_ENDING_FAILED;
}

static void end_of_standstill(const struct world *w, unsigned item, struct world_ending *out)
{
    const struct world_act *act = &w->acts[item];
    const struct standstill_record *record = host_standstill_get(w->hosts[act->host], act->record - 1);
    if (!record)
        return; /* of a saved world that was damaged */
    world__say_ending(out, standstill_ending(record->result), "%s", record->reason);
}

static const struct verb *expectation_of(enum standstill_kind kind)
{
    switch (kind) {
    case STANDSTILL_SUSPEND:
        return &verb_expect_suspend;
    case STANDSTILL_SNAPSHOT:
        return &verb_expect_snapshot;
    case STANDSTILL_RESTORE:
        return &verb_expect_restore;
    }
    return NULL;
}

static bool is_named(const struct world *w, unsigned item)
{
    const struct standstill_record *record = host_standstill_get(w->hosts[w->acts[item].host], w->acts[item].record - 1);
    return w->acts[item].record && record && world__is_named(w, expectation_of(record->kind), record->vm, number_of(w, record));
}

static const char *vm_of(const struct scn_item *item) { return ((const struct standstill *)item->said)->vm.text; }

/* ---- reporting ---- */

static sim_time part(sim_time from, sim_time to) { return from && to > from ? to - from : 0; }

static void report_one(const struct standstill_record *record, struct report *r)
{
    char hash[17] = "";

    report_object(r, NULL, NULL, REPORT_BLOCKS, 0);
    report_text(r, NULL, NULL, REPORT_TEXT_ONLY | REPORT_BARE, "%s %s on %s:", standstill_kind_name(record->kind), record->vm,
                record->host);
    report_text(r, "kind", NULL, REPORT_JSON_ONLY, "%s", standstill_kind_name(record->kind));
    report_text(r, "vm", NULL, REPORT_JSON_ONLY, "%s", record->vm);
    report_text(r, "host", NULL, REPORT_JSON_ONLY, "%s", record->host);
    report_text(r, "file", *record->file ? "file" : NULL, REPORT_SKIP_ZERO, "%s", record->file);
    report_text(r, "result", NULL, REPORT_BARE, "%s", result_text(record->result));
    report_text(r, "reason", NULL, REPORT_BARE | REPORT_SKIP_ZERO, "%s", record->reason);
    report_text(r, "path_before", "before", 0, "%s", record->was_passthrough ? "passthrough" : "emulated");
    report_text(r, "path_after", "after", 0, "%s", record->is_passthrough ? "passthrough" : "emulated");
    report_time(r, "start_ns", "start", 0, record->start);
    report_time(r, "stopping_ns", "until it stood", REPORT_SKIP_ZERO, part(record->start, record->still));
    report_time(r, "file_ns", record->kind == STANDSTILL_SNAPSHOT ? "written in" : "read in", REPORT_SKIP_ZERO,
                part(record->still, record->kept));
    report_time(r, "stood_ns", "stood for", REPORT_SKIP_ZERO, part(record->still, record->resumed));
    report_time(r, "back_ns", "back in passthrough after", REPORT_SKIP_ZERO,
                record->is_passthrough ? part(record->resumed, record->end) : 0);
    if (record->ram_hash)
        snprintf(hash, sizeof(hash), "%016" PRIx64, record->ram_hash);
    report_text(r, "ram_hash", NULL, REPORT_JSON_ONLY | REPORT_SKIP_ZERO, "%s", hash);
    report_number(r, "lost", "frames lost meanwhile", REPORT_SKIP_ZERO, record->lost);
    report_end(r);
}

static void report_standstills(const struct world *w, struct report *r)
{
    report_list(r, "standstills", NULL, REPORT_BLOCKS, REPORT_SKIP_EMPTY);
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = 0; i < host_standstill_count(w->hosts[h]); i++)
            report_one(host_standstill_get(w->hosts[h], i), r);
    report_end(r);
}

/* ---- the acts ---- */

static const struct verb_form suspend_forms[] = {{"suspend VM", NULL, NULL, 0}, {NULL}};
static const struct verb_form resume_forms[] = {{"resume VM", NULL, NULL, 0}, {NULL}};
static const struct verb_form snapshot_forms[] = {{"snapshot VM to FILE [and stop]", NULL, NULL, 0}, {NULL}};
static const struct verb_form restore_forms[] = {{"restore VM from FILE", NULL, NULL, 0}, {NULL}};

static const struct verb verb_suspend = {
    .kind = VERB_ACTS,
    .word = "suspend",
    .place = 140,
    .sentence = "stop a VM until it is resumed",
    .forms = suspend_forms,
    .example = "10ms suspend web",
    .endings = "refused failed unfinished",
    .parse = parse_suspend,
    .check = check_vm,
    .act = do_suspend,
    .is_under_way = is_under_way,
    .ending = end_of_standstill,
    .is_named = is_named,
    .vm_of = vm_of,
    .report = report_standstills,
    .report_place = REPORT_STANDSTILLS,
};
VERB(verb_suspend);

static const struct verb verb_resume = {
    .kind = VERB_ACTS,
    .word = "resume",
    .place = 150,
    .sentence = "let a VM that was suspended go on",
    .forms = resume_forms,
    .example = "30ms resume web",
    .endings = "refused",
    .parse = parse_suspend,
    .check = check_vm,
    .act = do_resume,
    .vm_of = vm_of,
};
VERB(verb_resume);

static const struct verb verb_snapshot = {
    .kind = VERB_ACTS,
    .word = "snapshot",
    .place = 190,
    .sentence = "write all of a VM to a file",
    .forms = snapshot_forms,
    .example = "50ms snapshot web to web.snap",
    .endings = "refused failed unfinished",
    .parse = parse_snapshot,
    .check = check_snapshot,
    .each_output = each_output,
    .act = do_snapshot,
    .write = write_snapshots,
    .ending = end_of_standstill,
    .is_named = is_named,
    .vm_of = vm_of,
};
VERB(verb_snapshot);

static const struct verb verb_restore = {
    .kind = VERB_ACTS,
    .word = "restore",
    .place = 200,
    .sentence = "make a VM what a snapshot says",
    .forms = restore_forms,
    .example = "80ms restore web from web.snap",
    .endings = "refused failed unfinished",
    .parse = parse_restore,
    .check = check_restore,
    .each_input = each_input,
    .phase = BUILD_FILES,
    .prepare = read_snapshot,
    .act = do_restore,
    .input = input,
    .ending = end_of_standstill,
    .is_named = is_named,
    .vm_of = vm_of,
};
VERB(verb_restore);

/* ---- expect suspend|snapshot|restore V N RESULT ---- */

static bool parse_expect(struct scn_cursor *c, struct scn_expect *e)
{
    static const struct scn_named results[] = {{"done", STANDSTILL_DONE},
                                               {"standing", STANDSTILL_STANDING},
                                               {"failed", STANDSTILL_FAILED},
                                               {"refused", STANDSTILL_REFUSED},
                                               {NULL, 0}};
    const struct verb_nth nth = {e->verb->word, "which one of the VM", "result of it", results};
    return verb__take_nth(c, e, &nth);
}

static int kind_of(const struct verb *expectation)
{
    int kind = STANDSTILL_SUSPEND;
    while (expectation_of((enum standstill_kind)kind) != expectation)
        kind++;
    return kind;
}

static bool judge_standstill(const struct world *w, const struct scn_expect *e, char *seen)
{
    unsigned count;
    const struct standstill_record *record = find_nth(w, e->name.text, kind_of(e->verb), e->nth, &count);
    if (!record) {
        snprintf(seen, WORLD_SEEN_LEN, "there were %u of it", count);
        return false;
    }
    snprintf(seen, WORLD_SEEN_LEN, "was %s%s%.160s", result_text(record->result), *record->reason ? ": " : "", record->reason);
    return (int)record->result == e->state && (!e->reason || scn_contains(record->reason, e->reason));
}

#define EXPECTATION(name, its_place, of, its_example)                                                  \
    static const struct verb_form expect_##name##_forms[] = {                                          \
        {"expect " #name " VM N done|standing|failed|refused [reason \"…\"]", NULL, NULL, 0}, {NULL}}; \
    static const struct verb verb_expect_##name = {                                                    \
        .kind = VERB_EXPECTS,                                                                          \
        .word = #name,                                                                                 \
        .place = (its_place),                                                                          \
        .sentence = (of),                                                                              \
        .forms = expect_##name##_forms,                                                                \
        .example = (its_example),                                                                      \
        .expect = parse_expect,                                                                        \
        .check_expect = verb__check_vm_expected,                                                       \
        .judge = judge_standstill,                                                                     \
    };                                                                                                 \
    VERB(verb_expect_##name)

EXPECTATION(suspend, 40, "how the Nth suspension of a VM ended", "end expect suspend web 1 done");
EXPECTATION(snapshot, 42, "how the Nth snapshot of a VM ended", "end expect snapshot web 1 done");
EXPECTATION(restore, 44, "how the Nth restore of a VM ended", "end expect restore web 1 refused");
