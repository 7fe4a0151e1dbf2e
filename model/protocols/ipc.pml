// SPDX-License-Identifier: Apache-2.0
// IPC: call, send, wait, reply, reply_wait; donation; cancellation and revocation.
//
// Models: kernel/ipc/calls.cpp (send, reply, wait, meet), wait.cpp (end_donation,
//   unbind, release_replies, queue_sender, leave_queue, end_wait, stop, forget_reply),
//   fast_path.cpp, message.cpp (as: delivered or not), kernel/object/endpoint.hpp;
//   drop_from_thread, release_step and destroy in kernel/object/destroy.cpp; cancel in
//   event_methods.cpp; schedule_thread, resume and suspend in thread_methods.cpp; park
//   in kernel/sched/scheduler.cpp.
// A step is one call of a thread, or what another thread does to it: the nucleus runs
// each under its lock, on one core. Which ready thread runs next is left open, so that
// the scheduler's choice does not matter.
// Abstracted: rights, gates, badges (each sender of an endpoint may be cancelled alone),
//   words and capabilities of messages, faults, exhausted budgets, suspended namespaces,
//   priorities changed by hand. Every thread may use every endpoint and Reply.
// Sizes: 3 threads of priorities 1, 1, 2, a budget each, 2 endpoints, 2 Replies.
// Properties (assertions): each call is answered or cancelled once; each send is taken
//   once and then ends well, or is cancelled and not taken; each wait ends with one
//   message or cancelled; a thread is queued in one place, just while it waits; Reply
//   and threads agree on caller and server, with one of each at most; a budget has one
//   running thread at most; a thread without an unanswered newest caller has its own
//   budget and priority; a thread that has a budget is never parked for want of one.
// With -DPOLITE: one client, a server that calls another server, and that; each call
//   is answered in the end (LTL `answered`, weakly fair), and nothing stands still.
#define THREADS 3
#define ENDPOINTS 2
#define REPLIES 2
#define NONE 3

#define STOPPED 0
#define READY 1
#define SENDING 2
#define RECEIVING 3
#define AWAITING 4

#define NOTHING 0
#define CALL 1
#define SEND 2
#define WAIT 3

#define NOBODY 0
#define SENDERS 1
#define RECEIVERS 2

// Threads.
byte state[THREADS];
byte at[THREADS];             // endpoint, while sending or receiving
byte on_reply[THREADS];       // Reply, while awaiting
bool calling[THREADS];
byte ticket[THREADS];         // while sending: rank
bool has_budget[THREADS];     // its own is there
byte runs_on[THREADS];        // active_budget: whose, or NONE
byte effective[THREADS];
byte to_bind[THREADS];        // Reply or NONE
byte bound[THREADS];

// Endpoints.
byte side[ENDPOINTS];
chan queue0 = [THREADS] of { byte };  // receivers, or calls
chan queue1 = [THREADS] of { byte };
chan sends0 = [THREADS] of { byte };
chan sends1 = [THREADS] of { byte };

// Replies: threads or NONE.
byte caller[REPLIES], server[REPLIES];

// Ghost: what a thread has begun and not ended, and whether its message was taken.
byte owed[THREADS];
bool taken[THREADS];

// Scratch of one step.
hidden byte i, j, p, s, t0, n, inherited, donated, rr, front, who;
hidden byte ok;

#define OWN(t) (has_budget[t] -> t : NONE)
#define PRIORITY(t) (t == 2 -> 2 : 1)
#define MAX(a, b) (a > b -> a : b)

// --- queues

inline push(isend, e, t) {
  if
  :: e == 0 && !isend -> queue0!t
  :: e == 1 && !isend -> queue1!t
  :: e == 0 && isend -> sends0!t
  :: e == 1 && isend -> sends1!t
  fi
}

inline drop(isend, e, t) {
  if
  :: e == 0 && !isend -> queue0??eval(t)
  :: e == 1 && !isend -> queue1??eval(t)
  :: e == 0 && isend -> sends0??eval(t)
  :: e == 1 && isend -> sends1??eval(t)
  fi
}

