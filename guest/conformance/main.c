/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Boot, the stand's calls, and which case it is. */
#include <stdarg.h>

#include "guest/conformance/kit.h"

enum { SOON = 200 /* looks for an answer, a microsecond apart: what it says is to be seen as soon as it is so */ };

struct kit kit;

void _start(uint64_t window) __attribute__((noreturn, visibility("default")));

uint64_t kit_exit(uint64_t op, uint64_t a, uint64_t b, uint64_t c) { return machine_exit(kit.window, op, a, b, c); }

void kit_wait_us(uint32_t us)
{
    volatile struct machine *m = machine_page(kit.window);
    uint64_t until = m->cycles + (uint64_t)us * m->cpu_khz / 1000;
    while (m->cycles < until)
        kit.lines |= (uint32_t)kit_exit(MACHINE_OP_WAIT, until, 0, 0);
}

uint64_t kit_stand(enum stand_what what, uint32_t a, uint64_t gpa, uint64_t len)
{
    uint64_t answer;
    uint32_t looks = 0;
    kit.call = (struct stand_call){what, a, gpa, len};
    kit_exit(MACHINE_OP_MMIO_WRITE, STAND_REGISTERS + STAND_CALL, 8, kit_gpa(&kit.call));
    while ((answer = kit_exit(MACHINE_OP_MMIO_READ, STAND_REGISTERS + STAND_ANSWER, 8, 0)) == STAND_BUSY)
        kit_wait_us(looks++ < SOON ? 1 : 100);
    return answer;
}

static struct stand_op asked;

void kit_ask(const struct stand_op *op)
{
    asked = *op;
    kit.call = (struct stand_call){STAND_OP, 0, kit_gpa(&asked), sizeof(asked)};
    kit_exit(MACHINE_OP_MMIO_WRITE, STAND_REGISTERS + STAND_CALL, 8, kit_gpa(&kit.call));
}

bool kit_is_busy(void) { return kit_exit(MACHINE_OP_MMIO_READ, STAND_REGISTERS + STAND_BUSY_NOW, 8, 0) != 0; }

uint32_t kit_answer(void) { return (uint32_t)kit_exit(MACHINE_OP_MMIO_READ, STAND_REGISTERS + STAND_LAST, 8, 0); }

uint32_t kit_op(const struct stand_op *op)
{
    asked = *op;
    return (uint32_t)kit_stand(STAND_OP, 0, kit_gpa(&asked), sizeof(asked));
}

void kit_over(void)
{
    for (;;)
        kit_stand(STAND_OVER, STAND_END_DONE, 0, 0);
}

/* ---- texts ---- */

static uint32_t put_text(uint32_t at, const char *s)
{
    while (*s && at + 1 < STAND_TEXT)
        kit.text[at++] = *s++;
    return at;
}

static uint32_t put_number(uint32_t at, uint64_t value, uint32_t base)
{
    char digits[24];
    uint32_t n = 0;
    do {
        digits[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    while (n && at + 1 < STAND_TEXT)
        kit.text[at++] = digits[--n];
    return at;
}

static uint32_t format_text(const char *f, va_list *args)
{
    uint32_t at = 0;
    for (; *f && at + 1 < STAND_TEXT; f++) {
        if (*f != '%') {
            kit.text[at++] = *f;
            continue;
        }
        switch (*++f) {
        case 's':
            at = put_text(at, va_arg(*args, const char *));
            break;
        case 'u':
            at = put_number(at, va_arg(*args, uint32_t), 10);
            break;
        default: /* x */
            at = put_number(put_text(at, "0x"), va_arg(*args, uint64_t), 16);
        }
    }
    return at;
}

void kit_broken(enum stand_rule rule, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    uint32_t length = format_text(format, &args);
    va_end(args);
    kit_stand(STAND_BROKEN, rule, kit_gpa(kit.text), length);
}

void kit_not_here(const char *why)
{
    uint32_t length = put_text(0, why);
    for (;;)
        kit_stand(STAND_OVER, STAND_END_NOT_HERE, kit_gpa(kit.text), length);
}

void _start(uint64_t window)
{
    kit.window = window;
    kit.config = (const struct stand_config *)kit_va(STAND_CONFIG);
    kit_cases[kit.config->number]();
    kit_over();
}
