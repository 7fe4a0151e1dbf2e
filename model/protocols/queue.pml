// SPDX-License-Identifier: Apache-2.0
// A queue between two components: the indices and the sleep/wake handshake, under the memory model
// of C++ itself, which is weaker than x86-64's and AArch64's.
//
// Models: lib/ring/index.hpp (room, there, publish, release, prepare_sleep, awake, should_wake) and
//   lib/ring/queue.hpp (put, take), used as the ends of a channel are: fill a batch, publish once,
//   ask once whether to notify; prepare_sleep, look once more, wait, awake.
// Memory: no common one. Of each word all stores are kept, in order. A thread has a view: of each
//   word the oldest store that it may still read. It may read that or any newer one, so a store may
//   reach it late, or never, and stores to different words in any order; loads, too, may be as if done
//   early. A release store carries its thread's view along, and an acquire load takes it over. A
//   sequentially consistent fence exchanges views with all earlier such fences, and what a
//   relaxed store after it carries is the view at the fence. An exchange reads the newest store. (Kang, Hur, Lahav,
//   Vafeiadis, Dreyer: "A promising semantics for relaxed-memory concurrency", POPL 2017, without
//   promises: nothing here depends on a load that comes before an earlier store of the same thread.)
//   Store buffers are a special case: what waits in one has not entered the other's view.
// Abstracted: a notification is one bit, sequentially consistent among notifications, and orders
//   nothing else: it carries no view.
// Sizes: ENTRIES entries (3) through a ring of CAPACITY (2), in batches of any size.
// Properties: entries arrive once, in order, unharmed (assertion): a place is not filled again before
//   it was read; the peer's index never makes no sense (assertion); no lost wake-up: all entries
//   arrive (no state where both sleep before).
#ifndef ENTRIES
#define ENTRIES 3
#endif
#define CAPACITY 2

#define TAIL 0
#define HEAD 1
#define PRODUCER_SLEEPING 2
#define CONSUMER_SLEEPING 3
#define PLACE 4
#define WORDS 6  // PLACE + CAPACITY
#define STORES 20

typedef View { byte at[WORDS] }
typedef Store { byte value; View view }
typedef Word { byte count; Store store[STORES] }
Word mem[WORDS];

#define PRODUCER 0
#define CONSUMER 1
View seen[2];    // of each thread
View fenced[2];  // as they were at its last fence
View fences;     // of all fences so far

hidden byte w;
#define LATER(a, b) a = (a > b -> a : b)
#define ALL(what) w = 0; do :: w < WORDS -> what; w++ :: else -> break od; w = 0

inline append(word, v) {
  assert(mem[word].count < STORES);
  mem[word].store[mem[word].count].value = v;
  seen[self].at[word] = mem[word].count;
  mem[word].count++
}
#define NEWEST(word) mem[word].store[seen[self].at[word]]

inline store_release(word, v) {
  d_step { append(word, v); ALL(NEWEST(word).view.at[w] = seen[self].at[w]) }
}
inline store_relaxed(word, v) {
  d_step { append(word, v); ALL(NEWEST(word).view.at[w] = fenced[self].at[w]); NEWEST(word).view.at[word] = seen[self].at[word] }
}
// Any store that is not too old.
inline choose(word) {
  do
  :: seen[self].at[word] + 1 < mem[word].count -> seen[self].at[word]++
  :: break
  od
}
inline load_relaxed(into, word) { atomic { choose(word); into = NEWEST(word).value } }
inline load_acquire(into, word) {
  atomic {
    choose(word);
    into = NEWEST(word).value;
    d_step { ALL(LATER(seen[self].at[w], NEWEST(word).view.at[w])) }
  }
}
inline fence() {
  d_step {
    ALL(LATER(seen[self].at[w], fences.at[w]); fences.at[w] = seen[self].at[w]; fenced[self].at[w] = seen[self].at[w])
  }
}
// Relaxed; reads the newest store, and what that carries goes along (a release sequence).
inline exchange_0(into, word) {
  d_step {
    into = mem[word].store[mem[word].count - 1].value;
    append(word, 0);
    ALL(NEWEST(word).view.at[w] = fenced[self].at[w];
      LATER(NEWEST(word).view.at[w], mem[word].store[seen[self].at[word] - 1].view.at[w]));
    NEWEST(word).view.at[word] = seen[self].at[word]
  }
}

