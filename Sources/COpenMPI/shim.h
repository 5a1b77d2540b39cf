// Open MPI in the words of the module Ranks: its names are macros, which Swift does not see. Whoever waits lets
// others have the core: threads compute while messages are on their way.
#pragma once
#include <limits.h>
#include <mpi.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/// Joins the job; 0 if threads that take turns cannot send messages in it.
static inline int ranks_join(int *index, int *count) {
  int threads = MPI_THREAD_SINGLE;
  MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &threads);
  MPI_Comm_rank(MPI_COMM_WORLD, index);
  MPI_Comm_size(MPI_COMM_WORLD, count);
  return threads >= MPI_THREAD_SERIALIZED;
}

/// Lets others have the core after some tries, for longer after many.
static inline void ranks_pause(int tries) {
  if (tries < 200) {
    sched_yield();
  } else {
    nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL);
  }
}

/// Whether messages have arrived or gone, all of them.
static inline int ranks_are_done(MPI_Request *requests, int count) {
  int done = 0;
  MPI_Testall(count, requests, &done, MPI_STATUSES_IGNORE);
  return done;
}

static inline void ranks_wait(MPI_Request *requests, int count) {
  for (int tries = 0; !ranks_are_done(requests, count); tries++) ranks_pause(tries);
}

static inline MPI_Request ranks_begin_send(const float *floats, int count, int to) {
  MPI_Request request;
  MPI_Isend(floats, count, MPI_FLOAT, to, 0, MPI_COMM_WORLD, &request);
  return request;
}

static inline void ranks_receive(float *floats, int count, int from) {
  MPI_Request request;
  MPI_Irecv(floats, count, MPI_FLOAT, from, 0, MPI_COMM_WORLD, &request);
  ranks_wait(&request, 1);
}

/// Begins to hand floats of one rank to all.
static inline MPI_Request ranks_begin_broadcast(float *floats, int count, int from) {
  MPI_Request request;
  MPI_Ibcast(floats, count, MPI_FLOAT, from, MPI_COMM_WORLD, &request);
  return request;
}

/// Hands `count` bytes of every rank to all, in the order of ranks.
static inline void ranks_gather(const void *bytes, int count, void *all) {
  MPI_Request request;
  MPI_Iallgather(bytes, count, MPI_BYTE, all, count, MPI_BYTE, MPI_COMM_WORLD, &request);
  ranks_wait(&request, 1);
}

/// Hands the bytes of every rank to all: those of a rank, as many as `counts` says, begin at `starts` of `all`.
static inline void ranks_gather_all(
    const void *bytes, void *all, const int *counts, const int *starts, int index) {
  MPI_Request request;
  MPI_Iallgatherv(
      bytes, counts[index], MPI_BYTE, all, counts, starts, MPI_BYTE, MPI_COMM_WORLD, &request);
  ranks_wait(&request, 1);
}

/// Waits for all ranks and leaves the job.
static inline void ranks_leave(void) { MPI_Finalize(); }

/// Ends all ranks.
static inline void ranks_abort(int status) { MPI_Abort(MPI_COMM_WORLD, status); }
