/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Results of RFC 2544 as tables, as JSON, and as lines with commas. Whole numbers only. */
#include <inttypes.h>

#include <vfsim/vfsim.h>

#include "vfsim_rfc2544.h"

/* Thousandths of a percent. */
static uint64_t lost_of(const struct rfc2544_trial *t)
{
    return t->sent ? (uint64_t)((unsigned __int128)(t->sent - t->delivered) * 100000 / t->sent) : 0;
}

/* ---- text ---- */

static void put_throughput(const struct rfc2544 *result, FILE *out)
{
    fprintf(out, "\nthroughput [RFC 2544 26.1]: the highest load without loss\n  size   load %%  frames/s  bits/s\n");
    for (unsigned i = 0; i < result->rows; i++) {
        const struct rfc2544_row *row = &result->row[i];
        if (row->step)
            fprintf(out, "  %4u  %4u.%u%9" PRIu64 "  %" PRIu64 "\n", row->size, row->step / 10, row->step % 10,
                    row->best.throughput_fps, row->best.throughput_bps);
        else
            fprintf(out, "  %4u     none         -  -\n", row->size);
    }
}

static void put_latency(const struct rfc2544 *result, FILE *out)
{
    fprintf(out, "\nlatency at that load [26.2]\n  size           min           p50           p99           max\n");
    for (unsigned i = 0; i < result->rows; i++) {
        const struct rfc2544_trial *t = &result->row[i].best;
        const vfsim_time times[] = {t->latency_min, t->latency_p50, t->latency_p99, t->latency_max};
        char text[VFSIM_TIME_LEN];
        fprintf(out, "  %4u", result->row[i].size);
        for (unsigned k = 0; k < 4; k++)
            fprintf(out, "  %12s", result->row[i].step ? vfsim_format_time(times[k], text) : "-");
        fprintf(out, "\n");
    }
}

static void put_loss(const struct rfc2544 *result, FILE *out)
{
    fprintf(out, "\nframe loss rate [26.3]\n  size  load %%  offered/s    lost %%\n");
    for (unsigned i = 0; i < result->rows; i++)
        for (unsigned k = 0; k < result->row[i].losses; k++) {
            const struct rfc2544_trial *t = &result->row[i].loss[k];
            fprintf(out, "  %4u  %6u%11" PRIu64 "  %4" PRIu64 ".%03" PRIu64 "\n", result->row[i].size, 100 - 10 * k, t->offered_fps,
                    lost_of(t) / 1000, lost_of(t) % 1000);
        }
}

static void put_bursts(const struct rfc2544 *result, FILE *out)
{
    fprintf(out, "\nback-to-back [26.4]: the longest burst without loss\n  size  frames\n");
    for (unsigned i = 0; i < result->rows; i++)
        fprintf(out, "  %4u  %s%" PRIu64 "\n", result->row[i].size, result->row[i].burst == result->frames ? ">= " : "",
                result->row[i].burst);
}

void rfc2544_put_text(const struct rfc2544 *result, FILE *out)
{
    fprintf(out, "RFC 2544: %s, load %s, trials of %" PRIu64 " frames\n", result->file, result->load, result->frames);
    if (result->tests & RFC2544_THROUGHPUT)
        put_throughput(result, out);
    if (result->tests & RFC2544_LATENCY)
        put_latency(result, out);
    if (result->tests & RFC2544_LOSS)
        put_loss(result, out);
    if (result->tests & RFC2544_BACK_TO_BACK)
        put_bursts(result, out);
}

/* ---- JSON ---- */

static void put_json_text(const char *text, FILE *out)
{
    fputc('"', out);
    for (; *text; text++)
        if (*text == '"' || *text == '\\')
            fprintf(out, "\\%c", *text);
        else if ((unsigned char)*text < 0x20)
            fprintf(out, "\\u%04x", (unsigned)*text);
        else
            fputc(*text, out);
    fputc('"', out);
}

