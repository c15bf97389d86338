/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A text file of lines: where it lies, its text, what was wrong with it, and the memory of what was read. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "scenario/language/language.h"

void scn_file_init(struct scn_file *file, const char *path)
{
    bool is_stdin = !strcmp(path, "-");
    file->path = scn_printf(file, "%s", path);
    file->label = scn_printf(file, "%s", is_stdin ? "stdin" : path);
    const char *slash = is_stdin ? NULL : strrchr(path, '/');
    file->folder = scn_printf(file, "%.*s", slash ? (int)(slash - path + 1) : 0, path);
}

void scn_file_fini(struct scn_file *file)
{
    for (unsigned i = 0; i < file->error_count; i++)
        free(file->errors[i].text);
    for (struct scn_block *block = file->blocks, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    free(file->text);
}

static int read_all(FILE *in, char **text, size_t *len)
{
    size_t room = 1 << 16, used = 0;
    char *buf = alloc_bytes("the scenario", room);
    for (size_t got; (got = fread(buf + used, 1, room - used, in)) > 0;) {
        used += got;
        if (used < room)
            continue;
        char *more = room < SCN_TEXT_MAX ? alloc_grow("the scenario", buf, 2 * room) : NULL;
        if (!more) {
            free(buf);
            return -EFBIG;
        }
        buf = more;
        room *= 2;
    }
    if (ferror(in)) {
        int err = errno ? -errno : -EIO;
        free(buf);
        return err;
    }
    *text = buf;
    *len = used;
    return 0;
}

bool scn_file_add(struct scn_file *file, const char *text, size_t len)
{
    bool ends_line = len && text[len - 1] == '\n';
    if (len >= SCN_TEXT_MAX || file->len + len >= SCN_TEXT_MAX) {
        scn_error(file, (struct scn_pos){0}, "longer than the %d MiB a scenario may have", SCN_TEXT_MAX >> 20);
        return false;
    }
    file->text = alloc_grow("the scenario", file->text, file->len + len + 2);
    memcpy(file->text + file->len, text, len);
    file->len += len;
    if (len && !ends_line)
        file->text[file->len++] = '\n';
    file->text[file->len] = 0;
    return true;
}

bool scn_file_read(struct scn_file *file)
{
    bool is_stdin = !strcmp(file->path, "-");
    errno = 0;
    FILE *in = is_stdin ? stdin : fopen(file->path, "re");
    int err = in ? read_all(in, &file->text, &file->len) : -errno;
    if (in && !is_stdin)
        fclose(in);
    if (err == -EFBIG)
        scn_error(file, (struct scn_pos){0}, "longer than the %d MiB a scenario may have", SCN_TEXT_MAX >> 20);
    else if (err)
        scn_error(file, (struct scn_pos){0}, "%s", alloc_reason(-err));
    return !err;
}
