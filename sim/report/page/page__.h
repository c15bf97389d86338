/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of a page share: the result as a tree of nodes (report__.h), words for its keys, and tables. */
#ifndef VFSIM_REPORT_PAGE_PAGE__H
#define VFSIM_REPORT_PAGE_PAGE__H

#include <jansson.h>

#include "report/page/page.h"
#include "report/report__.h"

struct page {
    FILE *out;
    unsigned number;                /* of the report on it, from 0 */
    const struct report_node *root; /* of that report */
};

/* ---- tree.c ---- */
struct report *page__tree(const json_t *json); /* report_destroy() it */
bool page__is_list_of_objects(const struct report_node *list);

/* ---- words.c ---- */
struct page__section {
    const char *key, *heading;
    enum report_look look;
    void (*put)(struct page *p, const struct report_node *node); /* NULL: as it looks */
};
const struct page__section *page__section(const char *key); /* NULL: nothing is known of it */
const struct page__section *page__section_at(unsigned i);   /* in the order of the page; NULL past the end */
bool page__is_hidden(const char *key);                      /* told elsewhere, or of no use to a reader */
char *page__label(const char *key);                         /* what people call it; the caller's to free */

/* ---- tables.c ---- */
/* Some members of each row: those that `only` names (NULL-terminated; NULL: all), or with `but` all others; always the first. */
void page__put_table(struct page *p, const struct report_node *list, const char *const *only, bool but);
void page__put_lines(struct page *p, const struct report_node *list);
void page__put_blocks(struct page *p, const struct report_node *list);
void page__put_sentence(struct page *p, const struct report_node *node, const char *tag);
void page__put_text(struct page *p, const char *text); /* escaped */
const char *page__cell(const struct report_node *leaf, char buf[REPORT_CELL_LEN]);
void page__put_plot(struct page *p, const char *kind); /* the place of what the script draws: page__end_plot() closes it */
void page__end_plot(struct page *p);

/* ---- sections ---- */
void page__put_expectations(struct page *p, const struct report_node *list); /* verdict.c */
void page__put_topology(struct page *p, const struct report_node *node); /* topology.c */
void page__put_flows(struct page *p, const struct report_node *list); /* flows.c */
void page__put_latencies(struct page *p, const struct report_node *list);
void page__put_blackouts(struct page *p, const struct report_node *list);
void page__put_costs(struct page *p, const struct report_node *list); /* cpu.c */
void page__put_threads(struct page *p, const struct report_node *list);
void page__put_timeline(struct page *p, const struct report_node *list); /* ladder.c */
void page__put_shares(FILE *out, const struct report_node *list); /* shares.c */
void page__put_differences(struct page *p, const struct report_node *root); /* other.c */
void page__put_sweep(struct page *p, const struct report_node *root);

/* ---- assets.S: files that are part of the program, each ended by a zero byte; of the library empty where there is none ---- */
extern const char page__css[], page__js[], page__library_js[], page__library_css[], page__library_licence[];

#endif
