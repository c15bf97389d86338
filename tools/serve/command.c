/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line from outside: an act in the words of scenarios, or a word of the server's own; and its answer, one JSON object.
 *
 * A command waits in a list until it is answered: an act when it has ended, or has begun (`async`).
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "serve/serve__.h"

struct command {
    struct command *next;
    command_done_fn *done; /* NULL: nobody waits any more */
    void *to;
    char *line; /* without its blanks around */
    int act;    /* -1: it has not been begun */
    bool async;
};

/* ---- answers ---- */

static char *text_of(json_t *answer)
{
    char *text = answer ? json_dumps(answer, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    json_decref(answer);
    return text ? text : vfsim_copy("an answer", "{\"ok\":false,\"error\":\"the answer is no text\"}");
}

static json_t *refusal(const char *why)
{
    json_t *text = json_string(why);
    return json_pack("{sb so}", "ok", 0, "error", text ? text : json_string("what came is no text (UTF-8)"));
}

char *command_refusal(const char *why) { return text_of(refusal(why)); }

static json_t *mistake(struct vfsim_error *errors)
{
    json_t *answer = refusal(errors ? errors->message : "it can't be done");
    if (errors && errors->column)
        json_object_set_new(answer, "column", json_integer(errors->column));
    vfsim_error_free(errors);
    return answer;
}

static json_t *lines_of(const char *said)
{
    json_t *lines = json_array();
    while (*said) {
        size_t len = strcspn(said, "\n");
        json_t *line = json_stringn(said, len);
        json_array_append_new(lines, line ? line : json_string("[no text]"));
        said += len + (said[len] == '\n');
    }
    return lines;
}

static json_t *act_answer(struct serve *serve, int number)
{
    struct vfsim_act act;
    if (!vfsim_world_act_at(serve->world, number, &act))
        return refusal("there is no act of this number");
    bool begun = strcmp(act.ending, "never") != 0;
    json_t *answer =
        json_pack("{sb si sb ss ss so}", "ok", !act.is_over || !strcmp(act.ending, "done"), "act", number, "over", act.is_over,
                  "ending", act.ending, "reason", act.is_over ? act.reason : "", "said", lines_of(act.said));
    if (answer && begun)
        json_object_set_new(answer, "at_ns", json_integer((json_int_t)(act.at / VFSIM_NS)));
    return answer;
}

/* ---- words of the server's own ---- */

static json_t *tell(const char *key, json_t *value) { return json_pack("{sb so}", "ok", 1, key, value); }

static json_t *do_stats(struct serve *serve, const char *rest)
{
    json_t *counters = figures_counters(serve, *rest ? rest : NULL);
    return counters ? tell("counters", counters) : refusal("nobody of this name counts anything: 'stats' lists all");
}
static json_t *do_flows(struct serve *serve, const char *rest) { return (void)rest, tell("flows", figures_flows(serve)); }
static json_t *do_drops(struct serve *serve, const char *rest) { return (void)rest, tell("drops", figures_drops(serve)); }
static json_t *do_rings(struct serve *serve, const char *rest) { return (void)rest, tell("rings", figures_rings(serve)); }
static json_t *do_status(struct serve *serve, const char *rest) { return (void)rest, tell("status", figures_status(serve)); }
static json_t *do_topology(struct serve *serve, const char *rest) { return (void)rest, tell("topology", figures_topology(serve)); }

static bool take_number(const char *text, uint64_t *number)
{
    char *end;
    errno = 0;
    *number = strtoull(text, &end, 10);
    return isdigit((unsigned char)*text) && !*end && !errno;
}

static json_t *do_events(struct serve *serve, const char *rest)
{
    uint64_t after = 0;
    if (*rest && !take_number(rest, &after))
        return refusal("events [N]: those behind number N");
    return tell("events", events_json(&serve->events, after));
}

static json_t *do_act(struct serve *serve, const char *rest)
{
    uint64_t number;
    if (!take_number(rest, &number) || number > INT_MAX)
        return refusal("act N: how it is with the act that was answered with this number");
    return act_answer(serve, (int)number);
}

static json_t *do_quit(struct serve *serve, const char *rest)
{
    (void)rest;
    serve->ends = true;
    vfsim_world_end(serve->world);
    return json_pack("{sb}", "ok", 1);
}

static json_t *do_help(struct serve *serve, const char *rest);

static const struct {
    const char *word, *sentence;
    json_t *(*answer)(struct serve *serve, const char *rest);
    bool takes_more;
} own[] = {
    {"help", "these, and where the others are", do_help, false},
    {"status", "where the run is, and how it keeps up", do_status, false},
    {"stats", "counters: of all, or of one (stats h0.vmnic0 vf 0)", do_stats, true},
    {"flows", "what became of each flow's frames", do_flows, false},
    {"drops", "copies that were not delivered, by place and reason", do_drops, false},
    {"rings", "indices of rings", do_rings, false},
    {"topology", "what there is and how it is joined", do_topology, false},
    {"events", "the last sentences of switches and migrations (events N: those behind number N)", do_events, true},
    {"act", "how it is with the act of this number", do_act, true},
    {"quit", "end the run, with its report", do_quit, false},
};

static json_t *do_help(struct serve *serve, const char *rest)
{
    (void)serve, (void)rest;
    json_t *words = json_object();
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        json_object_set_new(words, own[i].word, json_string(own[i].sentence));
    json_object_set_new(words, "async ACT", json_string("begin an act, and do not wait for its end"));
    json_object_set_new(words, "ACT", json_string("any act of a scenario's timeline, without its time (vfsim help)"));
    return tell("words", words);
}

/* NULL: it is none of them. */
static json_t *own_answer(struct serve *serve, const char *line)
{
    size_t len = strcspn(line, " \t");
    const char *rest = line + len + strspn(line + len, " \t");
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        if (strlen(own[i].word) != len || strncmp(own[i].word, line, len) != 0)
            continue;
        return *rest && !own[i].takes_more ? refusal("nothing stands behind this word") : own[i].answer(serve, rest);
    }
    return NULL;
}

