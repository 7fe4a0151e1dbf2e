// SPDX-License-Identifier: Apache-2.0
// Two threads of one process that take turns by a futex: the caller and a partner.
#pragma once

void start_turns(void);
// There and back, so many times.
void take_turns(unsigned count);
void end_turns(void);
