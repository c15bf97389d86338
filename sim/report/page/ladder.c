/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A conversation drawn: the ladder of messages, phases as bars on an axis, packets an interval as stacks by path. */
#include <string.h>

#include "report/page/page__.h"

enum {
    TIMES = 178,       /* to the first life line, less half a column */
    COLUMN_MIN = 114,  /* from one to the next */
    WORDS_MIN = 330,
    LETTER = 7,        /* no wider at 12 pixels, on the average of a line */
    SMALL_LETTER = 7,  /* bold, at 11 */
    HEAD = 46,
    ROW = 23,
    GAP_ROW = 30,
    PARTIES_MAX = 16,
    GAP_PERCENT = 20,  /* of the whole: a wait that is drawn as a break in the life lines */
    NAMES_MIN = 190,   /* of phases and flows */
    PLOT = 760,
    PHASE_ROW = 21,
    STACK = 74,        /* height of one flow's stacks */
    STACK_ROW = 112,
    SERIES_MAX = 512,
};

struct drawing {
    FILE *out;
    const struct report_node *item;
    const char *name[PARTIES_MAX];
    unsigned parties;
    int column, words, names; /* widths that hold the longest of their texts */
};

static void put_text(struct drawing *d, int x, int y, const char *attributes, const char *text)
{
    fprintf(d->out, "<text x=\"%d\" y=\"%d\"%s%s>", x, y, *attributes ? " " : "", attributes);
    report__put_escaped(d->out, text);
    fputs("</text>\n", d->out);
}

static unsigned count_of(const struct report_node *list)
{
    unsigned count = 0;
    for (const struct report_node *n = list ? list->first : NULL; n; n = n->next)
        count++;
    return count;
}

static void open_svg(struct drawing *d, int width, int height, const char *what)
{
    fprintf(d->out, "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"%d\" height=\"%d\"", width, height);
    fprintf(d->out, " viewBox=\"0 0 %d %d\">\n<title>", width, height);
    report__put_escaped(d->out, what);
    fputs(": ", d->out);
    report__put_escaped(d->out, report__text_at(d->item, "title"));
    fputs("</title>\n", d->out);
}

/* ---- the ladder ---- */

static int x_of(const struct drawing *d, unsigned party) { return TIMES + d->column / 2 + d->column * (int)party; }

static unsigned party_of(const struct drawing *d, const char *name)
{
    for (unsigned i = 0; i < d->parties; i++)
        if (!strcmp(d->name[i], name))
            return i;
    return 0;
}

static const char *kind_of(const char *role)
{
    static const struct {
        const char *role, *kind;
    } kinds[] = {{"hypervisor", "host"}, {"shell", "guest"}, {"plugin", "guest"}, {"VM", "guest"}, {"outside", "outside"}};
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (!strcmp(kinds[i].role, role))
            return kinds[i].kind;
    return "chip";
}

static int widest(const struct report_node *list, const char *key, int letter, int least)
{
    int most = report__longest(list, key) * letter + 16;
    return most > least ? most : least;
}

/* A party's box holds its name in two lines, broken at the last blank. */
static int widest_party(const struct report_node *parties)
{
    int most = 0;
    for (const struct report_node *p = parties ? parties->first : NULL; p; p = p->next) {
        const char *name = report__text_at(p, "name"), *blank = strrchr(name, ' ');
        int second = blank ? report__letters(blank + 1) : 0, first = report__letters(name) - (blank ? second + 1 : 0);
        int wide = (first > second ? first : second) * SMALL_LETTER + 22;
        most = wide > most ? wide : most;
    }
    return most > COLUMN_MIN ? most : COLUMN_MIN;
}

