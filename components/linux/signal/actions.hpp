// SPDX-License-Identifier: Apache-2.0
// What a process does on each signal (sigaction), shared with CLONE_SIGHAND.
#pragma once

#include <array>
#include <cstdint>

#include "components/linux/core/ref.hpp"
#include "components/linux/signal/signal.hpp"

namespace tessera::lx {

// SA_* of Linux.
inline constexpr std::uint64_t kActionNoChildStop = 1, kActionNoChildWait = 2, kActionInfo = 4,
                               kActionRestorer = 0x0400'0000, kActionOnStack = 0x0800'0000,
                               kActionRestart = 0x1000'0000, kActionNoDefer = 0x4000'0000,
                               kActionResetHandler = 0x8000'0000;
inline constexpr std::uint64_t kHandlerDefault = 0, kHandlerIgnore = 1;

// struct kernel_sigaction.
struct SignalAction {
  std::uint64_t handler = kHandlerDefault;
  std::uint64_t flags = 0;
  std::uint64_t restorer = 0;
  std::uint64_t mask = 0;
};
static_assert(sizeof(SignalAction) == 32);

class SignalActions final : public RefCounted {
 public:
  [[nodiscard]] const SignalAction& get(int signal) const { return actions_[index(signal)]; }
  void set(int signal, const SignalAction& action) { actions_[index(signal)] = action; }
  // Ignored by choice or by default.
  [[nodiscard]] bool ignores(int signal) const {
    const std::uint64_t handler = get(signal).handler;
    return handler == kHandlerIgnore || (handler == kHandlerDefault && default_action(signal) == DefaultAction::ignore);
  }
  // exec: handlers are gone, ignored signals stay ignored.
  void reset_handlers() {
    for (SignalAction& action : actions_) {
      if (action.handler != kHandlerIgnore) action = SignalAction();
      else action = SignalAction{.handler = kHandlerIgnore};
    }
  }
  [[nodiscard]] Ref<SignalActions> copy() const {
    Ref<SignalActions> other = make_ref<SignalActions>();
    other->actions_ = actions_;
    return other;
  }

 private:
  static std::size_t index(int signal) { return static_cast<std::size_t>(signal - 1); }
  std::array<SignalAction, kSignalCount> actions_{};
};

}  // namespace tessera::lx
