// SPDX-License-Identifier: Apache-2.0
#include "lib/rt/scope.hpp"

#include "lib/rt/task_loop.hpp"

namespace tessera::rt {

void Wait::begin_anyway(std::coroutine_handle<> task, Scope& scope) {
  task_ = task;
  scope_ = &scope;
  scope.waits_.append(*this);
}

bool Wait::begin(std::coroutine_handle<> task, Scope& scope) {
  cancelled_ = scope.cancelled_;
  if (cancelled_) return false;
  begin_anyway(task, scope);
  return true;
}

void Wait::end() {
  scope_->waits_.remove(*this);
  scope_->loop_.make_ready(*this);
}

void Wait::end_cancelled() {
  cancelled_ = true;
  end();
}

WaitResult Wait::result() const {
  if (cancelled_) return std::unexpected(WaitError::cancelled);
  return {};
}

Scope::~Scope() {
  if (running_ != 0) panic("a scope ended before its tasks");
}

void Scope::spawn(Task<void> task) {
  ++running_;
  const auto started = task.release();
  started.promise().scope = this;
  started.promise().spawned = true;
  started.resume();
}

void detail::PromiseBase::task_ended(Scope& its_scope) noexcept { its_scope.task_ended(); }

void Scope::task_ended() {
  --running_;
  if (running_ == 0 && joiner_ != nullptr) std::exchange(joiner_, nullptr)->end();
}

// A wait that ends takes itself out of the list; a join stays in it.
void Scope::cancel() {
  if (cancelled_) return;
  cancelled_ = true;
  for (WaitsOfScope to_tell = std::exchange(waits_, {}); Wait* const wait = to_tell.take();) {
    waits_.append(*wait);
    wait->cancel();
  }
}

bool Scope::Join::start(std::coroutine_handle<> task, Scope& scope) {
  if (joined_.running_ == 0) return false;
  if (joined_.joiner_ != nullptr) panic("two tasks join one scope");
  begin_anyway(task, scope);
  joined_.joiner_ = this;
  if (scope.cancelled()) joined_.cancel();
  return true;
}

void Scope::Join::cancel() { joined_.cancel(); }

}  // namespace tessera::rt