/* "embedded switch h0.vmnic0" in two lines: what, and whose. */
static void put_party(struct drawing *d, unsigned i, const struct report_node *party)
{
    const char *name = report__text_at(party, "name"), *blank = strrchr(name, ' ');
    char what[64];
    bool vf = !strcmp(report__text_at(party, "role"), "VF");
    snprintf(what, sizeof(what), "%.*s", blank ? (int)(blank - name) : 60, name);
    fprintf(d->out, "<rect class=\"box %s\" x=\"%d\" y=\"2\" width=\"%d\" height=\"%d\" rx=\"6\"/>\n",
            kind_of(report__text_at(party, "role")), x_of(d, i) - d->column / 2 + 3, d->column - 6, HEAD - 8);
    if (vf) { /* "h0.vmnic0 vf 0" */
        const char *first = strchr(name, ' ');
        snprintf(what, sizeof(what), "%.*s", first ? (int)(first - name) : 60, name);
        put_text(d, x_of(d, i), 18, "text-anchor=\"middle\" font-size=\"11\" font-weight=\"600\"", first ? first + 1 : "VF");
        put_text(d, x_of(d, i), 33, "class=\"soft\" text-anchor=\"middle\" font-size=\"11\"", what);
        return;
    }
    put_text(d, x_of(d, i), blank ? 18 : 25, "text-anchor=\"middle\" font-size=\"11\" font-weight=\"600\"", what);
    if (blank)
        put_text(d, x_of(d, i), 33, "class=\"soft\" text-anchor=\"middle\" font-size=\"11\"", blank + 1);
}

static bool is_gap(const struct report_node *before, const struct report_node *m, uint64_t whole)
{
    uint64_t since = before ? report__number_at(m, "at_ns") - report__number_at(before, "at_ns") : 0;
    return since && since * 100 / (whole ? whole : 1) >= GAP_PERCENT;
}

static int height_of(const struct report_node *list, uint64_t whole)
{
    int height = HEAD + 8;
    for (const struct report_node *m = list->first, *before = NULL; m; before = m, m = m->next)
        height += ROW + (is_gap(before, m, whole) ? GAP_ROW : 0);
    return height + 6;
}

static void put_lives(struct drawing *d, int from, int to, bool gap)
{
    for (unsigned i = 0; i < d->parties; i++)
        fprintf(d->out, "<line class=\"life%s\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n", gap ? " gap" : "", x_of(d, i), from,
                x_of(d, i), to);
}

static void put_arrow(struct drawing *d, int y, unsigned from, unsigned to)
{
    int x1 = x_of(d, from), x2 = x_of(d, to), back = x2 > x1 ? -8 : 8;
    if (from == to) {
        fprintf(d->out, "<circle class=\"note\" cx=\"%d\" cy=\"%d\" r=\"4\"/>\n", x1, y);
        return;
    }
    fprintf(d->out, "<path class=\"arrow\" d=\"M%d %dH%d\"/>", x1, y, x2 + back);
    fprintf(d->out, "<path class=\"head\" d=\"M%d %dl%d -4v8z\"/>\n", x2, y, back);
}

static void put_message(struct drawing *d, const struct report_node *m, const struct report_node *before, int y, bool odd)
{
    char at[REPORT_TIME_LEN], since[REPORT_TIME_LEN + 2];
    uint64_t now = report__number_at(m, "at_ns"), then = before ? report__number_at(before, "at_ns") : now;
    if (odd)
        fprintf(d->out, "<rect class=\"stripe\" x=\"0\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n", y - ROW / 2,
                x_of(d, d->parties) + d->words - d->column / 2, ROW);
    put_lives(d, y - ROW / 2, y + (ROW + 1) / 2, false);
    if (!before || now != then)
        put_text(d, 84, y + 4, "class=\"num\" text-anchor=\"end\"", report__stamp(now, at));
    if (now != then) {
        since[0] = '+';
        report_format_time(now - then, since + 1);
        put_text(d, TIMES - 6, y + 4, "class=\"num soft\" text-anchor=\"end\"", since);
    }
    put_arrow(d, y, party_of(d, report__text_at(m, "from")), party_of(d, report__text_at(m, "to")));
    put_text(d, x_of(d, d->parties - 1) + d->column / 2, y + 4, "", report__text_at(m, "what"));
}

