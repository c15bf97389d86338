/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of each fate. */
#include "core/frame/frame.h"

static const struct {
    const char *name, *text, *where, *advice;
    bool is_delivery;
} fates[FATE_COUNT] = {
#define FATE(name, delivered, text, where, advice) [FATE_##name] = {#name, text, where, advice, delivered},
#include "core/frame/fates.def"
#undef FATE
};
_Static_assert(FATE_COUNT <= 256, "struct drop keeps a fate in a byte");

const char *fate_text(enum fate fate) { return (unsigned)fate < FATE_COUNT ? fates[fate].text : "?"; }
const char *fate_name(enum fate fate) { return (unsigned)fate < FATE_COUNT ? fates[fate].name : "?"; }
const char *fate_where(enum fate fate) { return (unsigned)fate < FATE_COUNT ? fates[fate].where : "?"; }
const char *fate_advice(enum fate fate) { return (unsigned)fate < FATE_COUNT ? fates[fate].advice : "?"; }
bool fate_is_delivery(enum fate fate) { return (unsigned)fate < FATE_COUNT && fates[fate].is_delivery; }
