/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vfsim-mpi.so: a sweep's runs shared out among the ranks of an MPI job (sweep/spread.h).
 *
 * What all share is counters in a window of rank 0, which a rank adds to without rank 0 doing anything but looking in from time to
 * time, as it does when it takes a run of its own.
 */
#include <mpi.h>
#include <stdlib.h>

#include "sweep/spread.h"

static MPI_Win window;
static unsigned *shared;

static unsigned add(enum spread_count count, unsigned n)
{
    unsigned before = 0;
    MPI_Win_lock(MPI_LOCK_SHARED, 0, 0, window);
    MPI_Fetch_and_op(&n, &before, MPI_UNSIGNED, 0, (MPI_Aint)count, MPI_SUM, window);
    MPI_Win_unlock(0, window);
    return before;
}

enum { TAG_SIZE, TAG_TEXT };
struct parcel {
    unsigned run, len;
};
static const struct parcel last = {~0u, 0};

static void send_results(unsigned runs, const unsigned char *lacked, char *(*get)(void *, unsigned, size_t *), void *user)
{
    for (unsigned run = 0; run < runs; run++) {
        size_t len = 0;
        char *text = lacked[run] ? get(user, run, &len) : NULL;
        if (!text)
            continue;
        struct parcel parcel = {run, (unsigned)len};
        MPI_Send(&parcel, 2, MPI_UNSIGNED, 0, TAG_SIZE, MPI_COMM_WORLD);
        MPI_Send(text, (int)len, MPI_BYTE, 0, TAG_TEXT, MPI_COMM_WORLD);
        free(text);
    }
    MPI_Send(&last, 2, MPI_UNSIGNED, 0, TAG_SIZE, MPI_COMM_WORLD);
}

static void take_results(int from, void (*put)(void *, unsigned, const char *, size_t), void *user)
{
    struct parcel parcel;
    for (;;) {
        MPI_Recv(&parcel, 2, MPI_UNSIGNED, from, TAG_SIZE, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        if (parcel.run == last.run)
            return;
        char *text = malloc(parcel.len + 1u);
        if (!text)
            MPI_Abort(MPI_COMM_WORLD, 2);
        MPI_Recv(text, (int)parcel.len, MPI_BYTE, from, TAG_TEXT, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        put(user, parcel.run, text, parcel.len);
        free(text);
    }
}

static struct spread spread;

static void gather(unsigned runs, bool (*lacks)(void *, unsigned), char *(*get)(void *, unsigned, size_t *),
                   void (*put)(void *, unsigned, const char *, size_t), void *user)
{
    unsigned char *lacked = calloc(runs, 1);
    if (!lacked)
        MPI_Abort(MPI_COMM_WORLD, 2);
    MPI_Barrier(MPI_COMM_WORLD); /* whatever a shared folder will have is there */
    for (unsigned run = 0; !spread.rank && run < runs; run++)
        lacked[run] = lacks(user, run);
    MPI_Bcast(lacked, (int)runs, MPI_BYTE, 0, MPI_COMM_WORLD);
    if (spread.rank)
        send_results(runs, lacked, get, user);
    for (unsigned from = 1; !spread.rank && from < spread.size; from++)
        take_results((int)from, put, user);
    free(lacked);
}

static int end(int code)
{
    int worst = code;
    MPI_Allreduce(&code, &worst, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    MPI_Win_free(&window);
    MPI_Finalize();
    return worst;
}

const struct spread *vfsim_spread_begin(void);
const struct spread *vfsim_spread_begin(void)
{
    int rank, size;
    if (MPI_Init(NULL, NULL) != MPI_SUCCESS)
        return NULL;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Aint bytes = rank ? 0 : SPREAD_COUNTS * sizeof(*shared);
    MPI_Win_allocate(bytes, sizeof(*shared), MPI_INFO_NULL, MPI_COMM_WORLD, &shared, &window);
    for (unsigned i = 0; !rank && i < SPREAD_COUNTS; i++)
        shared[i] = 0;
    MPI_Barrier(MPI_COMM_WORLD);
    spread = (struct spread){(unsigned)rank, (unsigned)size, add, gather, end};
    return &spread;
}
