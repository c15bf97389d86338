/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Conversations with one end of a TCP connection as text, after packetdrill: a line a step.
 *
 *   config iss N|mss N|buffer N|burst N|rto-min T|cc reno|no-sack|no-timestamps|no-scaling|by-hand|retries N   before all else
 *   listen, connect, write N, close, abort, read N            what the application does
 *   at T            time goes on to T (of the script); what is due before goes out: nothing may
 *   < FLAGS SEQ LEN ACK WIN [mss N] [ws N] [sackok] [ts VAL ECR] [sack A-B …]     comes; SEQ of theirs, ACK of ours, from the SYN
 *   > FLAGS SEQ LEN [ACK [WIN]] [ts VAL ECR] [sack A-B …] [cut N]                  must go now
 *   -               nothing goes now
 *   due T|never     the next time that something may go
 *   state NAME, cwnd N, ssthresh N, rto T, delivered N, flight N, retransmits N, timeouts N, ended N
 *
 * Times are ps, ns, us, ms or s. FLAGS are letters of FSRPA, or 0.
 */
#ifndef VFSIM_TESTS_NET_TCP_SCRIPT_H
#define VFSIM_TESTS_NET_TCP_SCRIPT_H

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/tcp/tcp.h"

enum { THEIR_ISS = 7000, WORDS_MAX = 24 };

struct script {
    struct tcp_config config;
    struct tcp tcp;
    bool begun;
    sim_time now;
    const char *name;
    unsigned line;
    uint32_t their_iss;
};

