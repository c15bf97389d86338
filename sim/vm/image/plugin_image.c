/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a plugin's ELF file as hostile input: every offset is checked before it is used, every refusal says where and
 * why.
 *
 * The note is checked by guest/include/npa_image.h, the very code the shell runs again on the injected copy.
 */
#include "vm/image/plugin_image.h"

#include <assert.h>
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "guest/include/npa_image.h"
#include "vm/image/elf_symbol.h"
#include "vm/image/guest_code.h"

enum { FILE_BYTES_MAX = 8 << 20, SYMBOLS_MAX = 4096, NOTES_MAX = 16 };

#define MEMORY_MAX ((uint64_t)NPA_PLUGIN_PAGES_MAX * NPA_PAGE_SIZE)

/* what of PT_DYNAMIC matters, as offsets into the memory image */
struct dynamic {
    uint64_t symtab, strtab, strsz, hash, rela, relasz, relaent, pltrelsz;
    bool needed, rel, relr;
};

struct parse {
    struct plugin_image *im;
    Elf64_Ehdr eh;
    Elf64_Phdr load[PLUGIN_SEGMENTS_MAX];
    unsigned loads;
    Elf64_Phdr dynamic, note[NOTES_MAX];
    unsigned notes;
    bool has_dynamic;
    struct dynamic dyn;
    uint64_t symbols;
};

#define ROW(name, number, kind, words) [number] = {words, NPA_CHECK_IS_##kind},
static const struct {
    const char *words;
    enum npa_check_kind kind;
} reasons[] = {NPA_CHECKS(ROW)};
#undef ROW
#define REASONS (sizeof(reasons) / sizeof(reasons[0]))

const char *npa_check_text(enum npa_check check)
{
    return (size_t)check < REASONS && reasons[check].words ? reasons[check].words : "unknown";
}
enum npa_check_kind npa_check_kind(enum npa_check check) { return reasons[check].kind; }

