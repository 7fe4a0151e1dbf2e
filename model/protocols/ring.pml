// SPDX-License-Identifier: Apache-2.0
// The byte ring's sleep/wake handshake between two components.
//
// Models: lib/ring/byte_ring.{hpp,cpp} (write, take, release, read, prepare_sleep,
//   awake, should_wake_*), and its users: components/linux/start/console_channel.cpp
//   (serve, wait, write, read), components/linux/tty/host_link.cpp (send, flush),
//   components/console/virtio_console.cpp (receive, transmit).
// Two configurations, a ring each: by default Linux writes and the console reads;
//   with -DINPUT the console writes and Linux reads.
// Memory: x86's total store order. Each thread's stores wait in a buffer of its own
//   and reach memory later, in order, at any time; loads read memory at once; a fence
//   waits for the buffer to be empty, an atomic exchange too. No thread loads what is
//   still in its own buffer (asserted), so forwarding is not modelled. System calls
//   do not empty a buffer. Weaker orders (AArch64) are not covered.
// Abstracted: a notification is one bit; other events of the same notification are
//   left out, and so are time limits, restarts, nonsense from the peer, terminals without
//   room for input. The virtio device has one buffer each way, sequentially consistent.
//   A frame is all that a program writes at once.
// Sizes: capacity 2, BYTES bytes (5), frames of 1 or 3 bytes, buffers of 4 stores,
//   2 Linux threads (the program that writes, the one that serves), 1 console thread.
// Properties: bytes arrive once, in order, unharmed (assertion); the writer stays
//   within the room (assertion); no lost wake-up: all bytes arrive in the end (no state
//   where everybody sleeps before).
#ifndef BYTES
#define BYTES 5
#endif
#define CAPACITY 2

// Memory.
#define TAIL 0
#define HEAD 1
#define PRODUCER_SLEEPING 2
#define CONSUMER_SLEEPING 3
#define BIG_LOCK 4
#define DATA 5
byte mem[7];

#define SERVE 0
#define PROGRAM 1
#define CONSOLE 2
chan buffer[3] = [4] of { byte, byte };

#define STORE(address, value) buffer[self]!address, value
#define FENCE empty(buffer[self])
#define LOAD(into, address) d_step { assert(!(buffer[self]??[eval(address), _])); into = mem[address] }

active proctype memory_system() {
  byte a, v;
end:
  do
  :: d_step { buffer[SERVE]?a, v; mem[a] = v; a = 0; v = 0 }
  :: d_step { buffer[PROGRAM]?a, v; mem[a] = v; a = 0; v = 0 }
  :: d_step { buffer[CONSOLE]?a, v; mem[a] = v; a = 0; v = 0 }
  od
}

// Notifications: Linux's and the console's.
bool wake_linux, wake_console;

#define LOCK atomic { FENCE && mem[BIG_LOCK] == 0; mem[BIG_LOCK] = 1 }
#define UNLOCK STORE(BIG_LOCK, 0)

// set_request
inline prepare_sleep(flag) {
  STORE(flag, 1);
#ifndef BUG_NO_FENCE_BEFORE_LOOK
  FENCE
#endif
}

// take_request, and the notification
inline wake_if_asked(flag, notification) {
#ifndef BUG_NO_FENCE_BEFORE_WAKE
  FENCE;
#endif
  LOAD(x, flag);
  if
  :: x == 0
  :: else ->
    atomic { FENCE; x = mem[flag]; mem[flag] = 0 };
    if
    :: x != 0 -> notification = 1
    :: else
    fi
  fi;
  x = 0
}

inline wait_for(notification) { atomic { notification; notification = 0 } }

// The private index of each end. The writer's is guarded by the big lock in Linux.
byte tail, position, head;

// RingWriter::write of up to `count` bytes; `count` is what was left out.
inline write(count, moved) {
  LOAD(x, HEAD);
  room = CAPACITY - (tail - x);
  assert(tail - x <= CAPACITY);
  moved = 0;
#ifdef BUG_TAIL_BEFORE_DATA
  if
  :: count > 0 && room > 0 -> STORE(TAIL, tail + 1)
  :: else
  fi;
#endif
  do
  :: count > 0 && room > 0 ->
    STORE(DATA + tail % CAPACITY, tail + 1);
    d_step { tail++; count--; room--; moved = 1 }
  :: else -> break
  od;
  if
  :: moved -> STORE(TAIL, tail)
  :: else
  fi;
  x = 0; room = 0
}

// RingReader::take of all there is
inline take(got) {
  LOAD(x, TAIL);
  assert(x - head <= CAPACITY && x >= position);
  got = x - position;
  x = 0;
#ifdef BUG_FREE_BEFORE_COPY
  if
  :: got > 0 -> STORE(HEAD, position + got)
  :: else
  fi;
#endif
  count = got;
  do
  :: count > 0 ->
    LOAD(x, DATA + position % CAPACITY);
    d_step { assert(x == position + 1); position++; count--; x = 0 }
  :: else -> break
  od
}

inline release(got) {
  head = head + got;
  STORE(HEAD, head)
}

#ifndef INPUT
// ---------------------------------------------------------------- Linux to console

byte pending;        // HostLink: of the frame, not yet in the ring; big lock
byte accepted;       // bytes that programs have written; big lock
bool writer_waits;   // the program waits until the link can send; big lock
bool go_on;

