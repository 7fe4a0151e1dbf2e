// SPDX-License-Identifier: Apache-2.0
// Pairs of threads that take turns, each in a guest between its waits. Who has had its turn moves
// its partner, which sleeps or is just about to, to some core and rings its bell; now and then it
// changes somebody's pace. All pairs at once; a core without a thread idles. No wait has a time
// limit: one wake-up that gets lost, and that pair stands still for good.
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "kernel/object/budget.hpp"
#include "kernel/object/notification.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/kernel/cores/host.hpp"
#include "tests/unit/kernel/fixture/invariants.hpp"
#include "tests/unit/kernel/fixture/random.hpp"

namespace tessera::nucleus::test {

namespace {

enum class Sleep : std::uint8_t { awake, waking, asleep };
enum class Step : std::uint8_t { run, pace, look, wake, ring, rest, rested };

struct Pair;
// One thread, and where it is in its round. Only `sleep` and what its pair's lock guards is read by others.
struct Player {
  Pair* pair = nullptr;
  unsigned side = 0;
  World::Made made;
  std::uint64_t bell = 0;
  Step step = Step::run;
  std::atomic<Sleep> sleep{Sleep::awake};
};
struct Pair {
  std::mutex lock;
  unsigned turn = 0;
  std::array<bool, 2> queued{};
  std::array<Player, 2> players;
};

class Turns {
 public:
  Turns(unsigned cores, unsigned pairs, std::uint64_t seed) : w_(cores), seed_(seed) {
    Machine& m = w_.m;
    for (unsigned i = 0; i < cores; ++i) {
      wakes_.push_back(m.make(ObjectType::notification));
      const Outcome line = m.invoke(m.machine_cap, abi::MachineMethod::make_interrupt, {i, 0, m.untyped_cap, m.table_cap, m.free_slot()});
      CHECK(line.ok());
      CHECK(m.invoke(line.words[0], abi::InterruptMethod::bind, {wakes_.at(i)}).ok());
    }
    const std::uint64_t states = m.make(ObjectType::memory, 16);
    guest_ = m.make(ObjectType::address_space);
    CHECK(m.invoke(guest_, abi::AddressSpaceMethod::donate, {m.make(ObjectType::untyped, 14)}).ok());
    CHECK(m.invoke(guest_, abi::AddressSpaceMethod::bind_host, {m.space_cap, 0}).ok());
    for (unsigned i = 0; i < pairs; ++i) {
      pairs_.push_back(std::make_unique<Pair>());
      for (unsigned side = 0; side < 2; ++side) {
        Player& player = pairs_.back()->players.at(side);
        player.pair = pairs_.back().get();
        player.side = side;
        player.bell = m.make(ObjectType::notification);
        player.made = w_.make_thread(w_.budgets.at((i + side) % cores));
        CHECK(m.invoke(player.made.cap, abi::ThreadMethod::set_guest_state, {states, players_.size() * kPageBytes}).ok());
        players_[player.made.thread] = &player;
      }
    }
    w_.set_up();
  }

  void run(std::uint64_t milliseconds) {
    end_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
    std::vector<std::function<void()>> bodies;
    for (unsigned i = 0; i < w_.cores; ++i) bodies.emplace_back([this, i] { play_core(i); });
    play(bodies, [this] {
      for (unsigned i = 0; i < w_.cores; ++i) arch::hosted::interrupt(i);
    });
    CHECK(turns_ > 0);
    std::printf("turns: seed %llu, %u cores: %llu turns\n", static_cast<unsigned long long>(seed_), w_.cores, static_cast<unsigned long long>(turns_.load()));
  }