static void put_ladder(struct drawing *d)
{
    const struct report_node *parties = report__child(d->item, "parties"), *list = report__child(d->item, "messages");
    uint64_t whole = report__number_at(d->item, "took_ns"), left_out = report__number_at(d->item, "left_out");
    if (!list || !list->first)
        return;
    d->parties = 0;
    d->column = widest_party(parties);
    d->words = widest(list, "what", LETTER, WORDS_MIN);
    for (const struct report_node *p = parties->first; p && d->parties < PARTIES_MAX; p = p->next)
        d->name[d->parties++] = report__text_at(p, "name");
    open_svg(d, x_of(d, d->parties) - d->column / 2 + d->words, height_of(list, whole), "messages");
    unsigned i = 0;
    for (const struct report_node *p = parties->first; p && i < d->parties; p = p->next)
        put_party(d, i++, p);
    put_lives(d, HEAD - 6, HEAD + 8, false);
    int y = HEAD + 8 + ROW / 2;
    bool odd = false;
    for (const struct report_node *m = list->first, *before = NULL; m; before = m, m = m->next, odd = !odd) {
        if (is_gap(before, m, whole)) {
            put_lives(d, y - ROW / 2, y - ROW / 2 + GAP_ROW, true);
            y += GAP_ROW;
        }
        put_message(d, m, before, y, odd);
        y += ROW;
    }
    fputs("</svg>\n", d->out);
    if (left_out)
        fprintf(d->out, "<p class=\"soft\">and %" PRIu64 " more messages, which are left out</p>\n", left_out);
}

/* ---- phases ---- */

static void put_scale(struct drawing *d, const struct report__axis *axis, int y)
{
    char text[REPORT_TIME_LEN];
    fprintf(d->out, "<path class=\"axis\" d=\"M%d %dh%d\"/>\n", d->names, y, PLOT);
    put_text(d, d->names, y + 14, "class=\"num soft\" font-size=\"11\"", report_format_time(axis->begin, text));
    put_text(d, d->names + PLOT, y + 14, "class=\"num soft\" font-size=\"11\" text-anchor=\"end\"",
             report_format_time(axis->end, text));
}

static void put_phase(struct drawing *d, const struct report__axis *axis, const struct report_node *p, int y)
{
    char took[REPORT_TIME_LEN];
    uint64_t from = report__number_at(p, "start_ns"), to = from + report__number_at(p, "took_ns");
    int x1 = d->names + (int)report__axis_at(axis, from), x2 = d->names + (int)report__axis_at(axis, to);
    bool left = x2 > d->names + PLOT - 90;
    x2 = x2 < x1 + 2 ? x1 + 2 : x2;
    put_text(d, d->names - 10, y + 12, "text-anchor=\"end\"", report__text_at(p, "name"));
    fprintf(d->out, "<rect class=\"bar\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"13\" rx=\"2\"/>\n", x1, y + 2, x2 - x1);
    if (report__axis_breaks(axis, from, to))
        fprintf(d->out, "<path class=\"cut\" d=\"M%d %dl-6 19m8 0l6 -19\"/>\n", (x1 + x2) / 2, y - 1);
    put_text(d, left ? x1 - 6 : x2 + 6, y + 12, left ? "class=\"num soft\" text-anchor=\"end\"" : "class=\"num soft\"",
             report_format_time(to - from, took));
}

static void put_phases(struct drawing *d)
{
    const struct report_node *list = report__child(d->item, "phases");
    uint64_t begin = report__number_at(d->item, "start_ns"), end = begin + report__number_at(d->item, "took_ns");
    if (!list || !list->first)
        return;
    bool run = !strcmp(report__text_at(d->item, "kind"), "run"); /* its axis is that of the packets below: no breaks */
    struct report__axis axis = report__axis_of(run ? NULL : list, begin, end, PLOT);
    int height = 6 + PHASE_ROW * (int)count_of(list) + 20, y = 4;
    fputs("<h4>phases</h4>\n", d->out);
    open_svg(d, d->names + PLOT + 90, height, "phases");
    for (const struct report_node *p = list->first; p; p = p->next, y += PHASE_ROW)
        put_phase(d, &axis, p, y);
    put_scale(d, &axis, y + 2);
    fputs("</svg>\n", d->out);
}

/* ---- packets an interval ---- */

static const char *const paths[] = {"vf", "emulated", "tunnel", "other", "lost"};
enum { PATHS = sizeof(paths) / sizeof(paths[0]) };

/* of one flow */
struct stacks {
    uint64_t base[SERIES_MAX], most;
    unsigned count;
};

static int x_at(const struct drawing *d, unsigned i, unsigned count) { return d->names + (int)(PLOT * i / (count ? count : 1)); }