// `front`, or NONE
inline look(isend, e) {
  front = NONE;
  if
  :: e == 0 && !isend && len(queue0) > 0 -> queue0?<front>
  :: e == 1 && !isend && len(queue1) > 0 -> queue1?<front>
  :: e == 0 && isend && len(sends0) > 0 -> sends0?<front>
  :: e == 1 && isend && len(sends1) > 0 -> sends1?<front>
  :: else
  fi
}

#define EMPTY(e) ((e == 0 && len(queue0) == 0 && len(sends0) == 0) || (e == 1 && len(queue1) == 0 && len(sends1) == 0))

// --- ghost

// A thread's call of the nucleus ends. `well`: not cancelled.
inline finish(t, well) {
  assert(owed[t] != NOTHING);
  assert(owed[t] != SEND || taken[t] == well);
  assert(owed[t] != CALL || !(well) || taken[t]);
  owed[t] = NOTHING;
  taken[t] = 0
}

// --- wait.cpp

inline end_donation() {  // s: server, donated: budget
  inherited = 0;
  do
  :: s != NONE ->
    if
    :: runs_on[s] == donated -> runs_on[s] = OWN(s)
    :: else
    fi;
    effective[s] = MAX(PRIORITY(s), inherited);
    inherited = effective[s];
#ifdef BUG_CHAIN_NOT_FOLLOWED
    s = NONE
#else
    s = (state[s] == AWAITING -> server[on_reply[s]] : NONE)
#endif
  :: else -> break
  od
}

inline unbind(r, budget) {
  donated = budget;
  s = server[r];
  if
  :: s != NONE ->
    server[r] = NONE;
    bound[s] = NONE;
#ifndef BUG_DONATION_STAYS
    end_donation()
#endif
  :: else
  fi
}

inline release_replies(t) {
  if
  :: to_bind[t] != NONE -> server[to_bind[t]] = NONE; to_bind[t] = NONE
  :: else
  fi;
  if
  :: bound[t] != NONE -> rr = bound[t]; unbind(rr, runs_on[caller[rr]])
  :: else
  fi
}

inline queue_sender(t, e) {
  state[t] = SENDING;
  at[t] = e;
  ticket[t] = 1;
  for (i : 0 .. THREADS - 1) {
    if
    :: i != t && ticket[i] >= ticket[t] -> ticket[t] = ticket[i] + 1
    :: else
    fi
  }
  side[e] = SENDERS;
  push((!calling[t]), e, t)
}

inline leave_queue(t) {
  if
  :: state[t] == SENDING || state[t] == RECEIVING ->
    if
    :: state[t] == SENDING ->
#ifndef BUG_NO_UNLINK
      drop((!calling[t]), at[t], t);
#endif
      for (i : 0 .. THREADS - 1) {
        if
        :: ticket[i] > ticket[t] -> ticket[i]--
        :: else
        fi
      }
      ticket[t] = 0
    :: else -> drop(0, at[t], t)
    fi;
#ifndef BUG_SIDE_STAYS
    if
    :: EMPTY(at[t]) -> side[at[t]] = NOBODY
    :: else
    fi;
#endif
    at[t] = 0
  :: state[t] == AWAITING ->
    unbind(on_reply[t], runs_on[t]);
#ifndef BUG_CALLER_STAYS
    caller[on_reply[t]] = NONE;
#endif
    on_reply[t] = 0
  :: else
  fi;
  state[t] = STOPPED
}

inline end_wait(t, well) {
  ok = (state[t] == RECEIVING);
  leave_queue(t);
#ifndef BUG_OFFER_STAYS
  if
  :: ok -> release_replies(t)
  :: else
  fi;
#endif
  finish(t, well)
}

inline stop(t) {
  if
  :: state[t] > READY -> end_wait(t, 0)
  :: else
  fi;
  state[t] = STOPPED
}

// --- calls.cpp

// `from` is on no queue; `to` has just been taken off one, or waits at this moment.
inline meet(from, to) {
  assert((owed[from] == CALL || owed[from] == SEND) && !taken[from]);
  taken[from] = 1;
  finish(to, 1);
  if
  :: !calling[from] -> release_replies(to)
  :: else ->
    rr = to_bind[to];
    assert(rr != NONE && caller[rr] == NONE);
    caller[rr] = from;
    server[rr] = to;
    bound[to] = rr;
    to_bind[to] = NONE;
    state[from] = AWAITING;
    on_reply[from] = rr;
#ifdef BUG_DONATE_NO_BUDGET
    runs_on[to] = runs_on[from];
#else
    if
    :: runs_on[from] != NONE -> runs_on[to] = runs_on[from]
    :: else
    fi;
#endif
    effective[to] = MAX(effective[to], effective[from])
  fi
}

