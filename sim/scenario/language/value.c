/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers with their units, addresses and paths. Decimal fractions are exact: no floating point. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "scenario/language/language.h"

struct unit {
    const char *word;
    uint64_t factor;
};

enum { NOT_A_NUMBER = -1, UNIT_MISSING = -2, UNIT_UNKNOWN = -3, TOO_LARGE = -4, TOO_FINE = -5 };

static bool is_digit(char ch) { return ch >= '0' && ch <= '9'; }

/* "1.5us" with units of ps: whole.fraction times factor. A unit "" makes a bare number legal. */
static int parse_scaled(const char *text, const struct unit *units, unsigned count, uint64_t *out)
{
    *out = 0;
    const char *p = text;
    if (!is_digit(*p))
        return NOT_A_NUMBER;
    uint64_t number = 0, divisor = 1;
    bool fraction = false, zero = true;
    for (; is_digit(*p) || (*p == '.' && !fraction && is_digit(p[1])); p++) {
        if (*p == '.') {
            fraction = true;
            continue;
        }
        if (number > (UINT64_MAX - 9) / 10 || divisor > UINT64_MAX / 10)
            return TOO_LARGE;
        number = number * 10 + (uint64_t)(*p - '0');
        zero = zero && *p == '0';
        if (fraction)
            divisor *= 10;
    }
    const struct unit *unit = NULL;
    for (unsigned i = 0; i < count; i++)
        if (!strcmp(p, units[i].word))
            unit = &units[i];
    if (!unit) {
        if (zero && !*p)
            return 0; /* nothing is nothing in every unit */
        return *p ? UNIT_UNKNOWN : UNIT_MISSING;
    }
    unsigned __int128 value = (unsigned __int128)number * unit->factor;
    if (value % divisor)
        return TOO_FINE;
    value /= divisor;
    if (value >= UINT64_MAX)
        return TOO_LARGE;
    *out = (uint64_t)value;
    return 0;
}

