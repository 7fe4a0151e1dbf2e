// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/drivers/disk_bench.hpp"

#include <algorithm>
#include <memory>

#include "tests/support/check.hpp"

namespace tessera::test {

using block_driver::Disk;
using block_driver::DmaRange;
using block_driver::Error;
using block_driver::Status;

std::uint64_t DiskBench::now = 1;

namespace {

// A range of the disk of its own: random writes and reads of it, compared with what was written.
class Worker {
 public:
  static constexpr std::size_t kUnits = DiskBench::kWorkerUnits, kUnit = DiskBench::kUnit;

  Worker(DiskBench& bench, Disk& disk, std::size_t number)
      : disk_(disk), first_(number * kUnits), random_(bench.random()), buffer_(bench.memory.make(kUnits * kUnit)), model_(kUnits * kUnit) {}

  rt::Task<> work(unsigned rounds) {
    for (unsigned round = 0; round < rounds; ++round) {
      const std::size_t unit = random_() % kUnits, count = 1 + random_() % (kUnits - unit);
      if (random_() % 2 == 0) co_await write(unit, count);
      else co_await read(unit, count);
      ++done;
    }
  }

  std::size_t done = 0, errors = 0;
  bool wrong = false;

 private:
  // The buffer cut into pieces at random.
  std::vector<DmaRange> pieces(std::size_t bytes) {
    std::vector<DmaRange> result;
    for (std::size_t at = 0; at < bytes;) {
      const std::size_t piece = std::min((1 + random_() % 8) * kUnit, bytes - at);
      result.push_back({buffer_.address() + at, static_cast<std::uint32_t>(piece)});
      at += piece;
    }
    return result;
  }

  static bool again(const Status& done) { return !done && done.error() != Error::gone; }

  rt::Task<> write(std::size_t unit, std::size_t count) {
    const auto part = std::span(model_).subspan(unit * kUnit, count * kUnit);
    for (std::byte& one : part) one = static_cast<std::byte>(random_());
    std::ranges::copy(part, buffer_.bytes().begin());
    const auto where = pieces(count * kUnit);
    const bool durable = disk_.facts().can_flush && random_() % 4 == 0;
    while (again(co_await disk_.write((first_ + unit) * kUnit, where, durable))) ++errors;
  }
  rt::Task<> read(std::size_t unit, std::size_t count) {
    std::ranges::fill(buffer_.bytes(), std::byte{0xcc});
    const auto where = pieces(count * kUnit);
    while (again(co_await disk_.read((first_ + unit) * kUnit, where))) ++errors;
    wrong = wrong || !std::ranges::equal(buffer_.bytes().first(count * kUnit), std::span(model_).subspan(unit * kUnit, count * kUnit));
  }

  Disk& disk_;
  std::size_t first_;
  std::mt19937_64 random_;
  ddk::DmaRegion buffer_;
  std::vector<std::byte> model_;
};

}  // namespace

DiskBench::DiskBench(std::uint64_t seed)
    : random(seed), conditions{.answer_ns = 1000, .attempts = 3, .resets = 5, .now_ns = [] { return now; }, .note = [](std::string_view) {}} {}

bool DiskBench::drive(ddk::RequestSlots& requests, const std::function<bool()>& step, rt::Task<> body) {
  rt::Scope driver(loop), clients(loop);
  driver.spawn(requests.attend(kInterrupt));
  driver.spawn(requests.tell());
  driver.spawn(requests.watch());
  clients.spawn(std::move(body));
  for (unsigned idle = 0; clients.running() > 0 && idle < 200 && !requests.failed();) {
    // The device gets its turns between those of the tasks, too.
    const bool more = loop.run_ready(1 + random() % 8);
    const bool moved = step() || more;
    // Time passes where nothing else happens.
    idle = moved ? 0 : idle + 1;
    if (!moved) now += 100;
    loop.expire(now);
  }
  const bool ended = clients.running() == 0;
  clients.cancel();
  driver.cancel();
  loop.settle();
  return ended;
}

rt::Task<> DiskBench::load(Disk& disk, const ddk::RequestSlots& requests) {
  constexpr unsigned kRounds = 30;
  std::vector<std::unique_ptr<Worker>> workers;
  rt::Scope scope(loop);
  for (std::size_t number = 0; number < kWorkers; ++number) {
    workers.push_back(std::make_unique<Worker>(*this, disk, number));
    scope.spawn(workers.back()->work(kRounds));
  }
  co_await scope.join();
  for (const auto& one : workers) errors += one->errors;
  if (requests.failed()) co_return;
  for (const auto& one : workers) CHECK(one->done == kRounds && !one->wrong);
}

}  // namespace tessera::test