inline send(t, e, wants_reply) {
  look(0, e);
  if
  :: side[e] == RECEIVERS && wants_reply && to_bind[front] == NONE  // not_configured
  :: else ->
    owed[t] = (wants_reply -> CALL : SEND);
    calling[t] = wants_reply;
    if
    :: side[e] == RECEIVERS ->
      who = front;
      leave_queue(who);
      if
      :: wants_reply -> state[t] = STOPPED
      :: else
      fi;
      meet(t, who);
      state[who] = READY;
      if
      :: !wants_reply -> finish(t, 1)
      :: else
      fi
    :: else -> queue_sender(t, e)
    fi
  fi
}

inline reply(t, r) {
  if
  :: caller[r] != NONE ->
    who = caller[r];
    assert(state[who] == AWAITING && on_reply[who] == r);
    end_wait(who, 1);
    state[who] = READY
  :: else
  fi
}

inline wait(t, e, r) {
  if
  :: r != NONE && (caller[r] != NONE || server[r] != NONE)  // busy
  :: else ->
    who = NONE;
    if
    :: side[e] == SENDERS ->
      look(1, e);
      who = front;
      look(0, e);
      if
      :: r != NONE && front != NONE && (who == NONE || !(ticket[who] < ticket[front])) -> who = front
      :: else
      fi
    :: else
    fi;
    if
    :: side[e] == SENDERS && who == NONE  // not_configured: calls only, and it cannot answer
    :: else ->
      release_replies(t);
      to_bind[t] = r;
      if
      :: r != NONE -> server[r] = t
      :: else
      fi;
      owed[t] = WAIT;
      if
      :: who != NONE ->
        leave_queue(who);
        meet(who, t);
        if
        :: !calling[who] -> finish(who, 1); state[who] = READY
        :: else
        fi
      :: else ->
        state[t] = RECEIVING;
        at[t] = e;
        side[e] = RECEIVERS;
        push(0, e, t)
      fi
    fi
  fi
}

// --- fast_path.cpp; each does nothing when it would leave for the full path

inline fast_call(t, e) {
  look(0, e);
  if
  :: side[e] == RECEIVERS && to_bind[front] != NONE && effective[front] >= effective[t] ->
    who = front;
    rr = to_bind[who];
    owed[t] = CALL;
    taken[t] = 1;
    drop(0, e, who);
    if
    :: EMPTY(e) -> side[e] = NOBODY
    :: else
    fi;
    caller[rr] = t;
    bound[who] = rr;
    to_bind[who] = NONE;
    runs_on[who] = runs_on[t];
    state[t] = AWAITING;
    calling[t] = 1;
    on_reply[t] = rr;
    at[who] = 0;
    finish(who, 1);
    state[who] = READY
  :: else
  fi
}

#ifdef BUG_FAST_REPLY_TO_ANY
#define NEWEST(t, r) true
#else
#define NEWEST(t, r) (bound[t] == r)
#endif

inline fast_reply_wait(t, r, e) {
  who = caller[r];
  if
  :: who != NONE && side[e] != SENDERS && runs_on[t] == runs_on[who] && effective[t] == PRIORITY(t) && NEWEST(t, r) ->
    side[e] = RECEIVERS;
    push(0, e, t);
    state[t] = RECEIVING;
    at[t] = e;
    owed[t] = WAIT;
    to_bind[t] = r;
    bound[t] = NONE;
    runs_on[t] = OWN(t);
    caller[r] = NONE;
    server[r] = t;
    on_reply[who] = 0;
    finish(who, 1);
    state[who] = READY
  :: else
  fi
}

// --- what others do to them

inline destroy_reply(r) {
  if
  :: caller[r] != NONE -> who = caller[r]; end_wait(who, 0); state[who] = READY
  :: else
  fi;
  // forget_reply; a new Reply takes its place
#ifndef BUG_REPLY_NOT_FORGOTTEN
  s = server[r];
  if
  :: s != NONE ->
    if
    :: to_bind[s] == r -> to_bind[s] = NONE
    :: else
    fi;
    if
    :: bound[s] == r -> bound[s] = NONE
    :: else
    fi
  :: else
  fi;
#endif
  server[r] = NONE
}

