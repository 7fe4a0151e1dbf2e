// SPDX-License-Identifier: Apache-2.0
// read_elf: a valid file, each rule broken once, and mutations.
#include <cstring>
#include <vector>

#include "kernel/boot/elf_image.hpp"
#include "kernel/support/addresses.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/random.hpp"

namespace tessera::nucleus::test {

static constexpr std::uint64_t kBase = abi::kComponentBase, kLimit = kBase + (1u << 30);

struct Segment {
  std::uint32_t type = 1, flags = 4;
  std::uint64_t offset = 0, address = 0, physical = 0, file_bytes = 0, memory_bytes = 0, alignment = 4096;
};

class File {
 public:
  explicit File(std::vector<Segment> segments) : bytes_(0x4000) {
    put<std::uint32_t>(0, 0x464c457f);
    put<std::uint8_t>(4, 2);
    put<std::uint8_t>(5, 1);
    put<std::uint8_t>(6, 1);
    put<std::uint16_t>(16, 2);
    put<std::uint16_t>(18, arch::kElfMachine);
    put<std::uint64_t>(24, kBase + 0x1000);
    put<std::uint64_t>(32, 64);
    put<std::uint16_t>(54, 56);
    put(56, static_cast<std::uint16_t>(segments.size()));
    for (std::size_t i = 0; i < segments.size(); ++i) put(64 + i * 56, segments[i]);
  }
  template <typename T>
  void put(std::size_t at, T value) {
    std::memcpy(std::span(bytes_).subspan(at).data(), &value, sizeof value);
  }
  std::vector<std::byte>& bytes() { return bytes_; }
  auto read() const { return read_elf(bytes_, kLimit); }

 private:
  std::vector<std::byte> bytes_;
};

static std::vector<Segment> good() {
  return {{.flags = 5, .offset = 0x1000, .address = kBase + 0x1000, .file_bytes = 0x800, .memory_bytes = 0x800},
          {.flags = 4, .offset = 0x1800, .address = kBase + 0x2800, .file_bytes = 0x100, .memory_bytes = 0x100},
          {.type = 6, .offset = ~std::uint64_t{0}, .file_bytes = 5, .memory_bytes = 5},  // not to be loaded
          {.flags = 6, .offset = 0x2010, .address = kBase + 0x4010, .file_bytes = 0x20, .memory_bytes = 0x3000}};
}

// What an accepted image promises.
static void check_image(const ElfImage& image, std::uint64_t file_bytes) {
  std::uint64_t end = kBase;
  CHECK(image.segment_count > 0 && image.segment_count <= image.segments.size());
  for (std::size_t i = 0; i < image.segment_count; ++i) {
    const ElfSegment& segment = image.segments.at(i);
    CHECK(segment.address >= end && aligned(segment.address, kPageBytes) && aligned(segment.memory_bytes, kPageBytes));
    CHECK(segment.memory_bytes > 0 && segment.memory_bytes <= kLimit - segment.address);
    CHECK(segment.lead_bytes < kPageBytes && segment.file_bytes <= segment.memory_bytes - segment.lead_bytes);
    CHECK(segment.file_offset <= file_bytes && segment.file_bytes <= file_bytes - segment.file_offset);
    CHECK((segment.rights & abi::kRightRead) != 0);
    CHECK((segment.rights & (abi::kRightWrite | abi::kRightExecute)) != (abi::kRightWrite | abi::kRightExecute));
    end = segment.address + segment.memory_bytes;
  }
}

TEST(elf_reads_a_good_file) {
  const auto image = File(good()).read();
  CHECK(image.has_value());
  if (!image) return;
  check_image(*image, 0x4000);
  CHECK_EQ(image->segment_count, 3);
  CHECK_EQ(image->entry, kBase + 0x1000);
  CHECK_EQ(image->segments[1].lead_bytes, 0x800);
  CHECK_EQ(image->segments[2].memory_bytes, 0x4000);
  CHECK_EQ(image->segments[2].rights, abi::kRightRead | abi::kRightWrite);
}

TEST(elf_refuses_each_broken_rule) {
  const auto refused = [](auto change) {
    std::vector<Segment> segments = good();
    change(segments);
    return !File(segments).read().has_value();
  };
  CHECK(refused([](auto& s) { s.clear(); }));
  CHECK(refused([](auto& s) { s.resize(12, s[0]); }));
  CHECK(refused([](auto& s) { s[0].flags = 7; }));
  CHECK(refused([](auto& s) { s[0].address = 0x1000; }));
  CHECK(refused([](auto& s) { s[0].address = kLimit; }));
  CHECK(refused([](auto& s) { s[3].memory_bytes = kLimit; }));
  CHECK(refused([](auto& s) { s[3].memory_bytes = ~std::uint64_t{0}; }));
  CHECK(refused([](auto& s) { s[3].address = ~std::uint64_t{0} - 5; }));
  CHECK(refused([](auto& s) { s[0].file_bytes = s[0].memory_bytes + 1; }));
  CHECK(refused([](auto& s) { s[0].offset = 0x3fff; }));
  CHECK(refused([](auto& s) { s[0].offset = ~std::uint64_t{0}; }));
  CHECK(refused([](auto& s) { std::swap(s[0], s[1]); }));
  CHECK(refused([](auto& s) { s[1].address = kBase + 0x1900; }));  // shares a page
  for (const auto& [at, bytes] : {std::pair{0, 1}, std::pair{4, 1}, std::pair{16, 2}, std::pair{18, 2}, std::pair{54, 2}}) {
    File file(good());
    for (int i = 0; i < bytes; ++i) file.put<std::uint8_t>(static_cast<std::size_t>(at + i), 0xee);
    CHECK(!file.read().has_value());
  }
  File far(good());
  far.put<std::uint64_t>(32, ~std::uint64_t{0} - 10);
  CHECK(!far.read().has_value());
}

TEST(elf_survives_truncation) {
  File file(good());
  for (std::size_t size = 0; size < 0x4000; size += 7) {
    const std::span<const std::byte> part = std::span<const std::byte>(file.bytes()).first(size);
    const std::vector<std::byte> copy(part.begin(), part.end());  // so that a read behind it is seen
    if (const auto image = read_elf(copy, kLimit)) check_image(*image, size);
  }
}

TEST(elf_survives_mutations) {
  Random random(seed_or(3));
  static constexpr std::array<std::uint64_t, 8> kOdd{0, 1, 0xfff, 0x1000, 0x7fff'ffff, ~std::uint64_t{0}, kBase, kLimit};
  for (unsigned round = 0; round < 30'000; ++round) {
    File file(good());
    for (std::uint64_t change = 0; change <= random.below(4); ++change) {
      const std::size_t at = random.below(64 + 4 * 56);
      if (random.one_in(2)) {
        file.put(at & ~std::size_t{7}, kOdd.at(random.below(kOdd.size())));
      } else {
        file.put(at, static_cast<std::uint8_t>(random.next()));
      }
    }
    if (const auto image = file.read()) check_image(*image, file.bytes().size());
  }
}

}  // namespace tessera::nucleus::test
