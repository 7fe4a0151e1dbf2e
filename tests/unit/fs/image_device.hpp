// SPDX-License-Identifier: Apache-2.0
// A block device in memory, from an image file or to one. It can fail, answer in another order, and
// remember what was written and where it was flushed, so that a loss of power can be tried at any place.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "components/fs/block_device.hpp"
#include "tests/unit/lib/rt/host_runtime.hpp"

namespace tessera::test {

class ImageDevice final : public fs::BlockDevice {
 public:
  static constexpr std::size_t kMemory = std::size_t{2} << 20;

  ImageDevice(rt::TaskLoop& loop, std::vector<std::byte> image, std::size_t memory_bytes = kMemory);

  [[nodiscard]] const fs::BlockFacts& facts() const override { return facts_; }
  [[nodiscard]] std::span<std::byte> memory() override { return memory_; }
  fs::Io<> read(std::uint64_t offset, Pieces to) override;
  fs::Io<> write(std::uint64_t offset, Pieces from, bool durable) override;
  fs::Io<> flush() override;
  fs::Io<> discard(std::uint64_t offset, std::uint64_t bytes) override;

  [[nodiscard]] std::vector<std::byte>& image() { return image_; }
  void set_read_only() { facts_.read_only = true; }

  // What was written since recording began. A flush separates epochs: what was answered before it began is kept.
  struct Write {
    std::uint64_t offset;
    std::vector<std::byte> bytes;
    bool durable;
  };
  struct Step {
    bool is_flush;
    Write write;
  };
  void record() { recording_ = true; }
  [[nodiscard]] const std::vector<Step>& steps() const { return steps_; }

  // Requests that touch these bytes fail; after so many more writes all do.
  void fail_reads(std::uint64_t first, std::uint64_t end) { bad_first_ = first, bad_end_ = end; }
  std::uint64_t writes_left = ~std::uint64_t{0};
  std::uint64_t reads = 0, writes = 0, flushes = 0;
  bool yields = true;  // lets others run during each request

 private:
  rt::TaskLoop& loop_;
  std::vector<std::byte> image_;
  std::vector<std::byte> room_;
  std::span<std::byte> memory_;
  fs::BlockFacts facts_;
  bool recording_ = false;
  std::vector<Step> steps_;
  std::uint64_t bad_first_ = 0, bad_end_ = 0;
};

[[nodiscard]] std::vector<std::byte> read_file(const std::string& path);
void write_file(const std::string& path, std::span<const std::byte> bytes);

// Runs a task to its end.
template <typename T>
T run(tessera::test::HostLoop& loop, rt::Task<T> task) {
  std::optional<T> result;
  rt::Scope scope(loop);
  scope.spawn([](rt::Task<T> of, std::optional<T>& into) -> rt::Task<> { into.emplace(co_await std::move(of)); }(std::move(task), result));
  loop.settle();
  return std::move(*result);
}

}  // namespace tessera::test
