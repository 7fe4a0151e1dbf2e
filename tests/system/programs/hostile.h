// SPDX-License-Identifier: Apache-2.0
// What the parts of the program `hostile` share.
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "raw_call.h"

enum { kNobody = 65534, kCalls = 453 };

// Whose rights the children have: of children at once each has its own.
extern uid_t nobody;

// Time since some start.
uint64_t now_ms(void);

// A page shared with all children, zero at first.
void *shared_page(void);

// Gives up root's rights, takes modest limits; the standard streams are /dev/null then.
void become_nobody(void);

// Kills every process of nobody's and waits for the own children among them.
void kill_nobodys(void);

int hostile_pointers(void);                          // wild pointers to every call
int hostile_random(uint64_t seed, unsigned seconds);  // random calls
int hostile_forks(void);                             // forks without end
int hostile_memory(void);                            // takes memory without end
int hostile_threads(void);                           // threads without end
int hostile_descriptors(void);                       // pipes and files without end
int hostile_unknown(void);                           // one call that no Linux has