 private:
  void play_core(unsigned number) {
    Random random(seed_ * 64 + number);
    std::uint64_t last = 0;
    auto seen = std::chrono::steady_clock::now();
    for (std::uint64_t looks = 0; !over_; ++looks) {
      arch::hosted::user_mode();
      Thread& thread = *this_core().current();
      if (thread.in_guest) {
        if (random.one_in(2)) arch::hosted::leave_guest();
      } else if (!start_again(thread)) {
        if (const auto found = players_.find(&thread); found != players_.end()) go_on(*found->second, random);
        else keep(thread, number, random);
      }
      if (number != 0 || looks % 64 != 0) continue;
      const auto now = std::chrono::steady_clock::now();
      if (turns_ != last) last = turns_, seen = now;
      else if (now - seen > std::chrono::seconds(20)) stuck();
      if (now > end_) over_ = true;
    }
  }
  void keep(Thread& thread, unsigned core, Random& random) {
    if (core == 0) {
      if (random.one_in(8)) start(thread, abi::Call::yield, 0);
      return;
    }
    start(thread, abi::Call::wait, wakes_.at(core), std::array<std::uint64_t, 2>{0, 0});
  }
  void go_on(Player& self, Random& random) {
    Pair& pair = *self.pair;
    Player& other = pair.players.at(1 - self.side);
    switch (self.step) {
      case Step::run:
        self.step = random.one_in(4) ? Step::pace : Step::look;
        return start(*self.made.thread, abi::Call::guest_run, guest_);
      case Step::pace: {
        self.step = Step::look;
        const Player& any = pairs_.at(random.below(pairs_.size()))->players.at(random.below(2));
        return start(*self.made.thread, abi::Call::invoke, any.made.cap, std::array<std::uint64_t, 2>{30 + random.below(21), 0},
                     static_cast<std::uint32_t>(abi::ThreadMethod::pace));
      }
      case Step::look: {
        const std::scoped_lock hold(pair.lock);
        if (pair.turn == self.side) {
          pair.turn = other.side;
          ++turns_;
          self.step = Step::wake;
        } else {
          pair.queued.at(self.side) = true;
          self.sleep = Sleep::asleep;
          self.step = Step::rest;
        }
        return;
      }
      case Step::wake: {
        {
          const std::scoped_lock hold(pair.lock);
          self.step = Step::run;
          if (!pair.queued.at(other.side)) return;
          pair.queued.at(other.side) = false;
          other.sleep = Sleep::waking;
          self.step = Step::ring;
        }
        const std::uint64_t budget = w_.budgets.at(random.below(w_.cores));
        return start(*self.made.thread, abi::Call::invoke, other.made.cap, std::array<std::uint64_t, 2>{budget, World::kPriority},
                     static_cast<std::uint32_t>(abi::ThreadMethod::schedule));
      }
      case Step::ring:
        CHECK(read_outcome(*self.made.thread).ok());
        other.sleep = Sleep::awake;
        self.step = Step::run;
        return start(*self.made.thread, abi::Call::notify, other.bell);
      case Step::rested:
        if (self.sleep == Sleep::awake) {
          self.step = Step::run;
          return;
        }
        [[fallthrough]];
      case Step::rest:
        self.step = Step::rested;
        return start(*self.made.thread, abi::Call::wait, self.bell, std::array<std::uint64_t, 2>{0, 0});
    }
  }
  [[noreturn]] void stuck() {
    std::printf("turns: seed %llu, %u cores: nobody has had a turn for 20 s\n", static_cast<unsigned long long>(seed_), w_.cores);
    for (const auto& pair : pairs_) {
      for (const Player& player : pair->players) {
        const Thread& thread = *player.made.thread;
        std::printf("turn %u, side %u, queued %d, step %d, sleep %d: state %d core %u budget's %u bell %llu\n", pair->turn, player.side,
                    pair->queued.at(player.side), static_cast<int>(player.step), static_cast<int>(player.sleep.load()),
                    static_cast<int>(thread.state), unsigned{thread.core}, unsigned{thread.active_budget->core}, static_cast<unsigned long long>(w_.m.slot(player.bell).as<Notification>()->bits));
      }
    }
    std::fflush(nullptr);
    std::_Exit(1);
  }

  World w_;
  std::uint64_t seed_;
  std::uint64_t guest_ = 0;
  std::vector<std::uint64_t> wakes_;
  std::vector<std::unique_ptr<Pair>> pairs_;
  std::unordered_map<const Thread*, Player*> players_;
  std::atomic<std::uint64_t> turns_ = 0;
  std::atomic<bool> over_ = false;
  std::chrono::steady_clock::time_point end_;
};

void turns(unsigned cores, unsigned pairs) {
  const char* length = std::getenv("TESSERA_STRESS_MS");
  Turns turns(cores, pairs, seed_or(0x7a3));
  turns.run(length == nullptr ? 1500 : std::strtoull(length, nullptr, 0));
}

}  // namespace

TEST(turns_on_2_cores) { turns(2, 2); }
TEST(turns_on_4_cores) { turns(4, 3); }

}  // namespace tessera::nucleus::test
