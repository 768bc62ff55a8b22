// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the simulated driver exports beside NVML: the training step, the clock and the ground
// truth. All may be called from any thread. While nothing is attached through nvmlInit they
// attach by themselves to the machine that the environment names (see README.md); a scenario that
// cannot be used leaves one line on stderr. Results are NVML's codes (0 is success) unless said.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

// One training step on GPUs `gpus[0..count)` (NVML indices, each once): blocks as long as the
// workload takes at the limits in force. Several GPUs work as in synchronous data parallel
// training: each draws busy power for its own time and idles until the slowest is through. A GPU
// that is still busy with another step is waited for. 15 when one of them is lost.
int zeus_sim_step(const unsigned int* gpus, unsigned int count);

// The machine's clock: CLOCK_MONOTONIC and CLOCK_REALTIME, or the virtual time that all processes
// on one state file share. -1 when there is no machine.
long long zeus_sim_clock_monotonic_ns(void);
long long zeus_sim_clock_unix_ns(void);

// Blocks until the monotonic clock reaches `deadline_ns`. With a `stop` flag it returns as soon as
// zeus_sim_clock_wake() was called after `*stop` became nonzero; in virtual time such a sleep is
// a background's: it waits for others (steps, driver calls, sleeps without a flag) to move the
// time on. A sleep without a flag moves the virtual time itself.
int zeus_sim_clock_sleep_until_ns(long long deadline_ns, const int* stop);
void zeus_sim_clock_wake(void);

// How many threads of this process are in such a sleep with a `stop` flag: a program that starts a
// background thread in virtual time can wait until it sleeps.
int zeus_sim_clock_sleepers(void);

// Whether the calling thread is inside a function of this driver: what it asks of the C library is
// the driver's own business. For libzeus-virtual-clock.so.
int zeus_sim_is_inside(void);

// What really happened on a GPU since the state file was made, whatever NVML admits.
typedef struct zeus_sim_truth_st {
  double energy_j;           // exact integral of the power drawn
  double elapsed_s;          // time since the state file was made
  double busy_s;             // of it, time in steps
  double watts;              // power drawn now
  unsigned long long steps;  // steps ended
} zeus_sim_truth_t;
int zeus_sim_truth(unsigned int gpu, zeus_sim_truth_t* truth);

#ifdef __cplusplus
}
#endif