static void put_json_losses(const struct rfc2544_row *row, FILE *out)
{
    fprintf(out, ", \"frame_loss\": [");
    for (unsigned k = 0; k < row->losses; k++)
        fprintf(out, "%s{\"load_percent\": %u, \"offered_fps\": %" PRIu64 ", \"sent\": %" PRIu64 ", \"delivered\": %" PRIu64 "}",
                k ? ", " : "", 100 - 10 * k, row->loss[k].offered_fps, row->loss[k].sent, row->loss[k].delivered);
    fprintf(out, "]");
}

static void put_json_row(const struct rfc2544 *result, const struct rfc2544_row *row, FILE *out)
{
    const struct rfc2544_trial *t = &row->best;
    fprintf(out, "    {\"size\": %u", row->size);
    if (result->tests & RFC2544_THROUGHPUT)
        fprintf(out, ", \"throughput\": {\"load_thousandths\": %u, \"fps\": %" PRIu64 ", \"bps\": %" PRIu64 "}", row->step,
                row->step ? t->throughput_fps : 0, row->step ? t->throughput_bps : 0);
    if (result->tests & RFC2544_LATENCY && row->step)
        fprintf(out, ", \"latency_ns\": {\"min\": %" PRIu64 ", \"p50\": %" PRIu64 ", \"p99\": %" PRIu64 ", \"max\": %" PRIu64 "}",
                t->latency_min / VFSIM_NS, t->latency_p50 / VFSIM_NS, t->latency_p99 / VFSIM_NS, t->latency_max / VFSIM_NS);
    else if (result->tests & RFC2544_LATENCY)
        fprintf(out, ", \"latency_ns\": null");
    if (result->tests & RFC2544_LOSS)
        put_json_losses(row, out);
    if (result->tests & RFC2544_BACK_TO_BACK)
        fprintf(out, ", \"back_to_back_frames\": %" PRIu64, row->burst);
    fprintf(out, "}");
}

void rfc2544_put_json(const struct rfc2544 *result, FILE *out)
{
    fprintf(out, "{\n  \"format\": 1,\n  \"file\": ");
    put_json_text(result->file, out);
    fprintf(out, ",\n  \"load_bps\": %" PRIu64 ",\n  \"frames\": %" PRIu64 ",\n  \"sizes\": [\n", result->load_bps, result->frames);
    for (unsigned i = 0; i < result->rows; i++) {
        put_json_row(result, &result->row[i], out);
        fprintf(out, "%s\n", i + 1 < result->rows ? "," : "");
    }
    fprintf(out, "  ]\n}\n");
}

/* ---- lines with commas: a test, a size, a load and what was seen each ---- */

static void put_csv_row(const struct rfc2544 *result, const struct rfc2544_row *row, FILE *out)
{
    const struct rfc2544_trial *t = &row->best;
    if (result->tests & (RFC2544_THROUGHPUT | RFC2544_LATENCY))
        fprintf(out,
                "throughput,%u,%u,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
                ",\n",
                row->size, row->step, t->sent, t->delivered, t->throughput_fps, t->throughput_bps, t->latency_min / VFSIM_NS,
                t->latency_p50 / VFSIM_NS, t->latency_p99 / VFSIM_NS, t->latency_max / VFSIM_NS);
    for (unsigned k = 0; result->tests & RFC2544_LOSS && k < row->losses; k++)
        fprintf(out, "frame-loss,%u,%u,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",,,,,\n", row->size, 1000 - 100 * k,
                row->loss[k].sent, row->loss[k].delivered, row->loss[k].throughput_fps, row->loss[k].throughput_bps);
    if (result->tests & RFC2544_BACK_TO_BACK)
        fprintf(out, "back-to-back,%u,1000,,,,,,,,,%" PRIu64 "\n", row->size, row->burst);
}

void rfc2544_put_csv(const struct rfc2544 *result, FILE *out)
{
    fprintf(out, "test,size,load_thousandths,sent,delivered,fps,bps,latency_min_ns,latency_p50_ns,latency_p99_ns,latency_max_ns,"
                 "burst_frames\n");
    for (unsigned i = 0; i < result->rows; i++)
        put_csv_row(result, &result->row[i], out);
}