static enum npa_check refuse(struct parse *p, enum npa_check check, const char *section, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static enum npa_check refuse(struct parse *p, enum npa_check check, const char *section, const char *format, ...)
{
    char reason[200];
    va_list args;
    va_start(args, format);
    vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    struct plugin_image *im = p->im;
    const char *base = strrchr(im->path, '/');
    snprintf(im->why, sizeof im->why, "%.60s: %s: %s", base ? base + 1 : im->path, section, reason);
    return im->check = check;
}

static bool within(uint64_t off, uint64_t len, uint64_t limit) { return off <= limit && len <= limit - off; }

/* ---- file ---- */

static enum npa_check parse_header(struct parse *p)
{
    struct plugin_image *im = p->im;
    if (im->file_len < SELFMAG || memcmp(im->file, ELFMAG, SELFMAG))
        return refuse(p, NPA_CHECK_NOT_ELF, "ELF header", "not an ELF file");
    if (im->file_len < sizeof p->eh)
        return refuse(p, NPA_CHECK_TRUNCATED, "ELF header", "file ends after %zu bytes", im->file_len);
    memcpy(&p->eh, im->file, sizeof p->eh);
    const Elf64_Ehdr *eh = &p->eh;
    if (eh->e_ident[EI_CLASS] != ELFCLASS64 || eh->e_ident[EI_DATA] != ELFDATA2LSB || eh->e_machine != EM_X86_64)
        return refuse(p, NPA_CHECK_WRONG_MACHINE, "ELF header", "not for x86-64 (class %u, machine %u)", eh->e_ident[EI_CLASS],
                      eh->e_machine);
    if (eh->e_type != ET_DYN || eh->e_version != EV_CURRENT)
        return refuse(p, NPA_CHECK_NOT_ELF, "ELF header", "not a shared object (type %u)", eh->e_type);
    if (eh->e_phentsize != sizeof(Elf64_Phdr) || !eh->e_phnum || eh->e_phnum > PLUGIN_SEGMENTS_MAX)
        return refuse(p, NPA_CHECK_SEGMENTS, "program headers", "%u entries of %u bytes (at most %d of %zu)", eh->e_phnum,
                      eh->e_phentsize, PLUGIN_SEGMENTS_MAX, sizeof(Elf64_Phdr));
    if (!within(eh->e_phoff, (uint64_t)eh->e_phnum * sizeof(Elf64_Phdr), im->file_len))
        return refuse(p, NPA_CHECK_TRUNCATED, "program headers", "beyond the end of the file");
    return NPA_CHECK_OK;
}

static enum npa_check check_load(struct parse *p, const Elf64_Phdr *ph)
{
    const Elf64_Phdr *before = p->loads ? &p->load[p->loads - 1] : NULL;
    uint64_t from = before ? before->p_vaddr + before->p_memsz : 0;
    if (!within(ph->p_offset, ph->p_filesz, p->im->file_len))
        return refuse(p, NPA_CHECK_TRUNCATED, "program headers", "segment %u ends beyond the end of the file", p->loads);
    if (!within(ph->p_vaddr, ph->p_memsz, MEMORY_MAX))
        return refuse(p, NPA_CHECK_TOO_LARGE, "program headers", "needs more than %d pages", NPA_PLUGIN_PAGES_MAX);
    if (ph->p_filesz > ph->p_memsz || (before ? ph->p_vaddr < from : ph->p_vaddr != 0))
        return refuse(p, NPA_CHECK_SEGMENTS, "program headers", "segment %u overlaps or does not start at 0", p->loads);
    if (ph->p_align > NPA_PAGE_SIZE || (ph->p_align > 1 && (ph->p_vaddr ^ ph->p_offset) & (ph->p_align - 1)))
        return refuse(p, NPA_CHECK_SEGMENTS, "program headers", "segment %u is not laid out for 4 KiB pages", p->loads);
    if ((ph->p_flags & (PF_W | PF_X)) == (PF_W | PF_X))
        return refuse(p, NPA_CHECK_SEGMENTS, "program headers", "segment %u is writable and executable", p->loads);
    p->load[p->loads++] = *ph;
    return NPA_CHECK_OK;
}

static enum npa_check parse_segments(struct parse *p)
{
    for (unsigned i = 0; i < p->eh.e_phnum; i++) {
        Elf64_Phdr ph;
        enum npa_check check = NPA_CHECK_OK;
        memcpy(&ph, p->im->file + p->eh.e_phoff + i * sizeof ph, sizeof ph);
        if (ph.p_type == PT_LOAD && ph.p_memsz)
            check = check_load(p, &ph);
        else if (ph.p_type == PT_DYNAMIC)
            p->dynamic = ph, p->has_dynamic = true;
        else if (ph.p_type == PT_NOTE && p->notes < NOTES_MAX)
            p->note[p->notes++] = ph;
        else if (ph.p_type == PT_INTERP || ph.p_type == PT_TLS)
            check = refuse(p, NPA_CHECK_SEGMENTS, "program headers", "%s segment",
                           ph.p_type == PT_TLS ? "thread-local" : "interpreter");
        if (check)
            return check;
    }
    if (!p->loads)
        return refuse(p, NPA_CHECK_SEGMENTS, "program headers", "nothing to load");
    const Elf64_Phdr *last = &p->load[p->loads - 1];
    struct plugin_image *im = p->im;
    im->memory_len = (uint32_t)((last->p_vaddr + last->p_memsz + NPA_PAGE_SIZE - 1) / NPA_PAGE_SIZE * NPA_PAGE_SIZE);
    im->memory = alloc_zero("a plugin image", 1, im->memory_len);
    for (unsigned i = 0; i < p->loads; i++)
        memcpy(im->memory + p->load[i].p_vaddr, im->file + p->load[i].p_offset, p->load[i].p_filesz);
    return NPA_CHECK_OK;
}

/* ---- dynamic section, symbols, relocations: all read from the memory image ---- */

static enum npa_check parse_dynamic(struct parse *p)
{
    struct plugin_image *im = p->im;
    struct dynamic *d = &p->dyn;
    if (!p->has_dynamic || !within(p->dynamic.p_vaddr, p->dynamic.p_memsz, im->memory_len))
        return refuse(p, NPA_CHECK_SEGMENTS, ".dynamic", "missing or outside the image");
    for (uint64_t at = 0; at + sizeof(Elf64_Dyn) <= p->dynamic.p_memsz; at += sizeof(Elf64_Dyn)) {
        Elf64_Dyn e;
        memcpy(&e, im->memory + p->dynamic.p_vaddr + at, sizeof e);
        if (e.d_tag == DT_NULL)
            break;
        switch (e.d_tag) {
        case DT_SYMTAB:
            d->symtab = e.d_un.d_ptr;
            break;
        case DT_STRTAB:
            d->strtab = e.d_un.d_ptr;
            break;
        case DT_STRSZ:
            d->strsz = e.d_un.d_val;
            break;
        case DT_HASH:
            d->hash = e.d_un.d_ptr;
            break;
        case DT_RELA:
            d->rela = e.d_un.d_ptr;
            break;
        case DT_RELASZ:
            d->relasz = e.d_un.d_val;
            break;
        case DT_RELAENT:
            d->relaent = e.d_un.d_val;
            break;
        case DT_PLTRELSZ:
            d->pltrelsz = e.d_un.d_val;
            break;
        case DT_NEEDED:
            d->needed = true;
            break;
        case DT_REL:
            d->rel = true;
            break;
        case 36: /* DT_RELR, newer than some <elf.h> */
            d->relr = true;
            break;
        default:
            break;
        }
    }
    if (d->needed)
        return refuse(p, NPA_CHECK_IMPORTS, ".dynamic", "needs a shared library");
    return NPA_CHECK_OK;
}

/* "" when it has none within the image */
static const char *symbol_name(const struct parse *p, uint32_t name)
{
    const struct dynamic *d = &p->dyn;
    if (!within(d->strtab, d->strsz, p->im->memory_len) || name >= d->strsz)
        return "";
    const char *s = (const char *)p->im->memory + d->strtab + name;
    return memchr(s, 0, d->strsz - name) ? s : "";
}

static enum npa_check parse_symbols(struct parse *p)
{
    struct plugin_image *im = p->im;
    const struct dynamic *d = &p->dyn;
    bool found = false;
    if (!d->hash || !within(d->hash, 8, im->memory_len))
        return refuse(p, NPA_CHECK_NO_ENTRY, ".hash", "no table of symbols of the System V kind (link with -Wl,--hash-style=sysv)");
    p->symbols = npa_load32(im->memory + d->hash + 4);
    if (p->symbols > SYMBOLS_MAX || !within(d->symtab, p->symbols * sizeof(Elf64_Sym), im->memory_len))
        return refuse(p, NPA_CHECK_NO_ENTRY, ".dynsym", "outside the image");
    for (uint64_t i = 1; i < p->symbols; i++) {
        Elf64_Sym sym;
        memcpy(&sym, im->memory + d->symtab + i * sizeof sym, sizeof sym);
        const char *name = symbol_name(p, sym.st_name);
        if (sym.st_shndx == SHN_UNDEF)
            return refuse(p, NPA_CHECK_IMPORTS, ".dynsym", "imports %.40s", *name ? name : "a symbol without a name");
        if (strcmp(name, "NPA_PluginMain") || ELF64_ST_TYPE(sym.st_info) != STT_FUNC)
            continue;
        for (unsigned k = 0; k < p->loads; k++)
            if (p->load[k].p_flags & PF_X && sym.st_value >= p->load[k].p_vaddr &&
                sym.st_value - p->load[k].p_vaddr < p->load[k].p_filesz)
                im->entry = (uint32_t)sym.st_value, found = true;
    }
    if (!found)
        return refuse(p, NPA_CHECK_NO_ENTRY, ".dynsym", "no function NPA_PluginMain in an executable segment");
    return NPA_CHECK_OK;
}

static enum npa_check parse_relocations(struct parse *p)
{
    struct plugin_image *im = p->im;
    const struct dynamic *d = &p->dyn;
    if (d->rel || d->relr || d->pltrelsz)
        return refuse(p, NPA_CHECK_RELOCATION, ".dynamic", "has a relocation table other than DT_RELA");
    if (!d->relasz)
        return NPA_CHECK_OK;
    if (d->relaent != sizeof(Elf64_Rela) || d->relasz % sizeof(Elf64_Rela) ||
        d->relasz / sizeof(Elf64_Rela) > NPA_RELOCATIONS_MAX || !within(d->rela, d->relasz, im->memory_len))
        return refuse(p, NPA_CHECK_RELOCATION, ".rela.dyn", "table of %llu bytes outside the image or malformed",
                      (unsigned long long)d->relasz);
    im->reloc = (uint32_t)d->rela;
    im->reloc_count = (uint32_t)(d->relasz / sizeof(Elf64_Rela));
    for (uint32_t i = 0; i < im->reloc_count; i++) {
        Elf64_Rela r;
        memcpy(&r, im->memory + im->reloc + i * sizeof r, sizeof r);
        if (r.r_info != R_X86_64_RELATIVE)
            return refuse(p, NPA_CHECK_RELOCATION, ".rela.dyn", "entry %u is of type %u, only relative ones are allowed", i,
                          (unsigned)ELF64_R_TYPE(r.r_info));
    }
    return NPA_CHECK_OK;
}

/* ---- note ---- */

static bool find_note(struct parse *p)
{
    struct plugin_image *im = p->im;
    for (unsigned i = 0; i < p->notes; i++) {
        uint64_t at = p->note[i].p_vaddr, len = p->note[i].p_memsz;
        if (!within(at, len, im->memory_len))
            continue;
        while (len >= 12) {
            const uint8_t *n = im->memory + at;
            uint64_t name = (npa_load32(n) + 3ull) & ~3ull, desc = (npa_load32(n + 4) + 3ull) & ~3ull;
            if (!within(12, name + desc, len))
                break;
            if (npa_load32(n) == 4 && !memcmp(n + 12, NPA_NOTE_NAME, 4) && npa_load32(n + 8) == NPA_NOTE_TYPE &&
                12 + name + desc == sizeof(struct npa_image_note) && at % 4 == 0) {
                im->note = (uint32_t)at;
                return true;
            }
            at += 12 + name + desc;
            len -= 12 + name + desc;
        }
    }
    return false;
}

static void copy_text(char out[33], const char in[32])
{
    for (unsigned i = 0; i < 32; i++)
        out[i] = in[i] >= ' ' && in[i] <= '~' ? in[i] : in[i] ? '?' : 0;
    out[32] = 0;
}

static enum npa_check parse_note(struct parse *p)
{
    struct plugin_image *im = p->im;
    struct npa_image_note note;
    if (!find_note(p))
        return refuse(p, NPA_CHECK_NO_NOTE, ".note.npa", "no NPA note in the loaded pages");
    memcpy(&note, im->memory + im->note, sizeof note);
    copy_text(im->licence, note.licence);
    copy_text(im->vendor, note.vendor);
    im->api_version = note.apiVersion;
    const struct npa_image view = {
        .base = im->memory, .bytes = im->memory_len, .note = im->note, .reloc = im->reloc, .reloc_count = im->reloc_count};
    enum npa_check check = npa_image_check(&view);
    if (check == NPA_CHECK_LICENCE)
        return refuse(p, check, ".note.npa", "licence \"%s\" is not accepted", im->licence);
    if (check == NPA_CHECK_API_VERSION)
        return refuse(p, check, ".note.npa", "plugin API version %u, this side knows up to %u", im->api_version, NPA_API_VERSION);
    if (check == NPA_CHECK_RELOCATION)
        return refuse(p, check, ".rela.dyn", "table not sorted, or a relocated word out of place");
    if (check)
        return refuse(p, check, ".note.npa", "%s", npa_check_text(check));
    /* What the file holds in words that relocation overwrites is not part of the digest, nor of the image. */
    for (uint32_t i = 0; i < im->reloc_count; i++)
        memset(im->memory + npa_load64(im->memory + im->reloc + i * NPA_RELA_SIZE), 0, 8);
    return NPA_CHECK_OK;
}

/* ---- code ---- */

/* A place of the code as its author knows it. */
static void place_text(const struct plugin_image *im, uint64_t at, char *text, size_t cap)
{
    char name[ELF_SYMBOL_LEN];
    uint64_t start;
    if (elf_symbol_find(im->file, im->file_len, at, name, &start))
        snprintf(text, cap, "0x%llx (%.40s+0x%llx)", (unsigned long long)at, name, (unsigned long long)(at - start));
    else
        snprintf(text, cap, "0x%llx", (unsigned long long)at);
}

static enum npa_check check_code(struct parse *p)
{
    for (unsigned i = 0; i < p->loads; i++) {
        const Elf64_Phdr *ph = &p->load[i];
        struct guest_code_finding found;
        char place[80];
        if (!(ph->p_flags & PF_X))
            continue;
        enum guest_code verdict = guest_code_check(p->im->memory + ph->p_vaddr, ph->p_filesz, &found);
        place_text(p->im, ph->p_vaddr + found.at, place, sizeof place);
        switch (verdict) {
        case GUEST_CODE_GOOD:
            break;
        case GUEST_CODE_UNKNOWN:
            return refuse(p, NPA_CHECK_VECTOR_CODE, ".text", "no instruction at %s", place);
        case GUEST_CODE_VECTOR:
            return refuse(p, NPA_CHECK_VECTOR_CODE, ".text", "%s at %s %s", found.name, place, found.complaint);
        case GUEST_CODE_SYSTEM:
            return refuse(p, NPA_CHECK_SYSTEM_CODE, ".text", "%s at %s %s", found.name, place, found.complaint);
        }
    }
    return NPA_CHECK_OK;
}

/* ---- the contract ---- */

struct plugin_image *plugin_image_parse(const char *name, const void *bytes, size_t len)
{
    static enum npa_check (*const steps[])(struct parse *) = {parse_header,      parse_segments, parse_dynamic, parse_symbols,
                                                              parse_relocations, parse_note,     check_code};
    struct plugin_image *im = alloc_zero("a plugin image", 1, sizeof *im);
    struct parse p = {.im = im};
    assert(im);
    snprintf(im->path, sizeof im->path, "%s", name);
    im->file = alloc_bytes("a plugin image", len ? len : 1);
    if (len)
        memcpy(im->file, bytes, len);
    im->file_len = len;
    if (len > FILE_BYTES_MAX) {
        refuse(&p, NPA_CHECK_TOO_LARGE, "file", "%zu bytes, at most %d", len, FILE_BYTES_MAX);
        return im;
    }
    for (unsigned i = 0; i < sizeof steps / sizeof *steps; i++)
        if (steps[i](&p))
            break;
    return im;
}

struct plugin_image *plugin_image_read(const char *path, char *err, size_t err_cap)
{
    struct plugin_image *im = NULL;
    FILE *f = fopen(path, "rb");
    if (!f && alloc_is_lack(errno)) /* ours, not the store's: no plugin is refused by it */
        alloc_failed("a plugin image", 0, errno);
    if (!f) {
        snprintf(err, err_cap, "%s: %s", path, alloc_reason(errno));
        return NULL;
    }
    uint8_t *bytes = NULL;
    size_t len = 0, cap = 0;
    while (len == cap && cap <= FILE_BYTES_MAX) {
        cap = cap ? 2 * cap : 64 << 10;
        bytes = alloc_grow("a plugin image", bytes, cap);
        len += fread(bytes + len, 1, cap - len, f);
    }
    if (ferror(f))
        snprintf(err, err_cap, "%s: %s", path, alloc_reason(errno ? errno : EIO));
    else
        im = plugin_image_parse(path, bytes, len);
    free(bytes);
    fclose(f);
    return im;
}

void plugin_image_free(struct plugin_image *image)
{
    if (!image)
        return;
    free(image->file);
    free(image->memory);
    free(image);
}

void plugin_image_relocate(const struct plugin_image *image, uint64_t vaddr, uint8_t *out)
{
    assert(image->check == NPA_CHECK_OK);
    memcpy(out, image->memory, image->memory_len);
    for (uint32_t i = 0; i < image->reloc_count; i++) {
        const uint8_t *rela = image->memory + image->reloc + i * NPA_RELA_SIZE;
        uint64_t at = npa_load64(rela), value = vaddr + npa_load64(rela + 16);
        for (unsigned k = 0; k < 8; k++)
            out[at + k] = (uint8_t)(value >> 8 * k);
    }
}

void plugin_image_version(const struct plugin_image *image, char *text, size_t cap)
{
    const char *last = strrchr(image->vendor, ' ');

    snprintf(text, cap, "%s", last && last[1] >= '0' && last[1] <= '9' ? last + 1 : "");
}

const uint8_t *plugin_image_digest(const struct plugin_image *image)
{
    return image->memory + image->note + NPA_NOTE_OFFSET(digest);
}
