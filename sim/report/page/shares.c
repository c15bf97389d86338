/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a time is made of, as one bar an item: "blackout_ns" is the whole, the other times but "from_ns" are its shares. */
#include <string.h>

#include "report/page/page__.h"

enum { NAMES_MIN = 230, LETTER = 8, PLOT = 720, ROW = 46, SHARES = 10 };

static bool is_share(const struct report_node *leaf)
{
    return leaf->kind == REPORT_NODE_TIME && leaf->number && strcmp(leaf->key, "blackout_ns") && strcmp(leaf->key, "from_ns");
}

/* The same cause has the same colour in every bar: by its label. */
static unsigned colour_of(const struct report_node *list, const char *label)
{
    const char *seen[SHARES];
    unsigned count = 0;
    for (const struct report_node *item = list->first; item; item = item->next)
        for (const struct report_node *leaf = item->first; leaf; leaf = leaf->next) {
            unsigned i = 0;
            if (!is_share(leaf))
                continue;
            while (i < count && strcmp(seen[i], leaf->label))
                i++;
            if (!strcmp(leaf->label, label))
                return i % SHARES;
            if (i == count && count < SHARES)
                seen[count++] = leaf->label;
        }
    return 0;
}

static void put_text(FILE *out, int x, int y, const char *attributes, const char *text)
{
    fprintf(out, "<text x=\"%d\" y=\"%d\" %s>", x, y, attributes);
    report__put_escaped(out, text);
    fputs("</text>\n", out);
}

/* All bars share one scale, so that they can be compared: the longest blackout fills the width. */
static uint64_t longest(const struct report_node *list)
{
    uint64_t most = 0;
    for (const struct report_node *item = list->first; item; item = item->next)
        most = report__number_at(item, "blackout_ns") > most ? report__number_at(item, "blackout_ns") : most;
    return most;
}

static int names_of(const struct report_node *list)
{
    int most = report__longest(list, "flow") * LETTER + 20;
    return most > NAMES_MIN ? most : NAMES_MIN;
}

static void put_item(FILE *out, const struct report_node *list, const struct report_node *item, int y)
{
    uint64_t whole = report__number_at(item, "blackout_ns"), scale = longest(list), passed = 0;
    int names = names_of(list);
    char took[REPORT_TIME_LEN], words[160];
    put_text(out, names - 12, y + 13, "text-anchor=\"end\" font-weight=\"600\"", report__text_at(item, "flow"));
    put_text(out, names - 12, y + 28, "class=\"soft num\" text-anchor=\"end\"", report_format_time(whole, took));
    for (const struct report_node *leaf = item->first; leaf; leaf = leaf->next) {
        if (!is_share(leaf) || !scale)
            continue;
        int x1 = names + (int)((unsigned __int128)passed * PLOT / scale);
        int x2 = names + (int)((unsigned __int128)(passed + leaf->number) * PLOT / scale);
        passed += leaf->number;
        fprintf(out, "<rect class=\"s%u\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"18\"/>\n", colour_of(list, leaf->label), x1, y,
                x2 > x1 ? x2 - x1 : 1);
        snprintf(words, sizeof(words), "%s %s", leaf->label, report_format_time(leaf->number, took));
        if ((x2 - x1) / 6 > (int)strlen(words)) /* what does not fit stands in the line below the drawing */
            put_text(out, x1 + 5, y + 32, "class=\"soft num\" font-size=\"11\"", words);
    }
}

void page__put_shares(FILE *out, const struct report_node *list)
{
    int count = 0, y = 6, width = names_of(list) + PLOT + 10;
    for (const struct report_node *item = list->first; item; item = item->next)
        count++;
    fputs("<div class=\"wide tall\">\n", out);
    fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"%d\" height=\"%d\"", width, count * ROW + 8);
    fprintf(out, " viewBox=\"0 0 %d %d\">\n<title>", width, count * ROW + 8);
    report__put_escaped(out, list->label);
    fputs("</title>\n", out);
    for (const struct report_node *item = list->first; item; item = item->next, y += ROW)
        put_item(out, list, item, y);
    fputs("</svg>\n</div>\n", out);
}
