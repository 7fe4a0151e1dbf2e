// SPDX-License-Identifier: Apache-2.0
// Devices by number, and those that are only memory.
#include "components/linux/fs/device.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/core/random.hpp"
#include "components/linux/fs/file_system.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {
namespace {

struct Range {
  std::uint32_t type;
  std::uint64_t major, first, count;
  DeviceOpen open;
};
std::vector<Range>& ranges() {
  static auto* list = new std::vector<Range>;
  return *list;
}

// Fills a read piece by piece.
template <typename Fill>
std::size_t fill_pieces(IoBuffer& to, Fill fill) {
  [[clang::uninitialized]] std::array<std::byte, 512> piece;
  std::size_t done = 0;
  while (to.remaining() != 0 && !to.faulted()) {
    auto part = std::span(piece).first(std::min(piece.size(), to.remaining()));
    fill(part);
    done += to.put(part);
    // A long read must not keep others from running once a signal came.
    if (done % (64 * 1024) == 0 && current_signal_pending()) break;
  }
  return done;
}

Result<std::size_t> unless_faulted(std::size_t done, const IoBuffer& buffer) {
  if (done == 0 && buffer.faulted()) return fail(Errno::efault);
  return done;
}

class NullFile : public File {
 public:
  using File::File;
  Result<std::size_t> read(IoBuffer&, std::uint64_t&) override { return 0U; }
  Result<std::size_t> write(IoBuffer& from, std::uint64_t&) override { return from.remaining(); }
  [[nodiscard]] bool seekable() const override { return true; }
  [[nodiscard]] bool pollable() const override { return false; }
  Result<std::uint64_t> seek(std::int64_t, int) override { return position = 0; }
};

class ZeroFile : public NullFile {
 public:
  using NullFile::NullFile;
  Result<std::size_t> read(IoBuffer& to, std::uint64_t&) override {
    std::size_t done = to.put_zeros(to.remaining());
    return unless_faulted(done, to);
  }
};

class FullFile final : public ZeroFile {
 public:
  using ZeroFile::ZeroFile;
  Result<std::size_t> write(IoBuffer&, std::uint64_t&) override { return fail(Errno::enospc); }
};

class RandomFile final : public NullFile {
 public:
  using NullFile::NullFile;
  [[nodiscard]] bool pollable() const override { return true; }
  Result<std::size_t> read(IoBuffer& to, std::uint64_t&) override {
    std::size_t done = fill_pieces(to, [](std::span<std::byte> piece) { random_bytes(piece); });
    return unless_faulted(done, to);
  }
  // What is written is mixed in, and worth nothing as entropy.
  Result<std::size_t> write(IoBuffer& from, std::uint64_t&) override {
    std::array<std::byte, 64> piece{};
    std::size_t done = 0;
    while (from.remaining() != 0 && !from.faulted()) {
      std::size_t taken = from.take(std::span(piece).first(std::min(piece.size(), from.remaining())));
      seed_random(std::span(piece).first(taken));
      done += taken;
    }
    return unless_faulted(done, from);
  }
  Result<std::int64_t> ioctl(std::uint32_t request, std::uint64_t argument) override {
    constexpr std::uint32_t kGetEntropyCount = 0x80045200;
    if (request != kGetEntropyCount) return fail(Errno::enotty);
    TRY(write_guest(argument, std::int32_t{256}));
    return 0;
  }
};

template <typename T>
Result<Ref<File>> open_as(Inode&, std::uint32_t flags) {
  return Ref<File>(make_ref<T>(flags));
}

}  // namespace

void register_device(std::uint64_t major, std::uint64_t first_minor, std::uint64_t minors, DeviceOpen open) {
  ranges().push_back({kCharDevice, major, first_minor, minors, open});
}

void register_block_device(std::uint64_t major, std::uint64_t first_minor, std::uint64_t minors, DeviceOpen open) {
  ranges().push_back({kBlockDevice, major, first_minor, minors, open});
}

Result<Ref<File>> open_device(Inode& node, std::uint32_t flags) {
  std::uint64_t major = device_major(node.attributes.rdev), minor = device_minor(node.attributes.rdev);
  for (const Range& range : ranges())
    if (range.type == node.type() && range.major == major && minor - range.first < range.count) return range.open(node, flags);
  return fail(Errno::enxio);
}

void register_memory_devices() {
  constexpr std::uint64_t kMemory = 1;
  register_device(kMemory, 3, 1, open_as<NullFile>);
  register_device(kMemory, 5, 1, open_as<ZeroFile>);
  register_device(kMemory, 7, 1, open_as<FullFile>);
  register_device(kMemory, 8, 2, open_as<RandomFile>);
}

}  // namespace tessera::lx
