/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Register access of the PF and the VFs: a word of BAR0 is one of a queue's block, or a register of the skin's map and which of its
 * elements. No packet moves here.
 */
#include "nic/intel/control/control.h"

#include <assert.h>
#include <string.h>

static void map_init(uint16_t *numbers, uint32_t words, const struct intel_map *map)
{
    for (unsigned id = 0; id < map->count; id++)
        for (uint32_t i = 0; i < map->reg[id].count; i++) {
            uint32_t word = (map->reg[id].offset + i * map->reg[id].stride) / 4;
            assert(word < words && numbers[word] == 0 && "two registers at one offset");
            numbers[word] = (uint16_t)(id + 1);
        }
}

void intel_maps_init(struct intel_chip *n)
{
    map_init(n->pf_map, PF_MAP_BYTES / 4, &n->skin->pf);
    map_init(n->vf_map, VF_MAP_BYTES / 4, &n->skin->vf);
}

/* ---- a register: the engine's word, or kept among the chip's own ---- */

uint32_t intel_pf_register_read(struct intel_chip *n, int id, uint32_t i)
{
    const struct intel_register *reg = &n->skin->pf.reg[id];
    const struct intel_alias *alias = &n->skin->pf.alias[id];
    if (alias->word)
        return intel_word_read(n, (enum intel_word)alias->word, alias->first + i);
    return reg->access == ACCESS_WO ? 0 : ((const uint32_t *)n->own)[reg->slot + i];
}

void intel_pf_register_write(struct intel_chip *n, int id, uint32_t i, uint32_t value)
{
    const struct intel_register *reg = &n->skin->pf.reg[id];
    const struct intel_alias *alias = &n->skin->pf.alias[id];
    if (reg->access == ACCESS_RO)
        return; /* also where the engine's word may be written */
    if (alias->word)
        intel_word_write(n, (enum intel_word)alias->word, alias->first + i, value);
    else if (reg->access == ACCESS_RW)
        ((uint32_t *)n->own)[reg->slot + i] = value;
}

uint32_t intel_vf_register_read(struct function *fn, int id, uint32_t i)
{
    const struct intel_skin *skin = fn->chip->skin;
    if (skin->vf.alias[id].word)
        return intel_vf_word_read(fn, (enum intel_vf_word)skin->vf.alias[id].word, skin->vf.alias[id].first + i);
    return fn->own && skin->vf.reg[id].access != ACCESS_WO ? fn->own[skin->vf.reg[id].slot + i] : 0;
}

void intel_vf_register_write(struct function *fn, int id, uint32_t i, uint32_t value)
{
    const struct intel_skin *skin = fn->chip->skin;
    if (skin->vf.reg[id].access == ACCESS_RO)
        return;
    if (skin->vf.alias[id].word)
        intel_vf_word_write(fn, (enum intel_vf_word)skin->vf.alias[id].word, skin->vf.alias[id].first + i, value);
    else if (fn->own && skin->vf.reg[id].access == ACCESS_RW)
        fn->own[skin->vf.reg[id].slot + i] = value;
}

void intel_registers_reset(uint32_t *own, const struct intel_map *map)
{
    for (unsigned id = 0; id < map->count; id++)
        for (uint32_t i = 0; i < map->reg[id].count; i++)
            own[map->reg[id].slot + i] = map->reg[id].reset;
}

/* The place of a kept word among the own registers of a VF; NULL: it has none. */
static uint32_t *place_of(const struct function *fn, uint32_t *words, enum intel_vf_word word)
{
    const struct intel_map *map = &fn->chip->skin->vf;
    for (unsigned id = 0; id < map->count; id++)
        if (map->alias[id].word == word)
            return &words[map->reg[id].slot];
    return NULL;
}

void intel_vf_registers_get(const struct function *fn, uint32_t *words)
{
    memcpy(words, fn->own, fn->chip->skin->vf.own_bytes);
    memcpy(place_of(fn, words, VF_WORD_IVAR), fn->s.queue_vectors, sizeof(fn->s.queue_vectors));
    *place_of(fn, words, VF_WORD_IVAR_MISC) = fn->s.misc_vector;
}

void intel_vf_registers_set(struct function *fn, const uint32_t *words)
{
    memcpy(fn->own, words, fn->chip->skin->vf.own_bytes);
    memcpy(fn->s.queue_vectors, place_of(fn, fn->own, VF_WORD_IVAR), sizeof(fn->s.queue_vectors));
    fn->s.misc_vector = *place_of(fn, fn->own, VF_WORD_IVAR_MISC);
}

