// SPDX-License-Identifier: Apache-2.0
// What cores may use of what they have cached, against a model of cores that cache, by number
// and view, whatever they walk to, and forget nothing unasked. What address spaces and cores do
// is taken apart into steps that follow one another in any order: a core that goes to a space, one
// that changes a space's tables, one that uses an address. A change that is finished is never undone by
// what a core had cached; nor does one space's entry serve another, nor a host's its guest.
#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <vector>

#include "kernel/memory/cached_spaces.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/random.hpp"

namespace tessera::nucleus::test {

namespace {

constexpr unsigned kPages = 3;  // of each half
constexpr unsigned kFewNumbers = 3;

struct Space {
  std::uint64_t identity = 0, stamp = 0;
  unsigned number = 0;
  Space* host = nullptr;  // its upper half
  bool has_guests = false, changing = false;
  std::array<std::uint64_t, kPages> lower{}, upper{};              // what is mapped now: values that grow
  std::array<std::uint64_t, kPages> lower_done{}, upper_done{};    // and for whom no older one may be found
  std::array<std::uint64_t, kPages>& upper_now() { return host != nullptr ? host->upper : upper; }
  std::array<std::uint64_t, kPages>& upper_least() { return host != nullptr ? host->upper_done : upper_done; }
};

struct Entry {
  std::uint64_t identity = 0, value = 0;
};
// A number, a view, a half, a page.
using Key = std::tuple<unsigned, bool, bool, unsigned>;

enum class Going { there, told, looked };

struct ModelCore {
  CachedSpaces known;
  std::map<Key, Entry> cache;
  Space* told = nullptr;     // as others see it
  Space* space = nullptr;    // whose tables it walks
  bool guest_view = false;
  Going going = Going::there;
  std::uint64_t stamp_seen = 0;
  bool goes_to_guest_view = false;

  void forget_number(unsigned number) {
    std::erase_if(cache, [&](const auto& one) { return std::get<0>(one.first) == number; });
  }
  void forget_page(bool upper, unsigned page) {
    std::erase_if(cache, [&](const auto& one) { return std::get<2>(one.first) == upper && std::get<3>(one.first) == page; });
  }
  void leave() { told = space = nullptr; }
};

// One page's change, in the steps of AddressSpace::flush.
struct Change {
  Space* space = nullptr;
  bool upper = false;
  unsigned page = 0, by = 0, step = 0;
  std::uint64_t value = 0;
  bool stale = false;
};

class World {
 public:
  World(std::uint64_t seed, unsigned cores) : random_(seed) {
    for (unsigned i = 0; i < cores; ++i) cores_.push_back(std::make_unique<ModelCore>());
    for (unsigned i = 0; i < 6; ++i) spaces_.push_back(make(i == 0 ? nullptr : random_.one_in(2) ? spaces_[0].get() : nullptr));
  }

  void step() {
    const unsigned number = static_cast<unsigned>(random_.below(cores_.size()));
    ModelCore& core = *cores_[number];
    if (core.going != Going::there) return go_on(core);
    switch (random_.below(24)) {
      case 0: return begin_going(core);
      case 1: return random_.one_in(3) ? core.leave() : begin_going(core);
      case 2: return random_.one_in(3) ? begin_change(number) : change_view(core);
      case 3: return random_.one_in(8) ? replace_a_space(number) : forget_something(core);
      case 4:
      case 5: return changes_.empty() ? use(core) : go_on(random_.below(changes_.size()));
      default: return use(core);
    }
  }
  [[nodiscard]] unsigned hits() const { return hits_; }

 private:
  std::unique_ptr<Space> make(Space* host) {
    auto space = std::make_unique<Space>();
    space->identity = ++identities_;
    space->number = 1 + static_cast<unsigned>(random_.below(kFewNumbers));
    space->stamp = cores_[0]->known.new_stamp(0);
    space->host = host;
    if (host != nullptr) host->has_guests = true;
    for (unsigned page = 0; page < kPages; ++page) space->lower[page] = space->upper[page] = ++values_;
    return space;
  }

  // load_space. With the step after the fence apart from the one before it.
  void begin_going(ModelCore& core) {
    Space* wanted = spaces_[random_.below(spaces_.size())].get();
    if (core.told == wanted) return;
    core.space = nullptr;
    core.told = wanted;
    core.goes_to_guest_view = wanted->host != nullptr && random_.one_in(2);
    core.going = Going::told;
  }
  void go_on(ModelCore& core) {
    Space& space = *core.told;
    if (core.going == Going::told) {
      core.stamp_seen = space.stamp;
      core.going = Going::looked;
      return;
    }
    if (!core.known.knows(space.number, core.stamp_seen)) {
      core.forget_number(space.number);
      core.known.learn(space.number, core.stamp_seen);
    }
    core.space = &space;
    core.guest_view = core.goes_to_guest_view;
    core.going = Going::there;
  }
  void change_view(ModelCore& core) {
    if (core.space != nullptr && core.space->host != nullptr) core.guest_view = !core.guest_view;
  }

  void use(ModelCore& core) {
    if (core.space == nullptr) return;
    Space& space = *core.space;
    const bool upper = random_.one_in(2);
    const auto page = static_cast<unsigned>(random_.below(kPages));
    const Key key{space.number, core.guest_view, upper, page};
    auto found = core.cache.find(key);
    if (found != core.cache.end()) {
      ++hits_;
    } else {
      if (upper && core.guest_view) return;  // nothing there
      found = core.cache.emplace(key, Entry{space.identity, upper ? space.upper_now()[page] : space.lower[page]}).first;
    }
    CHECK(!(upper && core.guest_view));
    CHECK_EQ(found->second.identity, space.identity);
    const std::uint64_t least = upper ? space.upper_least()[page] : space.lower_done[page];
    CHECK(found->second.value >= least);
  }
  void forget_something(ModelCore& core) {
    if (!core.cache.empty()) core.cache.erase(core.cache.begin());
  }