static void measure(struct stacks *s, const struct report_node *flow)
{
    uint64_t sum[SERIES_MAX] = {0};
    memset(s, 0, sizeof(*s));
    for (unsigned p = 0; p < PATHS; p++) {
        const struct report_node *list = report__child(flow, paths[p]);
        unsigned i = 0;
        for (const struct report_node *n = list ? list->first : NULL; n && i < SERIES_MAX; n = n->next)
            sum[i++] += n->number;
    }
    const struct report_node *sent = report__child(flow, "sent");
    for (const struct report_node *n = sent ? sent->first : NULL; n && s->count < SERIES_MAX; n = n->next) {
        uint64_t here = sum[s->count] > n->number ? sum[s->count] : n->number;
        s->most = here > s->most ? here : s->most;
        s->count++;
    }
}

static void put_stacks(struct drawing *d, struct stacks *s, const struct report_node *flow, const char *path, int bottom)
{
    const struct report_node *list = report__child(flow, path);
    unsigned i = 0;
    if (!list || !list->first || !s->most)
        return;
    fprintf(d->out, "<path class=\"%s\" d=\"", path);
    for (const struct report_node *n = list->first; n && i < s->count; n = n->next, i++) {
        if (!n->number)
            continue;
        int low = (int)(s->base[i] * STACK / s->most), high = (int)((s->base[i] + n->number) * STACK / s->most);
        s->base[i] += n->number;
        high = high > low ? high : low + 1; /* something is never drawn as nothing */
        int x1 = x_at(d, i, s->count), x2 = x_at(d, i + 1, s->count);
        fprintf(d->out, "M%d %dH%dV%dH%dz", x1, bottom - low, x2 - (x2 - x1 > 3), bottom - high, x1);
    }
    fputs("\"/>\n", d->out);
}

static void put_sent(struct drawing *d, const struct stacks *s, const struct report_node *flow, int bottom)
{
    const struct report_node *list = report__child(flow, "sent");
    unsigned i = 0;
    fputs("<path class=\"sent\" d=\"", d->out);
    for (const struct report_node *n = list ? list->first : NULL; n && i < s->count; n = n->next, i++) {
        int high = s->most ? (int)(n->number * STACK / s->most) : 0;
        fprintf(d->out, "%c%d %dH%d", i ? 'L' : 'M', x_at(d, i, s->count), bottom - high, x_at(d, i + 1, s->count));
    }
    fputs("\"/>\n", d->out);
}

static void put_band(struct drawing *d, const struct report__axis *axis, uint64_t from, uint64_t to, int top)
{
    char took[REPORT_TIME_LEN];
    if (to <= axis->begin || from >= axis->end)
        return;
    int x1 = d->names + (int)report__axis_at(axis, from), x2 = d->names + (int)report__axis_at(axis, to);
    x2 = x2 < x1 + 1 ? x1 + 1 : x2;
    fprintf(d->out, "<rect class=\"dark\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n", x1, top - 14, x2 - x1, STACK + 14);
    bool left = x2 > d->names + PLOT - 150;
    char text[64];
    snprintf(text, sizeof(text), "blackout %s", report_format_time(to - from, took));
    put_text(d, left ? x1 - 4 : x2 + 4, top - 4,
             left ? "class=\"lost num\" font-size=\"11\" text-anchor=\"end\"" : "class=\"lost num\" font-size=\"11\"", text);
}

static void put_flow(struct drawing *d, const struct report__axis *axis, const struct report_node *flow, int top)
{
    struct stacks s;
    char most[32];
    uint64_t dark = report__number_at(flow, "blackout_at_ns");
    int bottom = top + STACK;
    measure(&s, flow);
    put_text(d, d->names - 12, top + STACK / 2, "text-anchor=\"end\" font-weight=\"600\"", report__text_at(flow, "flow"));
    snprintf(most, sizeof(most), "%" PRIu64, s.most);
    put_text(d, d->names + PLOT + 6, top + 8, "class=\"num soft\" font-size=\"11\"", most);
    if (report__is_blackout(flow))
        put_band(d, axis, dark, dark + report__number_at(flow, "blackout_ns"), top);
    for (unsigned p = 0; p < PATHS; p++)
        put_stacks(d, &s, flow, paths[p], bottom);
    put_sent(d, &s, flow, bottom);
    put_scale(d, axis, bottom);
}

