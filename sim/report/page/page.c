/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page: a head and a row of sections for each report, then the result itself, and the script that draws it. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "report/page/page__.h"

/* ---- sections ---- */

static bool is_section(const struct report_node *node)
{
    if (page__is_hidden(node->key))
        return false;
    const struct page__section *section = page__section(node->key);
    if (section && section->look == REPORT_LINE) {
        const struct report_node *nodes = report__child(node, "nodes");
        return node->kind == REPORT_NODE_OBJECT && nodes && nodes->first;
    }
    return node->kind == REPORT_NODE_LIST && node->first;
}

static const char *heading_of(const struct report_node *node)
{
    const struct page__section *section = page__section(node->key);
    return section ? section->heading : node->label;
}

static void put_card(struct page *p, const struct report_node *node, const struct page__section *section)
{
    fputs("<div class=\"card\">\n", p->out);
    if (section && section->put)
        section->put(p, node);
    else if (!page__is_list_of_objects(node))
        page__put_lines(p, node);
    else if (node->look == REPORT_BLOCKS)
        page__put_blocks(p, node);
    else
        page__put_table(p, node, NULL, false);
    fputs("</div>\n", p->out);
}

static void put_section(struct page *p, const struct report_node *node)
{
    const struct page__section *section = page__section(node->key);
    fprintf(p->out, "<h2 id=\"r%u-%s\">", p->number, node->key);
    page__put_text(p, heading_of(node));
    fputs("</h2>\n", p->out);
    if (node->look == REPORT_TIMELINE)
        section->put(p, node); /* a card each */
    else
        put_card(p, node, section);
}

static void put_link(struct page *p, const struct report_node *node)
{
    fprintf(p->out, "<a href=\"#r%u-%s\">", p->number, node->key);
    page__put_text(p, heading_of(node));
    fputs("</a>\n", p->out);
}

typedef void (*section_fn)(struct page *p, const struct report_node *node);

static void each_section(struct page *p, section_fn fn)
{
    const struct page__section *section;
    for (unsigned i = 0; (section = page__section_at(i)); i++)
        for (const struct report_node *node = p->root->first; node; node = node->next)
            if (is_section(node) && (section->key ? !strcmp(section->key, node->key) : !page__section(node->key)))
                fn(p, node);
}

/* ---- the head of a report ---- */

static void put_fact(struct page *p, const struct report_node *node)
{
    fputs("<li>", p->out);
    page__put_text(p, node->label);
    fputs(" <b>", p->out);
    page__put_sentence(p, node, "span");
    fputs("</b></li>\n", p->out);
}

static const char *title_of(const struct report_node *root)
{
    const char *title = report__text_at(root, "title");
    title = *title ? title : report__text_at(root, "scenario");
    return *title ? title : "a result of vfsim";
}

static void put_title(struct page *p)
{
    const char *verdict = report__text_at(p->root, "verdict");
    const struct report_node *expected = report__child(p->root, "something_expected");
    fputs("<h1>", p->out);
    page__put_text(p, title_of(p->root));
    if (*verdict) {
        fprintf(p->out, " <span class=\"verdict%s\">", strcmp(verdict, "PASS") ? " bad" : "");
        page__put_text(p, verdict);
        fprintf(p->out, "%s</span>", expected && !expected->number && strcmp(verdict, "ERROR") ? " (nothing was expected)" : "");
    }
    fputs("</h1>\n", p->out);
}

static void put_report(struct page *p)
{
    const char *next = report__text_at(p->root, "next");
    fputs("<header>\n", p->out);
    put_title(p);
    fputs("<ul class=\"facts\">\n", p->out);
    for (const struct report_node *node = p->root->first; node; node = node->next)
        if (node->kind != REPORT_NODE_LIST && !page__is_hidden(node->key) && !page__section(node->key))
            put_fact(p, node);
    fputs("</ul>\n</header>\n<nav>\n", p->out);
    each_section(p, put_link);
    fputs("</nav>\n<main>\n", p->out);
    each_section(p, put_section);
    if (*next) {
        fputs("<p class=\"soft\">next: <code>", p->out);
        page__put_text(p, next);
        fputs("</code></p>\n", p->out);
    }
    fputs("</main>\n", p->out);
}

/* ---- one document of whatever kind ---- */

static void put_sweep(struct page *p)
{
    const struct report_node *runs = report__child(p->root, "runs");
    fputs("<header>\n", p->out);
    put_title(p);
    fprintf(p->out,
            "</header>\n<main>\n<h2 id=\"sweep\">what was swept, and what came of it</h2>\n<div class=\"card\">\n<p>%" PRIu64
            " runs%s</p>\n",
            runs ? runs->number : 0, report__number_at(p->root, "complete") ? "" : ", of which some have no result yet");
    page__put_sweep(p, p->root);
    fputs("</div>\n</main>\n", p->out);
}

static bool is_sweep(const json_t *json)
{
    return json_is_array(json_object_get(json, "axes")) && json_is_array(json_object_get(json, "rows"));
}
static bool is_report(const json_t *json) { return json_is_string(json_object_get(json, "verdict")); }

static void put_document(struct page *p, const json_t *json)
{
    struct report *tree = page__tree(json);
    p->root = &tree->root;
    if (is_sweep(json))
        put_sweep(p);
    else
        put_report(p);
    p->number++;
    report_destroy(tree);
}

