/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/image/plugin_sign.h"

#include <elf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "guest/include/npa_image.h"

#define NOTE_SECTION ".note.npa"
enum { NOTE_ROOM = (sizeof(struct npa_image_note) + 7) / 8 * 8, NEW_SEGMENTS = 2 /* what is loaded, and the note in it */ };

/* A file that grows. */
struct bytes {
    uint8_t *at;
    size_t len;
};

struct sign {
    const struct plugin_image *im;
    const struct plugin_signature *as;
    struct bytes out;
    size_t note; /* its place in `out` */
    char *why;
    size_t why_cap;
};

static bool refuse(struct sign *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool refuse(struct sign *s, const char *format, ...)
{
    char reason[200];
    const char *base = strrchr(s->im->path, '/');
    va_list args;
    va_start(args, format);
    vsnprintf(reason, sizeof(reason), format, args);
    va_end(args);
    snprintf(s->why, s->why_cap, "%.60s: %s", base ? base + 1 : s->im->path, reason);
    return false;
}

static bool within(uint64_t off, uint64_t len, uint64_t limit) { return off <= limit && len <= limit - off; }
static size_t round_up(size_t n, size_t to) { return (n + to - 1) / to * to; }

static void append(struct bytes *b, const void *p, size_t len)
{
    b->at = alloc_grow("a plugin image", b->at, b->len + len);
    if (p)
        memcpy(b->at + b->len, p, len);
    else
        memset(b->at + b->len, 0, len);
    b->len += len;
}

static void pad(struct bytes *b, size_t to) { append(b, NULL, round_up(b->len, to) - b->len); }

/* ---- the note ---- */

/* False when it can't stand in a note. */
static bool is_text(struct sign *s, const char *what, const char *text)
{
    size_t len = strlen(text), room = sizeof(((struct npa_image_note *)0)->licence) - 1;
    if (!len)
        return refuse(s, "an empty %s", what);
    if (len > room)
        return refuse(s, "a note has room for a %s of %zu characters, \"%.60s\" has %zu", what, room, text, len);
    for (const char *p = text; *p; p++)
        if (*p < ' ' || *p > '~')
            return refuse(s, "a %s is printable ASCII", what);
    return true;
}

static void put_text(char field[32], const char *text)
{
    if (!text)
        return;
    memset(field, 0, 32);
    snprintf(field, 32, "%s", text);
}

bool plugin_image_is_signed(const struct plugin_image *im)
{
    static const uint8_t none[sizeof(((struct npa_image_note *)0)->digest)];
    return im->note && memcmp(im->memory + im->note + NPA_NOTE_OFFSET(digest), none, sizeof(none));
}

static bool may_be_signed(struct sign *s, struct npa_image_note *note)
{
    const struct plugin_image *im = s->im;
    if (im->check && npa_check_kind(im->check) == NPA_CHECK_IS_FORM) {
        snprintf(s->why, s->why_cap, "%s", im->why);
        return false;
    }
    if ((s->as->licence && !is_text(s, "licence", s->as->licence)) || (s->as->vendor && !is_text(s, "vendor", s->as->vendor)))
        return false;
    if (!im->note) {
        *note = (struct npa_image_note){.namesz = 4,
                                        .descsz = sizeof(*note) - NPA_NOTE_OFFSET(apiVersion),
                                        .type = NPA_NOTE_TYPE,
                                        .name = NPA_NOTE_NAME,
                                        .apiVersion = NPA_API_VERSION};
        return (s->as->licence && s->as->vendor) || refuse(s, "it has no note, so licence and vendor must be said");
    }
    memcpy(note, im->memory + im->note, sizeof(*note));
    if (!s->as->again && plugin_image_is_signed(im))
        return refuse(s, "it is signed already, by \"%.32s\" under \"%.32s\"%s", im->vendor, im->licence,
                      im->check == NPA_CHECK_DIGEST ? ", and was changed since" : "");
    return true;
}

/* ---- where it goes ---- */

bool plugin_image_place(const struct plugin_image *im, uint64_t at, uint64_t len, size_t *place)
{
    Elf64_Ehdr eh;
    memcpy(&eh, im->file, sizeof(eh));
    for (unsigned i = 0; i < eh.e_phnum; i++) {
        Elf64_Phdr ph;
        memcpy(&ph, im->file + eh.e_phoff + i * sizeof(ph), sizeof(ph));
        if (ph.p_type == PT_LOAD && at >= ph.p_vaddr && within(at - ph.p_vaddr, len, ph.p_filesz)) {
            *place = (size_t)(ph.p_offset + (at - ph.p_vaddr));
            return true;
        }
    }
    return false;
}

/* A section around the note, behind the others; their table and the text of their names move to the end of the file. */
static void add_section(struct sign *s, Elf64_Ehdr *eh, uint64_t addr)
{
    const struct plugin_image *im = s->im;
    Elf64_Shdr names, section = {.sh_type = SHT_NOTE,
                                 .sh_flags = SHF_ALLOC,
                                 .sh_addr = addr,
                                 .sh_offset = s->note,
                                 .sh_size = sizeof(struct npa_image_note),
                                 .sh_addralign = 4};
    size_t table = eh->e_shnum * sizeof(Elf64_Shdr);
    if (!eh->e_shnum || eh->e_shnum >= SHN_LORESERVE - 1 || eh->e_shentsize != sizeof(Elf64_Shdr) ||
        !within(eh->e_shoff, table, im->file_len) || eh->e_shstrndx >= eh->e_shnum)
        return;
    memcpy(&names, im->file + eh->e_shoff + eh->e_shstrndx * sizeof(names), sizeof(names));
    if (names.sh_type != SHT_STRTAB || !within(names.sh_offset, names.sh_size, im->file_len))
        return;
    section.sh_name = (Elf64_Word)names.sh_size;
    size_t text = s->out.len;
    append(&s->out, im->file + names.sh_offset, names.sh_size);
    append(&s->out, NOTE_SECTION, sizeof(NOTE_SECTION));
    names.sh_offset = text;
    names.sh_size += sizeof(NOTE_SECTION);
    pad(&s->out, sizeof(uint64_t));
    size_t at = s->out.len;
    append(&s->out, im->file + eh->e_shoff, table);
    append(&s->out, &section, sizeof(section));
    memcpy(s->out.at + at + eh->e_shstrndx * sizeof(names), &names, sizeof(names));
    eh->e_shoff = at;
    eh->e_shnum++;
}

/* The image has no note: a page for one behind it. */
static bool add_page(struct sign *s)
{
    const struct plugin_image *im = s->im;
    Elf64_Ehdr eh;
    memcpy(&eh, im->file, sizeof(eh));
    if (eh.e_phnum + NEW_SEGMENTS > PLUGIN_SEGMENTS_MAX)
        return refuse(s, "program headers: %u entries, and a note needs two more than that (at most %d)", eh.e_phnum,
                      PLUGIN_SEGMENTS_MAX);
    size_t old = eh.e_phnum * sizeof(Elf64_Phdr), bytes = NOTE_ROOM + old + NEW_SEGMENTS * sizeof(Elf64_Phdr);
    append(&s->out, im->file, im->file_len);
    pad(&s->out, NPA_PAGE_SIZE);
    s->note = s->out.len;
    append(&s->out, NULL, NOTE_ROOM);
    size_t table = s->out.len;
    Elf64_Phdr load = {.p_type = PT_LOAD,
                       .p_flags = PF_R,
                       .p_offset = s->note,
                       .p_vaddr = im->memory_len,
                       .p_paddr = im->memory_len,
                       .p_filesz = bytes,
                       .p_memsz = bytes,
                       .p_align = NPA_PAGE_SIZE};
    Elf64_Phdr note = load;
    note.p_type = PT_NOTE;
    note.p_filesz = note.p_memsz = sizeof(struct npa_image_note);
    note.p_align = 4;
    append(&s->out, im->file + eh.e_phoff, old);
    append(&s->out, &load, sizeof(load));
    append(&s->out, &note, sizeof(note));
    for (unsigned i = 0; i < eh.e_phnum; i++) {
        Elf64_Phdr *ph = (Elf64_Phdr *)(void *)(s->out.at + table) + i;
        if (ph->p_type == PT_PHDR) {
            ph->p_offset = table;
            ph->p_vaddr = ph->p_paddr = im->memory_len + NOTE_ROOM;
            ph->p_filesz = ph->p_memsz = bytes - NOTE_ROOM;
        }
    }
    eh.e_phoff = table;
    eh.e_phnum += NEW_SEGMENTS;
    add_section(s, &eh, im->memory_len);
    memcpy(s->out.at, &eh, sizeof(eh));
    return true;
}

/* ---- the contract ---- */

/* `out` with a note becomes an image with a digest. */
static struct plugin_image *finish(struct sign *s)
{
    struct plugin_image *blank = plugin_image_parse(s->im->path, s->out.at, s->out.len), *signed_one = NULL;
    const struct npa_image view = {.base = blank->memory,
                                   .bytes = blank->memory_len,
                                   .note = blank->note,
                                   .reloc = blank->reloc,
                                   .reloc_count = blank->reloc_count};
    if (blank->check && npa_check_kind(blank->check) == NPA_CHECK_IS_FORM) {
        snprintf(s->why, s->why_cap, "%s", blank->why);
    } else if (npa_image_check_table(&view)) { /* of what is refused for its licence it has not been asked */
        refuse(s, ".rela.dyn: table not sorted, or a relocated word out of place");
    } else {
        npa_image_digest(&view, s->out.at + s->note + NPA_NOTE_OFFSET(digest));
        signed_one = plugin_image_parse(s->im->path, s->out.at, s->out.len);
    }
    plugin_image_free(blank);
    return signed_one;
}

struct plugin_image *plugin_image_sign(const struct plugin_image *im, const struct plugin_signature *as, char *why, size_t why_cap)
{
    struct sign s = {.im = im, .as = as, .why = why, .why_cap = why_cap};
    struct plugin_image *signed_one = NULL;
    struct npa_image_note note;
    if (!may_be_signed(&s, &note))
        return NULL;
    put_text(note.licence, as->licence);
    put_text(note.vendor, as->vendor);
    memset(note.digest, 0, sizeof(note.digest));
    bool has_room = im->note ? plugin_image_place(im, im->note, sizeof(note), &s.note) : add_page(&s);
    if (im->note && has_room)
        append(&s.out, im->file, im->file_len);
    else if (im->note)
        refuse(&s, ".note.npa: not all of it is in the file");
    if (has_room) {
        memcpy(s.out.at + s.note, &note, sizeof(note));
        signed_one = finish(&s);
    }
    free(s.out.at);
    return signed_one;
}