// HostLink::flush
inline flush() {
  if
  :: pending > 0 ->
    write(pending, moved);
    wake_if_asked(CONSUMER_SLEEPING, wake_console)
  :: else
  fi;
  moved = 0
}

// link_progress
inline progress() {
  flush();
  if
  :: pending == 0 && writer_waits -> atomic { writer_waits = 0; go_on = 1 }
  :: else
  fi
}

active proctype program() {
  byte x, room;
  bool moved;
  byte self = PROGRAM;
  do
  :: accepted == BYTES -> break
  :: else ->
    LOCK;
    flush();
    if
    :: pending > 0 -> writer_waits = 1
    :: else ->
      if
      :: pending = 1
      :: accepted + 3 <= BYTES -> pending = 3
      fi;
      accepted = accepted + pending;
      flush()
    fi;
    if
    :: writer_waits -> UNLOCK; atomic { go_on; go_on = 0 }
    :: else -> UNLOCK
    fi
  od
}

active proctype serve() {
  byte x, room;
  bool moved;
  byte self = SERVE;
  do
  ::
#ifdef BUG_LOOK_BEFORE_ASKING
    prepare_sleep(PRODUCER_SLEEPING);
#else
    LOCK; prepare_sleep(PRODUCER_SLEEPING); progress(); UNLOCK;
#endif
end_idle:
    wait_for(wake_linux);
    STORE(PRODUCER_SLEEPING, 0);
#ifdef BUG_LOOK_BEFORE_ASKING
    LOCK; progress(); UNLOCK
#endif
  od
}

byte in_flight;      // bytes the device has
bool device_done, interrupts;

active proctype device() {
end:
  do
  :: atomic { in_flight > 0 && !device_done -> device_done = 1;
      if
      :: interrupts -> wake_console = 1
      :: else
      fi }
  od
}

inline collect(done) {
  if
  :: in_flight > 0 && device_done ->
    release(in_flight);
    atomic { in_flight = 0; device_done = 0 };
#ifndef BUG_NO_WAKE_OF_WRITER
    wake_if_asked(PRODUCER_SLEEPING, wake_linux);
#endif
    done = 1
  :: else
  fi
}

active proctype transmit() {
  byte x, count, got;
  bool moved, late;
  byte self = CONSOLE;
  do
  :: head == BYTES -> break
  :: else ->
    moved = 0; late = 0;
    if
    :: in_flight == 0 -> take(got);
      if
      :: got > 0 -> moved = 1; in_flight = got; got = 0
      :: else
      fi
    :: else
    fi;
    collect(moved);
    if
    :: moved
    :: else ->
      interrupts = (in_flight > 0);
      prepare_sleep(CONSUMER_SLEEPING);
      // The device's interrupt for what it did before it was asked for one is not lost
      // either: the driver looks again.
      collect(late);
      LOAD(x, TAIL);
#ifdef BUG_NO_SECOND_LOOK
      x = position;
#endif
      if
      :: !late && (x == position || in_flight > 0) -> x = 0; wait_for(wake_console)
      :: else -> x = 0
      fi;
      interrupts = 0;
      STORE(CONSUMER_SLEEPING, 0)
    fi
  od
}

#else
// ---------------------------------------------------------------- console to Linux

byte arrived;        // bytes from the device that are not in the ring yet
byte came;

active proctype device() {
  do
  :: came < BYTES -> atomic { arrived++; came++; wake_console = 1 }
  :: came == BYTES -> break
  od
}

active proctype receive() {
  byte x, room;
  bool moved;
  byte self = CONSOLE;
  do
  :: tail == BYTES -> break
  :: else ->
    write(arrived, moved);
    if
    :: moved -> wake_if_asked(CONSUMER_SLEEPING, wake_linux); moved = 0
    :: else ->
      if
      :: arrived > 0 ->
        prepare_sleep(PRODUCER_SLEEPING);
        LOAD(x, HEAD);
#ifdef BUG_NO_SECOND_LOOK
        x = tail - CAPACITY;
#endif
        room = CAPACITY - (tail - x); x = 0
      :: else
      fi;
      if
      :: room > 0 -> room = 0
      :: else ->
        wait_for(wake_console);
        STORE(PRODUCER_SLEEPING, 0)
      fi
    fi
  od
}

// HostLink::pull: reads until nothing is there.
inline progress() {
  do
  :: take(got);
    if
    :: got > 0 -> release(got);
#ifndef BUG_NO_WAKE_OF_WRITER
      wake_if_asked(PRODUCER_SLEEPING, wake_console)
#endif
    :: else -> break
    fi
  od
}

active proctype serve() {
  byte x, count, got;
  byte self = SERVE;
  do
  :: head == BYTES -> break
  :: else ->
#ifdef BUG_NO_SECOND_LOOK
    LOCK; progress(); UNLOCK;
    prepare_sleep(CONSUMER_SLEEPING);
    x = position;
#else
    LOCK; prepare_sleep(CONSUMER_SLEEPING); progress(); UNLOCK;
    LOAD(x, TAIL);
#endif
    if
    :: x != position || head == BYTES -> x = 0
    :: else -> x = 0; wait_for(wake_linux)
    fi;
    STORE(CONSUMER_SLEEPING, 0)
  od
}
#endif
