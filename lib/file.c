/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vfsim/file.h"

#include "report/outfile.h"
#include "report/report.h"

int vfsim_file_write(const char *path, const void *bytes, size_t length)
{
    struct outfile out;
    int err = outfile_open(&out, path);
    if (err)
        return err;
    fwrite(bytes, 1, length, out.stream);
    return outfile_close(&out);
}

int vfsim_file_try(const char *path) { return outfile_try(path); }
char *vfsim_file_place(const char *path) { return outfile_place(path); }

char *vfsim_shell_word(const char *word, char *text, size_t size) { return report_shell_word(word, text, size); }
