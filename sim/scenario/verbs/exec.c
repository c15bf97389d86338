/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exec VM "COMMAND": a line for the shell of a guest that runs a kernel of its own; and what came of the Nth of a VM. */
#include <errno.h>
#include <string.h>

#include "scenario/verbs/verbs__.h"
#include "vm/outside/outside.h"

struct exec_said {
    struct scn_word vm;
    const char *command;
};

static const struct verb verb_exec;

/* ---- reading ---- */

static void parse(struct scn_cursor *c, struct scn_item *item)
{
    struct exec_said *said = item->said = scn_alloc(c->file, sizeof(*said));
    said->vm = scn_take_word(c, "a VM");
    const struct scn_word *command = said->vm.text ? scn_take(c, "a command, in quotes") : NULL;
    if (command)
        said->command = command->text;
    scn_finish(c);
}

static void check(struct scenario *sc, struct scn_item *item)
{
    const struct exec_said *said = item->said;
    const struct scn_name *vm = said->vm.text ? scn_resolve(sc, &said->vm, SCN_BIT(SCN_VM), "a VM") : NULL;
    if (vm && !sc->vms[vm->index].kind)
        scn_error(&sc->file, said->vm.at,
                  "'%s' has no shell for commands: that is for a VM with 'kernel uml'; its guest is asked with "
                  "'guest %s …'",
                  said->vm.text, said->vm.text);
}

/* ---- acting ---- */

static void act(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    const struct exec_said *said = item->said;
    int number = vm_exec(w->vms[world__vm_index(w, said->vm.text)], said->command, &w->comp, WORLD_JOB_DONE, index);
    if (number < 0) {
        world__refused(w, item, "%s",
                       number == -EIO      ? "the VM has ended"
                       : number == -EAGAIN ? "its kernel is not up yet"
                                           : world__errno_text(number));
        return;
    }
    w->tallies[index].asked = (uint64_t)number + 1;
    w->st.outstanding++;
}

/* An exit status is no failure of the call: what it means, its ending tells. */
static void done(struct world *w, unsigned index, int status)
{
    w->tallies[index].done = 1;
    w->tallies[index].status = status;
}

/* ---- what came of it ---- */

static const struct vm_exec *result_of(const struct world *w, unsigned index)
{
    const struct exec_said *said = w->sc->items[index].said;
    uint64_t asked = w->tallies[index].asked;
    return asked ? vm_exec_get(w->vms[world__vm_index(w, said->vm.text)], (unsigned)asked - 1) : NULL;
}

static bool has_ended(const struct vm_exec *exec) { return exec && exec->answered != SIM_NEVER; }

static void ending(const struct world *w, unsigned index, struct world_ending *out)
{
    const struct vm_exec *exec = result_of(w, index);
    if (!has_ended(exec) && !w->tallies[index].status)
        world__say_ending(out, SCN_ENDING_UNFINISHED, "the command has not ended");
    else if (has_ended(exec) && exec->status)
        world__say_ending(out, SCN_ENDING_FAILED, "exit status %d", exec->status);
}

static const char *printed(const struct world *w, unsigned index)
{
    const struct vm_exec *exec = result_of(w, index);
    return has_ended(exec) ? exec->output : NULL;
}

static const char *vm_of(const struct scn_item *item) { return ((const struct exec_said *)item->said)->vm.text; }

/* The item of the Nth command of a VM, in order of the text; -1. */
static int nth_of(const struct scenario *sc, const char *vm, unsigned nth)
{
    for (unsigned i = 0, found = 0; i < sc->item_count; i++)
        if (sc->items[i].verb == &verb_exec && !strcmp(vm_of(&sc->items[i]), vm) && ++found == nth)
            return (int)i;
    return -1;
}

static void report_output(struct report *r, const struct vm_exec *exec)
{
    report_list(r, "output", NULL, REPORT_LINES, REPORT_SKIP_EMPTY | REPORT_BARE);
    for (const char *line = exec->output; line && *line;) {
        size_t len = strcspn(line, "\n");
        report_text(r, NULL, NULL, REPORT_AS_IT_IS, "%.*s", (int)len, line);
        line += len + (line[len] == '\n');
    }
    if (exec->cut)
        report_text(r, NULL, NULL, 0, "[the rest is left out]");
    report_end(r);
}

/* Where no line is one, there is nothing of it in the report. */
static void report(const struct world *w, struct report *r)
{
    bool any = false;
    for (unsigned i = 0; i < w->sc->item_count; i++)
        any |= w->sc->items[i].verb == &verb_exec;
    if (!any)
        return;
    report_list(r, "commands", "what was run inside the guests", REPORT_BLOCKS, REPORT_SKIP_EMPTY);
    for (unsigned i = 0; i < w->sc->item_count; i++) {
        const struct scn_item *item = &w->sc->items[i];
        const struct vm_exec *exec = item->verb == &verb_exec ? result_of(w, i) : NULL;
        if (!exec)
            continue;
        unsigned known = has_ended(exec) ? 0 : REPORT_NO_VALUE;
        report_object(r, NULL, NULL, REPORT_LINE, 0);
        report_text(r, "vm", NULL, 0, "%s", vm_of(item));
        report_text(r, "command", NULL, 0, "%s", ((const struct exec_said *)item->said)->command);
        report_time(r, "at_ns", "at", 0, exec->asked);
        report_number(r, "status", "exit status", known, (uint64_t)exec->status);
        report_time(r, "took_ns", "took", known, known ? 0 : exec->answered - exec->asked);
        report_output(r, exec);
        report_end(r);
    }
    report_end(r);
}