inline destroy_endpoint(e) {
  for (j : 0 .. THREADS - 1) {
    if
    :: (state[j] == SENDING || state[j] == RECEIVING) && at[j] == e -> end_wait(j, 0); state[j] = READY
    :: else
    fi
  }
}

// A budget goes: home thread_budget.
inline take_budget(t) {
  has_budget[t] = 0;
  if
  :: runs_on[t] == t -> stop(t); runs_on[t] = NONE
  :: else
  fi
}

// schedule: of a stopped thread. One that goes on keeps a budget of its own, which is
// the same here: it is busy while it lends or borrows one.
inline give_budget(t) {
  has_budget[t] = 1;
  runs_on[t] = t
}

// The thread ends; another takes its place, stopped, with the budget that it had.
inline destroy_thread(t) {
  stop(t);
#ifndef BUG_REPLY_OF_THE_DEAD
  release_replies(t);
#else
  bound[t] = NONE; to_bind[t] = NONE;
#endif
  take_budget(t);
  calling[t] = 0;
  effective[t] = PRIORITY(t)
}

// --- between two steps

// What nobody reads any more must not tell states apart.
inline forget_calling() {
  for (i : 0 .. THREADS - 1) {
    if
    :: state[i] == STOPPED || state[i] == READY || state[i] == RECEIVING -> calling[i] = 0
    :: else
    fi
  }
}

inline check() {
  forget_calling();
  // schedule() and make_ready() park who has nothing to run on
  for (i : 0 .. THREADS - 1) {
    if
    :: state[i] == READY && runs_on[i] == NONE -> assert(!has_budget[i]); state[i] = STOPPED
    :: else
    fi
  }
  n = 0;
  for (i : 0 .. THREADS - 1) {
    assert((state[i] <= READY) == (owed[i] == NOTHING));
    assert(state[i] != SENDING || (owed[i] == (calling[i] -> CALL : SEND) && !taken[i]));
    assert(state[i] != RECEIVING || owed[i] == WAIT);
    assert(state[i] != AWAITING || (owed[i] == CALL && taken[i] && caller[on_reply[i]] == i));
    // queued where it waits, and nowhere else
    assert((queue0??[eval(i)] -> 1 : 0) == (at[i] == 0 && (state[i] == RECEIVING || (state[i] == SENDING && calling[i])) -> 1 : 0));
    assert((queue1??[eval(i)] -> 1 : 0) == (at[i] == 1 && (state[i] == RECEIVING || (state[i] == SENDING && calling[i])) -> 1 : 0));
    assert((sends0??[eval(i)] -> 1 : 0) == (at[i] == 0 && state[i] == SENDING && !calling[i] -> 1 : 0));
    assert((sends1??[eval(i)] -> 1 : 0) == (at[i] == 1 && state[i] == SENDING && !calling[i] -> 1 : 0));
    n = n + (state[i] == SENDING || state[i] == RECEIVING -> 1 : 0);
    assert(state[i] != SENDING || side[at[i]] == SENDERS);
    assert(state[i] != RECEIVING || side[at[i]] == RECEIVERS);
    // Replies
    assert(to_bind[i] == NONE || (state[i] == RECEIVING && server[to_bind[i]] == i && caller[to_bind[i]] == NONE));
    assert(bound[i] == NONE || (server[bound[i]] == i && caller[bound[i]] != NONE));
    assert(to_bind[i] == NONE || bound[i] == NONE);
    // donations
    assert(bound[i] != NONE || (runs_on[i] == OWN(i) && effective[i] == PRIORITY(i)));
    if
    :: bound[i] != NONE -> assert(runs_on[i] == runs_on[caller[bound[i]]] || runs_on[i] == OWN(i))
    :: else
    fi;
    for (j : 0 .. THREADS - 1) {
      assert(i == j || state[i] != READY || state[j] != READY || runs_on[i] != runs_on[j])
    }
  }
  assert(n == len(queue0) + len(queue1) + len(sends0) + len(sends1));
  assert((side[0] == NOBODY) == EMPTY(0) && (side[1] == NOBODY) == EMPTY(1));
  for (i : 0 .. REPLIES - 1) {
    if
    :: caller[i] != NONE -> assert(state[caller[i]] == AWAITING && on_reply[caller[i]] == i)
    :: else
    fi;
    if
    :: server[i] != NONE -> assert(to_bind[server[i]] == i || bound[server[i]] == i)
    :: else
    fi
  }
  n = 0
}