/* ---- words: a register's, or one of a queue's block ---- */

static bool queue_read(struct intel_chip *n, const struct queue_place *at, uint32_t *value)
{
    if (at->tx)
        return intel_tx_queue_read(n, at->queue, at->field, value);
    if (!intel_rx_queue_read(n, at->queue, at->field, value))
        return false;
    if (n->skin->rx_value)
        *value = n->skin->rx_value(at->field, *value, false);
    return true;
}

static bool queue_write(struct intel_chip *n, const struct queue_place *at, uint32_t value)
{
    if (at->tx)
        return intel_tx_queue_write(n, at->queue, at->field, value);
    return intel_rx_queue_write(n, at->queue, at->field, n->skin->rx_value ? n->skin->rx_value(at->field, value, true) : value);
}

static const struct intel_register *register_at(const struct function *fn, uint32_t off, int *id)
{
    const struct intel_chip *n = fn->chip;
    if (fn->vf != FN_PF)
        *id = n->vf_map[off / 4] - 1;
    else
        *id = off < PF_MAP_BYTES ? n->pf_map[off / 4] - 1 : -1;
    return *id < 0 ? NULL : fn->vf == FN_PF ? &n->skin->pf.reg[*id] : &n->skin->vf.reg[*id];
}

static uint32_t read_word(struct function *fn, uint32_t off)
{
    struct intel_chip *n = fn->chip;
    struct queue_place at;
    uint32_t value;
    int id;
    const struct intel_register *reg = register_at(fn, off, &id);
    if (!reg) {
        trace_nic_unknown_read(chip_component(n), fn->vf == FN_PF ? "pf" : "vf", off);
        return 0;
    }
    if (n->skin->queue_block(fn, off, &at) && queue_read(n, &at, &value))
        return value;
    uint32_t i = (off - reg->offset) / reg->stride;
    return fn->vf == FN_PF ? n->skin->pf_read(n, id, i) : n->skin->vf_read(fn, id, i);
}

static void write_word(struct function *fn, uint32_t off, uint32_t value)
{
    struct intel_chip *n = fn->chip;
    struct queue_place at;
    int id;
    const struct intel_register *reg = register_at(fn, off, &id);
    if (!reg) {
        trace_nic_unknown_write(chip_component(n), fn->vf == FN_PF ? "pf" : "vf", off, value);
        return;
    }
    uint32_t i = (off - reg->offset) / reg->stride;
    if (fn->vf == FN_PF)
        trace_nic_pf_write(chip_component(n), reg->name, i, value);
    else
        trace_nic_vf_write(chip_component(n), (unsigned)fn->vf, reg->name, i, value);
    if (n->skin->queue_block(fn, off, &at) && queue_write(n, &at, value))
        return;
    if (fn->vf == FN_PF)
        n->skin->pf_write(n, id, i, value);
    else
        n->skin->vf_write(fn, id, i, value);
}

/* ---- the upcalls: 32-bit words; wider accesses are two, narrower ones are not decoded by the chip [82599 8.1.1] ---- */

static bool is_word(const struct function *fn, unsigned bar, uint32_t off, unsigned size)
{
    const struct intel_skin *skin = fn->chip->skin;
    return bar == 0 && size >= 4 && off % 4 == 0 && off + size <= (fn->vf == FN_PF ? skin->pf_bar_bytes[0] : skin->vf_bar_bytes[0]);
}

uint64_t intel_mmio_read(struct pci_function *pci, unsigned bar, uint32_t off, unsigned size)
{
    struct function *fn = pci_function_data(pci);
    if (!is_word(fn, bar, off, size)) {
        trace_nic_bad_access(chip_component(fn->chip), bar, off, size);
        return 0;
    }
    uint64_t value = read_word(fn, off);
    if (size == 8)
        value |= (uint64_t)read_word(fn, off + 4) << 32;
    return value;
}

void intel_mmio_write(struct pci_function *pci, unsigned bar, uint32_t off, unsigned size, uint64_t value)
{
    struct function *fn = pci_function_data(pci);
    if (!is_word(fn, bar, off, size)) {
        trace_nic_bad_access(chip_component(fn->chip), bar, off, size);
        return;
    }
    for (unsigned i = 0; i < size; i += 4, value >>= 32)
        write_word(fn, off + i, (uint32_t)value);
}