/* Whether anything is to be seen of them: a packet, or a part of a blackout. */
static bool has_packets(const struct report_node *list, const struct report__axis *axis)
{
    struct stacks s;
    for (const struct report_node *flow = list->first; flow; flow = flow->next) {
        uint64_t dark = report__number_at(flow, "blackout_at_ns"), light = dark + report__number_at(flow, "blackout_ns");
        measure(&s, flow);
        if (s.most || (report__is_blackout(flow) && dark < axis->end && light > axis->begin))
            return true;
    }
    return false;
}

static void put_packets(struct drawing *d)
{
    const struct report_node *list = report__child(d->item, "packets");
    char text[REPORT_TIME_LEN];
    uint64_t begin = report__number_at(d->item, "packets_from_ns"), interval = report__number_at(d->item, "interval_ns");
    if (!list || !list->first)
        return;
    unsigned count = count_of(report__child(list->first, "sent"));
    struct report__axis axis = report__axis_of(NULL, begin, begin + interval * count, PLOT);
    if (!has_packets(list, &axis)) {
        fputs("<p class=\"soft\">no packet of its flows meanwhile</p>\n", d->out);
        return;
    }
    fprintf(d->out, "<h4>packets an interval of %s, by path</h4>\n", report_format_time(interval, text));
    fputs("<p class=\"legend\"><span class=\"key vf\"></span>by VF<span class=\"key emulated\"></span>by the emulated device"
          "<span class=\"key tunnel\"></span>by the migration's tunnel<span class=\"key other\"></span>neither"
          "<span class=\"key lost\"></span>lost<span class=\"key sent\"></span>sent<span class=\"key dark\"></span>blackout</p>\n",
          d->out);
    open_svg(d, d->names + PLOT + 90, STACK_ROW * (int)count_of(list) + 10, "packets");
    int top = 18;
    for (const struct report_node *flow = list->first; flow; flow = flow->next, top += STACK_ROW)
        put_flow(d, &axis, flow, top);
    fputs("</svg>\n", d->out);
    if (report__number_at(d->item, "flows_left_out"))
        fprintf(d->out, "<p class=\"soft\">and %" PRIu64 " more flows, which are left out</p>\n",
                report__number_at(d->item, "flows_left_out"));
}

/* The curves of the whole run take the place of its stacks, where there is a script. */
static void put_run(struct drawing *d, struct page *p)
{
    page__put_plot(p, "rates");
    fputs("<div class=\"instead\">\n", p->out);
    put_packets(d);
    fputs("</div>\n", p->out);
    page__end_plot(p);
}

static void put_conversation(struct page *p, const struct report_node *item, const char *id, bool open)
{
    struct drawing d = {.out = p->out, .item = item};
    bool run = !strcmp(report__text_at(item, "kind"), "run");
    int phases = widest(report__child(item, "phases"), "name", LETTER, NAMES_MIN);
    d.names = widest(report__child(item, "packets"), "flow", LETTER, phases);
    char start[REPORT_TIME_LEN], took[REPORT_TIME_LEN];
    fprintf(p->out, "<details class=\"card\" id=\"%s\"%s>\n<summary><h3>", id, open ? " open=\"open\"" : "");
    page__put_text(p, report__text_at(item, "title"));
    fprintf(p->out, " <span class=\"soft\">from %s, %s</span></h3></summary>\n",
            report_format_time(report__number_at(item, "start_ns"), start),
            report_format_time(report__number_at(item, "took_ns"), took));
    if (run)
        put_run(&d, p);
    fprintf(p->out, "<div class=\"wide%s\">\n", run ? " tall" : "");
    put_ladder(&d);
    put_phases(&d);
    if (!run)
        put_packets(&d);
    fputs("</div>\n</details>\n", p->out);
}

/* Few are open; of many the reader opens those that he asks about. */
enum { OPEN_MAX = 8 };

void page__put_timeline(struct page *p, const struct report_node *list)
{
    unsigned number = 0;
    char id[64];
    for (const struct report_node *item = list->first; item; item = item->next) {
        snprintf(id, sizeof(id), "r%u-%s-%u", p->number, list->key, number++);
        put_conversation(p, item, id, count_of(list) <= OPEN_MAX || item == list->first);
    }
}
