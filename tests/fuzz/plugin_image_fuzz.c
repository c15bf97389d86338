/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libFuzzer: any bytes as a plugin image. `cmake -DVFSIM_FUZZ=ON -DCMAKE_C_COMPILER=clang`, start with the plugin store
 * as corpus. */
#include <stdlib.h>

#include "vm/image/plugin_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct plugin_image *im = plugin_image_parse("fuzz.so", data, size);
    if (im->check == NPA_CHECK_OK) {
        uint8_t *out = malloc(im->memory_len);
        plugin_image_relocate(im, 0x200000000000, out);
        free(out);
    }
    plugin_image_free(im);
    return 0;
}