init {
  d_step {
    for (i : 0 .. THREADS - 1) {
      state[i] = READY;
      has_budget[i] = 1;
      runs_on[i] = i;
      effective[i] = PRIORITY(i);
      to_bind[i] = NONE;
      bound[i] = NONE
    }
    for (i : 0 .. REPLIES - 1) {
      caller[i] = NONE;
      server[i] = NONE
    }
    check()
  }
#ifdef POLITE
  atomic { run client(); run middle(); run last() }
#else
  byte e, r, t;
end:
  do
  :: atomic {
      if
      :: t = 0
      :: t = 1
      :: t = 2
      fi;
      if
      :: e = 0
      :: e = 1
      fi;
      if
      :: r = 0
      :: r = 1
      fi;
      // Each alternative stands once whatever e and r are: those that do not use
      // them insist on 0.
      if
      :: d_step { state[t] == READY && r == 0 -> send(t, e, 1); check() }
      :: d_step { state[t] == READY && r == 0 -> fast_call(t, e); check() }
      :: d_step { state[t] == READY && r == 0 -> send(t, e, 0); check() }
      :: d_step { state[t] == READY && r == 0 -> wait(t, e, NONE); check() }
      :: d_step { state[t] == READY -> wait(t, e, r); check() }
      :: d_step { state[t] == READY && e == 0 -> reply(t, r); check() }
      :: d_step { state[t] == READY -> reply(t, r); wait(t, e, r); check() }
      :: d_step { state[t] == READY -> fast_reply_wait(t, r, e); check() }
      :: d_step { e == 0 && r == 0 -> stop(t); check() }
      :: d_step { e == 0 && r == 0 && state[t] == STOPPED && runs_on[t] != NONE -> state[t] = READY; check() }
      :: d_step { e == 0 && r == 0 -> take_budget(t); check() }
      :: d_step { e == 0 && r == 0 && state[t] == STOPPED -> give_budget(t); check() }
      :: d_step { e == 0 && r == 0 -> destroy_thread(t); check() }
      // A sender's capability is revoked, or its badge cancelled.
      :: d_step { e == 0 && r == 0 && state[t] == SENDING -> end_wait(t, 0); state[t] = READY; check() }
      :: d_step { t == 0 && r == 0 -> destroy_endpoint(e); check() }
      :: d_step { t == 0 && e == 0 -> destroy_reply(r); check() }
      :: else
      fi;
      t = 0; e = 0; r = 0
    }
  od
#endif
}

#ifdef POLITE
// Threads that keep to the rules; each step is a call, on either path.
proctype client() {
end:
  do
  :: d_step { state[0] == READY -> send(0, 0, 1); check() }
  :: d_step { state[0] == READY -> fast_call(0, 0); check() }
  :: d_step { state[0] == READY -> send(0, 1, 1); check() }
  od
}

// Serves endpoint 0 with Reply 0; calls endpoint 1 for each caller.
proctype middle() {
  d_step { wait(1, 0, 0); check() };
  do
  :: atomic { state[1] == READY -> d_step { send(1, 1, 1); check() } };
    if
    :: d_step { state[1] == READY -> reply(1, 0); wait(1, 0, 0); check() }
#ifndef BUG_SERVER_FORGETS
    :: d_step { state[1] == READY && caller[0] != NONE -> reply(1, 0); wait(1, 0, 0); check() }
#else
    :: d_step { state[1] == READY -> wait(1, 0, NONE); check() }
#endif
    fi
  od
}

// Serves endpoint 1 with Reply 1.
proctype last() {
  d_step { wait(2, 1, 1); check() };
  do
  :: d_step { state[2] == READY -> reply(2, 1); wait(2, 1, 1); check() }
  od
}

ltl answered { [] ((owed[0] == CALL) -> <> (owed[0] == NOTHING)) && [] ((owed[1] == CALL) -> <> (owed[1] == NOTHING)) }
#endif
