// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/fs/power.hpp"

#include <algorithm>
#include <cstdlib>

#include "tests/support/check.hpp"

namespace tessera::test {

namespace {
constexpr std::size_t kSector = 512;
}

unsigned wanted_cuts() {
  const char* const text = std::getenv("TESSERA_POWER_CUTS");
  return text == nullptr ? 12 : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

Recording record(HostLoop& loop, Random& random, const Kind& kind, std::vector<std::byte> image, unsigned files_wanted, std::size_t memory) {
  Recording made;
  made.start = std::move(image);
  ImageDevice device(loop, made.start, memory);
  device.record();
  const std::unique_ptr<fs::FileSystem> mounted = kind.mount(loop, device);
  if (mounted == nullptr) return made;
  fs::FileSystem& files = *mounted;
  Model model(loop, files, random, kind.abilities);
  model.allow_full = true;
  model.most_bytes = 60'000;
  for (unsigned i = 0; i < files_wanted && failures() == 0; ++i) {
    for (std::uint64_t noise = random.below(12); noise > 0; --noise) (void)model.step();
    const std::string name = "settled" + std::to_string(i);
    const auto file = run(loop, files.create(files.root(), name, {.mode = 0x81a4, .uid = 0, .gid = 0, .device_major = 0, .device_minor = 0, .now = {.seconds = 1'800'000'000}, .target = {}}));
    if (!file) break;
    std::vector<std::byte> data((1 + random.below(40)) * kSector);
    for (std::byte& byte : data) byte = static_cast<std::byte>(random.next());
    const std::span<std::byte> piece(data);
    const std::uint64_t size = data.size() - random.below(kSector);
    if (!run(loop, files.write(file->inode, 0, std::span(&piece, 1), size, {.seconds = 1'800'000'000}))) break;
    const bool all = random.one_in(3);
    CHECK(run(loop, files.sync(all ? 0 : file->inode, !all && random.one_in(2))).has_value());
    made.settled.push_back({.step = device.steps().size(), .name = name, .contents = {reinterpret_cast<const char*>(data.data()), size}});
  }
  if (random.one_in(2)) CHECK(run(loop, files.unmount()).has_value());
  made.steps = device.steps();
  return made;
}

namespace {

// Many tasks that create, write and make durable at the same time.
struct Crowd {
  fs::FileSystem& files;
  HostLoop& loop;
  ImageDevice& device;
  Random& random;
  std::vector<Settled>& settled;

  rt::Task<> work(unsigned number) {
    for (unsigned round = 0; round < 10; ++round) {
      const std::string name = "crowd" + std::to_string(number) + "-" + std::to_string(round);
      const fs::NewInode what{.mode = 0x81a4, .uid = 0, .gid = 0, .device_major = 0, .device_minor = 0, .now = {.seconds = 1'800'000'000}, .target = {}};
      const auto file = co_await files.create(files.root(), name, what);
      if (!file) co_return;
      std::vector<std::byte> data((1 + random.below(60)) * kSector);
      for (std::byte& byte : data) byte = static_cast<std::byte>(random.next());
      const std::span<std::byte> piece(data);
      CHECK((co_await files.write(file->inode, 0, std::span(&piece, 1), data.size(), {.seconds = 1'800'000'000})).has_value());
      if (random.one_in(3)) {  // somebody else's blocks come and go
        CHECK((co_await files.unlink(files.root(), name, false, {.seconds = 1'800'000'000})).has_value());
        continue;
      }
      CHECK((co_await files.sync(file->inode, random.one_in(2))).has_value());
      settled.push_back({.step = device.steps().size(), .name = name, .contents = {reinterpret_cast<const char*>(data.data()), data.size()}});
      for (std::uint64_t turns = random.below(5); turns > 0; --turns) (void)co_await loop.turn();
    }
  }
};

}  // namespace

Recording record_crowd(HostLoop& loop, Random& random, const Kind& kind, std::vector<std::byte> image, std::size_t memory) {
  Recording made;
  made.start = std::move(image);
  ImageDevice device(loop, made.start, memory);
  device.record();
  const std::unique_ptr<fs::FileSystem> mounted = kind.mount(loop, device);
  if (mounted == nullptr) return made;
  Crowd crowd{.files = *mounted, .loop = loop, .device = device, .random = random, .settled = made.settled};
  rt::Scope scope(loop);
  for (unsigned i = 0; i < 12; ++i) scope.spawn(crowd.work(i));
  loop.settle();
  made.steps = device.steps();
  return made;
}

std::vector<std::byte> cut(const Recording& recording, std::size_t count, Random& random) {
  std::vector<std::byte> image = recording.start;
  std::size_t flushed = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (recording.steps[i].is_flush) flushed = i;
  }
  const std::uint64_t loss = random.below(4);  // nothing, some, much, all of it
  for (std::size_t i = 0; i < count; ++i) {
    const ImageDevice::Step& step = recording.steps[i];
    if (step.is_flush) continue;
    const bool sure = i < flushed || step.write.durable;
    const bool torn = random.one_in(3), lost = random.below(3) < loss;
    for (std::size_t at = 0; at < step.write.bytes.size(); at += kSector) {
      if (!sure && (torn ? random.one_in(2) : lost)) continue;
      std::ranges::copy(std::span(step.write.bytes).subspan(at, kSector), image.begin() + static_cast<std::ptrdiff_t>(step.write.offset + at));
    }
  }
  return image;
}

std::string lost_file(HostLoop& loop, fs::FileSystem& files, const Recording& recording, std::size_t count) {
  for (const Settled& settled : recording.settled) {
    if (settled.step > count) break;
    const auto found = run(loop, files.lookup(files.root(), settled.name));
    if (!found) return settled.name + " is lost, error " + std::to_string(static_cast<int>(found.error()));
    if (read_all(loop, files, found->inode) != settled.contents) return settled.name + " has lost bytes";
  }
  return {};
}

}  // namespace tessera::test
