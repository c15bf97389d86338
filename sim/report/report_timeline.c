/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Conversations as text: a ladder of who said what to whom, phases as bars, packets an interval as shades.
 *
 *       101.131 ms            S       H------>PF       VF        E     PF_TX_FENCE
 *
 * Where a ladder and its words do not fit beside each other, each message is a line: "H -> PF  PF_TX_FENCE".
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "report/report__.h"

enum { PARTIES_MAX = 16, ROW_MAX = 512, TIMES = 26, WORDS_MIN = 34, COLUMN_MIN = 5, COLUMN_MAX = 8, BAR_MAX = 48 };

enum cell { BLANK, LIFE, DASH, HEAD_RIGHT, HEAD_LEFT, NOTE, BAR, CELLS };
static const char *const glyphs[2][CELLS] = {
    {" ", "|", "-", ">", "<", "*", "#"},
    {" ", "│", "─", "▶", "◀", "●", "█"},
};
enum { SHADES = 9 };
static const char *const shades[2][SHADES] = {
    {" ", ".", ":", "-", "=", "+", "*", "%", "#"},
    {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
};

struct ladder {
    FILE *out;
    const char *const *glyph;
    const char *const *shade;
    int width;
    const char *name[PARTIES_MAX], *label[PARTIES_MAX];
    int at[PARTIES_MAX]; /* column of its life line */
    unsigned parties;
    int words; /* column where words begin; 0: a line a message */
};

const struct report_node *report__child(const struct report_node *node, const char *key)
{
    for (const struct report_node *child = node ? node->first : NULL; child; child = child->next)
        if (!strcmp(child->key, key))
            return child;
    return NULL;
}

const char *report__text_at(const struct report_node *node, const char *key)
{
    const struct report_node *leaf = report__child(node, key);
    return leaf && leaf->text ? leaf->text : "";
}

uint64_t report__number_at(const struct report_node *node, const char *key)
{
    const struct report_node *leaf = report__child(node, key);
    return leaf ? leaf->number : 0;
}

char *report__stamp(uint64_t ns, char buf[REPORT_TIME_LEN])
{
    if (ns < 1000000000)
        return report_format_time(ns, buf);
    snprintf(buf, REPORT_TIME_LEN, "%" PRIu64 ".%03" PRIu64 " ms", ns / 1000000, ns / 1000 % 1000);
    return buf;
}

static void spaces(FILE *out, int n)
{
    for (; n > 0; n--)
        fputc(' ', out);
}

/* `text` from column `at` on, broken at blanks, further lines beginning where the first one did. */
static void put_words(struct ladder *l, const char *text, int at, void (*begin)(struct ladder *l))
{
    int room = l->width - at > 12 ? l->width - at : 12;
    while (*text) {
        int len = (int)strlen(text);
        if (len > room) {
            for (len = room; len > 0 && text[len] != ' '; len--)
                ;
            len = len ? len : room;
        }
        fprintf(l->out, "%.*s\n", len, text);
        text += len + (text[len] == ' ');
        if (*text)
            begin(l);
    }
}

/* ---- the ladder ---- */

static int party_of(const struct ladder *l, const char *name)
{
    for (unsigned i = 0; i < l->parties; i++)
        if (!strcmp(l->name[i], name))
            return (int)i;
    return 0;
}

static void lay_out(struct ladder *l, const struct report_node *item)
{
    const struct report_node *list = report__child(item, "parties");
    for (const struct report_node *p = list ? list->first : NULL; p && l->parties < PARTIES_MAX; p = p->next) {
        l->name[l->parties] = report__text_at(p, "name");
        l->label[l->parties++] = report__text_at(p, "label");
    }
    int column = l->parties > 1 ? (l->width - TIMES - WORDS_MIN - 8) / (int)(l->parties - 1) : COLUMN_MAX;
    column = column > COLUMN_MAX ? COLUMN_MAX : column;
    if (column < COLUMN_MIN)
        return;
    for (unsigned i = 0; i < l->parties; i++)
        l->at[i] = TIMES + 2 + column * (int)i;
    l->words = l->at[l->parties ? l->parties - 1 : 0] + 4;
}

static void put_row(struct ladder *l, int from, int to)
{
    enum cell row[ROW_MAX] = {BLANK};
    for (unsigned i = 0; i < l->parties; i++)
        row[l->at[i]] = LIFE;
    if (from == to && from >= 0)
        row[l->at[from]] = NOTE;
    if (from >= 0 && from != to) {
        bool right = l->at[to] > l->at[from];
        int low = right ? l->at[from] : l->at[to], high = right ? l->at[to] : l->at[from];
        for (int i = low + 1; i < high; i++)
            row[i] = DASH;
        row[right ? high - 1 : low + 1] = right ? HEAD_RIGHT : HEAD_LEFT;
    }
    for (int i = TIMES; i < l->words; i++)
        fputs(l->glyph[row[i]], l->out);
}

static void put_continued(struct ladder *l)
{
    spaces(l->out, TIMES);
    put_row(l, -1, -1);
}

static void put_heads(struct ladder *l)
{
    int at = 0;
    if (l->words) {
        for (unsigned i = 0; i < l->parties; i++) {
            int start = l->at[i] - ((int)strlen(l->label[i]) - 1) / 2;
            spaces(l->out, start - at);
            fputs(l->label[i], l->out);
            at = start + (int)strlen(l->label[i]);
        }
        fputc('\n', l->out);
    }
}

static void put_legend(struct ladder *l)
{
    int at = 2;
    spaces(l->out, at);
    for (unsigned i = 0; i < l->parties; i++) {
        char entry[160];
        size_t same = strlen(l->label[i]);
        bool says_label = !strncmp(l->name[i], l->label[i], same) && l->name[i][same] == ' ';
        snprintf(entry, sizeof(entry), "%s%s%s", says_label ? "" : l->label[i], says_label ? "" : " ", l->name[i]);
        if (at > 2 && at + 2 + (int)strlen(entry) > l->width) {
            fputs(",\n  ", l->out);
            at = 2;
        } else if (i) {
            at += fprintf(l->out, ", ");
        }
        at += fprintf(l->out, "%s", entry);
    }
    fputc('\n', l->out);
}

static void continue_line(struct ladder *l) { spaces(l->out, TIMES + 2); }

static void put_message(struct ladder *l, const struct report_node *m, uint64_t *before)
{
    char at[REPORT_TIME_LEN], since[REPORT_TIME_LEN], line[512];
    uint64_t now = report__number_at(m, "at_ns");
    int from = party_of(l, report__text_at(m, "from")), to = party_of(l, report__text_at(m, "to"));
    report__stamp(now, at);
    report_format_time(now - *before, since);
    bool first = *before == UINT64_MAX, same = now == *before;
    fprintf(l->out, "  %11s %11s ", first || !same ? at : "", first || same ? "" : since);
    *before = now;
    if (l->words) {
        put_row(l, from, to);
        put_words(l, report__text_at(m, "what"), l->words, put_continued);
        return;
    }
    if (from == to)
        snprintf(line, sizeof(line), "%s: %s", l->label[from], report__text_at(m, "what"));
    else
        snprintf(line, sizeof(line), "%s %s %s  %s", l->label[from], l->glyph == glyphs[0] ? "->" : "→", l->label[to],
                 report__text_at(m, "what"));
    put_words(l, line, TIMES, continue_line);
}

static void put_messages(struct ladder *l, const struct report_node *item)
{
    const struct report_node *list = report__child(item, "messages");
    uint64_t before = UINT64_MAX, left_out = report__number_at(item, "left_out");
    if (!list || !list->first)
        return;
    put_legend(l);
    put_heads(l);
    for (const struct report_node *m = list->first; m; m = m->next)
        put_message(l, m, &before);
    if (left_out)
        fprintf(l->out, "  and %" PRIu64 " more messages, which are left out\n", left_out);
}

/* ---- phases ---- */

static void put_bar(struct ladder *l, const struct report__axis *axis, uint64_t from, uint64_t to)
{
    uint32_t first = report__axis_at(axis, from), last = report__axis_at(axis, to);
    bool broken = report__axis_breaks(axis, from, to);
    first = first >= axis->length ? axis->length - 1 : first;
    last = last <= first ? first + 1 : last;
    fputs(l->glyph[LIFE], l->out);
    for (uint32_t i = 0; i < axis->length; i++) {
        bool gap = broken && i / 2 == (first + last) / 4;
        fputs(gap ? "/" : l->glyph[i >= first && i < last ? BAR : BLANK], l->out);
    }
    fprintf(l->out, "%s\n", l->glyph[LIFE]);
}

static void put_phases(struct ladder *l, const struct report_node *item)
{
    const struct report_node *list = report__child(item, "phases");
    uint64_t begin = report__number_at(item, "start_ns"), end = begin + report__number_at(item, "took_ns");
    if (!list || !list->first)
        return;
    int widest = 0, columns = l->width - 2 - 26 - 2;
    for (const struct report_node *p = list->first; p; p = p->next) {
        int len = (int)strlen(report__text_at(p, "name"));
        widest = len > widest ? len : widest;
    }
    columns -= widest;
    columns = columns > BAR_MAX ? BAR_MAX : columns < 8 ? 8 : columns;
    struct report__axis axis = report__axis_of(list, begin, end, (uint32_t)columns);
    for (const struct report_node *p = list->first; p; p = p->next) {
        char start[REPORT_TIME_LEN], took[REPORT_TIME_LEN];
        uint64_t from = report__number_at(p, "start_ns"), to = from + report__number_at(p, "took_ns");
        fprintf(l->out, "  %-*s %11s %11s ", widest, report__text_at(p, "name"), report__stamp(from, start),
                report_format_time(to - from, took));
        put_bar(l, &axis, from, to);
    }
}

/* ---- packets an interval ---- */

static const char *const paths[] = {"vf", "emulated", "tunnel", "other", "lost"};
enum { PATHS = sizeof(paths) / sizeof(paths[0]) };

static unsigned count_of(const struct report_node *list)
{
    unsigned count = 0;
    for (const struct report_node *n = list ? list->first : NULL; n; n = n->next)
        count++;
    return count;
}

/* Sums of `merge` neighbours each; returns how many. */
static unsigned merged(const struct report_node *list, unsigned merge, uint64_t sums[])
{
    unsigned i = 0;
    for (const struct report_node *n = list ? list->first : NULL; n; n = n->next, i++) {
        if (i % merge == 0)
            sums[i / merge] = 0;
        sums[i / merge] += n->number;
    }
    return (i + merge - 1) / merge;
}

static uint64_t most_of(const struct report_node *flow, unsigned merge)
{
    uint64_t sums[ROW_MAX], most = 0;
    for (unsigned p = 0; p < PATHS; p++) {
        unsigned count = merged(report__child(flow, paths[p]), merge, sums);
        for (unsigned i = 0; i < count; i++)
            most = sums[i] > most ? sums[i] : most;
    }
    return most;
}

static void put_series(struct ladder *l, const struct report_node *flow, const char *path, unsigned merge, int widest,
                       uint64_t most)
{
    uint64_t sums[ROW_MAX];
    const struct report_node *list = report__child(flow, path);
    unsigned count = merged(list, merge, sums);
    if (!list)
        return;
    fprintf(l->out, "  %-*s %-8s %s", widest, report__text_at(flow, "flow"), path, l->glyph[LIFE]);
    for (unsigned i = 0; i < count; i++) /* something is never drawn as nothing */
        fputs(l->shade[sums[i] ? 1 + (sums[i] - 1) * (SHADES - 1) / most : 0], l->out);
    fprintf(l->out, "%s\n", l->glyph[LIFE]);
}

bool report__is_blackout(const struct report_node *flow)
{
    return report__number_at(flow, "blackout_ns") > 2 * report__number_at(flow, "usual_gap_ns");
}

/* Where in the window the flow's longest time without a delivery lies. */
static void put_blackout(struct ladder *l, const struct report_node *flow, uint64_t begin, uint64_t interval, unsigned count,
                         int widest)
{
    uint64_t from = report__number_at(flow, "blackout_at_ns"), to = from + report__number_at(flow, "blackout_ns");
    char took[REPORT_TIME_LEN];
    if (!report__is_blackout(flow) || to <= begin || from >= begin + interval * count)
        return;
    fprintf(l->out, "  %-*s %-8s %s", widest, "", "blackout", l->glyph[LIFE]);
    for (unsigned i = 0; i < count; i++) {
        bool dark = from < begin + interval * (i + 1) && to > begin + interval * i;
        fputs(dark ? "x" : " ", l->out);
    }
    fprintf(l->out, "%s %s\n", l->glyph[LIFE], report_format_time(to - from, took));
}

static void put_packets(struct ladder *l, const struct report_node *item)
{
    const struct report_node *list = report__child(item, "packets");
    char interval_text[REPORT_TIME_LEN], begin_text[REPORT_TIME_LEN];
    int widest = 4;
    unsigned count = 0, merge = 1;
    for (const struct report_node *flow = list ? list->first : NULL; flow; flow = flow->next) {
        int len = (int)strlen(report__text_at(flow, "flow"));
        unsigned n = count_of(report__child(flow, "sent"));
        widest = len > widest ? len : widest;
        count = n > count ? n : count;
    }
    if (!count)
        return;
    int room = l->width - 2 - widest - 1 - 8 - 1 - 2;
    room = room > ROW_MAX ? ROW_MAX : room < 8 ? 8 : room;
    while ((count + merge - 1) / merge > (unsigned)room)
        merge++;
    uint64_t begin = report__number_at(item, "packets_from_ns"), interval = report__number_at(item, "interval_ns") * merge;
    fprintf(l->out, "  packets an interval of %s from %s on\n", report_format_time(interval, interval_text),
            report_format_time(begin, begin_text));
    for (const struct report_node *flow = list->first; flow; flow = flow->next) {
        uint64_t most = most_of(flow, merge);
        for (unsigned p = 0; p < PATHS; p++)
            put_series(l, flow, paths[p], merge, widest, most);
        put_blackout(l, flow, begin, interval, (count + merge - 1) / merge, widest);
    }
}

static void put_conversation(struct ladder *l, const struct report_node *item)
{
    l->parties = 0;
    l->words = 0;
    fprintf(l->out, "\n%s\n", report__text_at(item, "title"));
    lay_out(l, item);
    put_messages(l, item);
    put_phases(l, item);
    put_packets(l, item);
}

void report__put_timeline(FILE *out, const struct report_node *list, enum report_timeline how, int width)
{
    struct ladder l = {.out = out, .width = width};
    l.glyph = glyphs[how == REPORT_TIMELINE_UNICODE];
    l.shade = shades[how == REPORT_TIMELINE_UNICODE];
    for (const struct report_node *item = list->first; item; item = item->next)
        put_conversation(&l, item);
}
