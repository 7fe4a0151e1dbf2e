// SPDX-License-Identifier: Apache-2.0
// Random chains through a queue against the simulated device, honest and not.
#include <map>
#include <string>

#include "lib/ddk/simulator/virtio_simulator.hpp"
#include "tests/support/check.hpp"

using namespace tessera;
using ddk::DmaRegion;
using ddk::VirtioDevice;
using ddk::Virtqueue;
using namespace ddk::simulator;

namespace {

constexpr std::uint8_t kMask = 0x5a;

// Gives back what it reads, changed.
struct Mirror final : Logic {
  std::uint32_t serve(const Chain& chain) override {
    auto bytes = gather(chain.readable);
    for (std::byte& one : bytes) one ^= std::byte{kMask};
    return scatter(bytes, chain.writable);
  }
};

struct Sent {
  std::vector<std::byte> what;
  std::vector<DmaRegion> writable;
};

class Driver {
 public:
  Driver(std::uint64_t seed, std::uint64_t features, std::uint16_t entries, const Faults& faults)
      : random_(seed), device_(memory_, mirror_, seed, features), scratch_(memory_.make(kTokens * kTokenBytes)) {
    device_.entries = entries;
    start();
    device_.faults = faults;
  }

  // Random operations; false as soon as the queue says that the device breaks the rules.
  bool run(unsigned rounds) {
    for (unsigned round = 0; round < rounds; ++round) {
      switch (random_() % 4) {
        case 0: offer(); break;
        case 1:
          if (queue_->wants_notice()) device_.tell(0);
          break;
        case 2: (void)device_.step(); break;
        default:
          if (!take()) return false;
      }
    }
    return true;
  }
  // Everything comes back.
  bool drain() {
    while (!sent_.empty()) {
      if (queue_->wants_notice()) device_.tell(0);
      device_.settle();
      const std::size_t before = sent_.size();
      if (!take()) return false;
      if (sent_.size() == before) break;
    }
    return sent_.size() == device_.hung();
  }
  void start() {
    sent_.clear();
    const auto accepted = device_.begin(VirtioDevice::kIndirect | VirtioDevice::kEventIndex, 0);
    const Virtqueue::Features features{.indirect = (*accepted & VirtioDevice::kIndirect) != 0,
                                       .event_index = (*accepted & VirtioDevice::kEventIndex) != 0};
    if (rings_.size() == 0) rings_ = memory_.make(Virtqueue::bytes_for(Virtqueue::kMostEntries, kTable));
    queue_ = *device_.make_queue(0, rings_, Virtqueue::kMostEntries, features, kTable);
    device_.go();
  }
  [[nodiscard]] const VirtioSimulator& device() const { return device_; }
  void be_honest() { device_.faults = {}; }
  bool wrong = false;

 private:
  static constexpr std::size_t kTokens = 256, kTokenBytes = 1024, kTable = 6;

  void offer() {
    const auto token = static_cast<std::uint16_t>(random_() % kTokens);
    if (sent_.contains(token)) return;
    const DmaRegion mine = scratch_.part(token * kTokenBytes, kTokenBytes);
    std::vector<Virtqueue::Part> parts;
    Sent sent;
    std::size_t at = 0;
    const auto piece = [&](bool writes) {
      const std::size_t bytes = 1 + random_() % 60;
      const DmaRegion region = mine.part(at, bytes);
      at += bytes;
      parts.push_back({region.address(), static_cast<std::uint32_t>(bytes), writes});
      return region;
    };
    const std::size_t readable = 1 + random_() % 5, writable = random_() % 5;
    for (std::size_t i = 0; i < readable; ++i) {
      const DmaRegion region = piece(false);
      for (std::byte& one : region.bytes()) one = static_cast<std::byte>(random_());
      sent.what.insert(sent.what.end(), region.bytes().begin(), region.bytes().end());
    }
    for (std::size_t i = 0; i < writable; ++i) sent.writable.push_back(piece(true));
    if (queue_->offer(token, parts)) sent_.emplace(token, std::move(sent));
  }

  bool take() {
    const auto used = queue_->take();
    if (!used) return false;
    if (!*used) {
      queue_->set_interrupts(random_() % 2 == 0);
      return true;
    }
    const auto at = sent_.find((*used)->token);
    if (at == sent_.end()) {
      wrong = true;
      return false;
    }
    std::vector<std::byte> answer;
    for (const DmaRegion& region : at->second.writable) answer.insert(answer.end(), region.bytes().begin(), region.bytes().end());
    std::vector<std::byte>& what = at->second.what;
    const std::size_t bytes = std::min(answer.size(), what.size());
    wrong = wrong || (*used)->bytes != bytes;
    for (std::size_t i = 0; i < bytes; ++i) wrong = wrong || answer[i] != (what[i] ^ std::byte{kMask});
    sent_.erase(at);
    return true;
  }

  std::mt19937_64 random_;
  HostMemory memory_;
  Mirror mirror_;
  VirtioSimulator device_;
  DmaRegion scratch_, rings_;
  std::optional<Virtqueue> queue_;
  std::map<std::uint16_t, Sent> sent_;
};

constexpr std::array<std::uint64_t, 4> kFeatures{0, VirtioDevice::kIndirect, VirtioDevice::kEventIndex,
                                                 VirtioDevice::kIndirect | VirtioDevice::kEventIndex};

}  // namespace

TEST(all_that_is_sent_comes_back) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const auto entries = static_cast<std::uint16_t>(8u << seed % 6);
    Driver driver(seed, kFeatures[seed % 4], entries, {.reorder = seed % 3 != 0});
    CHECK(driver.run(4000));
    CHECK(driver.drain());
    CHECK(!driver.wrong);
    for (const std::string& one : driver.device().complaints()) CHECK_EQ(one, "");
    CHECK(driver.device().served() > 100);
  }
}

TEST(what_never_comes_back_stays_out) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Driver driver(seed, kFeatures[seed % 4], 64, {.never = 20, .reorder = true});
    CHECK(driver.run(4000));
    driver.be_honest();
    CHECK(driver.drain());
    CHECK(!driver.wrong && driver.device().complaints().empty());
  }
}

TEST(lies_are_found_out_and_a_reset_mends_them) {
  std::size_t lies = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Driver driver(seed, kFeatures[seed % 4], 32, {.lie = 30});
    while (driver.run(3000)) {}  // the first lie ends it
    CHECK(!driver.wrong);
    lies += driver.device().lies();
    driver.start();
    driver.be_honest();
    CHECK(driver.run(2000) && driver.drain() && !driver.wrong);
    CHECK(driver.device().complaints().empty());
  }
  CHECK(lies >= 60);
}

// What is scribbled may look like an answer; no more is asked than that nothing breaks here.
TEST(a_device_that_scribbles) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Driver driver(seed, kFeatures[seed % 4], 32, {.scribble = 100, .reorder = true});
    for (unsigned life = 0; life < 5; ++life) {
      (void)driver.run(1000);
      driver.start();
    }
    driver.be_honest();
    driver.wrong = false;
    CHECK(driver.run(1000) && driver.drain() && !driver.wrong);
  }
}
