// SPDX-License-Identifier: Apache-2.0
// Signal sets, default actions, and the queue against a model.
#include <map>
#include <vector>

#include "components/linux/signal/queue.hpp"
#include "tests/unit/linux_process/test.hpp"

namespace tessera::lx::test {

namespace {

void sets() {
  SignalSet set = SignalSet::of(kSigInt, kSigTerm);
  CHECK(set.bits() == ((1u << 1) | (1u << 14)) && set.contains(2) && !set.contains(3) && set.lowest() == 2);
  set.remove(2);
  set.add(64);
  CHECK(set.lowest() == 15 && set.contains(64));
  CHECK((set - SignalSet::of(15)).lowest() == 64);
  CHECK(next_signal(SignalSet::of(kSigHup, kSigSegv)) == kSigSegv);
  CHECK(next_signal(SignalSet::of(kSigHup, kSigTerm)) == kSigHup);
}

void actions() {
  CHECK(default_action(kSigChld) == DefaultAction::ignore && default_action(kSigTstp) == DefaultAction::stop);
  CHECK(default_action(kSigSegv) == DefaultAction::core && default_action(kSigCont) == DefaultAction::resume);
  CHECK(default_action(kSigTerm) == DefaultAction::terminate && default_action(40) == DefaultAction::terminate);
}

void info_layout() {
  const SignalInfo user = SignalInfo::from(10, kCodeUser, 77, 1000, 42);
  CHECK(user.fields[0] == (77 | std::uint64_t{1000} << 32) && user.fields[1] == 42);
  const SignalInfo child = SignalInfo::child(kChildExited, 5, 0, 3, 7, 8);
  CHECK(child.signal == kSigChld && child.fields[1] == 3 && child.fields[2] == 7 && child.fields[3] == 8);
}

void against_model() {
  Random random(seed);
  SignalQueue queue;
  std::map<int, std::vector<std::uint64_t>> model;  // values, oldest first
  std::size_t count = 0;
  for (std::uint64_t step = 0; step < 20000; ++step) {
    const int signal = 1 + static_cast<int>(random.below(64));
    switch (random.below(5)) {
      case 0: case 1: case 2: {
        constexpr std::size_t kLimit = 40;
        const bool added = queue.add(SignalInfo::from(signal, kCodeQueue, 1, 0, step), kLimit);
        const bool realtime = signal >= kFirstRealtime;
        if (!realtime && !model[signal].empty()) {
          CHECK(added);
        } else if (count >= kLimit) {
          CHECK(added == !realtime);
          if (!realtime) model[signal].push_back(~std::uint64_t{0});  // without its info
        } else {
          CHECK(added);
          model[signal].push_back(step);
          ++count;
        }
        break;
      }
      case 3: {
        const SignalSet wanted(random.next());
        SignalSet ready;
        for (const auto& [number, values] : model)
          if (!values.empty() && wanted.contains(number)) ready.add(number);
        SignalInfo info;
        const bool took = queue.take(wanted, info);
        CHECK(took == !ready.empty());
        if (!took || ready.empty()) break;
        CHECK(info.signal == next_signal(ready));
        auto& values = model[info.signal];
        if (values.empty()) break;
        const std::uint64_t value = values.front();
        values.erase(values.begin());
        if (value != ~std::uint64_t{0}) {
          CHECK(info.fields[1] == value);
          --count;
        }
        break;
      }
      default: {
        if (random.below(10) != 0) break;
        queue.discard(SignalSet::of(signal));
        for (const std::uint64_t value : model[signal]) count -= value != ~std::uint64_t{0} ? 1 : 0;
        model[signal].clear();
        break;
      }
    }
    SignalSet pending;
    for (const auto& [number, values] : model)
      if (!values.empty()) pending.add(number);
    CHECK(queue.pending() == pending);
    CHECK(queue.queued() == count);
  }
}

}  // namespace

void signal_tests() {
  sets();
  actions();
  info_layout();
  against_model();
}

}  // namespace tessera::lx::test
