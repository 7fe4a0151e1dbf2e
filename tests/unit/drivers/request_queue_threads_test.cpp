// SPDX-License-Identifier: Apache-2.0
// A device that really runs beside its driver, in a thread of its own: no notice and no interrupt is lost, and what
// either reads was written before.
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "lib/ddk/request_queue.hpp"
#include "lib/ddk/simulator/host_memory.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/lib/rt/host_runtime.hpp"

using namespace tessera;
using ddk::DmaRegion;
using ddk::Virtqueue;

namespace {

// What one side waits for and the other raises.
class Bell {
 public:
  void ring() {
    const std::lock_guard lock(mutex_);
    rung_ = true;
    changed_.notify_one();
  }
  // False: nobody rang for a long time.
  bool wait() {
    std::unique_lock lock(mutex_);
    const bool rung = changed_.wait_for(lock, std::chrono::seconds(20), [this] { return rung_; });
    rung_ = false;
    return rung;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool rung_ = false;
};

// Answers each chain at once: with the number that it holds in its first part, doubled, in its second.
class ThreadedDevice final : public ddk::VirtioDevice {
 public:
  ThreadedDevice(const ddk::simulator::HostMemory& memory, bool event_index) : memory_(memory), event_index_(event_index) {}

  std::expected<std::uint64_t, std::string_view> begin(std::uint64_t, std::uint64_t) override { return kVersion1; }
  std::expected<Virtqueue, std::string_view> make_queue(std::uint16_t, const DmaRegion& memory, std::uint16_t most,
                                                        const Virtqueue::Features& features, std::size_t table_parts) override {
    const auto queue = Virtqueue::over(memory, most, features, table_parts);
    if (!queue) return std::unexpected("bad memory");
    entries_ = most;
    descriptors_ = queue->descriptors_address();
    driver_ = queue->driver_address();
    device_ = queue->device_address();
    return *queue;
  }
  void go() override {}
  void tell(std::uint16_t) override { told_.ring(); }
  bool reset() override { return true; }
  bool needs_reset() override { return false; }

  void run() {
    for (;;) {
      const std::uint16_t offered = index(driver_).load(std::memory_order_acquire);
      if (offered != seen_) {
        serve();
        continue;
      }
      want_notices(true);
      std::atomic_thread_fence(std::memory_order_seq_cst);
      if (index(driver_).load(std::memory_order_acquire) == seen_ && (!told_.wait() || stop_.load())) return;
      want_notices(false);
    }
  }
  void stop() {
    stop_.store(true);
    told_.ring();
  }

  Bell interrupted;

 private:
  std::uint8_t generation() override { return 0; }
  std::uint32_t configuration_word(std::size_t) override { return 0; }

  template <typename T>
  [[nodiscard]] T& at(std::uint64_t address) const { return *reinterpret_cast<T*>(&memory_.at(address, sizeof(T))->front()); }
  [[nodiscard]] std::atomic_ref<std::uint16_t> index(std::uint64_t ring) const { return std::atomic_ref(at<std::uint16_t>(ring + 2)); }

  void want_notices(bool wanted) {
    if (event_index_) std::atomic_ref(at<std::uint16_t>(device_ + 4 + 8u * entries_)).store(static_cast<std::uint16_t>(seen_ + (wanted ? 0 : 0x8000)));
    else std::atomic_ref(at<std::uint16_t>(device_)).store(wanted ? std::uint16_t{0} : std::uint16_t{1});
  }

  void serve() {
    const std::uint16_t head = at<std::uint16_t>(driver_ + 4 + 2u * (seen_ % entries_));
    const std::uint64_t first = descriptors_ + 16u * head;
    const std::uint64_t second = descriptors_ + 16u * at<std::uint16_t>(first + 14);
    at<std::uint64_t>(at<std::uint64_t>(second)) = 2 * at<std::uint64_t>(at<std::uint64_t>(first));
    std::atomic_ref(at<std::uint32_t>(device_ + 4 + 8u * (seen_ % entries_))).store(head, std::memory_order_relaxed);
    std::atomic_ref(at<std::uint32_t>(device_ + 8 + 8u * (seen_ % entries_))).store(8, std::memory_order_relaxed);
    ++seen_;
    index(device_).store(seen_, std::memory_order_release);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    bool wanted = std::atomic_ref(at<std::uint16_t>(driver_)).load() == 0;
    if (event_index_) wanted = std::atomic_ref(at<std::uint16_t>(driver_ + 4 + 2u * entries_)).load() == static_cast<std::uint16_t>(seen_ - 1);
    if (wanted) interrupted.ring();
  }

