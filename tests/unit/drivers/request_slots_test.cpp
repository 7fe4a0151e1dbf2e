// SPDX-License-Identifier: Apache-2.0
// An answer that comes in the very moment in which interrupts are asked for: no later one may be missed for it.
#include "lib/ddk/request_slots.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/lib/rt/host_runtime.hpp"

using namespace tessera;

namespace {

constexpr unsigned kBit = 5;

struct Question final : ddk::SlotRequest {
  explicit Question(std::size_t& offered) : offered_(offered) {}
  bool offer(std::size_t) override {
    ++offered_;
    return true;
  }
  bool done(std::size_t, std::uint32_t) override { return true; }

 private:
  std::size_t& offered_;
};

// Answers in order, and interrupts as a virtqueue with event indices does (virtio 1.1, 2.6.7.2): only for the answer
// behind the last that was taken when interrupts were asked for.
class Device final : public ddk::SlotDevice {
 public:
  explicit Device(rt::TaskLoop& loop) : loop_(loop) {}
  std::expected<void, std::string_view> bring_up() override { return {}; }
  std::expected<std::optional<Answer>, std::string_view> take() override {
    if (taken_ == answered_) return std::nullopt;
    return Answer{.slot = taken_++, .said = 0};
  }
  void set_interrupts(bool wanted) override {
    // Read before it is changed: too late for this one.
    if (wanted && late_ > 0) {
      --late_;
      answer();
    }
    event_ = wanted ? taken_ : ~std::size_t{0};
  }
  void announce() override {}
  bool needs_reset() override { return false; }

  void answer() {
    if (answered_++ == event_) loop_.deliver(std::uint64_t{1} << kBit);
  }
  // So many answers come in such a moment.
  void be_late(std::size_t count) { late_ = count; }

 private:
  rt::TaskLoop& loop_;
  std::size_t answered_ = 0, taken_ = 0, event_ = ~std::size_t{0}, late_ = 0;
};

rt::Task<> ask(ddk::RequestSlots& requests, std::size_t& offered, std::size_t& done) {
  Question question(offered);
  CHECK(co_await requests.run(question) == ddk::RequestSlots::End::answered);
  ++done;
}

}  // namespace

TEST(an_answer_while_interrupts_are_asked_for) {
  for (std::size_t late = 0; late < 4; ++late) {
    test::HostLoop loop;
    Device device(loop);
    ddk::RequestSlots requests(device, loop, {.now_ns = [] { return std::uint64_t{1}; }, .note = [](std::string_view) { CHECK(false); }});
    CHECK(requests.begin().has_value());
    rt::Scope tasks(loop), asking(loop);
    tasks.spawn(requests.attend(kBit));
    loop.settle();
    constexpr std::size_t kQuestions = 8;
    std::size_t offered = 0, done = 0;
    for (std::size_t i = 0; i < kQuestions; ++i) asking.spawn(ask(requests, offered, done));
    loop.settle();
    CHECK_EQ(offered, kQuestions);
    device.be_late(late);
    while (done < kQuestions) {
      const std::size_t before = done;
      device.answer();
      loop.settle();
      CHECK(done > before);
      if (done == before) break;  // its interrupt was missed
    }
    asking.cancel();
    tasks.cancel();
    loop.settle();
  }
}