static void put_difference(struct page *p, const json_t *differences)
{
    struct report *tree = page__tree(differences);
    p->root = &tree->root;
    fputs("<main>\n<h2 id=\"difference\">difference to another run</h2>\n<div class=\"card\">\n", p->out);
    page__put_differences(p, p->root);
    fputs("</div>\n</main>\n", p->out);
    report_destroy(tree);
}

/* ---- what a script reads, and what it is ---- */

/* JSON in HTML and in XML: no text of it has a character of theirs. */
static void put_json(struct page *p, const json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII);
    fputs("<script type=\"application/json\" id=\"result\">", p->out);
    for (const char *c = text; *c; c++)
        if (*c == '<' || *c == '>' || *c == '&')
            fprintf(p->out, "\\u%04x", (unsigned)*c);
        else
            fputc(*c, p->out);
    fputs("</script>\n", p->out);
    free(text);
}

/* A script in HTML and in XML. */
static void put_script(struct page *p, const char *script)
{
    fputs("<script>//<![CDATA[\n", p->out);
    for (const char *end; (end = strstr(script, "]]>")); script = end + 2) {
        fwrite(script, 1, (size_t)(end - script), p->out);
        fputs("]] ", p->out); /* the same to a script */
    }
    fputs(script, p->out);
    fputs("//]]></script>\n", p->out);
}

/* Between two marks, so that who compares pages may leave it out. */
static void put_library(struct page *p)
{
    fputs("<!--library-->\n", p->out);
    if (*page__library_js) {
        fprintf(p->out, "<style>\n%s</style>\n", page__library_css);
        put_script(p, page__library_js);
        fputs("<footer><details><summary>curves are drawn by uPlot, whose licence is</summary><pre>", p->out);
        page__put_text(p, page__library_licence);
        fputs("</pre></details></footer>\n", p->out);
    } else {
        fputs("<footer>Tables and no curves: the library that draws them was not there when vfsim was built.</footer>\n", p->out);
    }
    fputs("<!--/library-->\n", p->out);
}

static void put_head(struct page *p, const json_t *first, bool more)
{
    const char *title = json_string_value(json_object_get(first, "title"));
    title = title && *title ? title : json_string_value(json_object_get(first, "scenario"));
    fputs("<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n<meta charset=\"utf-8\"/>\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
          "script-src 'unsafe-inline'\"/>\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>",
          p->out);
    page__put_text(p, title ? title : "vfsim");
    fprintf(p->out, "%s</title>\n<style>\n%s</style>\n</head>\n<body>\n", more ? " and others" : "", page__css);
}

static void put_page(struct page *p, const json_t *json)
{
    const json_t *result = json_object_get(json, "result"), *differences = json_object_get(json, "differences");
    bool two = json_is_object(differences);
    result = two ? result : json;
    size_t count = json_is_array(result) ? json_array_size(result) : 1;
    put_head(p, json_is_array(result) ? json_array_get(result, 0) : result, count > 1);
    for (size_t i = 0; i < count; i++)
        put_document(p, json_is_array(result) ? json_array_get(result, i) : result);
    if (two)
        put_difference(p, differences);
    fputs("<footer>Written by vfsim: the same scenario, seed and binary give the same page, byte for byte; "
          "<code>vfsim report</code> makes it again of the result, which is in this file.</footer>\n",
          p->out);
    put_json(p, json);
    put_library(p);
    put_script(p, page__js);
    fputs("</body>\n</html>\n", p->out);
}

/* ---- what is given ---- */

static bool is_fit(const json_t *json)
{
    const json_t *result = json_object_get(json, "result");
    json = json_is_object(json_object_get(json, "differences")) && result ? result : json;
    for (size_t i = 0; i < json_array_size(json); i++)
        if (!is_report(json_array_get(json, i)))
            return false;
    return json_is_array(json) ? json_array_size(json) : is_report(json) || is_sweep(json);
}

int page_write(const char *text, size_t length, FILE *out, char why[PAGE_WHY_LEN])
{
    json_error_t error;
    struct page page = {.out = out};
    report__json_begin();
    json_t *json = json_loadb(text, length, 0, &error);
    if (!json)
        snprintf(why, PAGE_WHY_LEN, "%d:%d: no JSON: %.120s", error.line, error.column, error.text);
    else if (!is_fit(json))
        snprintf(why, PAGE_WHY_LEN, "no result: neither reports (`vfsim run --json`) nor the table of a sweep (sweep.json)");
    if (!json || !is_fit(json)) {
        json_decref(json);
        return -EINVAL;
    }
    put_page(&page, json);
    json_decref(json);
    return fflush(out) || ferror(out) ? -EIO : 0;
}

int page_write_reports(struct report *const *reports, unsigned count, FILE *out)
{
    struct page page = {.out = out};
    report__json_begin();
    json_t *json = count == 1 ? report__json(reports[0]) : json_array();
    for (unsigned i = 0; count != 1 && i < count; i++)
        json_array_append_new(json, report__json(reports[i]));
    put_page(&page, json);
    json_decref(json);
    return fflush(out) || ferror(out) ? -EIO : 0;
}
