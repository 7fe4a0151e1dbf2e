// SPDX-License-Identifier: Apache-2.0
// Notifications: raise, wait (with and without a time limit), poll, cancellation.
//
// Models: kernel/object/notification.hpp; wait_notification and notify in
//   kernel/ipc/calls.cpp; raise, end_wait, leave_queue, stop in kernel/ipc/wait.cpp;
//   fire (thread_wait) in kernel/sched/scheduler.cpp; cancel_waiters in
//   kernel/object/destroy.cpp; poll in kernel/object/event_methods.cpp.
// A step is what the nucleus does under its lock, between two looks at interrupts.
// Abstracted: capabilities and rights; a time limit may pass at any time after it was
//   set; the scheduler (any ready thread may go on next); namespaces that are suspended.
// Sizes: 2 waiting threads, 1 raising thread with 2 bits, 1 thread that polls, and one
//   that suspends, resumes and cancels by revoking.
// Properties: a bit that was raised is kept or was given to exactly one taker, and no
//   bit was given that was not raised (assertion); bits are set or threads wait, never
//   both (assertion); a thread is queued just while it waits, once, and its timer runs
//   only then (assertion); a wait ends once, by bits, time or cancellation (assertion);
//   with -DPOLITE: who works for a flag that was set before the raise always gets to
//   see it, without time limits (no lost wake-up: LTL `served`, weakly fair).
#define WAITERS 2

byte bits;
chan queue = [3] of { byte };
bool waits[WAITERS], timer[WAITERS], stopped[WAITERS];
byte got[WAITERS];       // word 0 of a wait that ended well
bool asked[WAITERS];     // a wait has begun and not ended
bool limited[WAITERS];   // with a time limit

byte untaken;            // ghost: bits raised since they were last taken

hidden byte w, given;

#define READY(t) (!waits[t] && !stopped[t])

inline check() {
  assert(bits == 0 || empty(queue));
  assert(len(queue) == waits[0] + waits[1]);
  assert((queue??[0] -> 1 : 0) == waits[0] && (queue??[1] -> 1 : 0) == waits[1]);
  assert(!timer[0] || (waits[0] && limited[0]));
  assert(!timer[1] || (waits[1] && limited[1]));
  assert(waits[0] == asked[0] && waits[1] == asked[1]);
  assert(untaken == bits)
}

// What a taker was given was raised and is nobody else's.
inline take_bits(taken) {
  assert(taken != 0 && (taken & untaken) == taken);
  untaken = untaken & ~(taken)
}

inline end_wait(t) {
#ifndef BUG_TIMER_LEFT
  timer[t] = 0;
#endif
#ifndef BUG_NO_UNLINK
  queue??eval(t);
#endif
  waits[t] = 0;
  assert(asked[t]);
  asked[t] = 0
}

inline raise(mask) {
  untaken = untaken | mask;
  if
  :: len(queue) == 0 -> bits = bits | mask
  :: else ->
    queue?<w>;
    end_wait(w);
    got[w] = mask;
    take_bits(mask);
#ifdef BUG_GIVE_AND_KEEP
    bits = bits | mask
#endif
  fi;
  w = 0
}

inline begin_wait(t, with_limit) {
  asked[t] = 1;
  limited[t] = with_limit;
  waits[t] = 1;
  queue!t;
  timer[t] = with_limit
}

inline wait(t, with_limit) {
  if
  :: bits != 0 ->
    given = bits;
    got[t] = given;
#ifndef BUG_BITS_STAY
    bits = 0;
#endif
    take_bits(given);
    given = 0
  :: else -> begin_wait(t, with_limit)
  fi
}

// Time limits pass.
active proctype clock() {
end:
  do
  :: d_step { timer[0] -> timer[0] = 0; end_wait(0); check() }
  :: d_step { timer[1] -> timer[1] = 0; end_wait(1); check() }
  od
}

#ifndef POLITE

active [WAITERS] proctype waiter() {
  byte t = _pid - 1;  // the clock is 0
end:
  do
#ifdef BUG_LOOK_THEN_QUEUE
  :: d_step { READY(t) && bits == 0 -> skip };
    d_step { begin_wait(t, 0); check() }
#endif
  :: d_step { READY(t) -> got[t] = 0; wait(t, 0); check() }
  :: d_step { READY(t) -> got[t] = 0; wait(t, 1); check() }
  od
}

active proctype raiser() {
end:
  do
  :: d_step { raise(1); check() }
  :: d_step { raise(2); check() }
  od
}

active proctype poller() {
end:
  do
  :: d_step { bits != 0 -> given = bits; bits = 0; take_bits(given); given = 0; check() }
  od
}

inline stop(t) {
  if
  :: waits[t] -> end_wait(t)
  :: else
  fi;
  stopped[t] = 1
}

active proctype manager() {
end:
  do
  :: d_step { stop(0); check() }
  :: d_step { stop(1); check() }
  :: d_step { stopped[0] -> stopped[0] = 0 }
  :: d_step { stopped[1] -> stopped[1] = 0 }
  // The last capability goes: who waits is let go.
  :: d_step { do
      :: len(queue) != 0 -> queue?<w>; end_wait(w)
      :: else -> break
      od; w = 0; check() }
  od
}

#else

byte work;      // shared memory: set before the raise, taken after the wait

active proctype worker() {
  do
  :: atomic { work > 0 -> work = 0 }
  :: else ->
#ifdef BUG_LOOK_THEN_QUEUE
    if
    :: atomic { bits != 0 -> wait(0, 0) }
    :: bits == 0 -> d_step { begin_wait(0, 0) }
    fi;
#else
    d_step { wait(0, 0) };
#endif
end_idle:
    READY(0)
  od
}

active proctype producer() {
end:
  do
  :: work == 0 -> work = 1; d_step { raise(1) }
  od
}

ltl served { [] ((work > 0) -> <> (work == 0)) }
#endif
