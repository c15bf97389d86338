/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables of the validation page, and the judgement of their bounds. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "bench/validate.h"

static const char *const mark_names[] = {"formula", "calibrated", "predicted", "shown"};

void v_table_open(struct v_table *t, FILE *out, const char *name, const char *title, const char *about, const char *unit,
                  unsigned decimals, uint32_t bound)
{
    memset(t, 0, sizeof(*t));
    t->out = out;
    t->name = name;
    t->decimals = decimals;
    t->bound = bound;
    fprintf(out, "\n## %s %s\n\n%s\n\n| %s | published | modelled | error | mark |\n|---|---:|---:|---:|---|\n", name, title, about,
            unit);
}

static void print_value(FILE *out, int64_t v, unsigned decimals)
{
    int64_t one = 1;
    for (unsigned i = 0; i < decimals; i++)
        one *= 10;
    if (decimals)
        fprintf(out, "%" PRId64 ".%0*" PRId64, v / one, (int)decimals, v % one);
    else
        fprintf(out, "%" PRId64, v);
}

static void print_percent(FILE *out, int64_t milli)
{
    fprintf(out, "%c%" PRId64 ".%03" PRId64 " %%", milli < 0 ? '-' : '+', (milli < 0 ? -milli : milli) / 1000,
            (milli < 0 ? -milli : milli) % 1000);
}

void v_table_row(struct v_table *t, enum v_mark mark, int64_t published, int64_t modelled, const char *label, ...)
{
    char text[64];
    va_list ap;
    int64_t milli = (modelled - published) * 100000 / published;
    uint32_t size = (uint32_t)(milli < 0 ? -milli : milli);

    va_start(ap, label);
    vsnprintf(text, sizeof(text), label, ap);
    va_end(ap);
    fprintf(t->out, "| %s | ", text);
    print_value(t->out, published, t->decimals);
    fputs(" | ", t->out);
    print_value(t->out, modelled, t->decimals);
    fputs(" | ", t->out);
    print_percent(t->out, milli);
    fprintf(t->out, " | %s |\n", mark_names[mark]);
    if (!t->rows[mark]++ || size > t->worst[mark]) {
        t->worst[mark] = size;
        memcpy(t->worst_row[mark], text, sizeof(text));
    }
}

bool v_table_close(struct v_table *t)
{
    bool good = true;

    fputc('\n', t->out);
    for (unsigned m = 0; m < 4; m++) {
        if (!t->rows[m])
            continue;
        fprintf(t->out, "Worst of %u %s: %" PRIu32 ".%03" PRIu32 " %% (%s)", t->rows[m], mark_names[m], t->worst[m] / 1000,
                t->worst[m] % 1000, t->worst_row[m]);
        if (t->bound && (m == V_FORMULA || m == V_PREDICTED)) {
            bool held = t->worst[m] <= t->bound;
            good &= held;
            fprintf(t->out, ", bound %" PRIu32 ".%03" PRIu32 " %%: %s", t->bound / 1000, t->bound % 1000,
                    held ? "held" : "EXCEEDED");
        }
        fputs(".\n", t->out);
    }
    if (!good)
        fprintf(stderr, "validate: %s exceeds its bound\n", t->name);
    return good;
}

/* ---- claims ---- */

enum { HELD, NEAR, MAGNITUDE, MISSED, CALIBRATED };
static const char *const verdicts[] = {"held", "near", "magnitude", "missed", "calibrated"};

void v_claims_open(struct v_claims *t, FILE *out, const char *name, const char *title, const char *about, const char *unit,
                   unsigned decimals)
{
    *t = (struct v_claims){.out = out, .decimals = decimals};
    fprintf(out,
            "\n## %s %s\n\n%s\n\n| %s | published | modelled | error | rests on | verdict |\n"
            "|---|---:|---:|---:|---|---|\n",
            name, title, about, unit);
}

static unsigned judge(int64_t published, int64_t modelled)
{
    int64_t off = modelled < published ? published - modelled : modelled - published;
    if (off * 10 <= published)
        return HELD;
    if (off * 10 <= 3 * published)
        return NEAR;
    return modelled <= 3 * published && 3 * modelled >= published ? MAGNITUDE : MISSED;
}

void v_claim(struct v_claims *t, int64_t published, int64_t modelled, const char *rests_on, const char *label)
{
    unsigned verdict = rests_on ? judge(published, modelled) : CALIBRATED;
    fprintf(t->out, "| %s | ", label);
    print_value(t->out, published, t->decimals);
    fputs(" | ", t->out);
    print_value(t->out, modelled, t->decimals);
    fputs(" | ", t->out);
    print_percent(t->out, (modelled - published) * 100000 / published);
    fprintf(t->out, " | %s | %s |\n", rests_on ? rests_on : "this row", verdicts[verdict]);
    t->count[verdict]++;
}

void v_claims_close(struct v_claims *t)
{
    const char *comma = "";
    fputc('\n', t->out);
    for (unsigned i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
        if (t->count[i]) {
            fprintf(t->out, "%s%u %s", comma, t->count[i], verdicts[i]);
            comma = ", ";
        }
    fputs(".\n", t->out);
}
