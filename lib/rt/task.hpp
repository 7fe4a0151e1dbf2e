// SPDX-License-Identifier: Apache-2.0
// Task<T>: a coroutine that starts when it is awaited and gives its value to who awaits it. It belongs
// to the scope of who awaits it (scope.hpp): where that is cancelled, its waits say so.
//
// Frames come from the thread's FramePool: a task is made, runs and ends on one thread, within the life
// of that thread's executor.
#pragma once

#include <coroutine>
#include <cstddef>
#include <optional>
#include <utility>

#include "lib/rt/frame_pool.hpp"
#include "lib/rt/panic.hpp"

namespace tessera::rt {

class Scope;
template <typename T>
class Task;

namespace detail {

struct PromiseBase {
  std::coroutine_handle<> continuation;  // who awaits it
  Scope* scope = nullptr;
  bool spawned = false;  // by the scope: then nobody awaits it, and its frame goes when it ends

  static void* operator new(std::size_t bytes) {
    FramePool* const frames = own_frames();
    if (frames == nullptr) [[unlikely]] panic("a task was made before its thread's executor");
    return frames->take(bytes);
  }
  static void operator delete(void* frame, std::size_t bytes) { own_frames()->give_back(frame, bytes); }

  std::suspend_always initial_suspend() noexcept { return {}; }
  struct FinalAwaiter {
    bool await_ready() noexcept { return false; }
    template <typename Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) noexcept {
      if (!self.promise().spawned) return self.promise().continuation;
      Scope& its_scope = *self.promise().scope;
      self.destroy();  // and this awaiter with it
      task_ended(its_scope);
      return std::noop_coroutine();
    }
    void await_resume() noexcept {}
  };
  FinalAwaiter final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept { panic("an exception in a task"); }

 private:
  static void task_ended(Scope& its_scope) noexcept;
};

template <typename T>
struct Promise : PromiseBase {
  Task<T> get_return_object();
  template <typename U>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
  T take() { return std::move(*value); }
  std::optional<T> value;
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object();
  void return_void() {}
  void take() {}
};

}  // namespace detail

template <typename T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  explicit Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(other.release()) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      if (handle_) handle_.destroy();
      handle_ = other.release();
    }
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  template <typename Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> awaiter) noexcept {
    handle_.promise().continuation = awaiter;
    handle_.promise().scope = awaiter.promise().scope;
    return handle_;
  }
  T await_resume() { return handle_.promise().take(); }

  // The coroutine is the caller's.
  [[nodiscard]] Handle release() { return std::exchange(handle_, nullptr); }

 private:
  Handle handle_;
};

template <typename T>
Task<T> detail::Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise>::from_promise(*this));
}
inline Task<void> detail::Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise>::from_promise(*this));
}

}  // namespace tessera::rt