/* ---- one after the other ---- */

static const char *without_async(struct command *command)
{
    const char *line = command->line;
    command->async = !strncmp(line, "async ", 6);
    return command->async ? line + 6 : line;
}

/* NULL: it is to be asked again later. */
static json_t *look(struct serve *serve, struct command *command)
{
    struct vfsim_error *errors = NULL;
    struct vfsim_act act;
    if (serve->ends)
        return refusal("the run is over");
    if (command->act < 0) {
        json_t *answer = own_answer(serve, command->line);
        if (answer)
            return answer;
        command->act = vfsim_world_act(serve->world, without_async(command), &errors);
        if (command->act != -EAGAIN || vfsim_world_is_over(serve->world))
            return command->act < 0 ? mistake(errors) : NULL;
        vfsim_error_free(errors);
        return NULL;
    }
    if (!vfsim_world_act_at(serve->world, command->act, &act))
        return refusal("the act is lost");
    bool begun = strcmp(act.ending, "never") != 0;
    return act.is_over || (command->async && begun) ? act_answer(serve, command->act) : NULL;
}

static void answer(struct command *command, json_t *what)
{
    char *text = text_of(what);
    if (command->done)
        command->done(command->to, text);
    else
        free(text);
    free(command->line);
    free(command);
}

/* What an answer leads to (the next command of its client) comes behind the others. */
void command_look_all(struct serve *serve)
{
    struct command *last = NULL, **at = &serve->commands;
    for (struct command *c = serve->commands; c; c = c->next)
        last = c;
    for (bool more = last; more && *at;) {
        struct command *command = *at;
        json_t *what = command->done ? look(serve, command) : NULL;
        more = command != last;
        if (!what && command->done) {
            at = &command->next;
            continue;
        }
        *at = command->next;
        if (!*at)
            serve->commands_end = at;
        if (what) {
            answer(command, what);
        } else {
            free(command->line);
            free(command);
        }
    }
}

void command_end_all(struct serve *serve)
{
    for (struct command *c; (c = serve->commands);) {
        serve->commands = c->next;
        if (!c->next)
            serve->commands_end = &serve->commands;
        answer(c, refusal("the run is over"));
    }
}

struct command *command_begin(struct serve *serve, const char *line, size_t len, command_done_fn *done, void *to)
{
    struct command *command = vfsim_zero("a command", 1, sizeof(*command));
    while (len && isspace((unsigned char)line[len - 1]))
        len--;
    while (len && isspace((unsigned char)*line))
        line++, len--;
    command->line = vfsim_zero("a command", len + 1, 1);
    memcpy(command->line, line, len);
    for (size_t i = 0; i < len; i++)
        if (!command->line[i])
            command->line[i] = 1; /* a control character, which the language refuses */
    command->act = -1;
    command->done = done;
    command->to = to;
    *serve->commands_end = command;
    serve->commands_end = &command->next;
    return command;
}

void command_forget(struct command *command)
{
    if (command)
        command->done = NULL;
}
