/* SPDX-License-Identifier: GPL-2.0-or-later */
/* suspend V, resume V, snapshot V to FILE, restore V from FILE, and what can be expected of them [docs/scenario-language.md]. */
#include <string.h>
#include <unistd.h>

#include "scenario/model.h"

static struct scn_word take_word(struct scn_cursor *c, const char *what)
{
    const struct scn_word *word = scn_take(c, what);
    return word ? *word : (struct scn_word){0};
}

static void parse_snapshot(struct scn_cursor *c, struct scn_item *item, const char *way)
{
    struct scn_snapshot *snapshot = &item->snapshot;
    *snapshot = (struct scn_snapshot){.vm = take_word(c, "a VM")};
    if (!snapshot->vm.text || !scn_need(c, way))
        return;
    snapshot->file = take_word(c, "a file");
    if (!snapshot->file.text)
        return;
    if (strlen(snapshot->file.text) >= STANDSTILL_FILE_MAX)
        scn_fail(c, snapshot->file.at, "a snapshot's name has up to %d characters", STANDSTILL_FILE_MAX - 1);
    if (strchr(snapshot->file.text, '/'))
        scn_fail(c, snapshot->file.at, "a snapshot is named without its folder, which --snapshots says");
    if (item->verb == SCN_DO_SNAPSHOT && scn_accept(c, "and"))
        snapshot->stay = scn_need(c, "stop");
}

void scn_parse_standstill(struct scn_cursor *c, struct scn_item *item, enum scn_verb verb)
{
    item->verb = verb;
    if (verb == SCN_DO_SNAPSHOT || verb == SCN_DO_RESTORE)
        parse_snapshot(c, item, verb == SCN_DO_SNAPSHOT ? "to" : "from");
    else
        item->act.name = take_word(c, "a VM");
}

/* Taken by a line before it? */
static bool is_taken_before(const struct scenario *sc, const struct scn_item *item)
{
    for (unsigned i = 0; i < sc->item_count; i++) {
        const struct scn_item *other = &sc->items[i];
        if (other->verb == SCN_DO_SNAPSHOT && other->snapshot.file.text && other->time <= item->time &&
            !strcmp(other->snapshot.file.text, item->snapshot.file.text))
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

void scn_check_snapshot(struct scenario *sc, struct scn_item *item)
{
    struct scn_snapshot *snapshot = &item->snapshot;
    if (!snapshot->vm.text || !snapshot->file.text || !scn_resolve(sc, &snapshot->vm, SCN_BIT(SCN_VM), "a VM") ||
        item->verb == SCN_DO_SNAPSHOT || is_taken_before(sc, item))
        return;
    snapshot->path = find_file(sc, snapshot->file.text);
    if (!snapshot->path)
        scn_error(&sc->file, snapshot->file.at,
                  "there is no snapshot '%s': no line before takes it, and it is neither in --snapshots DIR nor beside "
                  "the scenario",
                  snapshot->file.text);
}

bool scn_is_standstill(const char *word, enum standstill_kind *kind)
{
    for (int i = STANDSTILL_SUSPEND; i <= STANDSTILL_RESTORE; i++)
        if (!strcmp(word, standstill_kind_name((enum standstill_kind)i))) {
            *kind = (enum standstill_kind)i;
            return true;
        }
    return false;
}

/* KIND V N RESULT [reason "…"] */
bool scn_parse_expect_standstill(struct scn_cursor *c, struct scn_expect *e, enum standstill_kind kind)
{
    static const char *const results[] = {"done", "standing", "failed", "refused", NULL};
    static const enum standstill_result values[] = {STANDSTILL_DONE, STANDSTILL_STANDING, STANDSTILL_FAILED,
                                                    STANDSTILL_REFUSED};
    const char *word = standstill_kind_name(kind);
    uint64_t n;
    e->subject = SCN_EXPECT_STANDSTILL;
    e->kind = (int)kind;
    e->name = take_word(c, "a VM");
    if (!e->name.text || !scn_number(c, "which one of the VM", 1, 100000, &n))
        return false;
    e->nth = (unsigned)n;
    int result = scn_choice(c, "result of it", results);
    if (result < 0)
        return false;
    e->state = (int)values[result];
    if (scn_accept(c, "reason"))
        e->reason = take_word(c, "part of the reason, in quotes").text;
    scn_finish(c);
    e->text = scn_printf(c->file, "%s %s %u %s%s%s%s", word, e->name.text, e->nth, results[result],
                         e->reason ? " reason \"" : "", e->reason ? e->reason : "", e->reason ? "\"" : "");
    return !c->failed;
}