  void begin_change(unsigned by) {
    Space& space = *spaces_[random_.below(spaces_.size())];
    if (space.changing) return;
    space.changing = true;
    const bool upper = space.host == nullptr && random_.one_in(2);
    changes_.push_back({.space = &space, .upper = upper, .page = static_cast<unsigned>(random_.below(kPages)), .by = by, .step = 0,
                        .value = ++values_, .stale = false});
  }

  void forget_current(ModelCore& core) {
    if (core.space != nullptr) core.forget_number(core.space->number);
  }
  // out_of_date
  void new_stamp(Space& space, unsigned by, bool here) {
    ModelCore& core = *cores_[by];
    const std::uint64_t before = space.stamp;
    space.stamp = core.known.new_stamp(by);
    if (here) core.known.keep(space.number, before, space.stamp);
    if (!space.has_guests) return;
    for (const auto& each : cores_) each->known.forget_all();
  }
  static bool uses_it(const ModelCore& core, const Space& space) {
    return core.told == &space || (core.told != nullptr && core.told->host == &space);
  }

  void go_on(std::size_t which) {
    Change& change = changes_[which];
    Space& space = *change.space;
    ModelCore& own = *cores_[change.by];
    if (own.going != Going::there) return;  // a core does one thing at a time
    if (change.step == 0) {
      (change.upper ? space.upper : space.lower)[change.page] = change.value;
    } else if (change.step == 1) {
      // With the stamp in one step: nothing else happens on this core, and others take no notice of what it forgets.
      const bool here = own.told == &space;
      if (here || space.host == nullptr) {
        if (random_.one_in(2)) own.forget_page(change.upper, change.page);
        else forget_current(own);
      }
      new_stamp(space, change.by, here);
    } else if (const std::size_t other = change.step - 2; other < cores_.size()) {
      const ModelCore& core = *cores_[other];
      if (other != change.by && core.told != nullptr && (core.told == &space || space.has_guests)) change.stale = true;
    } else {
      if (change.stale && !settle(space, change.by)) return;
      (change.upper ? space.upper_done : space.lower_done)[change.page] = change.value;
      space.changing = false;
      changes_.erase(changes_.begin() + static_cast<std::ptrdiff_t>(which));
      return;
    }
    ++change.step;
  }

  // With the locks of all cores: none of them is on its way.
  bool settle(Space& space, unsigned by) {
    if (std::ranges::any_of(cores_, [](const auto& core) { return core->going != Going::there; })) return false;
    forget_current(*cores_[by]);
    new_stamp(space, by, false);
    for (unsigned i = 0; i < cores_.size(); ++i)
      if (i != by && uses_it(*cores_[i], space)) cores_[i]->leave();
    return true;
  }

  // One ends, another begins: perhaps with the same number, and the same place.
  void replace_a_space(unsigned by) {
    const std::size_t which = random_.below(spaces_.size());
    Space& space = *spaces_[which];
    if (space.changing || space.has_guests || which == 0) return;
    if (std::ranges::any_of(cores_, [](const auto& core) { return core->going != Going::there; })) return;
    for (const auto& core : cores_)
      if (core->told == &space) core->leave();
    new_stamp(space, by, false);
    const unsigned number = space.number;
    Space* const host = space.host;
    auto next = make(host);
    next->number = random_.one_in(2) ? number : next->number;
    space = *next;
  }

  Random random_;
  std::vector<std::unique_ptr<ModelCore>> cores_;
  std::vector<std::unique_ptr<Space>> spaces_;
  std::vector<Change> changes_;
  std::uint64_t identities_ = 0, values_ = 0;
  unsigned hits_ = 0;
};

}  // namespace

TEST(nothing_stale_is_used_in_any_order_of_steps) {
  const std::uint64_t seed = seed_or(3);
  for (unsigned cores = 1; cores <= 4; ++cores) {
    unsigned hits = 0;
    for (unsigned round = 0; round < 60; ++round) {
      World world(seed + round, cores);
      for (unsigned step = 0; step < 4000; ++step) world.step();
      hits += world.hits();
    }
    CHECK(hits > 10'000);  // else nothing was cached, and nothing tried
  }
}

TEST(a_core_knows_a_space_by_its_last_stamp_alone) {
  CachedSpaces one, other;
  const std::uint64_t first = one.new_stamp(0), second = other.new_stamp(1), third = one.new_stamp(0);
  CHECK(first != second && second != third && first != third);
  CHECK(!one.knows(5, first));
  one.learn(5, first);
  CHECK(one.knows(5, first) && !one.knows(6, first) && !one.knows(5, third));
  one.keep(5, second, third);  // it does not know the second
  CHECK(one.knows(5, first));
  one.keep(5, first, third);
  CHECK(one.knows(5, third) && !one.knows(5, first));
}

TEST(a_core_that_is_to_forget_all_knows_nothing_from_before) {
  CachedSpaces core;
  const std::uint64_t first = core.new_stamp(0), second = core.new_stamp(0);
  core.learn(1, first);
  core.learn(2, second);
  core.forget_all();
  CHECK(!core.knows(1, first) && !core.knows(2, second));
  core.keep(1, first, second);
  CHECK(!core.knows(1, second));
  core.learn(2, second);
  CHECK(core.knows(2, second) && !core.knows(1, first));
}

}  // namespace tessera::nucleus::test
