/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/cpu/patch.h"

#include <string.h>
#include <sys/mman.h>

static void *at(uint64_t address) { return (void *)(uintptr_t)address; }

static struct patch_page *page_of(struct patches *p, uint64_t gpa)
{
    for (unsigned i = 0; i < PATCH_PAGES_MAX; i++)
        if (p->page[i].is_used && p->page[i].gpa == gpa)
            return &p->page[i];
    return NULL;
}

static struct patch_page *free_page(struct patches *p)
{
    for (unsigned i = 0; i < PATCH_PAGES_MAX; i++)
        if (!p->page[i].is_used)
            return &p->page[i];
    return NULL;
}

/* ---- mapping; where the kernel says no, the store faults as before ---- */

static bool map_exits(struct patches *p, const struct patch_place *place)
{
    void *want = at(place->window + PATCH_EXITS_OFFSET);
    if (!p->has_exits)
        p->has_exits = mmap(want, PATCH_PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED;
    return p->has_exits;
}

static bool map_original(const struct patch_place *place, uint64_t gpa)
{
    return mmap(at(place->window + gpa), PATCH_PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED | MAP_FIXED, place->ram_fd,
                (off_t)gpa) != MAP_FAILED;
}

/* A copy of the RAM's page takes its place, in a call: a guest's window has no page that is not there. */
static bool map_copy(const struct patch_place *place, struct patch_page *page)
{
    memcpy(page->original, place->ram + page->gpa, PATCH_PAGE);
    void *copy = mmap(NULL, PATCH_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (copy == MAP_FAILED)
        return false;
    memcpy(copy, page->original, PATCH_PAGE);
    if (mprotect(copy, PATCH_PAGE, PROT_READ | PROT_EXEC) ||
        mremap(copy, PATCH_PAGE, PATCH_PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at(place->window + page->gpa)) == MAP_FAILED) {
        munmap(copy, PATCH_PAGE);
        return false;
    }
    return true;
}

static bool write_code(uint64_t page, uint64_t where, const uint8_t *code, size_t len)
{
    if (mprotect(at(page), PATCH_PAGE, PROT_READ | PROT_WRITE))
        return false;
    memcpy(at(where), code, len);
    return !mprotect(at(page), PATCH_PAGE, PROT_READ | PROT_EXEC);
}

/* ---- patching ---- */

static uint64_t exit_of(const struct patch_place *place, uint32_t number)
{
    return place->window + PATCH_EXITS_OFFSET + number * (uint64_t)PATCH_EXIT_BYTES;
}

/* In RAM, and none of a page that is written to again and again. */
static bool may_be_patched(const struct patches *p, const struct patch_place *place, uint64_t gpa)
{
    return p->stores < PATCH_STORES_MAX && p->writes < PATCH_WRITES_MAX && place->ram_bytes <= PATCH_EXITS_OFFSET &&
           gpa < place->ram_bytes;
}

static uint64_t begin_of(const struct patch *patch) { return patch->store.pc - patch->before; }
static uint64_t next_of(const struct patch *patch) { return patch->store.pc + patch->store.length; }

/* Up to where a jump, or what was copied, is no longer the RAM's. */
static uint64_t end_of(const struct patch *patch)
{
    uint64_t end = next_of(patch) + patch->behind, jump = begin_of(patch) + VCPU_JUMP_BYTES;
    return end > jump ? end : jump;
}

static bool meets_another(const struct patches *p, const struct patch *patch)
{
    for (uint32_t i = 0; i < p->stores; i++)
        if (begin_of(patch) < end_of(&p->patch[i]) && begin_of(&p->patch[i]) < end_of(patch))
            return true;
    return false;
}

/* All that the jump covers lies in one page, and nobody gets into its midst. */
static bool is_of_one_piece(const struct patch_place *place, const struct patch *patch)
{
    uint64_t begin = begin_of(patch), end = end_of(patch);
    return begin / PATCH_PAGE == (end - 1) / PATCH_PAGE &&
           !vcpu_code_may_enter(place->ram + place->code_gpa, place->code_len, place->window + place->code_gpa, begin, end);
}

static bool takes_behind(const struct patch_place *place, struct patch *patch, uint8_t *code, uint64_t exit)
{
    uint64_t next = next_of(patch), room = place->code_gpa + place->code_len - (next - place->window);
    patch->before = 0;
    patch->behind =
        vcpu_copy_code(place->ram + (next - place->window), room < VCPU_COPY_MAX / 2 ? room : VCPU_COPY_MAX / 2, next,
                       VCPU_JUMP_BYTES - patch->store.length, code + VCPU_STORE_EXIT_BYTES, exit + VCPU_STORE_EXIT_BYTES);
    return patch->behind && is_of_one_piece(place, patch);
}

static bool takes_before(const struct patch_place *place, struct patch *patch, uint8_t *code, uint64_t exit)
{
    uint64_t pc = patch->store.pc;
    uint64_t begin = vcpu_code_before(place->ram + place->code_gpa, place->code_len, place->window + place->code_gpa, pc,
                                      VCPU_JUMP_BYTES - patch->store.length);
    patch->behind = 0;
    patch->before = begin ? (unsigned)(pc - begin) : 0;
    return begin && patch->before <= PATCH_BEFORE_MAX && is_of_one_piece(place, patch) &&
           vcpu_copy_code(place->ram + (begin - place->window), patch->before, begin, patch->before, code, exit) == patch->before;
}

/* What a short store needs beside it is copied to `code`, which will lie at `exit`. False: it can't be. */
static bool take_along(const struct patch_place *place, struct patch *patch, uint8_t code[PATCH_EXIT_BYTES], uint64_t exit)
{
    patch->before = patch->behind = 0;
    if (patch->store.length >= VCPU_JUMP_BYTES)
        return (patch->store.pc + VCPU_JUMP_BYTES - 1) / PATCH_PAGE == patch->store.pc / PATCH_PAGE;
    if (next_of(patch) - place->window - place->code_gpa >= place->code_len)
        return false;
    return takes_behind(place, patch, code, exit) || takes_before(place, patch, code, exit);
}

static struct patch_page *page_at(struct patches *p, const struct patch_place *place, uint64_t gpa)
{
    struct patch_page *page = page_of(p, gpa);
    if (page)
        return page;
    page = free_page(p);
    if (page) {
        page->gpa = gpa;
        page->is_used = map_copy(place, page);
    }
    return page && page->is_used ? page : NULL;
}

void patch_store(struct patches *p, const struct patch_place *place, struct vcpu_context *context, uint64_t pc)
{
    uint64_t gpa = pc - place->window, exit = exit_of(place, p->stores), room = place->ram_bytes - gpa;
    uint8_t jump[VCPU_JUMP_BYTES], code[PATCH_EXIT_BYTES] = {0};
    struct patch patch;
    if (pc < place->window || !may_be_patched(p, place, gpa) ||
        !vcpu_decode_store(place->ram + gpa, room < VCPU_INSN_MAX ? room : VCPU_INSN_MAX, pc, &patch.store) ||
        !take_along(place, &patch, code, exit) || meets_another(p, &patch) || !vcpu_write_jump(jump, begin_of(&patch), exit) ||
        !map_exits(p, place))
        return;
    struct patch_page *page = page_at(p, place, gpa - gpa % PATCH_PAGE);
    if (!page)
        return;
    vcpu_write_store_exit(code + patch.before, context, p->stores);
    if (write_code(place->window + PATCH_EXITS_OFFSET, exit, code, sizeof(code)) &&
        write_code(place->window + page->gpa, begin_of(&patch), jump, sizeof(jump)))
        p->patch[p->stores++] = patch;
    else
        patch_undo(p, place);
}

uint64_t patch_enter_at(const struct patches *p, const struct patch_place *place, uint64_t pc)
{
    for (uint32_t i = 0; i < p->stores; i++) {
        const struct patch *patch = &p->patch[i];
        if (pc > begin_of(patch) && pc <= patch->store.pc)
            return exit_of(place, i) + (pc - begin_of(patch));
        if (pc >= next_of(patch) && pc - next_of(patch) < patch->behind)
            return exit_of(place, i) + patch->before + VCPU_STORE_EXIT_BYTES + (pc - next_of(patch));
    }
    return pc;
}

/* Behind the copied ones lies the jump to what follows: whoever was left there is about to be there. */
uint64_t patch_left_at(const struct patches *p, const struct patch_place *place, uint64_t pc)
{
    uint64_t at = pc - exit_of(place, 0);
    if (pc < exit_of(place, 0) || at >= p->stores * (uint64_t)PATCH_EXIT_BYTES)
        return pc;
    const struct patch *patch = &p->patch[at / PATCH_EXIT_BYTES];
    at %= PATCH_EXIT_BYTES;
    if (at < patch->before)
        return begin_of(patch) + at;
    if (at < patch->before + VCPU_STORE_EXIT_BYTES)
        return patch->store.pc;
    at -= patch->before + VCPU_STORE_EXIT_BYTES;
    return next_of(patch) + (at < patch->behind ? at : patch->behind);
}

/* ---- and back ---- */

static void give_up(struct patches *p, const struct patch_place *place, struct patch_page *page)
{
    p->is_lost |= !map_original(place, page->gpa);
    page->is_used = false;
    uint32_t left = 0; /* exits keep their numbers: there is room again when all are gone */
    for (unsigned i = 0; i < PATCH_PAGES_MAX; i++)
        left += p->page[i].is_used;
    if (!left)
        p->stores = 0;
}

void patch_refresh(struct patches *p, const struct patch_place *place)
{
    for (unsigned i = 0; i < PATCH_PAGES_MAX; i++)
        if (p->page[i].is_used && memcmp(p->page[i].original, place->ram + p->page[i].gpa, PATCH_PAGE)) {
            p->writes++;
            give_up(p, place, &p->page[i]);
        }
}

bool patch_was_written(struct patches *p, const struct patch_place *place, uint64_t address)
{
    uint64_t gpa = address - place->window;
    struct patch_page *page = address >= place->window ? page_of(p, gpa / PATCH_PAGE * PATCH_PAGE) : NULL;
    if (!page)
        return false;
    p->writes++;
    give_up(p, place, page);
    return true;
}

void patch_undo(struct patches *p, const struct patch_place *place)
{
    for (unsigned i = 0; i < PATCH_PAGES_MAX; i++)
        if (p->page[i].is_used)
            give_up(p, place, &p->page[i]);
}

void patch_forget(struct patches *p, bool exits)
{
    for (unsigned i = 0; i < PATCH_PAGES_MAX; i++)
        p->page[i].is_used = false;
    p->stores = 0;
    p->has_exits = p->has_exits && !exits;
}