static inline sim_time script_time(const char *text)
{
    char *unit;
    uint64_t n = strtoull(text, &unit, 10);
    static const struct {
        const char *word;
        sim_time ps;
    } units[] = {{"ps", SIM_PS}, {"ns", SIM_NS}, {"us", SIM_US}, {"ms", SIM_MS}, {"s", SIM_S}, {"", 0}};
    if (!strcmp(text, "never"))
        return SIM_NEVER;
    for (unsigned i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (!strcmp(unit, units[i].word))
            return n * units[i].ps;
    ck_abort_msg("'%s' is no time", text);
    return 0;
}

static inline void script_expect(const struct script *s, const char *what, uint64_t wanted, uint64_t seen)
{
    if (wanted != seen)
        ck_abort_msg("%s, line %u: %s is %" PRIu64 ", not %" PRIu64, s->name, s->line, what, seen, wanted);
}

static inline uint8_t script_flags(const char *text)
{
    uint8_t flags = 0;
    for (; *text && *text != '0'; text++)
        flags |= (uint8_t)(1u << (strchr("FSRPA", *text) - "FSRPA"));
    return flags;
}

/* Options from word `i` on. Sequence numbers in blocks are relative to `base`. */
static inline void script_options(char **word, unsigned count, unsigned i, uint32_t base, struct tcp_segment *out)
{
    for (; i < count; i++) {
        if (!strcmp(word[i], "mss")) {
            out->mss = (uint16_t)atoi(word[++i]);
        } else if (!strcmp(word[i], "ws")) {
            out->scale1 = (uint8_t)(1 + atoi(word[++i]));
        } else if (!strcmp(word[i], "sackok")) {
            out->sack_ok = true;
        } else if (!strcmp(word[i], "cut")) {
            out->cut = (uint16_t)atoi(word[++i]);
        } else if (!strcmp(word[i], "ts")) {
            out->stamped = true;
            out->tsval = (uint32_t)strtoul(word[++i], NULL, 10);
            out->tsecr = (uint32_t)strtoul(word[++i], NULL, 10);
        } else if (strchr(word[i], '-')) {
            out->sack[out->sacks][0] = base + (uint32_t)strtoul(word[i], NULL, 10);
            out->sack[out->sacks++][1] = base + (uint32_t)strtoul(strchr(word[i], '-') + 1, NULL, 10);
        }
    }
}

static inline void script_in(struct script *s, char **word, unsigned count)
{
    struct tcp_segment in = {.flags = script_flags(word[1]),
                             .seq = s->their_iss + (uint32_t)strtol(word[2], NULL, 10),
                             .len = (uint32_t)atoi(word[3]),
                             .ack = s->config.iss + (uint32_t)strtol(word[4], NULL, 10),
                             .window = (uint16_t)atoi(word[5])};
    uint8_t payload[65536];
    tcp_pattern(s->config.salt_in, (uint64_t)(strtol(word[2], NULL, 10) - 1), payload, in.len);
    script_options(word, count, 6, s->config.iss, &in);
    tcp_receive(&s->tcp, &in, payload, s->now);
}

static inline void script_describe(const struct script *s, const struct tcp_segment *out, char *text, size_t cap)
{
    char flags[8] = "", *f = flags;
    for (unsigned i = 0; i < 5; i++)
        if (out->flags & 1u << i)
            *f++ = "FSRPA"[i];
    *f = 0;
    int n = snprintf(text, cap, "%s %" PRIu32 " %" PRIu32 " ack %" PRIu32 " win %u ts %" PRIu32 " %" PRIu32 " cut %u", flags,
                     out->seq - s->config.iss, out->len, out->ack - s->their_iss, out->window, out->tsval, out->tsecr, out->cut);
    for (unsigned i = 0; i < out->sacks; i++)
        n += snprintf(text + n, cap - (size_t)n, " %" PRIu32 "-%" PRIu32, out->sack[i][0] - s->their_iss,
                      out->sack[i][1] - s->their_iss);
}

static inline bool script_is_number(const char *text) { return *text && !text[strspn(text, "0123456789")]; }

static inline void script_out(struct script *s, char **word, unsigned count)
{
    struct tcp_segment out, like = {0};
    char text[400];
    if (!tcp_send(&s->tcp, s->now, &out))
        ck_abort_msg("%s, line %u: nothing was sent", s->name, s->line);
    script_describe(s, &out, text, sizeof(text));
    script_options(word, count, 4, s->their_iss, &like);
    bool same = out.flags == script_flags(word[1]) && out.seq == s->config.iss + (uint32_t)strtol(word[2], NULL, 10) &&
                out.len == (uint32_t)atoi(word[3]) && out.sacks == like.sacks && !memcmp(out.sack, like.sack, sizeof(like.sack)) &&
                out.cut == like.cut;
    bool has_ack = count > 4 && script_is_number(word[4]);
    if (has_ack)
        same = same && out.ack == s->their_iss + (uint32_t)strtoul(word[4], NULL, 10);
    if (has_ack && count > 5 && script_is_number(word[5]))
        same = same && out.window == (uint16_t)atoi(word[5]);
    if (like.stamped)
        same = same && out.stamped && out.tsval == like.tsval && out.tsecr == like.tsecr;
    if (!same)
        ck_abort_msg("%s, line %u: sent %s", s->name, s->line, text);
}

static inline void script_config(struct script *s, char **word)
{
    const char *what = word[1];
    uint64_t n = word[2] ? strtoull(word[2], NULL, 10) : 0;
    struct tcp_config *c = &s->config;
    if (!strcmp(what, "iss"))
        c->iss = (uint32_t)n;
    else if (!strcmp(what, "their-iss"))
        s->their_iss = (uint32_t)n;
    else if (!strcmp(what, "mss"))
        c->mss = (uint32_t)n;
    else if (!strcmp(what, "buffer"))
        c->buffer = (uint32_t)n;
    else if (!strcmp(what, "burst"))
        c->burst_max = (uint32_t)n;
    else if (!strcmp(what, "iw"))
        c->initial_window = (uint32_t)n;
    else if (!strcmp(what, "quick"))
        c->quick_acks = (uint32_t)n;
    else if (!strcmp(what, "retries"))
        c->retries = c->syn_retries = (uint32_t)n;
    else if (!strcmp(what, "rto-min"))
        c->rto_min = script_time(word[2]);
    else if (!strcmp(what, "cc"))
        c->cc = strcmp(word[2], "reno") ? TCP_CC_CUBIC : TCP_CC_RENO;
    else if (!strcmp(what, "no-sack"))
        c->no_sack = true;
    else if (!strcmp(what, "no-timestamps"))
        c->no_timestamps = true;
    else if (!strcmp(what, "no-scaling"))
        c->no_scaling = true;
    else if (!strcmp(what, "by-hand"))
        c->reads_by_hand = true;
    else
        ck_abort_msg("%s, line %u: config %s?", s->name, s->line, what);
}

static inline bool script_looks(struct script *s, char **word)
{
    const struct tcp_state *st = &s->tcp.st;
    const struct {
        const char *word;
        uint64_t value;
    } figures[] = {{"cwnd", st->cc.cwnd},
                   {"ssthresh", st->cc.ssthresh},
                   {"delivered", st->stats.delivered},
                   {"damaged", st->stats.damaged},
                   {"flight", tcp_flight(&s->tcp)},
                   {"retransmits", st->stats.retransmits},
                   {"timeouts", st->stats.timeouts},
                   {"recoveries", st->stats.recoveries},
                   {"spurious", st->stats.spurious},
                   {"ended", st->ended},
                   {"ranges", st->ranges},
                   {"readable", tcp_readable(&s->tcp)}};
    if (!strcmp(word[0], "state")) {
        if (strcmp(tcp_state_name(st->state), word[1]))
            ck_abort_msg("%s, line %u: the state is %s", s->name, s->line, tcp_state_name(st->state));
        return true;
    }
    if (!strcmp(word[0], "rto") || !strcmp(word[0], "due")) {
        script_expect(s, word[0], script_time(word[1]), word[0][0] == 'r' ? st->rto : tcp_due(&s->tcp, s->now));
        return true;
    }
    for (unsigned i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
        if (!strcmp(word[0], figures[i].word)) {
            script_expect(s, word[0], strtoull(word[1], NULL, 10), figures[i].value);
            return true;
        }
    return false;
}

/* Each time that something may go before `to` nothing does: timers alone. */
static inline void script_wait(struct script *s, sim_time to)
{
    struct tcp_segment out;
    char text[400];
    while (tcp_due(&s->tcp, s->now) < to) {
        s->now = tcp_due(&s->tcp, s->now);
        if (tcp_send(&s->tcp, s->now, &out)) {
            script_describe(s, &out, text, sizeof(text));
            ck_abort_msg("%s, line %u: sent at %" PRIu64 " us: %s", s->name, s->line, (uint64_t)(s->now / SIM_US), text);
        }
    }
    s->now = to;
}

static inline void script_step(struct script *s, char **word, unsigned count)
{
    struct tcp_segment out;
    char text[400];
    uint64_t n = count > 1 ? strtoull(word[1], NULL, 10) : 0;
    if (!strcmp(word[0], "config")) {
        script_config(s, word);
        return;
    }
    if (!s->begun)
        tcp_init(&s->tcp, &s->config);
    s->begun = true;
    if (!strcmp(word[0], "listen")) {
        tcp_listen(&s->tcp);
    } else if (!strcmp(word[0], "connect")) {
        tcp_connect(&s->tcp, s->now);
    } else if (!strcmp(word[0], "write")) {
        tcp_write(&s->tcp, n);
    } else if (!strcmp(word[0], "read")) {
        tcp_read(&s->tcp, n);
    } else if (!strcmp(word[0], "close")) {
        tcp_close(&s->tcp, s->now);
    } else if (!strcmp(word[0], "abort")) {
        tcp_abort(&s->tcp);
    } else if (!strcmp(word[0], "at")) {
        script_wait(s, script_time(word[1]));
    } else if (!strcmp(word[0], "<")) {
        script_in(s, word, count);
    } else if (!strcmp(word[0], ">")) {
        script_out(s, word, count);
    } else if (!strcmp(word[0], "-")) {
        if (tcp_send(&s->tcp, s->now, &out)) {
            script_describe(s, &out, text, sizeof(text));
            ck_abort_msg("%s, line %u: sent %s", s->name, s->line, text);
        }
    } else if (!script_looks(s, word)) {
        ck_abort_msg("%s, line %u: '%s'?", s->name, s->line, word[0]);
    }
}

/* The end is written and read again behind each line: all of what it is is in its state. */
static inline void script_save(struct script *s)
{
    struct save out, in;
    struct tcp again;
    save_init_writer(&out);
    tcp_save(&s->tcp, &out);
    tcp_init(&again, &s->config);
    save_init_reader(&in, out.buf, out.len);
    tcp_save(&again, &in);
    if (in.err || in.pos != in.len)
        ck_abort_msg("%s, line %u: not read again: %s", s->name, s->line, in.why);
    tcp_fini(&s->tcp);
    s->tcp = again;
    save_fini(&out);
}

static inline void script_run(const char *name, const char *text)
{
    struct script s = {.config = tcp_config_usual(), .name = name, .their_iss = THEIR_ISS};
    char *copy = strdup(text), *line, *rest = copy;
    s.config.iss = 1000;
    s.config.mss = 1000;
    s.config.salt_in = 5;
    s.config.quick_acks = 0;
    while ((line = strsep(&rest, "\n"))) {
        char *word[WORDS_MAX] = {NULL}, *w;
        unsigned count = 0;
        s.line++;
        for (char *at = line; (w = strsep(&at, " ")) && count < WORDS_MAX;)
            if (*w)
                word[count++] = w;
        if (!count || word[0][0] == '#')
            continue;
        script_step(&s, word, count);
        if (s.begun)
            script_save(&s);
    }
    tcp_fini(&s.tcp);
    free(copy);
}

#endif