bool wake[2];
#define PEER (1 - self)

inline prepare_sleep(flag) {
  store_relaxed(flag, 1);
#ifndef BUG_NO_FENCE_BEFORE_LOOK
  fence()
#endif
}
inline should_wake(flag) {
#ifndef BUG_NO_FENCE_BEFORE_WAKE
  fence();
#endif
  load_relaxed(x, flag);
  if
  :: x == 0
  :: else ->
    exchange_0(x, flag);
    if
    :: x != 0 -> wake[PEER] = 1
    :: else
    fi
  fi;
  x = 0
}
inline awake(flag) { store_relaxed(flag, 0) }
inline wait() { atomic { wake[self]; wake[self] = 0 } }

#ifdef BUG_RELAXED_TAIL
#define store_tail(v) store_relaxed(TAIL, v)
#else
#define store_tail(v) store_release(TAIL, v)
#endif
#define store_head(v) store_release(HEAD, v)
#ifdef BUG_RELAXED_LOOK
#define look(into, word) load_relaxed(into, word)
#else
#define look(into, word) load_acquire(into, word)
#endif

bool ready;

init {
  // The zeroed region, which everybody has seen.
  d_step { ALL(mem[w].count = 1); ready = 1 }
}

// next: filled up to here; known: the peer's index as last seen.
active proctype producer() {
  byte x, tail, next, known_head, room;
  byte self = PRODUCER;
  ready;
  do
  :: next == ENTRIES && tail == next -> break
  :: else ->
    atomic {
      look(x, HEAD);
      assert(x >= known_head && x <= tail);
      known_head = x; x = 0; room = CAPACITY - (next - known_head)
    };
    if
    :: room > 0 && next < ENTRIES ->
      do
      :: room > 0 && next < ENTRIES ->
        atomic { store_relaxed(PLACE + next % CAPACITY, next + 1); next++; room-- }
      :: next > tail -> break  // any batch of at least one
      od;
      atomic { room = 0; tail = next; store_tail(tail) };
      should_wake(CONSUMER_SLEEPING)
    :: else ->
      room = 0;
      prepare_sleep(PRODUCER_SLEEPING);
#ifdef BUG_NO_SECOND_LOOK
      wait();
#else
      look(x, HEAD);
      if
      :: x == known_head -> x = 0; wait()
      :: else -> x = 0
      fi;
#endif
      awake(PRODUCER_SLEEPING)
    fi
  od
}

active proctype consumer() {
  byte x, head, next, known_tail;
  byte self = CONSUMER;
  ready;
  do
  :: head == ENTRIES -> break
  :: else ->
    atomic {
      look(x, TAIL);
      assert(x >= known_tail && x <= head + CAPACITY);
      known_tail = x; x = 0
    };
    if
    :: next < known_tail ->
#ifdef BUG_RELEASE_BEFORE_READING
      store_head(next + 1);
#endif
      do
      :: next < known_tail ->
        atomic { load_relaxed(x, PLACE + next % CAPACITY); assert(x == next + 1); x = 0; next++ }
      :: next > head -> break
      od;
      atomic {
        head = next;
#ifndef BUG_RELEASE_BEFORE_READING
        store_head(head)
#endif
      };
      should_wake(PRODUCER_SLEEPING)
    :: else ->
      prepare_sleep(CONSUMER_SLEEPING);
#ifdef BUG_NO_SECOND_LOOK
      wait();
#else
      look(x, TAIL);
      if
      :: x == known_tail -> x = 0; wait()
      :: else -> x = 0
      fi;
#endif
      awake(CONSUMER_SLEEPING)
    fi
  od
}