/* ---- expect exec VM N … ---- */

enum expected { EXPECT_STATUS, EXPECT_PRINTS };

static bool parse_expect(struct scn_cursor *c, struct scn_expect *e)
{
    static const char *const words[] = {[EXPECT_STATUS] = "status", [EXPECT_PRINTS] = "prints", NULL};
    const struct scn_word *vm = scn_take(c, "a VM");
    uint64_t n;
    if (!vm || !scn_number(c, "which command of the VM", 1, 100000, &n))
        return false;
    e->name = *vm;
    e->nth = (unsigned)n;
    e->state = scn_choice(c, "what is expected of a command", words);
    if (e->state == EXPECT_STATUS) {
        e->op = scn_take_op(c);
        scn_number(c, "an exit status", 0, 255, &e->value);
        e->text =
            scn_printf(c->file, "exec %s %u status %s %llu", vm->text, e->nth, scn_op_words[e->op], (unsigned long long)e->value);
    } else if (e->state == EXPECT_PRINTS) {
        const struct scn_word *text = scn_take(c, "part of what it prints, in quotes");
        e->reason = text ? text->text : "";
        e->text = scn_printf(c->file, "exec %s %u prints \"%s\"", vm->text, e->nth, e->reason);
    }
    scn_finish(c);
    return !c->failed;
}

static void check_expect(struct scenario *sc, struct scn_expect *e)
{
    if (scn_resolve(sc, &e->name, SCN_BIT(SCN_VM), "a VM") && nth_of(sc, e->name.text, e->nth) < 0)
        scn_error(&sc->file, e->at, "no line is command %u of '%s'", e->nth, e->name.text);
}

static bool judge(const struct world *w, const struct scn_expect *e, char *seen)
{
    const struct vm_exec *exec = result_of(w, (unsigned)nth_of(w->sc, e->name.text, e->nth));
    if (!has_ended(exec)) {
        snprintf(seen, WORLD_SEEN_LEN, exec ? "has not ended" : "was not run");
        return false;
    }
    if (e->state == EXPECT_STATUS) {
        snprintf(seen, WORLD_SEEN_LEN, "was %d", exec->status);
        return world__judge_number(w, e, (uint64_t)exec->status);
    }
    bool found = scn_contains(exec->output, e->reason);
    snprintf(seen, WORLD_SEEN_LEN, found ? "was printed" : "was not printed");
    return found;
}

static const struct verb verb_expect_exec;

static bool is_named(const struct world *w, unsigned item)
{
    const char *vm = vm_of(&w->sc->items[item]);
    for (unsigned i = 0; i < w->sc->expect_count; i++) {
        const struct scn_expect *e = &w->sc->expects[i];
        if (e->verb == &verb_expect_exec && e->state == EXPECT_STATUS && nth_of(w->sc, vm, e->nth) == (int)item &&
            !strcmp(e->name.text, vm))
            return true;
    }
    return false;
}

static const struct verb_form forms[] = {{"exec VM \"COMMAND\"", NULL, NULL, 0}, {NULL}};

static const struct verb verb_exec = {
    .kind = VERB_ACTS,
    .word = "exec",
    .place = 62,
    .sentence = "run a command in the shell of a guest with a kernel of its own",
    .forms = forms,
    .example = "+1ms exec web \"ping -c 20 10.0.0.2\"",
    .endings = "refused failed unfinished",
    .parse = parse,
    .check = check,
    .act = act,
    .done = done,
    .ending = ending,
    .is_named = is_named,
    .vm_of = vm_of,
    .any_kernel = true,
    .printed = printed,
    .report = report,
    .report_place = REPORT_GUEST_ACTS,
};
VERB(verb_exec);

static const struct verb_form expect_forms[] = {
    {"expect exec VM N status [OP] S", "the exit status of the VM's Nth command", NULL, 0},
    {"expect exec VM N prints \"TEXT\"", "what it prints has this in it; * stands for anything", NULL, 0},
    {NULL},
};

static const struct verb verb_expect_exec = {
    .kind = VERB_EXPECTS,
    .word = "exec",
    .place = 77,
    .sentence = "how a command in a guest ended, what it printed",
    .forms = expect_forms,
    .example = "end expect exec web 1 prints \"20 received\"",
    .expect = parse_expect,
    .check_expect = check_expect,
    .judge = judge,
    .look = "--trace vm,pcie",
    .look_place = 36,
};
VERB(verb_expect_exec);