  const ddk::simulator::HostMemory& memory_;
  bool event_index_;
  std::uint16_t entries_ = 0, seen_ = 0;
  std::uint64_t descriptors_ = 0, driver_ = 0, device_ = 0;
  Bell told_;
  std::atomic<bool> stop_ = false;
};

struct Doubling final : ddk::DeviceRequest {
  std::span<const Virtqueue::Part> parts(const DmaRegion& own) override {
    number_of(own, 0) = number;
    all = {{{own.address(), 8, false}, {own.address() + 8, 8, true}}};
    return all;
  }
  bool answered(const DmaRegion& own, std::uint32_t written) override {
    answer = number_of(own, 8);
    return written == 8;
  }
  static std::uint64_t& number_of(const DmaRegion& own, std::size_t offset) {
    return *reinterpret_cast<std::uint64_t*>(&own.part(offset, 8).bytes().front());
  }
  std::array<Virtqueue::Part, 2> all{};
  std::uint64_t number = 0, answer = 0;
};

struct Driver final : private ddk::DeviceStart {
  static constexpr unsigned kBit = 5;

  explicit Driver(bool event_index)
      : features{.indirect = false, .event_index = event_index},
        device(memory, event_index),
        rings(memory.make(Virtqueue::bytes_for(kEntries))),
        requests(device, 0, *this, memory.make(ddk::RequestQueue::kMostRequests * 64), loop,
                 {.now_ns = [] { return std::uint64_t{1}; }, .note = [](std::string_view) { CHECK(false); }}) {}

  std::expected<Virtqueue, std::string_view> bring_up() override {
    auto queue = device.make_queue(0, rings, kEntries, features, 0);
    if (queue) queue->set_interrupts(true);
    return queue;
  }

  rt::Task<> client(std::uint64_t first) {
    for (std::uint64_t round = 0; round < kRounds; ++round) {
      Doubling request;
      request.number = first + round;
      CHECK(co_await requests.run(request) == ddk::RequestQueue::End::answered);
      wrong = wrong || request.answer != 2 * request.number;
      ++done;
    }
  }

  void run(std::size_t clients) {
    CHECK(requests.begin().has_value());
    std::thread beside([this] { device.run(); });
    rt::Scope tasks(loop), asking(loop);
    tasks.spawn(requests.attend(kBit));
    tasks.spawn(requests.tell());
    for (std::size_t number = 0; number < clients; ++number) asking.spawn(client(number * 1'000'000));
    bool lost = false;
    while (asking.running() > 0 && !lost) {
      loop.settle();
      if (asking.running() == 0) break;
      lost = !device.interrupted.wait();
      loop.deliver(std::uint64_t{1} << kBit);
    }
    CHECK(!lost);
    CHECK(!wrong);
    CHECK_EQ(done, lost ? done : clients * kRounds);
    asking.cancel();
    tasks.cancel();
    loop.settle();
    device.stop();
    beside.join();
  }

  static constexpr std::uint16_t kEntries = 32;
  static constexpr std::uint64_t kRounds = 4000;
  Virtqueue::Features features;
  ddk::simulator::HostMemory memory;
  test::HostLoop loop;
  ThreadedDevice device;
  DmaRegion rings;
  ddk::RequestQueue requests;
  std::size_t done = 0;
  bool wrong = false;
};

}  // namespace

TEST(one_at_a_time_with_flags) { Driver(false).run(1); }
TEST(one_at_a_time_with_event_indices) { Driver(true).run(1); }
TEST(many_with_flags) { Driver(false).run(20); }
TEST(many_with_event_indices) { Driver(true).run(20); }
