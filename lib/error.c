/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of errors: one made by a call, or all that is wrong with a scenario. An error and its texts are one block. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "lib/lib__.h"

static const char who[] = "an error";

struct node {
    struct vfsim_error e; /* first */
    char texts[];
};

static char *keep(char **at, const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *kept = memcpy(*at, text, bytes);
    *at += bytes;
    return kept;
}

int lib__given(const void *pointer, const char *what, struct vfsim_error **error)
{
    return pointer ? 0 : lib__fail(error, EINVAL, "no %s: it is NULL", what);
}

/* `text` begins with the place, of `place` bytes, then the message. */
static struct vfsim_error *make(int code, const char *file, unsigned line, unsigned column, const char *text, size_t place,
                                const char *excerpt)
{
    struct node *n = alloc_zero(who, 1, sizeof(*n) + (file ? strlen(file) + 1 : 0) + strlen(text) + 1 + strlen(excerpt) + 1);
    char *at = n->texts;
    n->e = (struct vfsim_error){.code = code, .line = line, .column = column};
    n->e.file = file ? keep(&at, file) : NULL;
    n->e.text = keep(&at, text);
    n->e.message = n->e.text + place;
    n->e.excerpt = keep(&at, excerpt);
    return &n->e;
}

int lib__fail(struct vfsim_error **error, int code, const char *fmt, ...)
{
    if (!error)
        return -code;
    va_list args;
    va_start(args, fmt);
    char *text = alloc_vprint(who, fmt, args);
    va_end(args);
    while (*error)
        error = (struct vfsim_error **)&(*error)->next;
    *error = make(code, NULL, 0, 0, text, 0, "");
    free(text);
    return -code;
}

/* "a.scn:3:5: what" or "a.scn: what": how long the place is. */
static size_t place_of(const char *text, const char *file, unsigned line, unsigned column)
{
    char place[64] = "";
    if (line)
        snprintf(place, sizeof(place), ":%u:%u", line, column);
    size_t len = strlen(file) + strlen(place) + 2;
    return len <= strlen(text) && !strncmp(text, file, strlen(file)) ? len : 0;
}

struct vfsim_error *lib__errors_of(const struct scenario *sc, unsigned from)
{
    struct vfsim_error *first = NULL, **end = &first;
    unsigned line, column;
    const char *text, *label = strcmp(scenario_path(sc), "-") ? scenario_path(sc) : "stdin";
    for (unsigned i = from; (text = scenario_error_text(sc, i, &line, &column)); i++) {
        char *excerpt;
        size_t len;
        FILE *out = alloc_stream(who, &excerpt, &len);
        scenario_print_excerpt(sc, i, out);
        alloc_stream_close(who, out);
        *end = make(EINVAL, label, line, column, text, place_of(text, label, line, column), excerpt);
        end = (struct vfsim_error **)&(*end)->next;
        free(excerpt);
    }
    return first;
}

const char *lib__near(const char *word, const char *const words[], char *buf, size_t cap)
{
    struct scn_suggest suggest;
    scn_suggest_init(&suggest, word);
    for (unsigned i = 0; words[i]; i++)
        scn_suggest_try(&suggest, words[i]);
    return scn_suggest_text(&suggest, buf, cap);
}

void vfsim_error_free(struct vfsim_error *errors)
{
    for (struct vfsim_error *next; errors; errors = next) {
        next = (struct vfsim_error *)errors->next;
        free(errors);
    }
}

void vfsim_free(void *memory) { free(memory); }
