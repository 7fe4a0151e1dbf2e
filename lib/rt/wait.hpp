// SPDX-License-Identifier: Apache-2.0
// A task that waits. Every wait of a task (for an event, a time, a signal, the end of others) is a Wait
// in its coroutine's frame, linked into what it waits for and into its scope; nothing is allocated.
//
// A Wait ends once: with what it waited for, or because its scope was cancelled. Then it is ready, and
// its task goes on in its turn: nobody's task is continued inside somebody else's call.
#pragma once

#include <coroutine>
#include <cstdint>
#include <expected>

namespace tessera::rt {

enum class WaitError : std::uint8_t {
  cancelled,  // the task's scope: end soon
};
using WaitResult = std::expected<void, WaitError>;

class Scope;
class Wait;

// Neighbours in a list.
struct WaitLinks {
  Wait* next = nullptr;
  Wait* previous = nullptr;
};

// Waits in order, linked through one of their two pairs of links.
template <WaitLinks Wait::* links>
class WaitList {
 public:
  [[nodiscard]] bool empty() const { return first_ == nullptr; }
  void append(Wait& wait);
  void remove(Wait& wait);
  // The first, taken out; null: none.
  Wait* take();

 private:
  Wait* first_ = nullptr;
  Wait* last_ = nullptr;
};

class Wait {
 public:
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;

  // For lists: of the scope, or while it is ready; of what is waited for.
  WaitLinks in_scope, in_source;

  // What was waited for has come; whoever calls has taken the wait out of its source.
  void end();

 protected:
  Wait() = default;
  ~Wait() = default;

  // The task is suspended. False: its scope is cancelled, and it goes on at once with that error.
  [[nodiscard]] bool begin(std::coroutine_handle<> task, Scope& scope);
  // The same, also in a scope that is cancelled.
  void begin_anyway(std::coroutine_handle<> task, Scope& scope);
  // The scope is cancelled, and the wait has left its source.
  void end_cancelled();
  [[nodiscard]] WaitResult result() const;

 private:
  friend class Scope;
  friend class TaskLoop;

  // The scope is cancelled: leaves the source and ends, unless it is a join, which passes it on.
  virtual void cancel() = 0;

  std::coroutine_handle<> task_;
  Scope* scope_ = nullptr;
  bool cancelled_ = false;
};

using WaitsOfScope = WaitList<&Wait::in_scope>;
using WaitsOfSource = WaitList<&Wait::in_source>;

template <WaitLinks Wait::* links>
void WaitList<links>::append(Wait& wait) {
  wait.*links = {.next = nullptr, .previous = last_};
  (last_ == nullptr ? first_ : (last_->*links).next) = &wait;
  last_ = &wait;
}

template <WaitLinks Wait::* links>
void WaitList<links>::remove(Wait& wait) {
  const WaitLinks& at = wait.*links;
  (at.previous == nullptr ? first_ : (at.previous->*links).next) = at.next;
  (at.next == nullptr ? last_ : (at.next->*links).previous) = at.previous;
}

template <WaitLinks Wait::* links>
Wait* WaitList<links>::take() {
  Wait* const wait = first_;
  if (wait != nullptr) remove(*wait);
  return wait;
}

}  // namespace tessera::rt
