// SPDX-License-Identifier: Apache-2.0
// The sleep and wake flags of lib/ring/byte_ring.cpp (set_request, take_request)
// with one notification: a reader that sleeps until something is readable, and a
// writer. Each side stores, fences and then loads. x86's store buffer is modelled
// as one pending store per side that may be published at any time; the fence waits
// until it is. Of the notification only this: bits collect until waited for
// (kernel/ipc/wait.cpp); a wait takes them all.
//
// Property: no lost wake-up. SPIN reports a reader asleep for ever as an invalid end state.
// -DBROKEN leaves out the writer's fence.

#define ITEMS 3

byte tail;             // as the reader sees it
byte sleeping;         // as the writer sees it
bool notified;

byte pending_tail;     // the writer's store buffer: 0 is empty
byte pending_sleeping; // the reader's: 0 is empty, else value + 1

active proctype writer_buffer() {
end:
  do
  :: atomic { pending_tail != 0 -> tail = pending_tail; pending_tail = 0 }
  od
}

active proctype reader_buffer() {
end:
  do
  :: atomic { pending_sleeping != 0 -> sleeping = pending_sleeping - 1; pending_sleeping = 0 }
  od
}

active proctype writer() {
  byte written = 0;
  do
  :: written < ITEMS ->
    written++;
    // A second store waits for the first: the buffer keeps order.
    atomic { pending_tail == 0 -> pending_tail = written };
#ifndef BROKEN
    pending_tail == 0;   // the fence in take_request
#endif
    if
    :: sleeping == 0
    :: sleeping != 0 ->
      // The exchange is a locked instruction: it drains the buffer too.
      atomic { pending_tail == 0 ->
        if :: sleeping != 0 -> sleeping = 0; notified = true
           :: else
        fi }
    fi
  :: else -> break
  od
}

active proctype reader() {
  byte seen = 0;
  do
  :: seen == ITEMS -> break
  :: seen < ITEMS ->
    if
    :: tail > seen -> seen = tail
    :: tail == seen ->
      atomic { pending_sleeping == 0 -> pending_sleeping = 2 };   // prepare_sleep: 1
      pending_sleeping == 0;                                      // its fence
      if
      :: tail > seen                                              // looked once more
      :: tail == seen -> atomic { notified -> notified = false }  // waits
      fi;
      atomic { pending_sleeping == 0 -> pending_sleeping = 1 }    // awake: 0
    fi
  od;
  assert(seen == ITEMS)
}