static const struct unit time_units[] = {{"ps", SIM_PS}, {"ns", SIM_NS}, {"us", SIM_US}, {"ms", SIM_MS}, {"s", SIM_S}};
static const struct unit rate_units[] = {{"K", 1000}, {"M", 1000000}, {"G", 1000000000}};
static const struct unit size_units[] = {{"", 1}, {"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}};
static const struct unit count_units[] = {{"", 1}, {"K", 1000}, {"M", 1000000}, {"G", 1000000000}};

const char *scn_unit_at(unsigned i)
{
    static const struct {
        const struct unit *units;
        unsigned count;
    } kinds[] = {{time_units, 5}, {rate_units, 3}, {size_units + 1, 3}, {count_units + 1, 3}};
    for (unsigned kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); i -= kinds[kind++].count)
        if (i < kinds[kind].count)
            return kinds[kind].units[i].word;
    return NULL;
}

int scn_parse_time(const char *text, sim_time *out) { return parse_scaled(text, time_units, 5, out); }

/* "10g" was meant as "10G". */
static const char *near_unit(const char *text, const struct unit *units, unsigned count, char *buf, size_t cap)
{
    size_t digits = strspn(text, "0123456789.");
    for (unsigned i = 0; i < count; i++)
        if (*units[i].word && !strcasecmp(text + digits, units[i].word)) {
            snprintf(buf, cap, "; did you mean '%.*s%s'?", (int)digits, text, units[i].word);
            return buf;
        }
    return "";
}

static bool take_scaled(struct scn_cursor *c, const char *what, const char *example, const struct unit *units, unsigned count,
                        uint64_t *out)
{
    char near[80];
    *out = 0;
    const struct scn_word *word = scn_take(c, what);
    if (!word)
        return false;
    switch (parse_scaled(word->text, units, count, out)) {
    case 0:
        return true;
    case UNIT_MISSING:
        scn_fail(c, word->at, "%s needs its unit: '%s' could be %s", what, word->text, example);
        break;
    case UNIT_UNKNOWN:
        scn_fail(c, word->at, "'%s' has an unknown unit; %s is written like %s%s", word->text, what, example,
                 near_unit(word->text, units, count, near, sizeof(near)));
        break;
    case TOO_LARGE:
        scn_fail(c, word->at, "'%s' is too large for %s", word->text, what);
        break;
    case TOO_FINE:
        scn_fail(c, word->at, "'%s' is finer than the smallest unit of %s", word->text, what);
        break;
    default:
        if (word->text[0] == '-' && is_digit(word->text[1]))
            scn_fail(c, word->at, "%s is not negative: '%s'", what, word->text);
        else
            scn_fail(c, word->at, "expected %s such as %s, found '%s'", what, example, word->text);
        break;
    }
    return false;
}

bool scn_time(struct scn_cursor *c, const char *what, sim_time *out)
{
    return take_scaled(c, what, "10ns, 10us, 10ms or 10s", time_units, 5, out);
}

bool scn_rate(struct scn_cursor *c, const char *what, uint64_t *out)
{
    const struct scn_word *word = scn_peek(c);
    if (!take_scaled(c, what, "100M or 10G (bits a second)", rate_units, 3, out))
        return false;
    if (!*out)
        scn_fail(c, word->at, "%s of 0 carries nothing", what);
    return *out;
}

bool scn_percent(struct scn_cursor *c, const char *what, uint32_t *out)
{
    static const struct unit percent[] = {{"%", SCN_WHOLE / 100}};
    uint64_t parts;
    const struct scn_word *word = scn_peek(c);
    bool taken = take_scaled(c, what, "1% or 0.01%", percent, 1, &parts);
    if (taken && parts > SCN_WHOLE)
        scn_fail(c, word->at, "%s is at most 100%%, not %s", what, word->text);
    *out = taken && parts <= SCN_WHOLE ? (uint32_t)parts : 0;
    return taken && parts <= SCN_WHOLE;
}

bool scn_count(struct scn_cursor *c, const char *what, uint64_t *out)
{
    return take_scaled(c, what, "100, 10K or 1M", count_units, 4, out);
}

bool scn_number(struct scn_cursor *c, const char *what, uint64_t min, uint64_t max, uint64_t *out)
{
    *out = 0;
    const struct scn_word *word = scn_take(c, what);
    if (!word)
        return false;
    char *end;
    errno = 0;
    uint64_t value = is_digit(word->text[0]) ? strtoull(word->text, &end, 10) : 0;
    if (!is_digit(word->text[0]) || *end) {
        scn_fail(c, word->at, "expected %s, a number from %" PRIu64 " to %" PRIu64 ", found '%s'", what, min, max, word->text);
        return false;
    }
    if (errno || value < min || value > max) {
        scn_fail(c, word->at, "%s is from %" PRIu64 " to %" PRIu64 ", not %s", what, min, max, word->text);
        return false;
    }
    *out = value;
    return true;
}

/* As one writes it: 4M, not 4194304. */
static const char *size_text(uint64_t bytes, char buf[24])
{
    unsigned i = 3;
    while (i && (!bytes || bytes % size_units[i].factor))
        i--;
    snprintf(buf, 24, "%" PRIu64 "%s", bytes / size_units[i].factor, size_units[i].word);
    return buf;
}

bool scn_size(struct scn_cursor *c, const char *what, uint64_t min, uint64_t max, uint64_t *out)
{
    char least[24], most[24];
    const struct scn_word *word = scn_peek(c);
    if (!take_scaled(c, what, "1500, 4K or 16M (bytes)", size_units, 4, out))
        return false;
    if (*out >= min && *out <= max)
        return true;
    scn_fail(c, word->at, "%s is from %s to %s bytes, not %s", what, size_text(min, least), size_text(max, most), word->text);
    *out = 0;
    return false;
}

bool scn_address(struct scn_cursor *c, const char *what, uint64_t *out)
{
    const struct scn_word *word = scn_peek(c);
    if (!word || strncmp(word->text, "0x", 2))
        return scn_size(c, what, 0, UINT64_MAX, out);
    c->next++;
    char *end;
    errno = 0;
    *out = strtoull(word->text, &end, 16);
    if (!errno && !*end && word->text[2] && word->text[2] != '-')
        return true;
    scn_fail(c, word->at, "'%s' is no address such as 0x10000 or 4M", word->text);
    *out = 0;
    return false;
}

static int hex_of(char ch)
{
    if (is_digit(ch))
        return ch - '0';
    if (ch >= 'a' && ch <= 'f')
        return ch - 'a' + 10;
    return ch >= 'A' && ch <= 'F' ? ch - 'A' + 10 : -1;
}

bool scn_text_is_mac(const char *text, uint8_t out[6])
{
    if (strlen(text) != 17)
        return false;
    for (int i = 0; i < 6; i++) {
        int high = hex_of(text[3 * i]), low = hex_of(text[3 * i + 1]);
        if (high < 0 || low < 0 || (i < 5 && text[3 * i + 2] != ':'))
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

bool scn_mac(struct scn_cursor *c, uint8_t out[6])
{
    const struct scn_word *word = scn_take(c, "a MAC address such as 02:00:00:00:00:0a");
    if (!word)
        return false;
    if (scn_text_is_mac(word->text, out))
        return true;
    scn_fail(c, word->at, "'%s' is no MAC address such as 02:00:00:00:00:0a", word->text);
    return false;
}

bool scn_own_mac(struct scn_cursor *c, uint8_t out[6])
{
    const struct scn_word *word = scn_peek(c);
    if (!scn_mac(c, out))
        return false;
    if (!(out[0] & 1) && memcmp(out, "\0\0\0\0\0", 6))
        return true;
    scn_fail(c, word->at, "'%s' is %s: nobody can have it as its own address", word->text,
             out[0] & 1 ? "a multicast address" : "no address");
    return false;
}

static bool take_ip(struct scn_cursor *c, int family, const char *what, void *out)
{
    const struct scn_word *word = scn_take(c, what);
    if (!word)
        return false;
    if (inet_pton(family, word->text, out) == 1)
        return true;
    scn_fail(c, word->at, "'%s' is no %s", word->text, what);
    return false;
}

bool scn_ip4(struct scn_cursor *c, uint8_t out[4]) { return take_ip(c, AF_INET, "IPv4 address such as 10.0.0.1", out); }
bool scn_ip6(struct scn_cursor *c, uint8_t out[16]) { return take_ip(c, AF_INET6, "IPv6 address such as fd00::1", out); }

bool scn_path(struct scn_cursor *c, const char *what, struct scn_word *word, const char **path)
{
    const struct scn_word *taken = scn_take(c, what);
    if (!taken)
        return false;
    if (!*taken->text) {
        scn_fail(c, taken->at, "%s is empty", what);
        return false;
    }
    *word = *taken;
    *path = taken->text[0] == '/' ? taken->text : scn_printf(c->file, "%s%s", c->file->folder, taken->text);
    return true;
}
